# SPDX-License-Identifier: Apache-2.0
"""HBK-TRN-012, 014 and 015: splits that cannot be repeated, models left in training mode, workers that draw alike."""

import re
from collections.abc import Iterator, Sequence

from tree_sitter import Node

from hauberk.analysis.calls import dotted
from hauberk.analysis.written import Written, cautious, written
from hauberk.assets.purpose import outside_tests
from hauberk.assets.scopes import Call, Scope, name_of, text_of
from hauberk.checks.train.randomness import unseeded
from hauberk.core.card import check
from hauberk.core.finding import Hit
from hauberk.core.scales import Confidence, Severity
from hauberk.core.target import Target

_SPLITS = re.compile(r"sklearn\.model_selection\.(?:train_test_split|\w*(?:Fold|ShuffleSplit))")
_SPLITTING = frozenset(
    {
        *(b"train_test_split", b"random_split", b"KFold", b"GroupKFold", b"StratifiedKFold", b"StratifiedGroupKFold"),
        *(b"RepeatedKFold", b"RepeatedStratifiedKFold", b"ShuffleSplit", b"GroupShuffleSplit"),
        b"StratifiedShuffleSplit",
    }
)
"""Last names of these, and of torch's function."""
_LOADING = frozenset({b"load_state_dict", b"load"})
_ITEMS = frozenset({b"__getitem__"})
_GLOBAL_SEED = re.compile(r"seed_everything|set_seed|\bmanual_seed|random\.seed|set_random_seed|seed_all")


def _hit(target: Target, found: Written, node: Node, scope: Scope, message: str, severity: Severity) -> Hit:
    return Hit(
        message=message,
        place=found.place(node),
        severity=cautious(target, severity),
        confidence=Confidence.MEDIUM,
        context=found.context(node, scope),
    )


@check(
    "HBK-TRN-012",
    stage="train",
    kinds=("code", "notebook"),
    formats=("python", "notebook"),
    severity=Severity.LOW,
    remedy="pass random_state (or generator=torch.Generator().manual_seed(...)) wherever rows are split",
    references=("AI-Act:Art.12", "NIST-AI-RMF:MEASURE-2.1", "CWE-1039"),
    applies=outside_tests,
)
def unseeded_split(target: Target) -> Iterator[Hit]:
    """Rows are split by chance that nobody fixed.

    Each run tests on other rows: results differ for no reason, rows of one run's test set are in the next one's
    training set, and nobody can show which rows a model was tested on.
    """
    found = written(target)
    calls = found.module.calls_of(_SPLITTING)
    for draw in unseeded(found.module) if calls else ():
        if _SPLITS.fullmatch(draw.name):
            message = f"{draw.name.rpartition('.')[2]} {draw.fault}"
            yield _hit(target, found, draw.call.node, draw.call.scope, message, Severity.LOW)
    for call in calls:
        splits = "torch.utils.data.random_split" in dotted(call.function, call.scope)
        fixed = "generator" in call.keywords or len(call.positional) > 2  # noqa: PLR2004  data, lengths, generator
        if splits and not fixed and not any(_GLOBAL_SEED.search(line) for line in found.module.lines):
            message = "random_split is called without a generator, and nothing seeds the global one"
            yield _hit(target, found, call.node, call.scope, message, Severity.LOW)
    found.complain()


_LOADS = re.compile(r"torch\.(?:load|jit\.load|hub\.load)\(\)")
_INFERENCE = re.compile(r"\b(?:no_grad|inference_mode)\b")


