# SPDX-License-Identifier: Apache-2.0
"""Malicious pickles, written opcode by opcode; each would run ``COMMAND`` or reach other code. Never loaded in this process."""

import base64
import io
import pickle
import struct
import zipfile

COMMAND = "touch marker"


def text(value: str) -> bytes:
    raw = value.encode()
    return b"X" + struct.pack("<I", len(raw)) + raw


def name(module: str, attribute: str) -> bytes:
    return b"c" + module.encode() + b"\n" + attribute.encode() + b"\n"


def stacked(module: str, attribute: str) -> bytes:
    return text(module) + text(attribute) + b"\x93"


def called(module: str, attribute: str, *arguments: str) -> bytes:
    return name(module, attribute) + b"(" + b"".join(text(argument) for argument in arguments) + b"tR"


def framed(body: bytes) -> bytes:
    return b"\x80\x04\x95" + struct.pack("<Q", len(body)) + body


SYSTEM = called("os", "system", COMMAND)
GETATTR = name("builtins", "getattr")
PARTIAL = name("functools", "partial")
_WRAPPER = b"cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81"
_OBJECT_TYPE = (
    b"cnumpy\ndtype\n(X\x02\x00\x00\x00O8\x89\x88tR(K\x03X\x01\x00\x00\x00|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK?tb"
)
_BYTE_TYPE = (
    b"cnumpy\ndtype\n(X\x02\x00\x00\x00u1\x89\x88tR(K\x03X\x01\x00\x00\x00|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
)
_TEMPLATE = "import os; os.system('touch marker')"


def wrapper(kind: bytes, count: int) -> bytes:
    rest = text("order") + text("C") + text("subclass") + b"cnumpy\nndarray\n" + text("allow_mmap") + b"\x89"
    return _WRAPPER + b"}(" + rest + text("shape") + b"K" + bytes([count]) + b"\x85" + text("dtype") + kind + b"ub"


