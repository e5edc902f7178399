# SPDX-License-Identifier: Apache-2.0
import msgspec, os
from litestar import post


class A(msgspec.Struct):
    name: str


@post("/1")
async def one(data: A) -> None:
    os.system(data.name)
