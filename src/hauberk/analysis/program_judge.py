# SPDX-License-Identifier: Apache-2.0
"""Judges what a pickle program names, calls and builds, and keeps what it saw."""

import hashlib
from collections.abc import Callable, Iterator

import msgspec

from hauberk.analysis import allowlist
from hauberk.analysis.allowlist import Entry
from hauberk.analysis.program_contract import MAPPINGS, Breach, any_state
from hauberk.analysis.program_contracts import CONTRACTS
from hauberk.analysis.program_contracts_trees import grown, grown_state
from hauberk.analysis.program_values import UNKNOWN, Made, Named, Persistent, Table, Unknown, Way
from hauberk.assets.pickles import Stretch
from hauberk.core.scales import Severity
from hauberk.core.value import Value

MOST_FAULTS = 200
"""Faults kept of one file: enough to act on."""

_WORDS = {"append": "list items", "setitem": "dictionary items", "add": "set items"}
_SEVERITIES = {"memory": Severity.MEDIUM, "persistent": Severity.MEDIUM}
_PAIR = 2
_LINES = 4096
"""Lines of the trace that are digested together."""
_SPECIAL = frozenset(
    ["__class__", "__dict__", "__getattr__", "__getattribute__", "__reduce__", "__reduce_ex__", "__setattr__",
     "__setstate__"]
)  # fmt: skip
"""Attributes that change what the next operation on an object calls."""


_SCRIPT = Entry(uses=("new", "build"), audit="a class in TorchScript's own language, defined in the archive")


class Fault(Value, frozen=True, kw_only=True):
    """One thing that the program would do and must not."""

    offset: int
    what: str
    """In words: what it would do when the file is loaded."""
    subject: str
    """The global, as ``module.name``, or the kind of fault."""
    severity: Severity


class Program(Value, frozen=True, kw_only=True):
    """What one or several pickles would do, as far as they could be read."""

    globals: tuple[str, ...]
    """Every global named, as ``module.name``, in order of appearance."""
    calls: int
    uses: dict[str, int] = msgspec.field(default_factory=dict)
    """How often each allowed use was made, by ``use callee contract``."""
    trace: str = ""
    """SHA-256 over one line ``offset use callee contract`` for each of these uses, in order."""
    faults: tuple[Fault, ...]
    start: int = 0
    """Byte of the first operation."""
    end: int
    """Byte behind the last operation read."""
    operations: int
    stopped: str = ""
    """Why the reading ended before STOP; empty where it did not."""


class _Reference:
    __slots__ = ("called", "known", "named", "texts")

    def __init__(self, named: Named, known: Entry | None) -> None:
        self.named = named
        self.known = known
        self.called = False
        self.texts = False


def _line(use: str, path: str, known: Entry) -> str:
    """A use in the words of a certificate."""
    return f"{use} {path} {known.contract}\n"


def _ways(named: Named, known: Entry) -> dict[str, Way]:
    """The allowed ways to make one: for each use its line and what judges it."""
    kept, found = _KNOWN.get((named.module, named.name), (None, {}))
    if kept is not known:
        made, built = CONTRACTS[known.contract]
        found = {use: (_line(use, named.path, known), made) for use in ("call", "new") if use in known.uses}
        if "build" in known.uses:
            found["build"] = _line("build", named.path, known), built
        if known is not _SCRIPT:
            _KNOWN[named.module, named.name] = known, found
    return found


_KNOWN: dict[tuple[str, str], tuple[Entry, dict[str, Way]]] = {}
"""Ways of the globals on the allow-list that were met."""


