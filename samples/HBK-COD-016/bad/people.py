import ldap
from flask import Flask, request

app = Flask(__name__)
directory = ldap.initialize("ldaps://directory.example.org")


@app.post("/login")
def login():
    found = directory.search_s("ou=people", ldap.SCOPE_SUBTREE, f"(uid={request.form['user']})")
    return {"known": bool(found)}
