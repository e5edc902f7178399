# SPDX-License-Identifier: Apache-2.0
import uuid
from enum import Enum
class Color(Enum):
    red = 'red'
from flask import Flask, request
import os, logging, pickle, io, requests
app = Flask(__name__)
log = logging.getLogger(__name__)
@app.route("/")
def view():
    os.system(f"kill {request.args.get('n', type=uuid.UUID)}")
    os.system(f"kill {request.values.get('n', type=Color)}")
    return "ok"
