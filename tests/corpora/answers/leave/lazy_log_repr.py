# SPDX-License-Identifier: Apache-2.0
from flask import Flask, request
import os, logging, pickle, io, requests
app = Flask(__name__)
log = logging.getLogger(__name__)
@app.route("/")
def view():
    log.info("u %r", request.args["u"])
    log.info("u %d", request.args["u"])
    log.info("u %a and %s", request.args["u"], 3)
    log.info("u %s", repr(request.args["u"]))
    log.info("u %s", int(request.args["u"]))
    log.info("u %(u)r", {"u": request.args["u"]})
