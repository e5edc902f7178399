import hmac
import os
import html

from flask import abort, Flask, request

app = Flask(__name__)


@app.before_request
def authenticate():
    if not hmac.compare_digest(request.headers.get("X-API-Key", ""), os.environ["API_KEY"]):
        abort(401)


@app.route("/hello")
def hello():
    return f"<h1>No model named {html.escape(request.args['model'])}</h1>"
