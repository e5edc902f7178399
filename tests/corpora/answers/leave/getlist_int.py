# SPDX-License-Identifier: Apache-2.0
from flask import Flask, request
import os, logging, pickle, io, requests
app = Flask(__name__)
log = logging.getLogger(__name__)
@app.route("/")
def view():
    for n in request.args.getlist("n", type=int):
        os.system(f"kill {n}")
    for n in request.form.getlist("n", int):
        os.system(f"kill {n}")
    return "ok"
