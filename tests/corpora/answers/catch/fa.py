# SPDX-License-Identifier: Apache-2.0
# rule: HBK-COD-014
from fastapi import FastAPI, Response
from fastapi.responses import HTMLResponse
import html
app = FastAPI()

@app.get("/", response_class=HTMLResponse)
def v(q: str):
    return f"<b>{q}</b>"