@check(
    "HBK-TRN-014",
    stage="train",
    kinds=("code", "notebook"),
    formats=("python", "notebook"),
    severity=Severity.MEDIUM,
    remedy="call model.eval() after the weights are loaded and before the first prediction",
    references=("AI-Act:Art.15", "CWE-1188"),
    applies=outside_tests,
)
def left_in_training_mode(target: Target) -> Iterator[Hit]:
    """A loaded model predicts in training mode.

    Dropout then throws away neurons at random and batch normalisation depends on who else is in the batch: one input
    gets different answers, and one client's rows change another's.
    """
    found = written(target)
    calls = found.module.calls_of(_LOADING)
    loaded = dict(_loaded(calls))
    modes = {_owner(call) for call in calls if _verb(call) in ("eval", "train", "requires_grad_")}
    for call in calls:
        name = text_of(call.function)
        if name in loaded and name not in modes and not _is_switched(loaded[name]) and _is_inference(call.node):
            message = "the model predicts as it was loaded, in training mode"
            yield _hit(target, found, call.node, call.scope, message, Severity.MEDIUM)
    found.complain()


def _verb(call: Call) -> str:
    name = call.function.child_by_field_name("attribute")
    return name_of(name) if name is not None else ""


def _owner(call: Call) -> str:
    owner = call.function.child_by_field_name("object")
    return text_of(owner) if owner is not None else ""


def _loaded(calls: Sequence[Call]) -> Iterator[tuple[str, Node]]:
    """Names of models whose weights are loaded, with the call that loads."""
    for call in calls:
        if _verb(call) == "load_state_dict":
            yield _owner(call), call.node
        elif any(_LOADS.fullmatch(f"{name}()") for name in dotted(call.function, call.scope)):
            statement = call.node
            while statement.parent is not None and statement.parent.type in ("attribute", "call", "assignment"):
                statement = statement.parent
            left = statement.child_by_field_name("left") if statement.type == "assignment" else None
            if left is not None:
                yield text_of(left), statement


def _is_switched(node: Node) -> bool:
    """``torch.load(...).eval()`` in one line."""
    return ".eval()" in text_of(node)


def _is_inference(node: Node) -> bool:
    """Whether a call stands where no gradients are kept."""
    one: Node | None = node
    while one is not None:
        shown = ""
        if one.type == "with_statement":
            shown = text_of(one).partition(":")[0]
        elif one.type == "decorated_definition":
            shown = " ".join(text_of(child) for child in one.named_children if child.type == "decorator")
        if _INFERENCE.search(shown):
            return True
        one = one.parent
    return False


@check(
    "HBK-TRN-015",
    stage="train",
    kinds=("code", "notebook"),
    formats=("python", "notebook"),
    severity=Severity.LOW,
    remedy="draw from torch's generator in the data set, or give the DataLoader a worker_init_fn that seeds numpy",
    references=("AI-Act:Art.15", "CWE-1039"),
    applies=outside_tests,
)
def workers_draw_alike(target: Target) -> Iterator[Hit]:
    """Workers of a data loader draw the same numbers.

    Each worker inherits numpy's generator in the same state, so that batches are augmented alike: the model sees a
    fraction of the variety that was meant, and every epoch repeats it.
    """
    found = written(target)
    seeded = any("worker_init_fn" in line for line in found.module.lines)
    for call in found.module.calls_of(_ITEMS) if not seeded else ():
        method = call.scope
        cls = method.parent
        if method.name != "__getitem__" or cls is None or cls.kind != "class" or not _is_dataset(cls):
            continue
        if any(re.fullmatch(r"numpy\.random\.[a-z_]+", name) for name in dotted(call.function, call.scope)):
            message = "__getitem__ draws from numpy's global generator, which every worker inherits in the same state"
            yield _hit(target, found, call.node, call.scope, message, Severity.LOW)
    found.complain()


def _is_dataset(cls: Scope) -> bool:
    bases = cls.node.child_by_field_name("superclasses")
    names = (
        name for base in (bases.named_children if bases is not None else ()) for name in dotted(base, cls.parent or cls)
    )
    return any(
        re.fullmatch(r"torch\.utils\.data\.(?:\w+\.)*(?:Map|Iterable)?(?:Data[sS]et|DataPipe)", name) for name in names
    )
