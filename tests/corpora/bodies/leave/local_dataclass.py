# SPDX-License-Identifier: Apache-2.0
import os
from dataclasses import dataclass


@dataclass
class A:
    name: str


def one():
    a = A("ls")
    os.system(a.name)