class Judge:
    """Collects over the pickles of one file; ``storages`` allows torch's persistent ids."""

    def __init__(self, *, storages: bool = False, depth: int = 0, scripts: frozenset[str] = frozenset()) -> None:
        """Start with nothing seen.

        ``depth`` counts pickles within constants of pickles; ``scripts`` are the classes that a TorchScript archive
        defines itself, in its own language.
        """
        self.depth = depth
        self.scripts = scripts
        self.storages = storages
        self.calls = 0
        self._references: dict[tuple[str, str], _Reference] = {}
        self._faults: list[Fault] = []
        self.inert_ranges: list[tuple[int, int]] = []
        self.carried: list[tuple[int, int]] = []
        """Ranges of pickles within the pickle, each judged with a memo of its own."""
        self.odd: int | None = None
        """Where arguments are in a list, which only the unpickler in Python takes."""
        self._uses: dict[str, int] = {}
        self._trace = hashlib.sha256()
        self._lines: list[str] = []
        self._grown: list[tuple[str, dict[str, object], int]] = []
        """Estimators of trees, their attributes as they were set, and where: lists among these may grow afterwards."""

    def _note(self, offset: int, line: str) -> None:
        uses, lines = self._uses, self._lines
        uses[line] = uses.get(line, 0) + 1
        lines.append(f"{offset} {line}")
        if len(lines) >= _LINES:
            self._digest()

    def _digest(self) -> None:
        self._trace.update("".join(self._lines).encode("utf-8", "surrogatepass"))
        self._lines.clear()

    def _entry(self, named: Named) -> Entry | None:
        seen = self._references.get((named.module, named.name))
        return seen.known if seen is not None else self._look_up(named)

    def _look_up(self, named: Named) -> Entry | None:
        return _SCRIPT if named.path in self.scripts else allowlist.entry(named.module, named.name)

    def fault(self, offset: int, subject: str, what: str) -> None:
        """Note something that is unsafe whatever the global."""
        if len(self._faults) < MOST_FAULTS:
            severity = _SEVERITIES.get(subject, Severity.HIGH)
            self._faults.append(Fault(offset=offset, what=what, subject=subject, severity=severity))

    def name(self, module: str, name: str, offset: int) -> Named:
        """Note that a global is named: its module is imported."""
        seen = self._references.get((module, name))
        if seen is None:
            named = Named(module, name, offset)
            seen = self._references[module, name] = _Reference(named, self._look_up(named))
            if seen.known is not None:
                named.ways = _ways(named, seen.known)
        return seen.named

    def call(self, callee: object, arguments: object, offset: int) -> object:
        """The value of ``callee(*arguments)``."""
        return self._invoke(callee, arguments, offset, "call")

    def new(self, callee: object, arguments: object, offset: int) -> object:
        """The value of ``callee.__new__(callee, *arguments)``."""
        return self._invoke(callee, arguments, offset, "new")

    def _invoke(self, callee: object, arguments: object, offset: int, use: str) -> object:
        self.calls += 1
        way = callee.ways.get(use) if isinstance(callee, Named) else None
        if way is None or not isinstance(callee, Named):
            return self._resolve(callee, arguments, offset, use)
        self._note(offset, way[0])
        given = arguments if isinstance(arguments, tuple) else self._unusual(arguments, offset)
        try:
            return way[1](callee, given)
        except Breach as breach:
            self.fault(offset, callee.path, f"calls {callee.path} {breach}")
            return UNKNOWN

    def _unusual(self, arguments: object, offset: int) -> tuple[object, ...]:
        """Arguments that are no tuple, as no pickler writes them."""
        self.odd = offset
        return tuple(arguments) if isinstance(arguments, list) else (UNKNOWN,)

    def _resolve(self, callee: object, arguments: object, offset: int, use: str) -> object:
        """A call of what is not known to be allowed in this way: mostly it is not."""
        if not isinstance(callee, Named):
            self.fault(offset, "callee", "calls something that the program makes itself, not a global")
            return UNKNOWN
        known = self._entry(callee)
        if known is None:
            if use == "call":
                seen = self._references[(callee.module, callee.name)]
                seen.called = True
                seen.texts = seen.texts or (
                    isinstance(arguments, tuple) and any(isinstance(one, str | bytes | Stretch) for one in arguments)
                )
            return UNKNOWN
        if use not in known.uses:
            self.fault(offset, callee.path, f"calls {callee.path}, which may only be {_only(known.uses)}")
            return UNKNOWN
        self.calls -= 1  # it is counted again
        callee.ways = _ways(callee, known)
        return self._invoke(callee, arguments, offset, use)

    def build(self, target: object, state: object, offset: int) -> None:
        """BUILD: ``target.__setstate__(state)``, or its ``__dict__`` and slots filled."""
        if not isinstance(target, Made):
            if not isinstance(target, Unknown):
                made = (
                    f"attributes of {target.path} itself" if isinstance(target, Named) else "the state of a plain value"
                )
                self.fault(offset, "state", f"sets {made}")
            return
        origin = target.origin
        way = origin.ways.get("build")
        if way is None:
            known = self._entry(origin)
            if known is None or "build" not in known.uses:
                self.fault(
                    offset, origin.path, f"sets the state of what {origin.path} made, which is not allowed to have one"
                )
                return
            origin.ways = _ways(origin, known)
            way = origin.ways["build"]
        self._note(offset, way[0])
        for part in state if isinstance(state, tuple) else (state,):
            if isinstance(part, Table):
                part.attributes = True
                self.filled(part, part.pairs, offset)
            elif isinstance(part, Made) and part.origin.path in MAPPINGS:
                self.fault(offset, origin.path, f"sets attributes of what {origin.path} made from a computed mapping")
        self._state(way[1], target, state, offset)
        target.state = state

    def _state(self, judge: Callable[[Made, object], None], target: Made, state: object, offset: int) -> None:
        """Judge what BUILD gives. Of a second state nothing that was judged would count: only ``any`` has one."""
        path, why = target.origin.path, ""
        try:
            judge(target, state)
        except Breach as breach:
            why = str(breach)
        if target.state is not None and judge is not any_state:
            why = "a second time"
        if why:
            self.fault(offset, path, f"sets the state of what {path} made {why}")
        if judge is grown_state and isinstance(state, Table):
            self._grown.append((path, state.known(), offset))

    def inert(self, start: int, end: int) -> None:
        """Note bytes that an allowed constructor takes as numbers and that no unpickler reads as operations."""
        if end > start:
            self.inert_ranges.append((start, end))

    def filled(self, table: Table, pairs: list[tuple[object, object]], offset: int) -> None:
        """Items of a dictionary: an object's ``__setstate__``, set as its attribute, is what the next BUILD calls."""
        if not table.attributes:
            return
        for key, _ in pairs:
            if key.__class__ is str:
                if key in _SPECIAL:
                    self.fault(offset, "state", f"sets the special attribute {key}")
            elif isinstance(key, Made | Unknown):
                self.fault(offset, "state", "sets an attribute whose name is computed")

    def method(self, target: object, use: str, offset: int) -> None:
        """APPEND, SETITEM or ADDITEMS on what is no builtin container: a method call."""
        if isinstance(target, Unknown):
            return
        if isinstance(target, Made):
            known = self._entry(target.origin)
            if known is not None and use in known.uses:
                self._note(offset, _line(use, target.origin.path, known))
                return
            self.fault(
                offset,
                target.origin.path,
                f"adds {_WORDS[use]} to what {target.origin.path} made, which is no such container",
            )
        else:
            self.fault(offset, "method", f"adds {_WORDS[use]} to a value that is no such container")

    def persistent(self, value: Persistent, offset: int) -> object:
        """A persistent id: fine for torch's storages and, in legacy files, its modules; else up to the loader."""
        key = value.key
        known = isinstance(key, tuple) and len(key) >= _PAIR and isinstance(key[1], Named)
        if self.storages and known and isinstance(key, tuple) and key[0] in ("storage", "module"):
            return key[1] if key[0] == "module" else value
        self.fault(offset, "persistent", "asks the loader's own persistent_load for an object")
        return value

    def nested(self, program: Program, offset: int) -> None:
        """A pickle within a constant: no loader runs it by itself, and no honest writer puts harm there."""
        for fault in program.faults:
            if fault.severity >= Severity.HIGH and "." in fault.subject:
                self.fault(offset, fault.subject, f"carries another pickle, which {fault.what}")
                return

    def _outgrown(self) -> Iterator[Fault]:
        """Estimators whose trees ask for more features than they take, now that all is made."""
        for path, known, offset in self._grown:
            try:
                grown(known)
            except Breach as breach:
                what = f"sets the state of what {path} made {breach}"
                if not any(fault.offset == offset and fault.subject == path for fault in self._faults):
                    yield Fault(offset=offset, what=what, subject=path, severity=Severity.HIGH)

    @property
    def is_calm(self) -> bool:
        """Whether nothing was seen so far that is not allowed."""
        return not self._faults and all(seen.known is not None for seen in self._references.values())

    def program(self, *, end: int, operations: int, stopped: str, start: int = 0) -> Program:
        """Everything seen so far."""
        self._digest()
        faults = [*self._faults, *self._outgrown()]
        for (module, name), seen in self._references.items():
            if seen.known is None:
                path = f"{module}.{name}"
                verb = "calls" if seen.called else "imports"
                severity = allowlist.severity(module, name, called=seen.called)
                if seen.texts:
                    severity = max(severity, Severity.HIGH)  # hands text to code that nobody knows
                what = f"{verb} {path}, which is not on the allow-list"
                faults.append(Fault(offset=seen.named.offset, what=what, subject=path, severity=severity))
        return Program(
            globals=tuple(f"{module}.{name}" for module, name in self._references),
            calls=self.calls,
            uses={line[:-1]: count for line, count in self._uses.items()},
            trace=self._trace.hexdigest(),
            start=start,
            faults=tuple(sorted(faults, key=lambda fault: (-fault.severity.rank, fault.offset))),
            end=end,
            operations=operations,
            stopped=stopped,
        )


def _only(uses: tuple[str, ...]) -> str:
    return "made by __new__" if "new" in uses else "called" if "call" in uses else "named"
