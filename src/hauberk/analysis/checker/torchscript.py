# SPDX-License-Identifier: Apache-2.0
"""Whether code in TorchScript's language reaches beyond tensors, read by a lexer of the checker's own."""

import re
from collections.abc import Iterator

from hauberk.analysis.checker.contracts import require

_WORDS = re.compile(
    r"""(?P<gap>[ \t\n]+|\#[^\n]*)
    |(?P<text>[rRbBuU]{0,2}(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'))
    |(?P<word>[A-Za-z_]\w*)
    |(?P<number>\d[\w.]*(?:(?<=[eE])[+-]\d+)?)
    |(?P<sign>[-+*/%&|^~<>=!@:;,.()\[\]{}])""",
    re.VERBOSE | re.ASCII,
)
_FILES = {"save", "load", "from_file"}
_BROUGHT = {
    "_caffe2", "_quantized", "aten", "inductor", "mkldnn", "mkldnn_prepacked", "prepacked", "prim", "prims",
    "quantized", "quantized_decomposed", "sparse", "static_runtime", "torchaudio", "torchvision", "xnnpack",
}  # fmt: skip
"""Namespaces whose operators come with torch and its own libraries."""


def _words(source: str) -> Iterator[tuple[str, int]]:
    """Words and signs with their places; texts and comments are left out, so a word in one is none."""
    at = 0
    while at < len(source):
        found = _WORDS.match(source, at)
        require(
            found is not None and not source.startswith(('"""', "'''"), at), "TorchScript that torch does not write"
        )
        if found is not None:
            if found.lastgroup in ("word", "sign"):
                yield found[0], at
            elif found.lastgroup in ("text", "number"):
                yield "0", at
            at = found.end()


def harmless(source: str) -> None:
    """Raise Unsafe where an operator opens a file, or is not torch's own."""
    path: list[str] = []
    dotted = False
    for word, _ in _words(source):
        if word == ".":
            dotted = True
            continue
        if word == "(":
            of_torch = path[-2:-1] == ["torch"] or path[-3:-1] == ["ops", "aten"]
            require(not of_torch or path[-1] not in _FILES, "opens a file")
        if word.isidentifier():
            path = [*path, word] if dotted and path else [word]
            require(path[-3:-2] != ["ops"] or path[-2] in _BROUGHT, "an operator that torch does not bring")
        else:
            path = []
        dotted = False


def classes(member: str, source: str) -> set[str]:
    """Names of the classes that a member of ``code/`` defines, as the archive's pickles name them."""
    path = member.partition("/code/")[2].removesuffix(".py").replace("/", ".")
    found, last = set(), ("", -1)
    for word, at in _words(source):
        if last[0] == "class" and source[last[1] - 1 : last[1]] in ("", "\n"):
            found.add(f"{path}.{word}")
        last = (word, at)
    return found
