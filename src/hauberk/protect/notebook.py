# SPDX-License-Identifier: Apache-2.0
"""Strips a notebook (nbformat 2 to 4) of what must not be shared; its sources stay as they are.

Laws: stripping twice gives the bytes of stripping once; a notebook with nothing to strip comes back byte for byte;
every source comes back as it was; what was valid nbformat stays valid.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, NoReturn

from hauberk.analysis import secrets
from hauberk.assets.notebook import LARGEST, MOST_CELLS
from hauberk.core.errors import Malformed, TooLarge
from hauberk.protect.telling import tells

Keep = Literal["outputs", "counts", "metadata", "attachments", "widgets", "pictures"]
"""What may stay: ``outputs`` only those without a secret or personal data, of which pictures only with ``pictures``."""

_WIDGET = "application/vnd.jupyter.widget"
_NBFORMATS = (2, 3, 4)
_OLD_PICTURES = ("png", "jpeg", "svg", "pdf")

Object = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Stripped:
    """A notebook without what must not be shared."""

    data: bytes
    removed: dict[str, int]
    """What was taken out, and how many of each; empty where nothing had to be."""
    left_in_source: int
    """Secrets that stand in sources, which are not edited."""


def strip(data: bytes, keep: Iterable[Keep] = ()) -> Stripped:
    """The notebook without outputs, counts, metadata, attachments and widget state, less what is to be kept.

    Raises TooLarge beyond the bounds of ``assets.notebook``, and Malformed for what is not a notebook of nbformat 2 to
    4, has a key twice or a number that is not finite: no content is guessed at.
    """
    document = _read(data)
    work = _Work(frozenset(keep))
    cells = _cells(document)
    fresh = [work.cell(cell) for cell in cells]
    made = work.document(document, fresh)
    left = sum(1 for cell in cells for _ in secrets.search(_joined(_source(cell)).encode("utf-8", "replace")))
    if not work.removed:
        return Stripped(data=data, removed={}, left_in_source=left)
    return Stripped(data=_written(made), removed=dict(sorted(work.removed.items())), left_in_source=left)


class _Work:
    """One pass over a notebook: new cells, and a tally of what was left out."""

    def __init__(self, keep: frozenset[str]) -> None:
        self.keep = keep
        self.removed: Counter[str] = Counter()

    def document(self, document: Object, cells: list[Object]) -> Object:
        """The notebook around new cells."""
        made = {**document, "metadata": self._metadata(document.get("metadata", {}))}
        if "cells" in document:
            return made | {"cells": cells}
        left = iter(cells)
        made["worksheets"] = [
            {**sheet, "metadata": self._bare(sheet.get("metadata", {})), "cells": [next(left) for _ in sheet["cells"]]}
            for sheet in document["worksheets"]
        ]
        return made

    def _metadata(self, given: Any) -> Object:
        """Only the language's name stays, without which no reader knows how to show the sources."""
        metadata = _object(given, "metadata")
        if "widgets" in metadata and "widgets" not in self.keep:
            self.removed["widget states"] += 1
            metadata = {name: value for name, value in metadata.items() if name != "widgets"}
        if "metadata" in self.keep:
            return metadata
        language = metadata.get("language_info")
        bare: Object = {"widgets": metadata["widgets"]} if "widgets" in metadata else {}
        if isinstance(language, dict) and isinstance(language.get("name"), str):
            bare["language_info"] = {"name": language["name"]}
        elif isinstance(metadata.get("kernelspec"), dict) and isinstance(metadata["kernelspec"].get("language"), str):
            bare["language_info"] = {"name": metadata["kernelspec"]["language"]}
        self._note(metadata, bare)
        return bare

    def _bare(self, given: Any) -> Object:
        """Metadata of a cell or sheet: only its tags stay, by which tools such as papermill know it."""
        metadata = _object(given, "metadata")
        if "metadata" in self.keep:
            return metadata
        tags = metadata.get("tags")
        plain = isinstance(tags, list) and all(isinstance(tag, str) for tag in tags)
        bare: Object = {"tags": tags} if plain and not any(tells(tag) for tag in tags or ()) else {}
        self._note(metadata, bare)
        return bare

    def _note(self, before: Object, after: Object) -> None:
        gone = sum(1 for name, value in before.items() if after.get(name) != value)
        if gone:
            self.removed["metadata"] += gone

    def cell(self, cell: Object) -> Object:
        """A cell with its source as it was."""
        made = dict(cell)
        if "metadata" in cell:
            made["metadata"] = self._bare(cell["metadata"])
        if cell.get("attachments") and "attachments" not in self.keep:
            self.removed["attachments"] += len(_object(cell["attachments"], "attachments"))
            del made["attachments"]
        if cell.get("cell_type") != "code":
            return made
        for count in ("execution_count", "prompt_number"):
            if cell.get(count) is not None and "counts" not in self.keep:
                self.removed["execution counts"] += 1
                made[count] = None
        if made.get("prompt_number", 0) is None:
            del made["prompt_number"]  # where nbformat 3 has one, it is a number
        outputs = cell.get("outputs", [])
        if not isinstance(outputs, list) or not all(isinstance(one, dict) for one in outputs):
            _refuse("outputs that are no list of outputs")
        if "outputs" in cell:
            made["outputs"] = [kept for output in outputs if (kept := self._output(output)) is not None]
        return made

    def _output(self, output: Object) -> Object | None:
        """An output that may stay, without its count; None where it may not."""
        made = self._pictured(output) if "outputs" in self.keep else None
        if made is None:
            self.removed["outputs"] += 1
            return None
        if any(tells(text) for text in _texts(made)):
            self.removed["outputs with a secret or personal data"] += 1
            return None
        if made.get("metadata") and "metadata" not in self.keep:
            self.removed["metadata"] += len(_object(made["metadata"], "metadata"))
            made["metadata"] = {}
        for count in ("execution_count", "prompt_number"):
            if made.get(count) is not None and "counts" not in self.keep:
                self.removed["execution counts"] += 1
                made[count] = None
        if made.get("prompt_number", 0) is None:
            del made["prompt_number"]
        return made

    def _pictured(self, output: Object) -> Object | None:
        """The output less pictures and widgets, in which nothing can be read; None where nothing else was in it."""
        if "data" not in output:
            old = [name for name in _OLD_PICTURES if name in output and "pictures" not in self.keep]
            return None if old else dict(output)
        whole = _object(output["data"], "data")
        data = {mime: one for mime, one in whole.items() if self._shown(mime)}
        if data and len(data) < len(whole):
            self.removed["pictures and widgets"] += len(whole) - len(data)
        return {**output, "data": data} if data or not whole else None

    def _shown(self, mime: str) -> bool:
        if mime.startswith(_WIDGET):
            return "widgets" in self.keep
        textual = mime.startswith("text/") or mime.endswith(("json", "javascript", "xml"))
        return (textual and "svg" not in mime) or "pictures" in self.keep


