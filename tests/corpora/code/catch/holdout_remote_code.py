# SPDX-License-Identifier: Apache-2.0
# rule: HBK-COD-002
from transformers import pipeline
pipe = pipeline("text-generation", model="org/model", trust_remote_code=True)
