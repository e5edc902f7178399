# SPDX-License-Identifier: Apache-2.0
"""From the files of a repository to a proposal: which of them are assets, what they seem to be, what nobody can tell.

Judges by content (``assets.recognise``), executes and imports nothing, and reads a bounded part of each file through
the function that it is given. A guess is marked as one; what cannot be decided from files is a question for people.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from hauberk.core.errors import CannotLook
from hauberk.core.scales import Kind
from hauberk.manifest.roles import HEAD, Sketch, role, sketch, split

MOST = 100
"""Assets of one sort that are written out; the rest is counted."""
SOURCE = 4 << 20
"""Largest Python file whose role is judged, in bytes."""

Read = Callable[[str, int], bytes]
"""At most so many bytes of the file at a relative path; raises CannotLook."""

SORTS = ("models", "data sets", "training", "serving", "notebooks", "images", "deployment")
"""What is listed, in this order."""
_BY_KIND = {Kind.MODEL: "models", Kind.DATASET: "data sets", Kind.NOTEBOOK: "notebooks", Kind.IMAGE: "images"}
_DEPLOYED = frozenset({"kubernetes", "compose", "terraform", "helm", "kserve"})
_TABLES = frozenset({"csv", "tsv"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """A file that was met."""

    uri: str
    kind: Kind
    format: str


@dataclass(frozen=True, kw_only=True)
class Item:
    """A proposed asset."""

    id: str
    kind: Kind
    sort: str
    uri: str = ""
    format: str = ""
    code: str = ""
    """process: id of the code that runs."""
    split: str = ""
    sketch: Sketch | None = None


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A first manifest and the questions that it leaves."""

    name: str
    items: tuple[Item, ...]
    undecided: tuple[str, ...]
    counts: dict[str, int] = field(default_factory=dict)
    """Sort to the number of files found, written out or not."""

    def of(self, sort: str) -> tuple[Item, ...]:
        """Items of one sort."""
        return tuple(item for item in self.items if item.sort == sort)


def propose(name: str, seen: Iterable[Seen], read: Read, *, passed_over: int = 0) -> Proposal:
    """Judge every file; the proposal is the same for the same files, in whatever order they come.

    ``passed_over`` counts the files that are not among ``seen`` because nobody can open them as a file.
    """
    ids: set[str] = set()
    counts: Counter[str] = Counter()
    items: list[Item] = []
    unsure: list[str] = []
    for file in sorted(seen, key=lambda one: one.uri):
        try:
            sort = _sort(file, read)
        except CannotLook as error:
            unsure.append(f"{_shown(file.uri)}: what it is for ({error})")
            continue
        if not sort:
            continue
        if not _writable(file.uri):
            unsure.append(f"{_shown(file.uri)}: a name that a manifest cannot hold; rename the file")
            continue
        counts[sort] += 1
        if counts[sort] <= MOST:
            items.extend(_items(file, sort, ids, read, unsure))
    unsure.extend(
        f"{count - MOST} more {sort}: listed are the first {MOST}" for sort, count in counts.items() if count > MOST
    )
    if passed_over:
        unsure.append(f"{passed_over} links, pipes and names that are no text: passed over")
    return Proposal(name=name, items=tuple(items), undecided=(*_questions(items), *unsure), counts=dict(counts))


def _sort(file: Seen, read: Read) -> str:
    if file.kind in _BY_KIND:
        return _BY_KIND[file.kind]
    if file.kind is Kind.MANIFEST and file.format in _DEPLOYED:
        return "deployment"
    if file.format == "python":
        return role(file.uri, read(file.uri, SOURCE))
    return ""


def _items(file: Seen, sort: str, ids: set[str], read: Read, unsure: list[str]) -> Iterator[Item]:
    name = _identify(file.uri, ids)
    if sort == "data sets":
        known = None
        if file.format in _TABLES:
            try:
                head = read(file.uri, HEAD + 1)
                known = sketch(head[:HEAD], whole=len(head) <= HEAD)
            except CannotLook as error:
                unsure.append(f"{file.uri}: its columns ({error})")
        yield Item(
            id=name, kind=file.kind, sort=sort, uri=file.uri, format=file.format, split=split(file.uri), sketch=known
        )
        return
    yield Item(id=name, kind=file.kind, sort=sort, uri=file.uri, format=file.format)
    if sort == "training":
        yield Item(id=_identify(f"{name}-run", ids), kind=Kind.PROCESS, sort="processes", code=name)
    if sort == "serving":
        yield Item(id=_identify(f"{name}-endpoint", ids), kind=Kind.ENDPOINT, sort="endpoints", code=name)


def _identify(text: str, ids: set[str]) -> str:
    """An id that is not taken yet, from the file's name, or from its path where that is taken."""
    parts = [part for part in text.split("/") if part]
    stem = parts[-1].rpartition(".")[0] or parts[-1]
    for candidate in (stem, parts[-1], "-".join(parts)):
        name = _slug(candidate)
        if name not in ids:
            break
    base, number = name[:90], 2
    while name in ids:
        name, number = f"{base}-{number}", number + 1
    ids.add(name)
    return name


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-._")[:96] or "asset"


def _writable(uri: str) -> bool:
    return uri.isprintable() and "\\" not in uri and not uri.startswith("~") and re.match(r"[A-Za-z]:", uri) is None


def _shown(uri: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in uri)


def _questions(items: list[Item]) -> Iterator[str]:
    """What no file can tell."""
    yield "owners: who answers for the system?"
    yield "purpose: what is it for?"
    yield "effect: does it advise or decide about people? Left out means neither, and no oversight is asked for"
    yield "regions: where does it run, and where is its data kept?"
    names = {sort: [item.id for item in items if item.sort == sort] for sort in (*SORTS, "endpoints")}
    if names["models"] and names["data sets"]:
        yield f"which data sets trained and tested {_some(names['models'])}?"
    elif names["models"]:
        yield f"what trained {_some(names['models'])}? No data set was found"
    unlabelled = [item.id for item in items if item.sort == "data sets" and not (item.sketch and item.sketch.label)]
    if unlabelled:
        yield f"which column is the label of {_some(unlabelled)}?"
    unsplit = [item.id for item in items if item.sort == "data sets" and not item.split]
    if unsplit:
        yield f"is it for training or for testing: {_some(unsplit)}?"
    if names["training"]:
        yield f"which data does {_some(names['training'])} read, what does it write, with which seed?"
    if names["endpoints"]:
        yield f"at which address, for whom, with what authentication and rate limit serves {_some(names['endpoints'])}?"
    yield "flows: what data comes in and goes out, across which trust boundaries and borders, how protected?"
    yield "threats: which were considered, and what was decided?"


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown  # noqa: PLR2004  as shown
