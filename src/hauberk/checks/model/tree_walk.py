# SPDX-License-Identifier: Apache-2.0
"""HBK-MOD-008."""

from collections.abc import Iterator

from hauberk.analysis.trees import astray
from hauberk.assets import catboost, lightgbm, xgboost
from hauberk.core.card import check
from hauberk.core.content import LARGEST
from hauberk.core.finding import Hit
from hauberk.core.scales import Severity
from hauberk.core.target import Target

_READERS = {
    "xgboost-json": xgboost.read,
    "xgboost-ubj": xgboost.read,
    "xgboost-binary": xgboost.read,
    "lightgbm": lightgbm.read,
    "catboost": catboost.read,
    "catboost-json": catboost.read,
}


@check(
    "HBK-MOD-008",
    stage="develop",
    kinds=("model",),
    formats=tuple(_READERS),
    severity=Severity.HIGH,
    remedy="do not predict with it; have its maker save the model again with the library that trained it",
    references=("CWE-125", "CWE-835", "ATLAS:AML.T0010", "OWASP-ML:2023:ML06"),
)
def tree_walk(target: Target) -> Iterator[Hit]:
    """Trees of the model lead a prediction outside themselves.

    Models of boosted trees carry no code, but their libraries follow the numbers in the file without looking: a child
    outside its tree reads foreign memory, and one above its parent never comes to a leaf.
    """
    for what in astray(_READERS[target.asset.format](target.content.whole(LARGEST))):
        yield Hit(message=what, place=target.place(), context=what)
