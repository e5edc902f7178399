# SPDX-License-Identifier: Apache-2.0
# rule: HBK-COD-002
from openai import OpenAI
client = OpenAI()

def run(task):
    reply = client.chat.completions.create(model="m", messages=[{"role": "user", "content": task}])
    code = reply.choices[0].message.content.strip("`")
    namespace = {}
    exec(code, namespace)
    return namespace
