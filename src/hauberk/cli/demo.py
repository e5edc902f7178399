# SPDX-License-Identifier: Apache-2.0
"""``hauberk demo``: a small real system with ordinary faults, assessed end to end, offline."""

import shutil
import sys
import tempfile
from importlib import resources
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from hauberk.cli.assess import seal_assessment
from hauberk.cli.options import Format, Json, Output, Quiet
from hauberk.cli.show import show
from hauberk.core.errors import Misuse
from hauberk.signing.identity import ephemeral
from hauberk.signing.keystore import default_identity


def demo(
    *,
    keep: Annotated[Path | None, Parameter(help="Leave the system and its ledger in this new folder.")] = None,
    format: Format = "terminal",  # noqa: A002  the option's name
    out: Output = None,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Assess a small real system, from its manifest to its model, and judge it.

    The system scores loan applications (Statlog German credit data) and is in the state in which a hurried team would
    ship it. Exit code 1 is its verdict. Without --keep, the key that signs the ledger is made for this run and
    forgotten.

    Example: hauberk demo --keep credit
    """
    identity = default_identity() if keep else ephemeral("demo")
    with tempfile.TemporaryDirectory(prefix="hauberk-demo-") as scratch:
        folder = unpack(keep or Path(scratch) / "credit")
        document = seal_assessment(folder / "hauberk.yaml", identity, cached=False, quiet=quiet or json)
        code = show(document, format="json" if json else format, out=out, quiet=quiet)
    if keep and not (json or quiet):
        sys.stdout.write(
            f"\nkept in {keep}; look further:\n"
            f"  hauberk report -m {keep}/hauberk.yaml --format html --out report.html\n"
            f"  hauberk ledger export --ledger {keep}/.hauberk/ledger credit.bundle\n"
        )
    return code


def unpack(folder: Path) -> Path:
    """Copy the packaged system into a new folder; raises Misuse where there is something already, or no leave."""
    try:
        if folder.is_dir() and any(folder.iterdir()):
            raise Misuse(f"{folder} is not empty", remedy="name a new folder")
        with resources.as_file(resources.files("hauberk") / "demo" / "credit") as packaged:
            ignored = shutil.ignore_patterns("__pycache__", ".hauberk")
            shutil.copytree(packaged, folder, dirs_exist_ok=True, ignore=ignored)
    except (OSError, shutil.Error) as error:
        reason = (isinstance(error, OSError) and error.strerror) or "it cannot be written"
        raise Misuse(f"cannot keep the system in {folder}: {reason}", remedy="name a new folder") from error
    return folder
