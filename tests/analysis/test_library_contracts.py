# SPDX-License-Identifier: Apache-2.0
"""Contracts of what libraries' pickles call: honest ones are taken by interpreter and checker, hostile ones refused by both."""

import array
import collections
import datetime as dt
import functools
import io
import ipaddress
import operator
import pathlib
import pickle
import random
import types
import uuid
import zoneinfo

import numpy as np
import pandas as pd
import pytest

from hauberk.analysis.certificate import certify
from hauberk.analysis.checker.check import attest
from hauberk.analysis.checker.contracts import CALLS
from hauberk.analysis.checker.refusal import Refused
from hauberk.analysis.program import interpret
from hauberk.analysis.program_contracts import CONTRACTS
from hauberk.assets.pickles import Stream
from hauberk.core.codec import encode
from hauberk.core.errors import CannotLook

DAYS = pd.date_range("2024-03-30", periods=3, tz="Europe/Berlin")

HONEST = {
    "time zones": [zoneinfo.ZoneInfo("America/Argentina/Buenos_Aires"), zoneinfo.ZoneInfo("UTC"), dt.UTC],
    "frame with a time zone": pd.DataFrame({"t": DAYS}, index=DAYS),
    "arrays": [array.array("d", [1.5]), array.array("u", "a"), array.array("B")],
    "strings": [np.array(["a", "b"], dtype=np.dtypes.StringDType()), np.dtypes.StringDType(na_object=None)],
    "strings with none": np.array(["a", None], dtype=np.dtypes.StringDType(na_object=None)),
    "polynomials": [np.polynomial.Chebyshev([1, 2]), np.poly1d([1, 2])],
    "generators": [np.random.Generator(np.random.PCG64DXSM(3)), np.random.Generator(np.random.SFC64(1))],
    "sparse": pd.DataFrame({"a": pd.arrays.SparseArray([0, 1])}),
    "sparse blocks": pd.arrays.SparseArray([1, 2], kind="block"),
    "offsets": [
        pd.offsets.BusinessDay(2),
        pd.offsets.CustomBusinessDay(holidays=["2024-01-01"]),
        pd.DateOffset(months=2),
    ],
    "hours": pd.offsets.BusinessHour(),
    "nullable": [pd.array([1, None], dtype="Int16"), pd.UInt8Dtype(), pd.Period("2024-02", "M"), pd.Interval(0, 1)],
    "containers": [collections.ChainMap({"a": 1}), collections.UserDict(a=1), collections.defaultdict(dict)],
    "methods": [str.lower, "abc".lower, "a b".split, dict.get, dt.datetime.now],
    "getters": [operator.itemgetter("a"), operator.attrgetter("a.b", "c"), operator.add, operator.truediv],
    "partials": [functools.partial(int, base=2), functools.partial(round, ndigits=2), functools.partial(max, key=len)],
    "singletons' classes": [type(None), type(...), type(NotImplemented)],
    "addresses": [ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_address("::1")],
    "paths": [pathlib.PurePosixPath("a/b"), pathlib.PureWindowsPath("C:/a")],
    "state of chance": random.Random(3),
    "attributes": [types.SimpleNamespace(a=1), uuid.SafeUUID.unknown],
    "numpy's functions": [np.clip, np.where, np.linalg.inv, np.nan_to_num],
    "in memory": io.BytesIO(b"ab"),
}


class Call:
    """A call that a pickle makes."""

    def __init__(self, module, name, *arguments, state=None):
        self.parts = module, name
        self.arguments = arguments
        self.state = state


def name(module, path):
    return Call(module, path, state="named")


def _push(value) -> bytes:
    if isinstance(value, Call):
        module, path = value.parts
        found = _push(module) + _push(path) + b"\x93"
        if value.state == "named":
            return found
        made = found + b"(" + b"".join(map(_push, value.arguments)) + b"tR"
        return made if value.state is None else made + _push(value.state) + b"b"
    if isinstance(value, tuple):
        return b"(" + b"".join(map(_push, value)) + b"t"
    if isinstance(value, list):
        return b"](" + b"".join(map(_push, value)) + b"e"
    if isinstance(value, dict):
        return b"}(" + b"".join(_push(one) for pair in value.items() for one in pair) + b"u"
    return pickle.dumps(value, 2)[2:-1]


def program(value) -> bytes:
    return b"\x80\x04" + _push(value) + b"."


UNPICKLE = Call("builtins", "getattr", name("zoneinfo", "ZoneInfo"), "_unpickle", state=None)
VIEW = name("torch._utils", "_rebuild_tensor_v2")
TENSOR = name("torch", "Tensor")
GADGET = Call("functools", "partial", name("builtins", "print"), "x")


