from flask import Flask, jsonify, request

from store import rows_of

app = Flask(__name__)


@app.get("/history")
def history():
    return jsonify(rows_of(request.args["customer"]))
