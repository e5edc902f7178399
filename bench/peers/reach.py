# SPDX-License-Identifier: Apache-2.0
"""What CPython's own unpicklers do with a stream, noted by an audit hook; runs in a confined child that is thrown away.

Every global that is not allowed is noted and refused at the moment of its look-up; those that are allowed are imported
and called for real, and whatever they then do to the process or the system is noted and refused as well.
"""

import ast
import codecs
import contextlib
import importlib
import io
import pickle
import sys
import warnings
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING

import joblib
import msgspec
import numpy as np
import pandas as pd
import scipy.sparse
import sklearn.ensemble
import sklearn.linear_model
import sklearn.pipeline
import sklearn.utils._pprint  # what a message about an estimator imports late

LOADERS = {
    "C unpickler": pickle.load,
    "Python unpickler": lambda file: pickle._Unpickler(file).load(),  # noqa: SLF001  it has no public name
    "joblib": joblib.load,
}
EFFECTS = ("open", "exec", "compile", "marshal.", "code.", "os.", "subprocess.", "socket.", "ctypes.", "shutil.", "pty.", "mmap.",
           "builtins.input", "sys.", "tempfile.", "urllib.", "webbrowser.", "sqlite3.", "glob.", "signal.", "fcntl.")  # fmt: skip
HARMLESS = {"sys._getframe", "sys.unraisablehook", "sys.excepthook"}
LIBRARIES = tuple(path for path in sys.path if path)


class Work(msgspec.Struct):
    """Streams, and which of them we called clean."""

    streams: list[bytes]
    clean: list[bool]
    allowed: set[str]


class Seen(msgspec.Struct):
    """What one stream did: whether it reached a global, and what it reached that is not allowed."""

    reached: bool
    holes: list[str]


class Stop(BaseException):
    """Ends a load from within the hook."""


class Watch:
    """The state of the hook."""

    def __init__(self) -> None:
        self.active = self.at_first = self.reached = False
        self.allowed: set[str] = set()
        self.holes: list[str] = []

    def __call__(self, event: str, arguments: tuple) -> None:
        if not self.active:
            return
        if event == "pickle.find_class":
            self.reached = True
            if self.at_first:
                raise Stop
            self._named(*arguments)
        elif event == "compile" and _of_a_literal(sys._getframe(1)):  # noqa: SLF001  a hook has no other way to see its caller
            return
        elif event.startswith(EFFECTS) and event not in HARMLESS and not (event == "open" and _of_library(*arguments)):
            self._refuse(f"{event} {arguments[0]!r}" if event == "open" else event)

    def _named(self, module: str, name: str) -> None:
        renamed = NAME_MAPPING.get((module, name), (IMPORT_MAPPING.get(module, module), name))
        if not all(map(str.isidentifier, [*module.split("."), *name.split(".")])):
            raise Stop  # what no module and no attribute is called
        if not {f"{module}.{name}", ".".join(renamed)} & self.allowed:
            self._refuse(f"{module}.{name}")
        self.active = False  # an import opens, compiles and runs the module's own file
        with contextlib.suppress(ImportError):
            importlib.import_module(renamed[0])
        self.active = True

    def _refuse(self, what: str) -> None:
        self.holes.append(what)
        raise Stop


def _of_a_literal(frame) -> bool:
    """Whether ``ast.literal_eval`` asks for a tree, of which nothing is run; numpy reads texts of types so.

    ``frame`` is that which compiles.
    """
    return (
        frame.f_code is ast.parse.__code__
        and frame.f_back is not None
        and frame.f_back.f_code is ast.literal_eval.__code__
    )


def _of_library(path, mode, _flags) -> bool:
    """Whether a file of a library's own code is opened to be read: what a late import does, and a traceback."""
    return (
        isinstance(path, str)
        and path.startswith(LIBRARIES)
        and path.endswith((".py", ".pyc"))
        and mode in ("r", "rb", None)
    )


WATCH = Watch()


def reach(payload: bytes, emit) -> bytes:
    """Load each stream; one Seen for each. Says before each that is loaded to its end which one it is."""
    work = msgspec.msgpack.decode(payload, type=Work)
    if not WATCH.allowed:
        sys.addaudithook(WATCH)
    WATCH.allowed = work.allowed
    warnings.simplefilter("ignore")
    for codec in ("latin1", "latin-1", "utf-8", "utf8", "ascii", "raw_unicode_escape", "unicode_escape"):
        codecs.lookup(codec)  # imported when first asked for, whoever asks
    seen = []
    for number, (data, clean) in enumerate(zip(work.streams, work.clean, strict=True)):
        if clean:
            emit(str(number).encode())
        seen.append(_load(data, clean=clean))
    return msgspec.msgpack.encode(seen)


def _load(data: bytes, *, clean: bool) -> Seen:
    """All loaders for what is called clean; for the rest only whether it reaches a global at all."""
    WATCH.reached, WATCH.holes, WATCH.at_first = False, [], not clean
    holes = []
    for label, load in LOADERS.items() if clean else [("C unpickler", pickle.load)]:
        WATCH.holes = []
        WATCH.active = True
        try:
            load(io.BytesIO(data))
        except (Exception, Stop):  # noqa: BLE001  a stream may raise anything
            pass
        finally:
            WATCH.active = False
        holes += [f"{what} by {label}" for what in WATCH.holes]
    return Seen(WATCH.reached, holes)


__all__ = ["np", "pd", "reach", "scipy", "sklearn"]