def zone(*arguments) -> bytes:
    return b"\x80\x04" + _push(UNPICKLE) + b"(" + b"".join(map(_push, arguments)) + b"tR."


def strings(items, *arguments) -> bytes:
    kind = Call("numpy._core._internal", "_convert_to_stringdtype_kwargs", *(arguments or (1,)))
    state = (1, (2,), kind, False, items)
    base = name("numpy", "ndarray")
    return program(Call("numpy._core.multiarray", "_reconstruct", base, (0,), b"b", state=state))


def _grown_later() -> bytes:
    """A list of strings as numpy takes it, and one more item behind."""
    return strings(["a", "b"])[:-1] + b"0](K\x01e."


def again(data: bytes, state) -> bytes:
    return data[:-1] + _push(state) + b"b."


HOSTILE = {
    "a zone up the tree": zone("../../etc/passwd", 1),
    "a zone in another package": zone("os.path/UTC", 1),
    "a zone by its whole path": zone("/etc/localtime", 1),
    "a zone that is computed": zone(Call("builtins", "str", "UTC"), 1),
    "a zone of nothing": zone(),
    "pytz up the tree": program(Call("pytz", "_p", "../x")),
    "an array of a subclass": program(Call("array", "_array_reconstructor", name("numpy", "ndarray"), "d", 16, b"")),
    "an array of objects": program(Call("array", "_array_reconstructor", name("array", "array"), "d", 16, [GADGET])),
    "an array of what is made": program(Call("array", "array", "d", [GADGET])),
    "a private attribute": program(Call("operator", "attrgetter", "__class__")),
    "a private attribute behind": program(Call("operator", "attrgetter", "a.__globals__")),
    "an attribute that is computed": program(Call("operator", "attrgetter", Call("builtins", "str", "a"))),
    "no attribute": program(Call("operator", "attrgetter")),
    "a class that is made": program(Call("builtins", "type", "X", (), {})),
    "the class of a thing": program(Call("builtins", "type", GADGET)),
    "a type of dill's for code": program(Call("dill._dill", "_load_type", "CodeType")),
    "a type of dill's that is computed": program(Call("dill._dill", "_load_type", Call("builtins", "str", "int"))),
    "an offset with a calendar": program(
        Call("pandas._libs.tslibs.offsets", "CustomBusinessDay", 1, False, "Mon", (), Call("types", "SimpleNamespace"))
    ),
    "an offset with a callable": program(Call("pandas._libs.tslibs.offsets", "BusinessDay", 1, False, GADGET)),
    "an offset with a name": program(Call("pandas._libs.tslibs.offsets", "BusinessDay", name("builtins", "print"))),
    "places unchecked": program(Call("pandas._libs.sparse", "IntIndex", 2, Call("numpy", "ndarray"), False)),
    "places of no array": program(Call("pandas._libs.sparse", "IntIndex", 2, [5])),
    "places without a length": program(Call("pandas._libs.sparse", "BlockIndex", "2", [5], [1])),
    "a sparse tensor of another layout": program(Call("torch._utils", "_rebuild_sparse_tensor", "sparse_coo", ())),
    "a sparse tensor of a namespace": program(
        Call("torch._utils", "_rebuild_sparse_tensor", name("torch", "sparse_coo"), (Call("types", "SimpleNamespace"),))
    ),
    "a parameter's class": program(
        Call("torch._utils", "_rebuild_parameter_with_state", 1, True, {}, {"__class__": name("builtins", "dict")})
    ),
    "a parameter's state, computed": program(
        Call("torch._utils", "_rebuild_parameter_with_state", 1, True, {}, Call("collections", "OrderedDict"))
    ),
    "rebuilt by a function that loads": program(
        Call("torch._tensor", "_rebuild_from_type_v2", name("builtins", "print"), TENSOR, ("x",), {})
    ),
    "rebuilt as another class": program(
        Call("torch._tensor", "_rebuild_from_type_v2", VIEW, name("builtins", "dict"), (), {})
    ),
    "rebuilt with a special attribute": program(
        Call("torch._tensor", "_rebuild_from_type_v2", VIEW, TENSOR, (), {"__setstate__": GADGET})
    ),
    "rebuilt with slots that are special": program(
        Call("torch._tensor", "_rebuild_from_type_v2", VIEW, TENSOR, (), (None, {"__class__": TENSOR}))
    ),
    "rebuilt with arguments in a list": program(Call("torch._tensor", "_rebuild_from_type_v2", VIEW, TENSOR, [], {})),
    "strings from bytes": strings(b"x" * 32),
    "strings of a thing": strings(["a", GADGET]),
    "fewer strings": strings(["a"]),
    "strings with a callable for none": strings(["a", "b"], 1, name("builtins", "print")),
    "a type of strings of too much": strings(["a", "b"], 1, None, None),
    "dill with another function": program(Call("dill._dill", "_create_array", name("builtins", "print"), ("x",), ())),
    "dill with attributes": program(
        Call("dill._dill", "_create_array", name("numpy._core.multiarray", "_reconstruct"),
             (name("numpy", "ndarray"), (0,), b"b"), (1, (0,), "i8", False, b""), {"__class__": GADGET})
    ),
    "dill with fewer objects": program(
        Call("dill._dill", "_create_array", name("numpy._core.multiarray", "_reconstruct"),
             (name("numpy", "ndarray"), (0,), b"b"), (1, (9,), "O", False, [1]), None)
    ),
    "dill without a shape": program(Call("dill._dill", "_create_array", name("numpy._core.multiarray", "_reconstruct"), (), (), None)),
    "a second state": again(strings(["a", "b"]), (1, (2,), "i8", False, b"x" * 16)),
    "a partial of getattr": program(Call("functools", "partial", name("builtins", "getattr"), name("builtins", "print"))),
    "a partial of type": program(Call("functools", "partial", name("builtins", "type"), "X")),
    "getattr to call a method of an object": program(Call("builtins", "getattr", Call("random", "Random"), "__reduce__")),
    "getattr of text, private": program(Call("builtins", "getattr", "a", "__class__")),
    "getattr of text, format": program(Call("builtins", "getattr", "{0.a}", "format")),
    "a method of text, called": b"\x80\x04" + _push(Call("builtins", "getattr", "a", "lower")) + b")R.",
    "attributes from a chain": program(Call("types", "SimpleNamespace", state=Call("builtins", "dict"))),
    "a memory map by its own constructor": program(Call("copyreg", "_reconstructor", name("numpy", "memmap"), name("builtins", "object"), None)),
    "a memory map, called": program(Call("numpy", "memmap", "/tmp/x")),
    "print, called": program(Call("builtins", "print", "x")),
    "a namespace's reduction": program(Call("types", "SimpleNamespace", state={"__reduce__": GADGET})),
}  # fmt: skip


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
@pytest.mark.parametrize("label", HONEST)
def test_what_is_honest_is_taken_by_both(label, protocol):
    if label == "in memory" and protocol < 2:
        pytest.skip("Python does not pickle it so")
    data = pickle.dumps(HONEST[label], protocol)
    assert not interpret(Stream(data)).faults
    assert b'"digest"' in encode(certify(data))
    assert attest(data)["programs"]


