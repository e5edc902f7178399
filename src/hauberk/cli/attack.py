# SPDX-License-Identifier: Apache-2.0
"""``hauberk attack``: attack a model file, or an endpoint, under a budget."""

import contextlib
import re
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
from cyclopts import Parameter
from numpy.typing import NDArray

from hauberk.assets import table as tables
from hauberk.assets.recognise import HEAD, recognise
from hauberk.attacks.campaign import MORE, WHOLE, Norm, Order, Outcome, attack_query
from hauberk.attacks.journal import Book, Journal, pieces
from hauberk.attacks.methods import METHODS, Sight, check
from hauberk.attacks.rows import RowsOrder
from hauberk.cli.attack_told import Wishes, tell
from hauberk.cli.options import Json, Manifest, Quiet
from hauberk.cli.samples import Line, number, pair, read, samples_of, shape_of
from hauberk.cli.subject import named_manifest
from hauberk.confine.pool import ConfinedPool, Task
from hauberk.core.codec import decode, encode
from hauberk.core.errors import CannotLook, Misuse
from hauberk.manifest.load import load
from hauberk.models.asked import Endpoint, Route
from hauberk.models.onnx_graph import stated_shape
from hauberk.models.tabular import FORMATS

CALL = "hauberk.attacks.campaign:serve"
CRAFT = "hauberk.attacks.campaign:craft"
ROWS_CALL = "hauberk.attacks.rows:serve"
MEMORY = 8 << 30
"""Bytes that the child may use: torch alone takes one gigabyte."""


