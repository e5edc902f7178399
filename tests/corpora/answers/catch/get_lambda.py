# SPDX-License-Identifier: Apache-2.0
# rule: HBK-COD-002
from flask import Flask, request
import os, logging, pickle, io, requests
app = Flask(__name__)
log = logging.getLogger(__name__)
@app.route("/")
def view():
    os.system(f"kill {request.args.get('n', type=lambda s: s.strip())}")
