# SPDX-License-Identifier: Apache-2.0
# rule: HBK-COD-002
from fastapi import APIRouter
import subprocess
router = APIRouter()

@router.post("/convert/{name}")
async def convert(name: str):
    return subprocess.check_output(f"convert {name} out.png", shell=True)
