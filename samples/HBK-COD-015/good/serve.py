import hmac
import os

from flask import abort, Flask, redirect, request, url_for

app = Flask(__name__)


@app.before_request
def authenticate():
    if not hmac.compare_digest(request.headers.get("X-API-Key", ""), os.environ["API_KEY"]):
        abort(401)


PAGES = {"home", "models"}


@app.route("/login/done")
def done():
    page = request.args.get("next", "home")
    return redirect(url_for(page if page in PAGES else "home"))
