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


if __name__ == "__main__":
    app.run(host="0.0.0.0", debug=True)
