import logging

from flask import Flask, request

app = Flask(__name__)
logger = logging.getLogger(__name__)


@app.post("/score")
def score():
    logger.info("scored for " + request.headers["X-Client"])
    return {"score": 0}
