# SPDX-License-Identifier: Apache-2.0
import structlog
from flask import request
log = structlog.get_logger()
def v():
    log.info("u", user=request.args["u"])
