# SPDX-License-Identifier: Apache-2.0
from fastapi import FastAPI, Depends
from pydantic import BaseModel
import os

app = FastAPI()

from pydantic_settings import BaseSettings
from functools import lru_cache


class Settings(BaseSettings):
    path: str = "/tmp"


@lru_cache
def get_settings():
    return Settings()


@app.get("/1")
def one(s: Settings = Depends(get_settings)):
    open(s.path)
