# SPDX-License-Identifier: Apache-2.0
"""The scan document itself, ``hauberk/scan/1``, as JSON text that is safe to print."""

import json
import re

from hauberk.core.codec import builtins
from hauberk.core.document import Scan
from hauberk.report.text import plain


def render(scan: Scan) -> str:
    """Indented JSON that ends with a newline; decoding it gives the same Scan.

    What a terminal would obey or not show stands as a JSON escape, so the text is harmless and the value unchanged.
    """
    return printable(json.dumps(builtins(scan), indent=2, ensure_ascii=False, allow_nan=False)) + "\n"


def printable(text: str) -> str:
    """JSON text with every character that is not plainly visible written as its escape."""
    return "\n".join(_escaped(line) for line in text.split("\n"))


def _escaped(line: str) -> str:
    if plain(line) == line:
        return line
    return re.sub(r"[^\x20-\x7e]", lambda match: match[0] if plain(match[0]) == match[0] else _escape(match[0]), line)


def _escape(char: str) -> str:
    return json.dumps(char, ensure_ascii=True)[1:-1]
