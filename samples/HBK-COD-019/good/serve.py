import hmac
import os
import logging

from flask import abort, Flask, request

app = Flask(__name__)


@app.before_request
def authenticate():
    if not hmac.compare_digest(request.headers.get("X-API-Key", ""), os.environ["API_KEY"]):
        abort(401)


logger = logging.getLogger(__name__)


@app.post("/score")
def score():
    logger.info("scored for %r", request.headers["X-Client"])
    return {"score": 0}
