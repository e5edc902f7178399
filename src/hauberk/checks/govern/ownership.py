# SPDX-License-Identifier: Apache-2.0
"""A system that nobody answers for, or of which nobody says what it is for."""

import re
from collections.abc import Iterator

from hauberk.core.card import check
from hauberk.core.finding import Hit
from hauberk.core.place import FilePlace
from hauberk.core.scales import Basis, Severity
from hauberk.core.system import Owner
from hauberk.core.target import Target
from hauberk.manifest.blank import blank

_NOBODY = re.compile(
    r"(?:the |our |my )?(?:dev(?:elopment|elopers?)?|engineering|data(?: science)?|ml|ai|it)? ?"
    r"(?:teams?|owners?|admin(?:istrator)?|users?|me|us|we|myself|someone|somebody|nobody|no one|everyone|anyone)",
    re.IGNORECASE,
)
_GENERIC = re.compile(
    r"(?:an? |the |our )?(?:(?:machine[- ]learning|ml|ai|deep[- ]learning|data[- ]science|prediction) ?)?"
    r"(?:models?|systems?|projects?|demo|tests?|pocs?|prototypes?|predictions?|machine[- ]learning|ml|ai)",
    re.IGNORECASE,
)


@check(
    "HBK-GOV-001",
    stage="govern",
    kinds=("manifest",),
    formats=("hauberk",),
    severity=Severity.MEDIUM,
    remedy="name a person or a named team under `owners`, and say under `purpose` what the system is for",
    references=("AI-Act:Art.26(2)", "NIST-AI-RMF:GOVERN-2.1", "ISO-42001:B.3.2"),
    needs=("system",),
    basis=Basis.DECLARED,
)
def ownership(target: Target) -> Iterator[Hit]:
    """System has no owner or no purpose.

    When it goes wrong, somebody must be there to stop it; and whether it is used for what it was built and tested for
    can only be told where that was said.
    """
    system = target.system
    if system is None:
        return
    if not any(_answers(owner) for owner in system.owners):
        message = "names no owner" if not system.owners else "names nobody in particular as owner"
        yield Hit(
            message=f"the manifest {message}",
            place=FilePlace(path=system.uri, line=system.line("owners")),
            context="owner",
        )
    purpose = system.purpose.strip()
    if blank(purpose) or _GENERIC.fullmatch(purpose) or purpose.casefold() == system.name.strip().casefold():
        message = "says no purpose" if blank(purpose) else "says a purpose that fits any system"
        yield Hit(
            message=f"the manifest {message}",
            place=FilePlace(path=system.uri, line=system.line("purpose")),
            context="purpose",
        )


def _answers(owner: Owner) -> bool:
    """Whether an owner is somebody in particular; a generic name with a contact still reaches somebody."""
    if blank(owner.name):
        return False
    return _NOBODY.fullmatch(owner.name.strip()) is None or not blank(owner.contact)
