# SPDX-License-Identifier: Apache-2.0
"""Whether code in TorchScript's language reaches beyond tensors, read by a lexer of the checker's own."""

import re

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


def words(source: str) -> list[tuple[str, int]]:
    """Words and signs with their places; texts and comments are left out, so a word in one is none."""
    at, found = 0, []
    for match in _WORDS.finditer(source):
        kind = match.lastgroup
        whole = match.start() == at and not (kind == "text" and source.startswith(('"""', "'''"), at))
        require(whole, "TorchScript that torch does not write")
        if kind in ("word", "sign"):
            found.append((match[0], at))
        elif kind in ("text", "number"):
            found.append(("0", at))
        at = match.end()
    require(at == len(source), "TorchScript that torch does not write")
    return found


def harmless(read: list[tuple[str, int]]) -> None:
    """Raise Unsafe where an operator opens a file, or is not torch's own."""
    path: list[str] = []
    dotted = False
    for word, _ in read:
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


def classes(member: str, source: str, read: list[tuple[str, int]]) -> set[str]:
    """Names of the classes that a member of ``code/`` defines, as the archive's pickles name them."""
    path = member.partition("/code/")[2].removesuffix(".py").replace("/", ".")
    found, last = set(), ("", -1)
    for word, at in read:
        if last[0] == "class" and source[last[1] - 1 : last[1]] in ("", "\n"):
            found.add(f"{path}.{word}")
        last = (word, at)
    return found
