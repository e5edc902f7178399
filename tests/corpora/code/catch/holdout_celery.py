# SPDX-License-Identifier: Apache-2.0
# rule: HBK-COD-001
import base64
import marshal
import types

def restore(text):
    code = marshal.loads(base64.b64decode(text))
    return types.FunctionType(code, globals())
