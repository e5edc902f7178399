# SPDX-License-Identifier: Apache-2.0
"""``hauberk gate``: the policy's verdict on the last closed assessment."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from hauberk.cli.options import Format, Json, Manifest, Output, Quiet
from hauberk.cli.show import show
from hauberk.cli.subject import named_manifest
from hauberk.engine.recall import recall
from hauberk.manifest.load import load
from hauberk.signing.keystore import load_public

Keys = Annotated[
    tuple[Path, ...], Parameter(name=["--key", "-k"], negative="", help="Public keys to accept instead of your own.")
]


def gate(
    *,
    manifest: Manifest = None,
    key: Keys = (),
    format: Format = "terminal",  # noqa: A002  the option's name
    out: Output = None,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Judge the last closed assessment by the policy in the manifest.

    The ledger is verified first. An assessment that was never closed, or files that changed since, count as not
    looked at.

    Example: hauberk gate -m examples/credit/hardened/hauberk.yaml --format junit --out gate.xml
    """
    path = named_manifest(manifest)
    system = load(path)
    keys = tuple(load_public(one) for one in key)
    document = recall(path.parent, system, keys=keys, today=datetime.now(UTC).date())
    return show(document, format="json" if json else format, out=out, quiet=quiet)
