# SPDX-License-Identifier: Apache-2.0
from fastapi import FastAPI, Depends
from pydantic import BaseModel
import os

app = FastAPI()

from enum import Enum
from uuid import UUID
import uuid
from datetime import date
import datetime
from typing import Literal, Annotated, Optional
from pydantic import Field, conint, PositiveInt


class E(str, Enum):
    a = "a"
    b = "b"


class A(BaseModel):
    b: bool
    u: UUID
    u2: uuid.UUID
    e: E
    l: Literal["x", "y"]
    d: date
    dt: datetime.datetime
    f: float = 0.5
    n: Annotated[int, Field(gt=3)]
    o: Optional[int] = Field(None, description="how many")
    p: PositiveInt
    c: conint(gt=3)
    es: list[E]


@app.post("/1")
def one(a: A):
    os.system(f"x {a.b}")
    os.system(f"x {a.u}")
    os.system(f"x {a.u2}")
    os.system(f"x {a.e}")
    os.system(f"x {a.e.value}")
    os.system(f"x {a.l}")
    os.system(f"x {a.d}")
    os.system(f"x {a.dt}")
    os.system(f"x {a.f}")
    os.system(f"x {a.n}")
    os.system(f"x {a.o}")
    os.system(f"x {a.p}")
    os.system(f"x {a.c}")
    os.system(f"x {a.es[0]}")
