# SPDX-License-Identifier: Apache-2.0
"""A model file's page as one self-contained HTML document: no script, no request, everything from the file escaped."""

from hauberk.report.dossier import MOST_NAMES, Dossier
from hauberk.report.html import environment
from hauberk.report.model_page import SILENT, STATED, VERDICTS, message

_WORDS = {0: "CLEAN", 1: "FOUND"}


def render(one: Dossier, tool: str) -> str:
    """The page as text; encode it as UTF-8. The same dossier gives the same bytes."""
    names = one.proof.names
    listed = ", ".join(names[:MOST_NAMES]) + (f" and {len(names) - MOST_NAMES} more" if names[MOST_NAMES:] else "")
    return (
        environment()
        .get_template("model.html")
        .render(
            one=one,
            tool=tool,
            word=_WORDS.get(one.code, "NOT ALL LOOKED AT"),
            verdict=VERDICTS.get(one.code, ""),
            findings=[(finding, message(one, finding.message)) for finding in one.findings],
            stated=STATED,
            silent=SILENT,
            names=listed or "none",
        )
    )
