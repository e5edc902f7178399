import hmac
import os

from flask import abort, Flask, request, session

app = Flask(__name__)


@app.before_request
def authenticate():
    if not hmac.compare_digest(request.headers.get("X-API-Key", ""), os.environ["API_KEY"]):
        abort(401)


ROLES = ("reader", "annotator")


@app.post("/role")
def role():
    wanted = request.form["role"]
    if wanted not in ROLES:
        abort(400)
    session["role"] = wanted
    return {}
