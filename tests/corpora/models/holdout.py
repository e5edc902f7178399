# SPDX-License-Identifier: Apache-2.0
"""Attack families that no rule was written against, held out: only ``bench/model_files.py --holdout`` builds them.

Each row names a callable through which a loader runs foreign code or reaches files or the network, by family; the
families are none of those in ``tests/analysis/attacks.py``. Sources: the literature on pickle gadgets
(arXiv 2508.19774), and reading the standard library and torch for functions that end in exec, a subprocess or open.
"""

FAMILIES: dict[str, tuple[tuple[str, str, tuple[str, ...]], ...]] = {
    "profilers and debuggers": (
        ("profile", "run", ("1",)), ("cProfile", "run", ("1",)), ("timeit", "timeit", ("1",)), ("trace", "Trace.run", ("1",)),
        ("bdb", "Bdb.run", ("1",)), ("pdb", "run", ("1",)), ("doctest", "debug_script", ("1",)), ("code", "interact", ("1",)),
        ("torch.utils.bottleneck.__main__", "run_cprofile", ("1", "{}")),
    ),
    "package tools": (
        ("pip._internal", "main", ("install",)), ("ensurepip", "_run_pip", ("install",)), ("distutils.spawn", "spawn", ("id",)),
        ("setuptools", "setup", ("x",)), ("numpy.distutils.exec_command", "exec_command", ("id",)),
        ("numpy.f2py", "compile", ("x",)), ("torch.utils.cpp_extension", "load_inline", ("x", "y")),
        ("torch.utils.collect_env", "run", ("id",)), ("torch._inductor.codecache", "compile_file", ("x", "y", "id")),
    ),
    "files": (
        ("shutil", "rmtree", ("/tmp/x",)), ("pathlib", "Path.unlink", ("x",)), ("io", "open", ("x", "w")),
        ("io", "FileIO", ("x", "w")), ("tempfile", "mktemp", ("x",)), ("zipfile", "main", ("x",)), ("tarfile", "open", ("x",)),
        ("distutils.file_util", "write_file", ("x", "y")), ("logging", "FileHandler", ("x",)), ("sqlite3", "connect", ("x",)),
        ("linecache", "getlines", ("/etc/passwd",)), ("fileinput", "FileInput", ("x",)),
    ),
    "network": (
        ("urllib.request", "urlopen", ("http://x",)), ("http.client", "HTTPSConnection", ("x",)), ("ftplib", "FTP", ("x",)),
        ("smtplib", "SMTP", ("x",)), ("socket", "create_connection", ("x",)), ("webbrowser", "open", ("http://x",)),
        ("torch.hub", "load", ("x/y", "z")), ("requests.api", "get", ("http://x",)), ("xmlrpc.client", "ServerProxy", ("http://x",)),
    ),
    "third parties": (
        ("nltk.internals", "java", ("x",)), ("transformers.utils.hub", "cached_file", ("x", "y")),
        ("IPython.core.magics.osm", "OSMagics.sx", ("id",)), ("fabric.api", "local", ("id",)), ("sh", "Command", ("id",)),
        ("jedi.api", "Script", ("x",)), ("paramiko.proxy", "ProxyCommand", ("id",)), ("plumbum.commands", "local", ("id",)),
        ("pexpect", "run", ("id",)), ("execnet", "makegateway", ("popen",)), ("lib2to3.pgen2.grammar", "Grammar.loads", ("x",)),
        ("tensorflow.python.framework.load_library", "load_op_library", ("x.so",)),
    ),
    "second loaders": (
        ("pickle", "loads", ("x",)), ("_pickle", "loads", ("x",)), ("marshal", "loads", ("x",)), ("shelve", "open", ("x",)),
        ("dill", "loads", ("x",)), ("cloudpickle", "loads", ("x",)), ("joblib", "load", ("x",)), ("pandas", "read_pickle", ("x",)),
        ("yaml", "unsafe_load", ("x",)), ("numpy", "load", ("x",)), ("torch.serialization", "load", ("x",)),
        ("torch.jit", "load", ("x",)), ("keras.models", "load_model", ("x",)), ("sklearn.datasets", "load_files", ("x",)),
    ),
    "imports": (
        ("importlib", "import_module", ("x",)), ("imp", "load_source", ("x", "y")), ("runpy", "run_path", ("x",)),
        ("pkgutil", "get_loader", ("x",)), ("zipimport", "zipimporter", ("x",)), ("ctypes", "CDLL", ("x",)),
        ("ctypes.util", "_findLib_gcc", ("x",)), ("cffi", "FFI.dlopen", ("x",)), ("site", "addsitedir", ("x",)),
    ),
}  # fmt: skip


def program(module: str, name: str, arguments: tuple[str, ...], form: int) -> bytes:
    """A pickle that calls it, in one of three forms: GLOBAL, STACK_GLOBAL or INST."""
    texts = b"".join(b"X" + len(one).to_bytes(4, "little") + one.encode() for one in arguments)
    if form == 0:
        return b"\x80\x02c" + f"{module}\n{name}\n".encode() + b"(" + texts + b"tR."
    if form == 1:
        names = b"".join(b"\x8c" + bytes([len(one)]) + one.encode() for one in (module, name))
        return b"\x80\x04" + names + b"\x93(" + texts + b"tR."
    return b"(" + texts + b"i" + f"{module}\n{name}\n".encode() + b"."


def files():
    """Label, family and content of each held-out file."""
    for family, rows in FAMILIES.items():
        for index, (module, name, arguments) in enumerate(rows):
            yield f"{module}.{name}", family, program(module, name, arguments, index % 3)
