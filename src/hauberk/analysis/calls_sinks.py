# SPDX-License-Identifier: Apache-2.0
"""Calls that run what they are given: which argument, and what makes a particular call harmless."""

import functools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from tree_sitter import Node

from hauberk.analysis.calls import Unknown, constant, dotted
from hauberk.analysis.calls_facts import LOADS
from hauberk.analysis.calls_facts_run import GATHERED, PASSED, RUNS, SWITCHES
from hauberk.analysis.calls_table import Conditions, Known, Row
from hauberk.analysis.derivation import value_of
from hauberk.assets.python import Module
from hauberk.assets.scopes import Call, name_of, text_of
from hauberk.core.scales import Confidence

Guard = Callable[[Call], Confidence | None]
"""How sure a call is that dangerous kind of call, from its other arguments; None where it is not."""


@dataclass(frozen=True, slots=True)
class Sink:
    """A function that can run code from one of its arguments."""

    position: int
    keyword: str
    """Where the argument is; position -1 means that it was given to the object that the method is called on."""
    guard: Guard
    literal: bool = False
    """Takes the bytes or text itself, so that what is written out in the code is plain to see and harmless."""
    sent: bool = False
    """Only what strangers send is dangerous."""
    milder: int = 0
    """Steps of severity below running code or a command outright."""


def unconditional(guard: Guard) -> bool:
    """Whether a call is dangerous whatever its other arguments are."""
    strong = isinstance(guard, Conditions) and guard.strength is Confidence.HIGH
    return guard is always or (strong and isinstance(guard, Conditions) and not (guard.needed or guard.barred))


def flag(call: Call, name: str, position: int = -1) -> bool | None:
    """Whether a boolean argument is set; False where it is absent, None where it cannot be told."""
    node = call.argument(position, name)
    if node is None:
        return None if call.spread else False
    value = constant(node, call.scope)
    return None if isinstance(value, Unknown) else bool(value)


def always(_: Call) -> Confidence:
    """The call is dangerous whatever its other arguments are."""
    return Confidence.HIGH


def usually(_: Call) -> Confidence:
    """The call is dangerous for most of what it can be given."""
    return Confidence.MEDIUM


def _set(name: str, position: int = -1) -> Guard:
    """Dangerous when a flag is set; a flag that is passed through is the caller's decision."""

    def guard(call: Call) -> Confidence | None:
        value = flag(call, name, position)
        return Confidence.HIGH if value else Confidence.LOW if value is None and name in call.keywords else None

    return guard


def _cleared(call: Call) -> Confidence | None:
    """Keras: ``safe_mode=False``."""
    node = call.keywords.get("safe_mode")
    return Confidence.HIGH if node is not None and constant(node, call.scope) is False else None


def _torch(call: Call) -> Confidence | None:
    """torch.load without ``weights_only=True``; MEDIUM where it depends on the version, see the check."""
    node = call.keywords.get("weights_only")
    if node is None:
        return Confidence.LOW if call.spread else Confidence.MEDIUM
    value = constant(node, call.scope)
    if isinstance(value, Unknown):
        return None if _is_on_by_default(node, call) else Confidence.LOW
    return None if value else Confidence.HIGH


def _is_on_by_default(node: Node, call: Call) -> bool:
    """Whether a value is a parameter of the function around, which is True unless a caller asks for less."""
    found = call.scope.look(name_of(node)) if node.type == "identifier" else None
    made = [one for one in found[1] if one.how == "parameter" and one.node is not None] if found else []
    defaults = [one.node.child_by_field_name("value") for one in made if one.node is not None]
    return (
        found is not None
        and len(made) == len(found[1])
        and all(one is not None and one.type == "true" for one in defaults)
    )


_SAFE_LOADER = re.compile(r"(?:ruamel\.)?yaml\.(?:\w+\.)?C?(?:Safe|Base|RoundTrip)Loader")
_FULL_LOADER = re.compile(r"yaml\.(?:\w+\.)?C?FullLoader")


def _yaml(call: Call) -> Confidence | None:
    """yaml.load with anything but a safe loader."""
    node = call.argument(1, "Loader")
    if node is None:
        return Confidence.LOW if call.spread else Confidence.MEDIUM
    names = dotted(node, call.scope)
    if names and all(_SAFE_LOADER.fullmatch(name) for name in names):
        return None
    if not names or any(_FULL_LOADER.fullmatch(name) for name in names):
        return Confidence.LOW
    return Confidence.HIGH


def _unsafe_reader(call: Call) -> Confidence | None:
    """``YAML(typ='unsafe').load``."""
    owner = call.function.child_by_field_name("object")
    if owner is None:
        return None
    made = text_of(value_of(owner, call.scope)[0])
    return Confidence.HIGH if re.search(r"typ\s*=\s*\[?['\"]unsafe", made) else None


def _trusted(call: Call) -> Confidence | None:
    """skops: ``trusted=True`` trusts whatever the file names, and so does the list of all that it names."""
    node = call.argument(1, "trusted")
    if node is None or constant(node, call.scope) is True:
        return Confidence.HIGH if node is not None else None
    return Confidence.MEDIUM if "skops.io.get_untrusted_types()" in dotted(node, call.scope) else None