@pytest.mark.parametrize("label", HOSTILE)
def test_what_is_hostile_is_refused_by_both(label):
    data = HOSTILE[label]
    found = interpret(Stream(data))
    assert found.faults
    assert not found.stopped
    with pytest.raises(CannotLook):
        certify(data)
    with pytest.raises(Refused):
        attest(data)


def test_an_array_as_dill_writes_it_is_taken_by_both():
    base, kind = (
        name("numpy", "ndarray"),
        Call("numpy", "dtype", "i8", False, True, state=(3, "<", None, None, None, -1, -1, 0)),
    )
    maker = name("numpy._core.multiarray", "_reconstruct")
    data = program(
        Call("dill._dill", "_create_array", maker, (base, (0,), b"b"), (1, (2,), kind, False, b"x" * 16), None)
    )
    assert not interpret(Stream(data)).faults
    assert attest(data)["programs"]
    none = program(Call("dill._dill", "_load_type", "NoneType"))
    assert not interpret(Stream(none)).faults
    assert attest(none)["programs"]


TORCH = {
    "sparse": lambda torch: [
        torch.eye(3).to_sparse(),
        torch.eye(3).to_sparse_csr(),
        torch.eye(4).to_sparse_bsr((2, 2)),
    ],
    "without items": lambda torch: torch.empty(2, device="meta"),
    "marked": lambda torch: [_marked(torch.ones(1)), _marked(torch.nn.Parameter(torch.ones(1)))],
    "optimiser": lambda torch: torch.optim.AdamW(torch.nn.Linear(2, 2).parameters()),
    "kinds": lambda torch: [torch.uint16, torch.nn.functional.gelu, torch.nn.init.zeros_],
}


def _marked(tensor):
    tensor.tag = {"name": "x"}
    return tensor


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("label", TORCH)
def test_what_torch_saves_is_taken_by_both(label):
    torch = pytest.importorskip("torch")
    buffer = io.BytesIO()
    torch.save(TORCH[label](torch), buffer)
    assert b'"digest"' in encode(certify(buffer.getvalue()))
    assert attest(buffer.getvalue())["programs"]


def test_each_contract_is_in_both_readers():
    assert set(CALLS) == set(CONTRACTS)
