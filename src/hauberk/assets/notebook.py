# SPDX-License-Identifier: Apache-2.0
"""Reads Jupyter notebooks (nbformat 2 to 4) without running them: cells, outputs, magics, and the Python in between."""

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hauberk.assets import python
from hauberk.core.canonical import digest
from hauberk.core.errors import Malformed, TooLarge

LARGEST = 64 << 20
"""Largest notebook that is read, in bytes; pictures in outputs count."""
_TRIES = 4
"""Times that unreadable regions of a cell are blanked before the whole cell is."""
MOST_CELLS = 20_000

_PYTHON = re.compile(r"python|ipython|sage|micropython|xeus-python", re.IGNORECASE)
_PYTHON_CELLS = frozenset(
    [
        "time",
        "timeit",
        "capture",
        "prun",
        "memit",
        "mprun",
        "snakeviz",
        "scalene",
        "debug",
        "python",
        "python3",
        "pypy",
        "cython",
    ]
)
_STATEMENTS = re.compile(r"(\s*(?:[\w.,\s]+=\s*)?)%(?:time|timeit|prun|memit|lprun)\s+(?:-\w+\s*\d*\s+)*(?=\S)")
_MAGIC = re.compile(r"(\s*)(?:([\w.,\s()\[\]*]+?)=\s*)?([!%])(.*)")
_HELP = re.compile(r"\s*\??\??[\w.*%]+\?{1,2}\s*")
_TEXTUAL = re.compile(r"text/|application/(?:json|javascript|xml|.*\+json|.*\+xml)|image/svg")


@dataclass(frozen=True, kw_only=True, slots=True)
class Output:
    """One text that a run left behind."""

    mime: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """A cell; numbers count from 1 over all cells."""

    number: int
    kind: str
    """code, markdown, raw or heading."""
    source: str
    outputs: tuple[Output, ...] = ()
    metadata: str = ""
    """The metadata as JSON text."""
    count: int | None = None
    """Execution count; None where the cell was not run."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Notebook:
    """What a notebook file holds."""

    cells: tuple[Cell, ...]
    metadata: str
    """The notebook's own metadata as JSON text."""
    language: str
    """Language of the kernel in lower case; ``python`` where none is stated."""


@dataclass(frozen=True, slots=True, eq=False)
class Code:
    """All Python of a notebook as one module, so that a later cell sees what an earlier one imported."""

    module: python.Module
    starts: tuple[int, ...]
    """First line of each code cell in the module."""
    numbers: tuple[int, ...]
    """Number of each code cell in the notebook."""
    shell: tuple[tuple[int, int, str], ...]
    """Shell commands as cell, line in the cell, text."""
    broken: tuple[int, ...]
    """Cells that are not Python, by number; nothing of them was evaluated."""

    def locate(self, line: int) -> tuple[int, int]:
        """Cell and line in the cell of a line of the module."""
        index = max(bisect_right(self.starts, line) - 1, 0)
        return self.numbers[index], line - self.starts[index] + 1

    def complain(self) -> None:
        """Raise Malformed naming the cells that were not evaluated, where there are any."""
        if self.broken:
            raise Malformed(
                f"Python syntax not understood in cell {', '.join(map(str, self.broken[:10]))}; the rest was evaluated"
            )


_last: list[tuple[str, Code]] = []


def read(data: bytes) -> Notebook:
    """Parse a notebook; raises TooLarge beyond LARGEST or MOST_CELLS and Malformed where it is no notebook."""
    if len(data) > LARGEST:
        raise TooLarge(f"{len(data)} bytes of notebook exceed the limit of {LARGEST}")
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise Malformed("not a notebook: its JSON cannot be read") from error
    if not isinstance(document, dict):
        raise Malformed("not a notebook: no object")
    listed = document.get("cells")
    if listed is None and isinstance(document.get("worksheets"), list):
        sheets = [sheet for sheet in document["worksheets"] if isinstance(sheet, dict)]
        listed = [cell for sheet in sheets for cell in _list(sheet.get("cells"))]
    if not isinstance(listed, list):
        raise Malformed("not a notebook: no cells")
    if len(listed) > MOST_CELLS:
        raise TooLarge(f"{len(listed)} cells exceed the limit of {MOST_CELLS}")
    metadata = _dict(document.get("metadata"))
    return Notebook(
        cells=tuple(_cell(number, cell) for number, cell in enumerate(listed, 1)),
        metadata=_json(metadata),
        language=_language(metadata),
    )


def code(data: bytes) -> Code:
    """The Python of a notebook's code cells; the last one is kept, so that several cards share the work."""
    key = digest(data)
    if not (_last and _last[0][0] == key):
        _last[:] = [(key, _code(read(data)))]
    return _last[0][1]


