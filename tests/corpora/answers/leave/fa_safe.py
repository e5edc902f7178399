# SPDX-License-Identifier: Apache-2.0
from fastapi import FastAPI, Response
from fastapi.responses import HTMLResponse
import html
app = FastAPI()

@app.get("/", response_class=HTMLResponse)
def v(q: str, n: int):
    return f"<b>{html.escape(q)}</b>{n}"
@app.get("/j")
def w(q: str):
    return f"<b>{q}</b>"
@app.get("/t", response_class=HTMLResponse)
def t(request: Request, q: str):
    return templates.TemplateResponse(request, "a.html", {"q": q})
