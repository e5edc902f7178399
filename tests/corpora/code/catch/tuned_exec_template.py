# SPDX-License-Identifier: Apache-2.0
# rule: HBK-COD-002
from string import Template
SOURCE = Template("def f(x):\n    return $body")

def compile_feature(body):
    scope = {}
    exec(SOURCE.substitute(body=body), scope)
    return scope["f"]
