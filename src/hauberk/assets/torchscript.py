# SPDX-License-Identifier: Apache-2.0
"""Reads the code in a TorchScript archive: which classes it defines, and which operators reach beyond tensors.

``torch.jit.load`` compiles this code, a small language without imports, and runs it when the model is called. Its
operators come from torch; two of them open files (``aten::save``, ``aten::from_file``), and operators of other
namespaces need somebody's native library. Source: ``torch/csrc/jit/frontend`` and ``register_special_ops.cpp``.
"""

import io
import re
import tokenize
from typing import NamedTuple

from hauberk.core.errors import Malformed

_CLASS = re.compile(r"^class (\w+)\(", re.MULTILINE)
_OPERATOR = re.compile(r"\b(?:torch|ops\.aten)\.(save|load|from_file)\(")
_NAMESPACE = re.compile(r"\bops\.(\w+)\.(\w+)")
_OURS = frozenset(
    ["_caffe2", "_quantized", "aten", "inductor", "mkldnn", "mkldnn_prepacked", "prepacked", "prim", "prims",
     "quantized", "quantized_decomposed", "sparse", "static_runtime", "torchaudio", "torchvision", "xnnpack"]
)  # fmt: skip


class Reach(NamedTuple):
    """An operator that reaches beyond tensors."""

    offset: int
    what: str
    grave: bool


def classes(member: str, source: str) -> set[str]:
    """Names of the classes that a member of ``code/`` defines, as pickles of the archive name them."""
    path = member.partition("/code/")[2].removesuffix(".py").replace("/", ".")
    return {f"{path}.{name}" for name in _CLASS.findall(source)}


def reaches(source: str) -> list[Reach]:
    """Operators that open files, or that torch does not bring; raises Malformed where the code has no tokens."""
    if _is_plain(source):
        return []
    plain = _without_strings(source)
    found = [Reach(one.start(), f"opens a file by {one[1]} when the model is called", grave=True)
             for one in _OPERATOR.finditer(plain)]  # fmt: skip
    found += [
        Reach(one.start(), f"needs the native operator {one[1]}::{one[2]}", grave=False)
        for one in _NAMESPACE.finditer(plain)
        if one[1] not in _OURS
    ]
    return found


def _is_plain(source: str) -> bool:
    """Whether it is certain, at a glance, that the code has tokens and that none of its operators is among those."""
    foreign = any(one[1] not in _OURS for one in _NAMESPACE.finditer(source))
    if foreign or _OPERATOR.search(source) or not source.isascii() or _UNUSUAL.search(source):
        return False
    columns, depth = [0], 0
    for line in _TEXT.sub("~", source).split("\n"):
        words = line.lstrip(" ")
        if not depth and words:
            column = len(line) - len(words)
            if column > columns[-1]:
                columns.append(column)
            while column < columns[-1]:
                columns.pop()
            if column != columns[-1]:
                return False
        if _BRACKET.search(words):
            depth += sum(map(words.count, "([{")) - sum(map(words.count, ")]}"))
            if depth < 0:
                return False
        if '"' in words or "'" in words:
            return False
    return not depth


_UNUSUAL = re.compile(r"""[^ -~\n]|[\\#]|\"\"\"|'''""")
"""What needs a closer look: control characters, lines that go on, comments, texts of several lines."""
_BRACKET = re.compile(r"[][(){}]")
_TEXT = re.compile(r"""\"[^"\n]*\"|'[^'\n]*'""")


def _without_strings(source: str) -> str:
    """The code with strings and comments blanked, so that only what would run is matched."""
    lines = source.splitlines(keepends=True)
    try:
        for token in reversed(list(tokenize.generate_tokens(io.StringIO(source).readline))):
            if token.type in (tokenize.STRING, tokenize.COMMENT):
                (first, begin), (last, end) = token.start, token.end
                tail = lines[last - 1][end:]
                lines[first - 1 : last] = [lines[first - 1][:begin] + '""' + tail]
    except (tokenize.TokenError, SyntaxError) as error:
        raise Malformed("TorchScript code cannot be read") from error
    return "".join(lines)
