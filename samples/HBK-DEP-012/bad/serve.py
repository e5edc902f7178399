import hmac
import os

from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel

from scoring import score


def authenticate(x_api_key: str = Header()):
    if not hmac.compare_digest(x_api_key, os.environ["API_KEY"]):
        raise HTTPException(401)


app = FastAPI(dependencies=[Depends(authenticate)])


class Rows(BaseModel):
    rows: list[tuple[float, float]]


@app.post("/score")
def answer(batch: Rows):
    return [score(row) for row in batch.rows]
