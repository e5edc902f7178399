# SPDX-License-Identifier: Apache-2.0
"""HBK-MOD-004."""

import json
from collections.abc import Iterator
from typing import Any

from hauberk.analysis import loaders
from hauberk.analysis.keras_config import dangers
from hauberk.assets import archive, hdf5, hdf5_external
from hauberk.core.card import check
from hauberk.core.content import Budget, Content
from hauberk.core.errors import CannotLook, Malformed
from hauberk.core.finding import Hit
from hauberk.core.place import MemberPlace
from hauberk.core.scales import Severity
from hauberk.core.target import Target

_CONFIG = "config.json"


@check(
    "HBK-MOD-004",
    stage="develop",
    kinds=("model",),
    formats=("keras", "hdf5"),
    severity=Severity.HIGH,
    remedy="replace Lambda layers by layers of Keras, save again, and load with safe_mode of Keras 3.11.3 or newer",
    references=("CWE-502", "ATLAS:AML.T0010", "ATLAS:AML.T0011", "OWASP-ML:2023:ML06"),
)
def keras_config(target: Target) -> Iterator[Hit]:
    """Loading the Keras model imports or runs code.

    A Keras file rebuilds its layers, losses and metrics by the names in its configuration. A Lambda layer carries
    marshalled code, and a name may lead to any function of any module: whoever loads the file runs it.
    """
    who = loaders.sentence(loaders.family(target.asset.format, ""))
    for member, offset, config in _configs(target.content):
        for danger in dangers(config):
            yield Hit(
                message=f"{danger.what}; {who}",
                severity=danger.severity,
                place=MemberPlace(archive=target.asset.uri, member=member, offset=offset),
                context=f"{member} {danger.subject}",
            )
    for member, reference in _references(target.content):
        yield Hit(
            message=f"{reference.what}: whoever opens it reads files of the machine that it names (CVE-2026-1669)",
            severity=Severity.HIGH,
            place=MemberPlace(archive=target.asset.uri, member=member, offset=reference.offset),
            context=f"{member} {reference.what}",
        )


def _references(data: Content) -> Iterator[tuple[str, hdf5_external.Reference]]:
    """Every other file that an HDF5 file, or one in the archive, takes content from."""
    if data.startswith(hdf5.MAGIC):
        for found in hdf5_external.references(data):
            yield "", found
        return
    for item in archive.entries(data, Budget()):
        if isinstance(item, archive.Entry) and item.content.startswith(hdf5.MAGIC):
            for found in hdf5_external.references(item.content):
                yield item.name, found


def _configs(data: Content) -> Iterator[tuple[str, int, Any]]:
    """Every configuration: member, offset, value."""
    if data.startswith(hdf5.MAGIC):
        for found in hdf5.objects(data):
            yield "", found.offset, found.value
        return
    seen = False
    for item in archive.entries(data, Budget()):
        if isinstance(item, archive.Oddity):
            raise CannotLook(f"archive holds {item.what}")
        flaw = item.flaw()
        if flaw:
            raise CannotLook(f"{item.name}: {flaw}")
        if item.name.endswith(".json"):
            seen = seen or item.name == _CONFIG
            yield item.name, item.offset, _parse(item.content.whole())
        elif item.content.startswith(hdf5.MAGIC):
            for found in hdf5.objects(item.content):
                yield item.name, found.offset, found.value
    if not seen:
        raise Malformed("Keras archive without its configuration")


def _parse(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Malformed("configuration is no JSON") from error
