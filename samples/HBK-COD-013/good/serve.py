import hmac
import os

from flask import abort, Flask, render_template_string, request

app = Flask(__name__)


@app.before_request
def authenticate():
    if not hmac.compare_digest(request.headers.get("X-API-Key", ""), os.environ["API_KEY"]):
        abort(401)


@app.post("/preview")
def preview():
    return render_template_string("<h1>Prompt</h1>{{ prompt }}", prompt=request.form["prompt"])
