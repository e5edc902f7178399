# SPDX-License-Identifier: Apache-2.0
"""Globals that a pickle may name, how each may be used, and what is known of those that it may not.

The list is data, derived from installed libraries by ``tools/allowlist`` and audited there; it holds no wildcard.
"""

import functools
import hashlib
import importlib.resources
import sys

import msgspec

from hauberk.core.scales import Severity
from hauberk.core.value import Value

DATA = "allowlist.json"


class Entry(Value, frozen=True, kw_only=True):
    """One allowed global."""

    uses: tuple[str, ...]
    """``call`` as a function, ``new`` by ``__new__`` alone, ``class`` as the class that an
    allowed function is given to make one of, ``build`` (BUILD on what it made), ``append``, ``setitem``,
    ``add`` (those methods on what it made). Empty: it may be named, and no more."""
    contract: str = "any"
    """Name of the check of its arguments, in ``program_contracts``."""
    audit: str = ""
    """Why it is harmless in these uses."""
    seen: str = ""
    """Libraries and versions whose pickles were seen to use it so; behind ``present in``, where only a reviewer knows
    its use, a version in which it was found to exist."""


class AllowList(Value, frozen=True, kw_only=True):
    """The list with what it was derived from."""

    version: int
    derived_from: dict[str, tuple[str, ...]]
    """Distributions and their versions."""
    globals: dict[str, dict[str, Entry]]
    """Module, name, entry."""


@functools.cache
def allowed() -> AllowList:
    """The list that comes with hauberk."""
    return msgspec.json.decode(_raw(), type=AllowList)


@functools.cache
def digest() -> str:
    """``sha256:`` of the list's bytes; what a certificate rests on."""
    return "sha256:" + hashlib.sha256(_raw()).hexdigest()


def _raw() -> bytes:
    return importlib.resources.files(__package__).joinpath(DATA).read_bytes()


def entry(module: str, name: str) -> Entry | None:
    """The entry of a global, or None where it is not allowed."""
    names = allowed().globals.get(module)
    return names.get(name) if names is not None else None


_EXECUTES = frozenset(
    [
        "_aix_support",
        "_osx_support",
        "_posixsubprocess",
        "_pyrepl",
        "asyncio",
        "atexit",
        "bdb",
        "cProfile",
        "cgi",
        "cloudpickle",
        "code",
        "codeop",
        "commands",
        "concurrent",
        "ctypes",
        "dill",
        "distutils",
        "doctest",
        "ensurepip",
        "ftplib",
        "gc",
        "http",
        "idlelib",
        "imaplib",
        "importlib",
        "inspect",
        "jsonpickle",
        "lib2to3",
        "linecache",
        "marshal",
        "mmap",
        "multiprocessing",
        "nntplib",
        "nt",
        "os",
        "pdb",
        "pickle",
        "_pickle",
        "pip",
        "pkgutil",
        "platform",
        "poplib",
        "popen2",
        "posix",
        "posixpath",
        "profile",
        "pty",
        "pydoc",
        "runpy",
        "setuptools",
        "shelve",
        "shutil",
        "signal",
        "site",
        "smtplib",
        "socket",
        "socketserver",
        "sqlite3",
        "subprocess",
        "sys",
        "sysconfig",
        "telnetlib",
        "tempfile",
        "test",
        "threading",
        "_thread",
        "timeit",
        "trace",
        "turtledemo",
        "types",
        "urllib",
        "venv",
        "webbrowser",
        "xmlrpc",
        "zipapp",
        "zipimport",
    ]
)
_EXECUTING_NAMES = frozenset(
    {
        *((module, name) for module in ("builtins", "__builtin__") for name in (
            "eval", "exec", "execfile", "compile", "open", "file", "__import__", "getattr", "setattr", "delattr",
            "apply", "input", "breakpoint", "globals", "locals", "vars", "map", "filter", "type", "memoryview", "help",
        )),
        ("functools", "partial"), ("functools", "reduce"),
        ("operator", "attrgetter"), ("operator", "methodcaller"), ("operator", "itemgetter"),
        ("_operator", "attrgetter"), ("_operator", "methodcaller"),
        ("torch.hub", "load"), ("torch", "load"), ("torch.storage", "_load_from_bytes"),
        ("torch.serialization", "load"),
        ("joblib", "load"), ("joblib.numpy_pickle", "load"), ("numpy", "load"), ("pandas", "read_pickle"),
        ("pandas.io.pickle", "read_pickle"), ("pandas", "eval"), ("pandas.core.computation.eval", "eval"),
        ("numpy.testing._private.utils", "runstring"), ("numpy.testing", "runstring"),
    }
)  # fmt: skip
_LIBRARIES = frozenset(
    [
        "catboost",
        "joblib",
        "lightgbm",
        "numpy",
        "pandas",
        "scipy",
        "sklearn",
        "skops",
        "tensorflow",
        "keras",
        "torch",
        "xgboost",
    ]
)
_PYTHON_2 = frozenset(["__builtin__", "cPickle", "copy_reg", "urllib2", "httplib", "thread"])


def severity(module: str, name: str, *, called: bool) -> Severity:
    """How bad it is that a pickle names, or calls, a global that is not on the list.

    Critical where it is known to run, load or reach other code; high for the rest of the standard library and for
    functions of machine-learning libraries that are called, which is how gadgets are built; medium for modules that
    nobody knows.
    """
    top = module.partition(".")[0]
    if any(
        part.startswith("__") for part in name.split(".")[1:]
    ):  # reaches into an object: X.__globals__, X.__subclasses__
        return Severity.CRITICAL
    if top in _EXECUTES or (module, name) in _EXECUTING_NAMES or (module, name.partition(".")[0]) in _EXECUTING_NAMES:
        return Severity.CRITICAL
    if top in sys.stdlib_module_names or top in _PYTHON_2 or (called and top in _LIBRARIES):
        return Severity.HIGH
    return Severity.MEDIUM
