# SPDX-License-Identifier: Apache-2.0
from loguru import logger
from flask import request
def v():
    logger.info("u {!r}", request.args["u"])