ATTACKS: dict[str, bytes] = {
    "global": b"\x80\x02" + SYSTEM + b".",
    "global, protocol 0, text": b"cos\nsystem\n(S'touch marker'\ntR.",
    "global, posix": b"cposix\nsystem\n(S'touch marker'\ntR.",
    "renamed by protocol below 3": b"c__builtin__\neval\n(S'1'\ntR.",
    "renamed module": b"ccommands\ngetoutput\n(S'id'\ntR.",
    "stack global": framed(stacked("os", "system") + text(COMMAND) + b"\x85R."),
    "stack global through memo": framed(
        text("os") + b"\x94" + text("system") + b"\x940" + b"0h\x00h\x01\x93" + text(COMMAND) + b"\x85R."
    ),
    "memo key reused": framed(
        text("numpy") + b"q\x000" + text("os") + b"q\x000h\x00" + text("system") + b"\x93" + text(COMMAND) + b"\x85R."
    ),
    "memo key of many digits": framed(
        text("os") + b"p000007\n0g 7\n" + text("system") + b"\x93" + text(COMMAND) + b"\x85R."
    ),
    "memo by long put": framed(
        text("os") + b"r\x09\x00\x00\x000j\x09\x00\x00\x00" + text("system") + b"\x93" + text(COMMAND) + b"\x85R."
    ),
    "inst": b"(S'touch marker'\nios\nsystem\n.",
    "inst without a last line end": b"(S'touch marker'\nios\nsystemX",
    "obj": b"(cos\nsystem\nS'touch marker'\no.",
    "newobj": b"\x80\x02csubprocess\nPopen\n" + text("x") + b"\x85\x81.",
    "newobj_ex": framed(stacked("subprocess", "Popen") + b")}" + text("args") + text("x") + b"s\x92."),
    "import alone": b"\x80\x02cantigravity\nfly\n.",
    "import alone, then popped": b"\x80\x02cwebbrowser\nopen\n0N.",
    "getattr chain": b"\x80\x02"
    + GETATTR
    + name("builtins", "__import__")
    + text("__call__")
    + b"\x86R"
    + text("os")
    + b"\x85R.",
    "getattr on an allowed class": b"\x80\x02"
    + GETATTR
    + name("builtins", "object")
    + text("__subclasses__")
    + b"\x86R)R.",
    "getattr on what was made": b"\x80\x02"
    + GETATTR
    + name("collections", "OrderedDict")
    + b")R"
    + text("__class__")
    + b"\x86R.",
    "getattr with a computed name": b"\x80\x02"
    + GETATTR
    + name("builtins", "object")
    + called("builtins", "str", "__subclasses__")
    + b"\x86R)R.",
    "partial": b"\x80\x02" + PARTIAL + name("os", "system") + text(COMMAND) + b"\x86R)R.",
    "partial of what is allowed, then called": b"\x80\x02" + PARTIAL + name("builtins", "getattr") + b"\x85R)R.",
    "partial built": b"\x80\x02"
    + PARTIAL
    + name("builtins", "int")
    + b"\x85R("
    + name("os", "system")
    + text(COMMAND)
    + b"\x85}Ntb)R.",
    "attrgetter": b"\x80\x02"
    + called("operator", "attrgetter", "system")
    + called("importlib", "import_module", "os")
    + b"\x85R.",
    "methodcaller": b"\x80\x02"
    + called("operator", "methodcaller", "system", COMMAND)
    + called("builtins", "__import__", "os")
    + b"\x85R.",
    "itemgetter called": b"\x80\x02" + called("operator", "itemgetter", "x") + b"}\x85R.",
    "copyreg newobj": b"\x80\x02ccopyreg\n__newobj__\ncsubprocess\nPopen\n" + text("x") + b"\x86R.",
    "copyreg reconstructor": b"ccopy_reg\n_reconstructor\n(csubprocess\nPopen\nc__builtin__\nobject\nNtR.",
    "copyreg reconstructor, odd base": b"ccopy_reg\n_reconstructor\n(c__builtin__\nobject\ncsubprocess\nPopen\nNtR.",
    "build of a class": b"\x80\x02ccollections\nOrderedDict\nN}" + text("__init__") + name("os", "system") + b"s\x86b.",
    "build of an allowed class with allowed names": b"\x80\x02csklearn.base\nBaseEstimator\nN}"
    + text("__setstate__")
    + name("builtins", "int")
    + b"s\x86b.",
    "build of a slot __class__": b"\x80\x02ccollections\nOrderedDict\n)RN}"
    + text("__class__")
    + name("builtins", "dict")
    + b"s\x86b.",
    "build through __setstate__": b"\x80\x02clogging.config\nDictConfigurator\n)\x81}b.",
    "build of __setstate__ as an attribute": b"\x80\x02csklearn.linear_model._base\nLinearRegression\n)\x81}"
    + text("__setstate__")
    + PARTIAL
    + name("builtins", "len")
    + b"\x85Rsb}b.",
    "build of __setstate__ added later": b"\x80\x02csklearn.linear_model._base\nLinearRegression\n)\x81}q\x01b0h\x01"
    + text("__setstate__")
    + name("builtins", "len")
    + b"s.",
    "build from a computed mapping": b"\x80\x02csklearn.linear_model._base\nLinearRegression\n)\x81ccollections\nOrderedDict\n)R"
    + text("__setstate__")
    + name("builtins", "len")
    + b"sb}b.",
    "append to what is no list": b"\x80\x02" + called("os", "popen", "x") + text("y") + b"a.",
    "append on a class": b"\x80\x02ccollections\ndeque\n" + text("x") + b"a.",
    "setitem on a module's name": b"\x80\x02cos\nenviron\n" + text("A") + text("B") + b"s.",
    "setitem on what is no dictionary": b"\x80\x02" + called("builtins", "set") + text("A") + text("B") + b"s.",
    "second pickle": b"\x80\x02N.\x80\x02" + SYSTEM + b".",
    "appended to an honest pickle": pickle.dumps({"a": [1, 2.5]}, 4) + b"\x80\x02" + SYSTEM + b".",
    "behind stop, within the frame": framed(b"N.") + framed(stacked("os", "system") + text(COMMAND) + b"\x85R."),
    "extension": b"\x80\x02\x82\x01)R.",
    "extension of four bytes": b"\x80\x02\x84\x01\x00\x00\x00)R.",
    "persistent id": b"Pos.system\n.",
    "persistent id from the stack": b"\x80\x02" + text("x") + b"Q.",
    "numbers with odd white space": b"I 1 \n0L0x10L\n0" + SYSTEM + b".",
    "float with odd white space": b"F 1_0 \n0" + SYSTEM + b".",
    "broken behind the call": b"\x80\x02" + SYSTEM + b"\xff\xff\xff",
    "cut off behind the call": b"\x80\x02" + SYSTEM,
    "string of wrong length behind": b"\x80\x02" + SYSTEM + b"X\xff\xff\xff\x7f",
    "frame of wrong length": b"\x80\x04\x95\xff\xff\xff\x00\x00\x00\x00\x00" + SYSTEM + b".",
    "frame within a frame": framed(b"\x95\x01\x00\x00\x00\x00\x00\x00\x00" + SYSTEM + b"."),
    "line across the end of a frame": b"\x80\x04\x95"
    + struct.pack("<Q", 6)
    + b"cos\nab"
    + b"system\n"
    + text(COMMAND)
    + b"\x85R.",
    "stop within a frame": b"\x80\x04\x95" + struct.pack("<Q", 9) + b"N.       " + b"\x80\x02" + SYSTEM + b".",
    "mark popped": b"\x80\x02((((0000" + SYSTEM + b".",
    "duplicated callee": b"\x80\x02cos\nsystem\n2" + text(COMMAND) + b"\x85R.",
    "asyncio gadget": b"\x80\x02casyncio.unix_events\n_UnixSubprocessTransport._start\n.",
    "pkgutil resolves": b"\x80\x02" + called("pkgutil", "resolve_name", "os:system") + text(COMMAND) + b"\x85R.",
    "numpy runstring": b"\x80\x02" + name("numpy.testing._private.utils", "runstring") + text("1") + b"}\x86R.",
    "numpy f2py": b"\x80\x02" + called("numpy.f2py.crackfortran", "getlincoef", "x", "y") + b".",
    "numpy load": b"\x80\x02" + called("numpy", "load", "x") + b".",
    "numpy ufunc import": b"\x80\x02" + called("numpy._core", "_ufunc_reconstruct", "os", "system") + b".",
    "numpy reconstruct of another class": b"\x80\x02cnumpy.core.multiarray\n_reconstruct\n(csubprocess\nPopen\nK\x00\x85C\x01btR.",
    "numpy generator of another constructor": b"\x80\x02cnumpy.random._pickle\n__generator_ctor\n"
    + text("x")
    + name("builtins", "getattr")
    + b"\x86R.",
    "dtype that hides pointers": b"\x80\x02cnumpy\ndtype\n("
    + text("O8")
    + b"\x89\x88tR(K\x03"
    + text("|")
    + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb.",
    "array of too many bytes": b"\x80\x02cnumpy\nndarray\nM\xff\xffM\xff\xffM\xff\xff\x87\x85\x81.",
    "bytes by number": b"\x80\x02cbuiltins\nbytearray\nJ\xff\xff\xff\x7f\x85R.",
    "memo that allocates": b"\x80\x02Nr\xff\xff\xff\x7f.",
    "codec": b"\x80\x02" + called("_codecs", "encode", "x", "zlib_codec") + b".",
    "torch load from bytes": b"\x80\x02ctorch.storage\n_load_from_bytes\nB\x01\x00\x00\x00x\x85R.",
    "scipy runs its state": b"\x80\x02cscipy.stats._continuous_distns\nuniform_gen\n)\x81}"
    + text("_parse_arg_template")
    + text(_TEMPLATE)
    + b"sb.",
    "own module": b"\x80\x02" + called("train", "add_ratio", "x") + b".",
    "name of main": b"\x80\x02c__main__\nPreprocess\n)\x81.",
    "name with a dot": framed(stacked("numpy", "core.os.system") + text(COMMAND) + b"\x85R."),
    "name that begins as an allowed one": framed(stacked("sklearn.base", "BaseEstimator.__init__.__globals__") + b"."),
    "pickle within bytes": pickle.dumps({"weights": b"\x80\x02" + SYSTEM + b"."}, 4),
    "pickle within base64": pickle.dumps({"weights": base64.b64encode(b"\x80\x04" + SYSTEM + b".").decode()}, 4),
    "pickle within hexadecimal digits": pickle.dumps({"weights": (b"\x80\x04" + SYSTEM + b".").hex()}, 4),
    "pickle within a pickle within bytes": pickle.dumps([pickle.dumps([b"\x80\x02" + SYSTEM + b"."])], 4),
    "dill": b"\x80\x02cdill._dill\n_create_function\n(NtR.",
    "cloudpickle": b"\x80\x02ccloudpickle.cloudpickle\n_make_function\n(NtR.",
    "joblib: object array": b"\x80\x02" + wrapper(_OBJECT_TYPE, 1) + b"\x80\x02" + SYSTEM + b"..",
    "joblib: behind the array": b"\x80\x02" + wrapper(_BYTE_TYPE, 3) + b"abc0" + SYSTEM + b".",
    "joblib: array bytes that a plain unpickler runs": b"\x80\x02" + wrapper(_BYTE_TYPE, len(SYSTEM)) + SYSTEM + b".",
    "joblib: array between frame and rest": framed(wrapper(_BYTE_TYPE, 3) + b"0") + b"abc" + SYSTEM + b".",
}


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for member, data in members.items():
            archive.writestr(member, data)
    return buffer.getvalue()


def npy_of_objects(program: bytes) -> bytes:
    header = b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + program
