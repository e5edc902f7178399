# SPDX-License-Identifier: Apache-2.0
from fastapi import FastAPI, Response
from fastapi.responses import HTMLResponse
import html
app = FastAPI()

@app.get("/")
def v(q: str):
    return Response(content=f"<b>{q}</b>", media_type="text/plain")