def _read(data: bytes) -> Object:
    if len(data) > LARGEST:
        raise TooLarge(f"{len(data)} bytes of notebook exceed the limit of {LARGEST}")
    try:
        document = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_infinite)
    except (ValueError, RecursionError) as error:
        raise Malformed("not a notebook: its JSON cannot be read") from error
    if not isinstance(document, dict) or document.get("nbformat") not in _NBFORMATS:
        _refuse("no nbformat 2 to 4")
    return document


def _once(pairs: list[tuple[str, Any]]) -> Object:
    made = dict(pairs)
    if len(made) != len(pairs):
        _refuse("a key stands twice in one object")
    return made


def _infinite(_: str) -> NoReturn:
    _refuse("a number that is not finite")


def _cells(document: Object) -> list[Object]:
    """All cells in order, each with a source; raises Malformed and TooLarge."""
    if "cells" in document:
        cells = document["cells"]
    else:
        sheets = document.get("worksheets")
        if not isinstance(sheets, list) or not all(isinstance(one, dict) for one in sheets):
            _refuse("no cells")
        if not all(isinstance(sheet.get("cells"), list) for sheet in sheets):
            _refuse("a worksheet without cells")
        cells = [cell for sheet in sheets for cell in sheet["cells"]]
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        _refuse("no cells")
    if len(cells) > MOST_CELLS:
        raise TooLarge(f"{len(cells)} cells exceed the limit of {MOST_CELLS}")
    for cell in cells:
        source = _source(cell)
        if not isinstance(source, str) and not (isinstance(source, list) and all(isinstance(x, str) for x in source)):
            _refuse("a cell without a source")
    return cells


def _source(cell: Object) -> Any:
    return cell.get("source", cell.get("input"))


def _joined(source: Any) -> str:
    return source if isinstance(source, str) else "".join(source)


def _object(value: Any, name: str) -> Object:
    if not isinstance(value, dict):
        _refuse(f"{name} that is no object")
    return value


def _texts(value: Any) -> Iterator[str]:
    """Every text of an output: a list of texts as one, since lines of one text are stored so."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list) and value and all(isinstance(one, str) for one in value):
        yield "".join(value)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from _texts(f"{name} = {one}" if isinstance(one, str) else one)


def _written(document: Object) -> bytes:
    """As nbformat writes it: one space of indent, keys sorted, a newline at the end."""
    layout: dict[str, Any] = {"indent": 1, "sort_keys": True, "separators": (",", ": ")}
    try:
        return (json.dumps(document, ensure_ascii=False, **layout) + "\n").encode()
    except UnicodeEncodeError:  # half of a pair, which only an escape can carry
        return (json.dumps(document, ensure_ascii=True, **layout) + "\n").encode()


def _refuse(why: str) -> NoReturn:
    raise Malformed(f"not a notebook that can be stripped: {why}")