def attack(  # noqa: PLR0913  the options that users see
    model: Annotated[
        Path | None, Parameter(help="An ONNX, safetensors, TorchScript, XGBoost, LightGBM or joblib file.")
    ] = None,
    /,
    *,
    data: Annotated[Path, Parameter(help="Table of test samples (CSV, also gzipped): one sample a row.")],
    manifest: Manifest = None,
    label: Annotated[str, Parameter(help="Name of the label's column; by default the last one.")] = "",
    norm: Annotated[Norm | Literal["l0", "gower"], Parameter(help="What a change costs.")] = "linf",
    method: Annotated[str, Parameter(help="One attack by name, such as pgd or square; by default what fits.")] = "",
    target: Annotated[int, Parameter(help="Class (its place among the scores) that samples are to be taken for.")] = -1,
    steps: Annotated[int, Parameter(help="Steps of the method from each start; by default as published.")] = 0,
    restarts: Annotated[int, Parameter(help="Starts of the method; by default as published.")] = 0,
    eps: Annotated[str, Parameter(help="Largest change, as 0.03 or 8/255; in l0 how many values.")] = "8/255",
    budget_queries: Annotated[int, Parameter(help="Forwards, or queries, for each sample.")] = 1000,
    black_box: Annotated[bool, Parameter(negative="", help="Only ask the model, as an outsider would.")] = False,
    labels_only: Annotated[bool, Parameter(negative="", help="The outsider sees labels, not scores.")] = False,
    corruptions: Annotated[bool, Parameter(negative="", help="Spoil pictures at five severities instead.")] = False,
    url: Annotated[
        str, Parameter(help="Attack this Open Inference v2 model (or route, with --body) instead of a file.")
    ] = "",
    body: Annotated[str, Parameter(help='JSON that the URL takes, with "$samples" where samples go.')] = "",
    answer: Annotated[str, Parameter(help="Where scores are in its answer, such as predictions.")] = "",
    one_by_one: Annotated[bool, Parameter(negative="", help="One sample a request, in the place of $samples.")] = False,
    surrogate: Annotated[
        Path | None, Parameter(help="Make the points on this model of yours, and only try them.")
    ] = None,
    timeout: Annotated[float, Parameter(help="Seconds until a query to the URL is unanswered.")] = 10.0,
    rate: Annotated[float, Parameter(help="Most samples a second that are sent to the URL.")] = float("inf"),
    price: Annotated[str, Parameter(help="What a query costs the attacker, such as 0.002EUR.")] = "",
    rows: Annotated[int, Parameter(help="Samples that are attacked, drawn at random.")] = 200,
    divide: Annotated[float, Parameter(help="Divide every number of the data by this (255 for pixels).")] = 1.0,
    box: Annotated[str, Parameter(help="Lowest and highest value of an input after that.")] = "0,1",
    shape: Annotated[str, Parameter(help="Shape of a sample, such as 1,28,28; by default the model's own.")] = "",
    allow_factory: Annotated[str, Parameter(help="module:function that makes the network; it is run.")] = "",
    pin: Annotated[str, Parameter(help="Digest of a TorchScript file that you trust; it is run.")] = "",
    public: Annotated[
        bool, Parameter(negative="", help="The samples are public pictures; the page may show them.")
    ] = False,
    html: Annotated[Path | None, Parameter(help="Write a page with the curve and the smallest changes here.")] = None,
    last: Annotated[Path | None, Parameter(help="What --json printed for the last release, to compare with.")] = None,
    may_drop: Annotated[
        float, Parameter(help="Exit 1 if robust accuracy's lower end is lower by more than this.")
    ] = 0.02,
    at_least: Annotated[
        float | None, Parameter(help="Exit 1 if robust accuracy (or accuracy at the worst severity) may be below this.")
    ] = None,
    resume: Annotated[
        Path | None, Parameter(help="Keep a journal of answers here, and go on from it where it is there already.")
    ] = None,
    seed: Annotated[int, Parameter(help="Seed of every draw.")] = 0,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Attack a model under a budget, and say whether the attack proves anything.

    With --norm gower, with a manifest, and for trees of scikit-learn, XGBoost or LightGBM, rows of mixed columns are
    changed within what the manifest declares; a tree ensemble's smallest change is also proven.

    A model with slopes (ONNX that converts to torch faithfully, safetensors with a granted factory, pinned TorchScript)
    is attacked with them, any other by asking. The verdict on the evaluation comes first.

    Exits 0; with --at-least 1 where the lower end of robust accuracy's interval is below it, and 3 where the verdict
    on the evaluation is not valid.

    Example: hauberk attack digits.onnx --data test.csv.gz --divide 255 --eps 0.1
    """
    if (model is None) == (not url):
        raise Misuse("nothing, or two things, to attack", remedy="name a model file, or give --url")
    progress = Line(on=sys.stderr.isatty() and not (quiet or json))
    title = model.name if model else url
    then = Wishes(at_least, last, may_drop, html, title, json, quiet)
    content = read(model) if model else b""
    kind = _format(model, content) if model else ""
    if norm == "gower" or (model and (manifest or kind in FORMATS)):
        if model is None:
            raise Misuse("rows are attacked in a model file", remedy="name one, or ask for linf or l2")
        asked = RowsOrder(
            model=content,
            format=kind,
            table=read(data),
            eps=number(eps),
            budget=budget_queries,
            rows=rows,
            black_box=black_box,
            labels_only=labels_only,
            method=method,
            seed=seed,
            **_declared(manifest, data, label),
        )
        if target >= 0 or steps or restarts:
            raise Misuse("rows of mixed columns are changed to any other label", remedy="leave --target, --steps out")
        if method:
            check(method, "gower", _sight(black_box=black_box, labels_only=labels_only))
        return tell(_rows_resumed(asked, resume, progress), then)
    low, high = pair(box)
    endpoint: Endpoint | Route | None = None
    if url:
        route = (url, body, answer)
        endpoint = (
            Route(*route, timeout=timeout, rate=rate, each=one_by_one)
            if body
            else Endpoint(*route[:1], timeout=timeout, rate=rate)
        )
    given = shape_of(shape) or (endpoint.sample if endpoint else None)
    samples, labels = _aimed(*samples_of(data, label, rows, divide, seed), target)
    if method:
        seen = _sight(black_box=black_box or bool(url), labels_only=labels_only, surrogate=bool(surrogate))
        black_box = check(method, norm, seen, aimed=target >= 0).sees != "slopes" or black_box
    _shaped(method, steps, restarts, corruptions=corruptions)
    millionths, currency = _price(price)
    order = Order(
        model=content,
        format=kind or "onnx",
        factory=allow_factory,
        pin=pin,
        samples=samples.astype("<f4").tobytes(),
        shape=given or stated_or_flat(content, kind, samples.shape[1]),
        labels=tuple(int(one) for one in labels),
        norm=norm,
        eps=number(eps),
        low=low,
        high=high,
        budget=budget_queries,
        black_box=black_box,
        labels_only=labels_only,
        public=public,
        corruptions=corruptions,
        method=method,
        steps=steps,
        restarts=restarts,
        target=target,
        seed=seed,
        price=millionths,
        currency=currency,
    )
    _fits(order, samples)
    if surrogate:
        order = msgspec.structs.replace(order, transfer=_crafted(order, surrogate))
    outcome = _resumed(order, resume, endpoint, progress)
    progress.clear()
    return tell(outcome, then)


def _sight(*, black_box: bool, labels_only: bool, surrogate: bool = False) -> Sight:
    """What the attacker sees."""
    if surrogate:
        return "surrogate"
    return "labels" if labels_only else "scores" if black_box else "slopes"


def _shaped(method: str, steps: int, restarts: int, *, corruptions: bool) -> None:
    """Refuse numbers that the method would not heed."""
    known = METHODS.get(method)
    if method and corruptions:
        raise Misuse("corruptions are no attack", remedy="leave --method or --corruptions out")
    if (steps or restarts) and (known is None or known.sees != "slopes" or min(steps, restarts) < 0):
        raise Misuse(
            "--steps and --restarts shape one attack with slopes", remedy="name one with --method, such as pgd"
        )
    if known and known.nearest and restarts > 1:
        raise Misuse(f"{method} starts at the sample alone", remedy="leave --restarts out, or give more --steps")


def _aimed(
    samples: NDArray[np.float32], labels: NDArray[np.intp], target: int
) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """The samples that are not of the target already; raises Misuse where all are."""
    kept = labels != target
    if not kept.any():
        raise Misuse(f"all samples are of class {target} already", remedy="aim at another with --target")
    return samples[kept], labels[kept]


def _declared(manifest: Path | None, data: Path, label: str) -> dict[str, Any]:
    """What the manifest says of the data set at this path: its columns, relations and label."""
    if manifest is None:
        return {"label": label or tables.read(read(data)).names[-1]}
    path = named_manifest(manifest)
    here = data.resolve()
    found = [one for one in load(path).assets if one.uri and (path.parent / one.uri).resolve() == here]
    if not found:
        raise Misuse(f"{path}: no data set is declared at {data}", remedy="declare it, or leave --manifest out")
    facts = found[0].facts
    name = label or facts.label or tables.read(read(data)).names[-1]
    return {"label": name, "columns": facts.columns, "relations": facts.relations}


def _format(model: Path, content: bytes) -> str:
    """What a model file is; raises CannotLook for .pt2, whose reader does not run confined."""
    if model.suffix == ".pt2":
        raise CannotLook(f"{model.name}: torch's reader of .pt2 does not run confined", remedy="export it to ONNX")
    return recognise(model.name, content[:HEAD])[1]


def _crafted(order: Order, surrogate: Path) -> bytes:
    """Points that fool the surrogate, made where its file can do nothing else."""
    content = read(surrogate)
    own = msgspec.structs.replace(order, model=content, format=_format(surrogate, content) or "onnx")
    with ConfinedPool(workers=1, readable=(), path=(Path.cwd(),), preload=("hauberk.attacks.campaign",)) as pool:
        task = Task(call=CRAFT, payload=encode(own), seconds=3600, memory=MEMORY, alone=True)
        return pool.submit(task).result()


def _resumed(order: Order, resume: Path | None, endpoint: Endpoint | Route | None, progress: "Line") -> Outcome:
    """Attack where it can neither write nor talk, or the endpoint from here; with a journal of it where one is kept."""
    with contextlib.ExitStack() as held:
        book = held.enter_context(Book(resume, order.key)) if resume else None
        write = book.write if book else lambda _: None
        if endpoint:
            past = pieces(resume, order.key) if resume else ()
            return attack_query(order, endpoint, progress, Journal(past, write))
        if resume:
            order = msgspec.structs.replace(order, journal=str(resume.resolve()))
        return _run_confined(CALL, encode(order), (Path.cwd(),) if order.factory else (), progress, (resume, write))


def _rows_resumed(order: RowsOrder, resume: Path | None, progress: "Line") -> Outcome:
    """Attack rows where the model can do nothing else; with a journal of it where one is kept."""
    if resume is None:
        return _run_confined(ROWS_CALL, encode(order), (), progress)
    with Book(resume, order.key) as book:
        order = msgspec.structs.replace(order, journal=str(resume.resolve()))
        return _run_confined(ROWS_CALL, encode(order), (), progress, (resume, book.write))


def _run_confined(
    call: str,
    payload: bytes,
    path: tuple[Path, ...],
    progress: "Line",
    journal: tuple[Path | None, Callable[[bytes], None]] = (None, lambda _: None),
) -> Outcome:
    """Run an order in a child; the factory's folder is readable where one was granted, and so is the journal."""
    parts: list[bytes] = []
    kept, write = journal

    def heard(piece: bytes) -> None:
        if piece[:1] in (WHOLE, MORE):
            parts.append(piece[1:])
            if piece[:1] == WHOLE:
                write(b"".join(parts))
                parts.clear()
            return
        what, done, total = decode(piece, tuple[str, int, int])
        progress(what, done, total)

    readable = (kept.resolve(),) if kept else ()
    with ConfinedPool(workers=1, readable=readable, path=path, preload=(call.partition(":")[0],)) as pool:
        task = Task(call=call, payload=payload, seconds=3600, memory=MEMORY, progress=heard, alone=True)
        outcome = decode(pool.submit(task).result(), Outcome)
    progress.clear()
    return outcome


def _fits(order: Order, samples: NDArray[np.float32]) -> None:
    if int(np.prod(order.shape)) != samples.shape[1]:
        raise Misuse(
            f"a sample has {samples.shape[1]} numbers, and the model takes {order.shape}",
            remedy="give --shape, --label",
        )
    least, most = float(samples.min()), float(samples.max())
    if least < order.low or most > order.high:
        raise Misuse(
            f"samples lie between {least:g} and {most:g}, outside the box of {order.low:g} to {order.high:g}",
            remedy="scale them as the model was trained (--divide 255), or give --box",
        )
    if order.norm == "l0" and order.eps < 1:
        raise Misuse("in l0 eps is how many values are changed", remedy="such as --eps 16")
    if not order.eps > 0:
        raise Misuse(f"eps is {order.eps:g}", remedy="give a change larger than zero")


def stated_or_flat(content: bytes, kind: str, size: int) -> tuple[int, ...]:
    """The shape that an ONNX file states, read without loading it; else one row."""
    from_file = stated_shape(content) if kind == "onnx" else None
    return from_file or (size,)


def _price(text: str) -> tuple[int, str]:
    if not text:
        return 0, ""
    matched = re.fullmatch(r"(\d+(?:\.\d{1,6})?)\s*([A-Z]{3})", text)
    if matched is None:
        raise Misuse(f"{text[:40]!r} is no price", remedy="write it as 0.002EUR")
    return round(Fraction(matched[1]) * 1_000_000), matched[2]
