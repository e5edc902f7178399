# SPDX-License-Identifier: Apache-2.0
"""What people put beside their models, of numpy and pandas: functions by name, rarer types, time zones, offsets."""

import functools
import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

FUNCTIONS = Path(__file__).with_name("functions.txt")


Specimen = tuple[str, object]


def attempts(makers: dict[str, Callable[[], object]]) -> Iterator[Specimen]:
    """What these make; says what this version of a library cannot."""
    for label, make in makers.items():
        try:
            yield label, make()
        except Exception as error:  # noqa: BLE001  whatever a library raises on what it does not know
            sys.stderr.write(f"not made: {label}: {type(error).__name__}\n")


def named(owner: str) -> list[object]:
    """What this version of an owner has of the names that ``functions.txt`` gives."""
    top, _, rest = owner.partition(".")
    found: Any = importlib.import_module(top)
    for part in rest.split(".") if rest else ():
        found = getattr(found, part)
    lines = (line.partition(": ") for line in FUNCTIONS.read_text().splitlines())
    names = [name for path, _, line in lines if path == owner for name in line.split()]
    return [getattr(found, name) for name in names if hasattr(found, name)]


def of_numpy() -> Iterator[Specimen]:
    """Functions by name, polynomials, strings, generators, memory maps."""
    np: Any = importlib.import_module("numpy")
    for owner in ("numpy", "numpy.linalg", "numpy.fft", "numpy.char", "numpy.ndarray"):
        yield f"functions of {owner}", named(owner)
    for name in ("Chebyshev", "Legendre", "Laguerre", "Hermite", "HermiteE", "Polynomial"):
        yield f"polynomial {name}", getattr(np.polynomial, name)([1, 2], [0, 1])
    generators = [getattr(np.random, name) for name in ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")]
    yield "each generator", [np.random.Generator(kind(3)) for kind in generators]
    yield "each source of numbers", [kind(3) for kind in generators]
    yield from attempts(
        {
            "strings": lambda: np.array(["a", "b"], dtype=np.dtypes.StringDType()),
            "strings with none": lambda: np.array(["a", None], dtype=np.dtypes.StringDType(na_object=None)),
            "strings with nan": lambda: np.array(["a", np.nan], dtype=np.dtypes.StringDType(na_object=np.nan)),
            "kinds": lambda: [getattr(np.dtypes, name) for name in sorted(np.dtypes.__all__)],
            "poly1d": lambda: np.poly1d([1, 2]),
            "characters": lambda: np.char.array(["a", "b"]),
            "masked": lambda: [np.ma.masked, np.ma.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")], mask=True)],
            "limits": lambda: [np.iinfo("i4"), np.finfo("f4")],
            "vectorize": lambda: np.vectorize(len, otypes=["f8"]),
            "records": lambda: [np.rec.array([(1, 2.0)], names="a,b")[0], np.zeros(2, dtype=[("a", "O")])[0]],
            "record of memory": lambda: np.record,
        }
    )


def of_pandas() -> Iterator[Specimen]:
    """Functions by name, time zones, offsets, and each rarer type of column."""
    pd: Any = importlib.import_module("pandas")
    days = pd.date_range("2024-03-30", periods=4, freq="D")
    yield "functions of pandas", named("pandas")
    for zone in ("Europe/Berlin", "UTC", "US/Eastern", "Asia/Tokyo"):
        yield f"zone {zone}", [days.tz_localize(zone), pd.Series(days.tz_localize(zone)), pd.DatetimeTZDtype(tz=zone)]
    yield "fixed zone", days.tz_localize("+02:00")
    for name in pd.offsets.__all__:
        yield from attempts({f"offset {name}": functools.partial(_offset, getattr(pd.offsets, name))})
    for name in ("Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64", "Float32", "Float64",
                 "boolean", "string", "string[python]"):  # fmt: skip
        yield from attempts({f"array of {name}": functools.partial(_column, pd, name)})
    yield from attempts(
        {
            "sparse": lambda: [pd.arrays.SparseArray([0, 0, 1.0]), pd.SparseDtype("float64", 0.0)],
            "sparse frame": lambda: pd.DataFrame({"a": pd.arrays.SparseArray([0, 1])}),
            "sparse blocks": lambda: pd.arrays.SparseArray([1, 2], kind="block"),
            "intervals": lambda: [pd.arrays.IntervalArray.from_breaks([0, 1, 2]), pd.IntervalDtype("int64", "left")],
            "cut": lambda: pd.cut(pd.Series([1, 5, 9]), [0, 3, 6, 10]),
            "periods": lambda: [pd.period_range("2024-01", periods=3, freq=freq) for freq in ("Q", "D", "M", "W")],
            "spans": lambda: pd.DataFrame({"d": pd.to_timedelta([1, 2])}, index=pd.RangeIndex(2, 6, 2)),
            "levels": lambda: pd.Series(range(4), index=pd.MultiIndex.from_product([["a", "b"], days[:2]])),
            "numpy's": lambda: pd.DataFrame({"a": [1]}).set_index("a").index.array,
            "mixed": lambda: pd.DataFrame({"a": [1], "b": ["x"], "c": [None], "d": [[1]], "e": [days[0]]}),
            "grouped": lambda: pd.DataFrame({"a": [1, 1], "b": [1, 2]}).groupby("a"),
            "rolling": lambda: pd.DataFrame({"a": [1, 2, 3]}).rolling(2),
            "business days": lambda: pd.bdate_range("2024", periods=3),
            "labels": lambda: pd.DataFrame({"a": [1]}).set_flags(allows_duplicate_labels=False),
            "aggregation": lambda: [pd.NamedAgg("a", "sum"), pd.Grouper(freq="D"), pd.Grouper(key="a")],
            "number array": lambda: pd.array([1, 2], dtype="int64"),
            "number type": lambda: pd.array([1, 2], dtype="int64").dtype,
            "stamps": lambda: [pd.Timestamp("2024", tz="Europe/London"), pd.Interval(days[0], days[1], closed="left")],
        }
    )


def _offset(kind: Any) -> object:
    try:
        return kind()
    except TypeError:
        return kind(2)


def _column(pd: Any, name: str) -> object:
    value = {"boolean": True, "string": "x"}.get(name.partition("[")[0], 1)
    array = pd.array([value, None], dtype=name)
    return [array, array.dtype, pd.Series(array), pd.Index(array), pd.DataFrame({"a": array})]