_PICKLES = (
    "pickle cPickle _pickle pickle5 six.moves.cPickle dill cloudpickle joblib.externals.cloudpickle ray.cloudpickle"
)

DESERIALISERS: dict[str, Sink] = {
    **{f"{module}.load": Sink(0, "file", always) for module in _PICKLES.split()},
    **{f"{module}.loads": Sink(0, "data", always, literal=True) for module in _PICKLES.split()},
    **{f"{module}.Unpickler().load": Sink(-1, "file", always) for module in _PICKLES.split()},
    "marshal.load": Sink(0, "file", usually),
    "marshal.loads": Sink(0, "bytes", usually, literal=True),
    "shelve.open": Sink(0, "filename", usually),
    "numpy.load": Sink(0, "file", _set("allow_pickle", 2)),
    "numpy.lib.npyio.load": Sink(0, "file", _set("allow_pickle", 2)),
    "numpy.lib.format.read_array": Sink(0, "fp", _set("allow_pickle", 1)),
    "torch.load": Sink(0, "f", _torch),
    "torch.serialization.load": Sink(0, "f", _torch),
    "paddle.load": Sink(0, "path", usually),
    "yaml.load": Sink(0, "stream", _yaml),
    "yaml.load_all": Sink(0, "stream", _yaml),
    "ruamel.yaml.load": Sink(0, "stream", _yaml),
    "yaml.unsafe_load": Sink(0, "stream", always),
    "yaml.unsafe_load_all": Sink(0, "stream", always),
    "ruamel.yaml.YAML().load": Sink(0, "stream", _unsafe_reader),
    "ruamel.yaml.YAML().load_all": Sink(0, "stream", _unsafe_reader),
    "skops.io.load": Sink(0, "file", _trusted),
    "skops.io.loads": Sink(0, "data", _trusted, literal=True),
}

COLLECTIVES = frozenset(
    f"torch.distributed.{name}"
    for name in [
        "broadcast_object_list",
        "all_gather_object",
        "gather_object",
        "scatter_object_list",
        "recv_object_list",
    ]
)
"""Functions that unpickle what the other processes of a training send; none of their arguments is that."""
DUMPERS = frozenset(
    [*(f"{module}.dump" for module in _PICKLES.split()), "joblib.dump", "torch.save", "numpy.save", "yaml.dump"]
)
"""Functions that write what the functions above read."""

LOADING: Final = Known(LOADS)
EXECUTING: Final = Known(RUNS)
_SWITCHES = frozenset(name.encode() for name in (*SWITCHES, *PASSED))
DESERIALISING = (
    frozenset(name.rpartition(".")[2].encode() for name in (*DESERIALISERS, *COLLECTIVES)) | LOADING.tokens | _SWITCHES
)
"""One of these names stands in the code of every call that deserialises."""
DESERIALISING_LAST = (
    frozenset(name.rpartition(".")[2] for name in (*DESERIALISERS, *COLLECTIVES)) | LOADING.lasts | {"partial"}
)
"""Last names of all functions that deserialise."""


def _sink(row: Row) -> Sink:
    return Sink(row.position, row.keyword, row.guard, sent=row.kind == "sent")


@functools.lru_cache(maxsize=4096)
def deserialisers(name: str) -> tuple[Sink, ...]:
    """The sinks behind a dotted name of a function that deserialises; none for all others."""
    found = DESERIALISERS.get(name)
    return (*([found] if found else []), *(_sink(row) for row in LOADING.of(name)))


def _shell(call: Call) -> Confidence | None:
    """Subprocess with ``shell=True``."""
    value = flag(call, "shell", 8)
    return Confidence.HIGH if value else Confidence.LOW if value is None and "shell" in call.keywords else None


def _frame(call: Call) -> Confidence | None:
    return Confidence.MEDIUM if call.positional or "expr" in call.keywords else None


_INTERPRETED = Sink(0, "source", always, literal=True)
_COMMAND = Sink(0, "command", always, literal=True)

RUNNERS: dict[str, Sink] = {
    **{f"builtins.{name}": _INTERPRETED for name in ("eval", "exec", "execfile")},
    "builtins.compile": Sink(0, "source", always, literal=True, milder=2),
    **{f"os.{name}": _COMMAND for name in ("system", "popen")},
    **{f"subprocess.{name}": Sink(0, "cmd", always, literal=True) for name in ("getoutput", "getstatusoutput")},
    **{f"commands.{name}": _COMMAND for name in ("getoutput", "getstatusoutput")},
    **{
        f"subprocess.{name}": Sink(0, "args", _shell, literal=True)
        for name in ("run", "call", "check_call", "check_output", "Popen")
    },
    "asyncio.create_subprocess_shell": Sink(0, "cmd", always, literal=True),
    "asyncio.subprocess.create_subprocess_shell": Sink(0, "cmd", always, literal=True),
    "runpy.run_path": Sink(0, "path_name", usually, literal=True),
    "code.InteractiveInterpreter().runsource": Sink(0, "source", always, literal=True),
    "pandas.eval": Sink(0, "expr", usually, literal=True, milder=1),
    "numexpr.evaluate": Sink(0, "ex", usually, literal=True, milder=1),
}
"""Functions that run text as code or as a command line."""

