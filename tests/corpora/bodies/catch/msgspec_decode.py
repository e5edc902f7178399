# SPDX-License-Identifier: Apache-2.0
import msgspec, os
from flask import request


class A(msgspec.Struct):
    name: str


def one():
    a = msgspec.json.decode(request.data, type=A)
    os.system(a.name)
