import hmac
import logging
import os

from flask import Flask, abort, request

from scoring import score

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 1 << 20


@app.before_request
def authenticate():
    if not hmac.compare_digest(request.headers.get("X-API-Key", ""), os.environ["API_KEY"]):
        abort(401)


@app.post("/score")
def answer():
    try:
        return {"score": score(request.get_json())}
    except ValueError:
        logging.exception("not scored")
        return {"error": "this row cannot be scored"}, 400
