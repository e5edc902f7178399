import hmac
import os

from flask import abort, Flask, jsonify, request

from store import rows_of

app = Flask(__name__)


@app.before_request
def authenticate():
    if not hmac.compare_digest(request.headers.get("X-API-Key", ""), os.environ["API_KEY"]):
        abort(401)


@app.get("/history")
def history():
    return jsonify(rows_of(request.args["customer"]))
