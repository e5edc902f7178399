from flask import Flask, request

app = Flask(__name__)


@app.route("/hello")
def hello():
    return f"<h1>No model named {request.args['model']}</h1>"
