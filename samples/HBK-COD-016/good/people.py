import hmac
import os
import ldap
from flask import abort, Flask, request
from ldap.filter import escape_filter_chars

app = Flask(__name__)


@app.before_request
def authenticate():
    if not hmac.compare_digest(request.headers.get("X-API-Key", ""), os.environ["API_KEY"]):
        abort(401)


directory = ldap.initialize("ldaps://directory.example.org")


@app.post("/login")
def login():
    user = escape_filter_chars(request.form["user"])
    found = directory.search_s("ou=people", ldap.SCOPE_SUBTREE, f"(uid={user})")
    return {"known": bool(found)}