def _code(notebook: Notebook) -> Code:
    lines: list[str] = []
    starts, numbers, broken = [1], [1], list[int]()
    shell: list[tuple[int, int, str]] = []
    for cell in notebook.cells:
        if cell.kind != "code":
            continue
        source, commands = plain(cell.source)
        shell.extend((cell.number, line, command) for line, command in commands)
        if python.parse(source.encode("utf-8", "replace")).broken:
            if notebook.language == "python":
                broken.append(cell.number)
            source = whole_part(source) if notebook.language == "python" else "\n" * source.count("\n")
        starts.append(len(lines) + 1)
        numbers.append(cell.number)
        lines.extend(source.split("\n"))
    module = python.parse("\n".join(lines).encode("utf-8", "replace"))
    return Code(module, tuple(starts), tuple(numbers), tuple(shell), tuple(broken))


def whole_part(source: str) -> str:
    """A cell's source with the regions blanked that cannot be parsed, so that the rest is read; same lines."""
    lines = source.split("\n")
    for _ in range(_TRIES):
        regions = python.parse("\n".join(lines).encode("utf-8", "replace")).broken
        if not regions:
            return "\n".join(lines)
        for first, last in regions:
            lines[first - 1 : last] = [""] * (last - first + 1)
    return "\n" * source.count("\n")


def plain(source: str) -> tuple[str, tuple[tuple[int, str], ...]]:
    """A cell's source as plain Python with the same lines, and its shell commands by line."""
    lines = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    first = next((index for index, line in enumerate(lines) if line.strip()), 0)
    if lines[first].startswith("%%"):
        name, _, _ = lines[first][2:].strip().partition(" ")
        if name not in _PYTHON_CELLS:
            body = "\n".join(lines[first + 1 :])
            is_shell = name in ("bash", "sh", "script", "shell", "cmd", "!")
            return "\n" * (len(lines) - 1), ((first + 2, body),) if is_shell and body.strip() else ()
        lines[first] = ""
    if not any(line.lstrip()[:1] in ("!", "%", "?") or "?" in line or re.search(r"=\s*[!%]", line) for line in lines):
        return "\n".join(lines), ()
    if not python.parse("\n".join(lines).encode("utf-8", "replace")).broken:
        return "\n".join(lines), ()
    commands: list[tuple[int, str]] = []
    for index, line in enumerate(lines):
        lines[index] = _line(line, index + 1, commands)
    return "\n".join(lines), tuple(commands)


def _line(line: str, number: int, commands: list[tuple[int, str]]) -> str:
    """One line without IPython's additions."""
    timed = _STATEMENTS.match(line)
    if timed:
        return timed[1] + line[timed.end() :]
    magic = _MAGIC.fullmatch(line)
    if magic:
        indent, target, sign, rest = magic.groups()
        if sign == "!" or rest.startswith(("sx ", "system ", "pip ", "conda ", "bash ", "sh ")):
            commands.append((number, rest.lstrip("!")))
        return f"{indent}{target}= None" if target else f"{indent}pass"
    if _HELP.fullmatch(line) and "?" in line:
        return ""
    return line


def _cell(number: int, cell: Any) -> Cell:
    given = _dict(cell)
    kind = str(given.get("cell_type", "raw"))
    source = given.get("source", given.get("input") if kind == "code" else "")
    counted = given.get("execution_count", given.get("prompt_number"))
    return Cell(
        number=number,
        kind=kind,
        source=_text(source),
        outputs=tuple(output for item in _list(given.get("outputs")) for output in _outputs(_dict(item))),
        metadata=_json(_dict(given.get("metadata"))),
        count=counted if isinstance(counted, int) else None,
    )


def _outputs(output: dict[str, Any]) -> Iterator[Output]:
    """Texts of one output, whatever its nbformat; pictures are left out."""
    if "text" in output:
        yield Output(mime="text/plain", text=_text(output["text"]))
    if output.get("output_type") in ("error", "pyerr"):
        parts = [_text(output.get("ename")), _text(output.get("evalue")), *map(_text, _list(output.get("traceback")))]
        yield Output(mime="text/plain", text="\n".join(parts))
    for mime, content in _dict(output.get("data")).items():
        if _TEXTUAL.match(mime):
            yield Output(mime=mime, text=_text(content) if isinstance(content, (str, list)) else _json(content))
    for old in ("html", "latex", "svg", "json", "javascript"):
        if isinstance(output.get(old), (str, list)):
            yield Output(mime=f"text/{old}", text=_text(output[old]))


def _language(metadata: dict[str, Any]) -> str:
    info, kernel = _dict(metadata.get("language_info")), _dict(metadata.get("kernelspec"))
    stated = info.get("name") or kernel.get("language") or kernel.get("name") or "python"
    return "python" if _PYTHON.match(str(stated)) else str(stated).lower()


def _text(value: Any) -> str:
    """A string, or a list of strings that are to be joined; everything else is empty."""
    if isinstance(value, list):
        return "".join(part for part in value if isinstance(part, str))
    return value if isinstance(value, str) else ""


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=0)


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
