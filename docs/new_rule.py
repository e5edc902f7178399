# SPDX-License-Identifier: Apache-2.0
"""Scaffolds a rule: ``make rule ID=HBK-MOD-014`` writes its file and its two samples."""

import re
import sys
from pathlib import Path

from hauberk.core.families import FAMILIES
from hauberk.engine.catalogue import catalogue

ROOT = Path(__file__).parents[1]
FOLDERS = {
    "DES": ("design", "design", "manifest"),
    "COD": ("code", "develop", "code"),
    "SEC": ("secrets", "develop", "document"),
    "NBK": ("notebook", "develop", "notebook"),
    "MOD": ("model", "develop", "model"),
    "DAT": ("data", "data", "dataset"),
    "TRN": ("train", "train", "process"),
    "ATK": ("attack", "attack", "model"),
    "DEP": ("deploy", "deploy", "image"),
    "GOV": ("govern", "govern", "manifest"),
    "FAI": ("fairness", "govern", "model"),
}

TEMPLATE = '''# SPDX-License-Identifier: Apache-2.0
"""{id}."""

from collections.abc import Iterator

from hauberk.core.card import check
from hauberk.core.finding import Hit
from hauberk.core.scales import Severity
from hauberk.core.target import Target


@check(
    "{id}",
    stage="{stage}",
    kinds=("{kind}",),
    severity=Severity.MEDIUM,
    remedy="say exactly what to do",
    references=("CWE-0",),
)
def {name}(target: Target) -> Iterator[Hit]:
    """Say what is wrong, in one line.

    Say why it matters: who can do what because of it.
    """
    for number, line in enumerate(target.text.splitlines(), start=1):
        if "describe the fault" in line:
            yield Hit(message="what was seen", place=target.place(number), context=line)
'''


def main() -> int:
    """Write the three places that a rule needs; refuses an id that is taken or malformed."""
    rule = (sys.argv[1] if len(sys.argv) > 1 else "").upper()
    matched = re.fullmatch(r"HBK-([A-Z]{3})-(\d{3})", rule)
    if matched is None or matched[1] not in FAMILIES:
        sys.stderr.write(f"make rule ID=HBK-<family>-<number>; families: {', '.join(FAMILIES)}\n")
        return 2
    if rule in catalogue():
        sys.stderr.write(f"{rule} exists: {catalogue()[rule].title}\n")
        return 2
    folder, stage, kind = FOLDERS[matched[1]]
    name = f"rule_{matched[2]}"
    path = ROOT / "src" / "hauberk" / "checks" / folder / f"{name}.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text(TEMPLATE.format(id=rule, stage=stage, kind=kind, name=name))
    for side in ("bad", "good"):
        (ROOT / "samples" / rule / side).mkdir(parents=True, exist_ok=True)
    sys.stdout.write(
        f"{path.relative_to(ROOT)}: name the file for what it finds, and write the rule\n"
        f"samples/{rule}/bad: files in which it must find something\n"
        f"samples/{rule}/good: files in which it must be silent\n"
        f"then: .venv/bin/pytest tests/contract -k {rule}, and make docs\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
