import hmac
import os

from pathlib import Path

from flask import abort, Flask, request, send_file

app = Flask(__name__)


@app.before_request
def authenticate():
    if not hmac.compare_digest(request.headers.get("X-API-Key", ""), os.environ["API_KEY"]):
        abort(401)


REPORTS = Path("/srv/reports")


@app.get("/report")
def report():
    wanted = (REPORTS / request.args["name"]).resolve()
    if not wanted.is_relative_to(REPORTS):
        abort(404)
    return send_file(wanted)
