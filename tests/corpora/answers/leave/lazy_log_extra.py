# SPDX-License-Identifier: Apache-2.0
from flask import Flask, request
import os, logging, pickle, io, requests
app = Flask(__name__)
log = logging.getLogger(__name__)
@app.route("/")
def view():
    log.info("u", extra={"u": request.args["u"]})
    log.exception("bad", exc_info=True)
    log.info("u %s", request.method)
