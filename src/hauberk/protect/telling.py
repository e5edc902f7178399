# SPDX-License-Identifier: Apache-2.0
"""Whether a text tells a secret or of a person, so that it must not be shared."""

import re
import unicodedata

from hauberk.analysis import personal_text, secrets

_HOME = re.compile(r"(?:/home/|/Users/|[A-Z]:\\{1,2}Users\\{1,2})[^/\\\s\"']+", re.IGNORECASE)


def tells(text: str) -> bool:
    """Whether it holds a secret, personal data in running text, or the name of somebody's home folder."""
    shown = unicodedata.normalize("NFKC", text)
    if _HOME.search(shown) or any(secrets.search(shown.encode("utf-8", "replace"))):
        return True
    return any(personal_text.find(shown))
