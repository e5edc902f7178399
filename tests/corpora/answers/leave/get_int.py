# SPDX-License-Identifier: Apache-2.0
from flask import Flask, request
import os, logging, pickle, io, requests
app = Flask(__name__)
log = logging.getLogger(__name__)
@app.route("/")
def view():
    n = request.args.get("n", type=int)
    os.system(f"kill {n}")
    os.system(f"kill {request.args.get('m', 1, int)}")
    os.system(f"kill {request.args.get('m', 1, type=float)}")
    return "ok"
