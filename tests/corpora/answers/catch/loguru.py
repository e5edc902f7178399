# SPDX-License-Identifier: Apache-2.0
# rule: HBK-COD-019
from loguru import logger
from flask import request
def v():
    logger.info("u {}", request.args["u"])
