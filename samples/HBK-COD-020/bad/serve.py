from flask import Flask, request, session

app = Flask(__name__)


@app.post("/role")
def role():
    session["role"] = request.form["role"]
    return {}
