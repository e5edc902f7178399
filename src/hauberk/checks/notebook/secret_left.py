# SPDX-License-Identifier: Apache-2.0
"""HBK-NBK-001."""

from collections.abc import Iterator

from hauberk.analysis.secrets import search
from hauberk.assets.notebook import Notebook, read
from hauberk.core.card import check
from hauberk.core.finding import Hit
from hauberk.core.place import FilePlace
from hauberk.core.scales import Severity
from hauberk.core.target import Target

_WORDS = {
    "document": "the notebook's metadata",
    "source": "a cell's source",
    "metadata": "a cell's metadata",
    "output": "a cell's output",
}


@check(
    "HBK-NBK-001",
    stage="develop",
    kinds=("notebook",),
    severity=Severity.HIGH,
    remedy="revoke the secret at its issuer, clear the outputs (jupyter nbconvert --clear-output --inplace), read the "
    "secret from the environment, and strip outputs before each commit",
    references=("CWE-540", "CWE-532", "OWASP-ML:2023:ML06", "ATLAS:AML.T0055"),
)
def secret_left(target: Target) -> Iterator[Hit]:
    """A notebook holds a secret.

    What a cell once printed, such as an environment, a request's headers or a traceback, stays in the file after the
    code was cleaned, and is shown to everybody who opens or clones it. Reviewers read the source and miss the output.
    """
    for where, cell, text in _texts(read(target.data)):
        for secret in search(text.encode("utf-8", "replace"), bare=where != "source"):
            line = f", line {secret.line} of it" if where == "output" else ""
            yield Hit(
                message=f"{secret.kind}, {secret.length} characters, in {_WORDS[where]}{line}",
                place=FilePlace(path=target.asset.uri, cell=cell, line=secret.line if where == "source" else None),
                severity=secret.severity,
                confidence=secret.confidence,
                context=f"{where} {secret.kind}",
            )


def _texts(notebook: Notebook) -> Iterator[tuple[str, int | None, str]]:
    """Every text of a notebook: where it is, in which cell, and itself."""
    yield "document", None, notebook.metadata
    for cell in notebook.cells:
        yield "source", cell.number, cell.source
        yield "metadata", cell.number, cell.metadata
        for output in cell.outputs:
            yield "output", cell.number, output.text