IMPORTERS: dict[str, Sink] = {
    "builtins.__import__": Sink(0, "name", usually, literal=True),
    "importlib.import_module": Sink(0, "name", usually, literal=True),
    "importlib.__import__": Sink(0, "name", usually, literal=True),
}
"""Functions that import, and so run, a module by its name."""

_DATAFRAME = re.compile(r"pandas\.(?:DataFrame|read_\w+|concat|merge)\(\)\.(?:query|eval)")

RUNNING = (
    frozenset(name.rpartition(".")[2].encode() for name in (*RUNNERS, *IMPORTERS))
    | {b"query", b"eval", b"subprocess", b"from_pretrained", b"load_dataset", b"Template", b"from_string", b"LLM"}
    | EXECUTING.tokens
    | _SWITCHES
)
"""One of these names stands in the code of every call that runs text, a command or a repository's code."""
RUNNING_LAST = (
    frozenset(name.rpartition(".")[2] for name in (*RUNNERS, *IMPORTERS))
    | {"query", "eval", "load", "Template", "from_string", "load_dataset", "SentenceTransformer", "LLM", "partial"}
    | EXECUTING.lasts
)
"""Last names of all functions that run text, a command or a repository's code."""

APPLIERS = frozenset(
    [
        "py_function",
        "numpy_function",
        "map",
        "imap",
        "imap_unordered",
        "starmap",
        "starmap_async",
        "map_async",
        "apply",
        "apply_async",
        "applymap",
        "transform",
        "submit",
        "filter",
        "run_in_executor",
        "to_thread",
        "run_sync",
        "run_in_threadpool",
        "delayed",
        "map_partitions",
        "map_blocks",
        "map_batches",
        "map_elements",
        "flatMap",
        "mapPartitions",
        "mapValues",
        "foreach",
        "pipe",
        "reduce",
        "vectorize",
        "pure_callback",
        "Thread",
        "Process",
        "Tool",
        "from_function",
    ]
)
"""Methods and functions that call the function that they are given."""
_DECODERS = frozenset(
    [
        "converters",
        "deserializer",
        "value_deserializer",
        "key_deserializer",
        "deserialize",
        "loads",
        "loader",
        "decoder",
        "unpickler",
        "read_func",
        "load_fn",
        "func",
        "fn",
        "target",
        "map_func",
    ]
)
"""Keywords by which a function is handed on to be called with data."""
_KEYED = frozenset(name.encode() for name in (*SWITCHES, *PASSED, *_DECODERS))


def applied(call: Call) -> Iterator[str]:
    """Dotted names of functions that a call hands to ``map``, ``apply`` and the like, to be called there."""
    name = call.function.child_by_field_name("attribute") or call.function
    applies = name.type == "identifier" and name_of(name) in APPLIERS
    given = list(call.positional[:2]) if applies else []
    given += [node for word, node in call.keywords.items() if applies or word in _DECODERS]
    table = call.keywords.get("converters")
    for pair in table.named_children if table is not None and table.type == "dictionary" else ():
        value = pair.child_by_field_name("value")
        given += [value] if value is not None else []
    for node in given:
        if node.type in ("identifier", "attribute"):
            yield from dotted(node, call.scope)


def calls_like(module: Module, names: frozenset[bytes], lasts: frozenset[str]) -> Iterator[Call]:
    """Calls that may be of functions with these last names, or may switch a safeguard off.

    ``names`` are those of which one stands in every source with such a call.
    """
    calls = module.calls_of(names)
    keyed = bool(calls) and module.holds(_KEYED)
    for call in calls:
        last = call.function.child_by_field_name("attribute") or call.function
        if last.type != "identifier" or _may_be(call, name_of(last), lasts) or (keyed and _is_keyed(call)):
            yield call


def _may_be(call: Call, name: str, lasts: frozenset[str]) -> bool:
    if name in lasts or name in APPLIERS:
        return True
    if call.function.type == "attribute":
        owner = call.function.child_by_field_name("object")
        return owner is not None and owner.text == b"self"
    found = call.scope.look(name)
    if found is None:
        return call.scope.look("*") is not None
    return any(one.how not in ("def", "opaque") for one in found[1])


def _is_keyed(call: Call) -> bool:
    return any(word in SWITCHES or word in _DECODERS or word.endswith(GATHERED) for word in call.keywords)


def runner(name: str) -> Sink | None:
    """The sink behind a dotted name of a function that runs text; None for all others."""
    found = RUNNERS.get(name)
    return found or (Sink(0, "expr", _frame, literal=True, milder=1) if _DATAFRAME.fullmatch(name) else None)
