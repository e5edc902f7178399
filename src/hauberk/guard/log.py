# SPDX-License-Identifier: Apache-2.0
"""What processes of the guard say on standard error: one JSON object a line, never a value of a request."""

import sys
from datetime import UTC, datetime

from hauberk.core.clock import stamp
from hauberk.core.codec import encode


def tell(event: str, **facts: str | float) -> None:
    """Say that something happened. Facts are types, places, counts and names of ours."""
    sys.stderr.write(encode({"at": stamp(datetime.now(UTC)), "event": event, **facts}).decode() + "\n")
    sys.stderr.flush()


def place_of(error: BaseException) -> str:
    """Where an error came from, as module and line; its words may quote a request and are left out."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}" if trace is not None else "?"
