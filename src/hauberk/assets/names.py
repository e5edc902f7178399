# SPDX-License-Identifier: Apache-2.0
"""Which names a Python source uses, told without parsing it: more names than it does use, never fewer.

A name that stands only in comments, in texts, behind ``def`` or ``class``, as a base of a class, in an import without
``as``, or before ``=`` is neither called nor handed to anything in that source. Where the signs around texts could be
read in two ways, all that follows counts as code.
"""

import re
import string
import unicodedata

_FIELD = r'\{[^{}"\n]*+(?:\{[^{}"\n]*+\}[^{}"\n]*+)*+\}'
_LONG = r'(?<=")""(?:[^"\\]++|\\.|"(?!""))*+"""'
_SHORT = r'(?<=")(?:[^"\\\n]++|\\.)*+"'
_LONG_FORMATTED = rf'(?<=")""(?:[^"\\{{}}]++|\\.|"(?!"")|\{{\{{|\}}\}}|{_FIELD})*+"""'
_SHORT_FORMATTED = rf'(?<=")(?:[^"\\\n{{}}]++|\\.|\{{\{{|\}}\}}|{_FIELD})*+"'
"""Texts after their first sign."""


def _both(*patterns: str) -> str:
    """Patterns of texts in either kind of quotation mark."""
    return "|".join(one for pattern in patterns for one in (pattern, pattern.replace('"', "'")))


_TEXT = re.compile(
    rf"[\"'#](?:(?<=#)[^\n]*+|(?<![fFtT][\"'])(?<![fFtT][rR][\"'])(?:{_both(_LONG, _SHORT)})"
    rf"|(?:(?<=[fFtT].)|(?<=[fFtT][rR].))({_both(_LONG_FORMATTED, _SHORT_FORMATTED)})|(.*+))".encode(),
    re.DOTALL,
)
"""A comment; a formatted text (group 1), whose fields are code; another text; or all from a doubtful sign (group 2)."""
_IDLE = re.compile(
    rb"\b(?:def\s+\w++|class\s+\w++(?:\s*\([\w\s.,]*+\))?"
    rb"|from\s+[\w.]++\s+import\s*+(?:\((?:(?!\bas\b)[\w\s,])*+\)|(?:(?!\bas\b)[\w ,])++(?=[\n;]|\Z)))"
)
"""Places of names that are neither called there nor handed on."""
_LETTERS = f"{string.ascii_letters}{string.digits}_"
_DIGITS = string.digits.encode()
_APART = bytes(sign if chr(sign) in _LETTERS else 0x20 for sign in range(256))
"""Signs between words as spaces: splitting there is twice as fast as an expression."""


def words(data: bytes) -> set[bytes]:
    """What could be a name in a source: runs of ASCII letters, digits and underscores, less digits in front."""
    return {word.lstrip(_DIGITS) for word in set(data.translate(_APART).split())} - {b""}


def written(data: bytes) -> set[bytes]:
    """Names that stand in the code of a source, and in formatted texts; not those in comments and other texts."""
    return words(_code(data))


def used(data: bytes) -> set[bytes]:
    """Names that a source may call or hand on."""
    return words(_IDLE.sub(b" ", _code(data)))


def _code(data: bytes) -> bytes:
    """A source without comments and texts, its names in the normal form that CPython compares."""
    lines = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")  # as Python ends them
    code = b" ".join(filter(None, _TEXT.split(lines)))  # what is code, and the groups of what is not
    return code if code.isascii() else unicodedata.normalize("NFKC", code.decode("utf-8", "replace")).encode()
