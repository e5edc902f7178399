# SPDX-License-Identifier: Apache-2.0
"""Finds secrets in text by their published form, checksum and randomness; never shows one.

Forms are those that the issuers document. A match counts only when its checksum or structure holds, and when it does
not look like the placeholder of an example.
"""

import base64
import binascii
import json
import math
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import re2

from hauberk.core.scales import Confidence, Severity

Sure = Callable[[bytes], Confidence | None]
"""How sure a match is a live secret; None where it is none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Secret:
    """Where a secret stands and of what kind it is; the value itself is not kept."""

    kind: str
    line: int
    """Counted from 1."""
    column: int
    """Counted from 1, in bytes."""
    length: int
    """Characters of the secret."""
    severity: Severity
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class Form:
    """One issuer's form of token."""

    kind: str
    anchor: str
    """RE2 for how it begins, short enough that all of them make one small automaton."""
    pattern: str
    """Regular expression; the secret is the whole match."""
    sure: Sure
    severity: Severity = Severity.HIGH


LONGEST = 200
"""Longest name and longest value of an assignment that is judged."""

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_PLACEHOLDER = re.compile(
    rb"example|sample|dummy|placeholder|change.?me|your|xxxx|\*\*\*\*|redacted|fake|secret.?here|insert|foobar|foo_?bar"
    rb"|deadbeef|<|>|\$\{|\{\{|%\(|\$\(|\.\.\.|(.)\1{5}|0123456|1234567|abcdefg|qwerty|todo|mock",
    re.IGNORECASE | re.DOTALL,
)
_PLAIN_WORDS = re.compile(rb"[A-Za-z]+(?:[-_. /:][A-Za-z]+)*")


def entropy(value: bytes) -> float:
    """Shannon entropy of the bytes' frequencies, in bits per byte."""
    counts, size = Counter(value), len(value)
    return -sum(n / size * math.log2(n / size) for n in counts.values()) if size else 0.0


def _random(value: bytes, bits: float) -> bool:
    return entropy(value) >= bits and not _PLACEHOLDER.search(value)


def _form(value: bytes) -> Confidence | None:
    """A form so particular that randomness is all that is asked."""
    return Confidence.HIGH if _random(value, 3.0) else None


def _crc(value: bytes) -> Confidence | None:
    """GitHub and npm: the last six characters are the CRC-32 of the rest after the prefix, in base 62."""
    if not _random(value, 3.0):
        return None
    body = value.partition(b"_")[2]
    number, digits = zlib.crc32(body[:-6]), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        digits = _BASE62[digit] + digits
    return Confidence.HIGH if digits.encode() == body[-6:] else Confidence.LOW


def _aws(value: bytes) -> Confidence | None:
    return Confidence.HIGH if not value.endswith(b"EXAMPLE") and _random(value[4:], 2.5) else None


def _jwt(value: bytes) -> Confidence | None:
    """RFC 7519: the header is JSON that names an algorithm other than none."""
    head, _, rest = value.partition(b".")
    header, claims = _json(head), _json(rest.partition(b".")[0])
    if "alg" not in header or str(header["alg"]).lower() == "none" or not _random(rest.rpartition(b".")[2], 3.0):
        return None
    known_example = claims.get("name") == "John Doe" or claims.get("sub") == "1234567890"
    return None if known_example else Confidence.MEDIUM


def _json(part: bytes) -> dict[str, Any]:
    try:
        value = json.loads(base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _azure(value: bytes) -> Confidence | None:
    key = value.partition(b"=")[2]
    try:
        size = len(base64.b64decode(key, validate=True))
    except binascii.Error:
        return None
    emulator = key.startswith(b"Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq")
    return Confidence.HIGH if size == 64 and _random(key, 4.0) and not emulator else None  # noqa: PLR2004  bytes of a key


def _pem(value: bytes) -> Confidence | None:
    body = re.sub(rb"\\n|\\r|[\s\"'+,\\]", b"", value.partition(b"KEY")[2].partition(b"-----")[2])
    return Confidence.HIGH if _random(body, 4.0) else None


def _url(value: bytes) -> Confidence | None:
    user, _, rest = value.partition(b"://")[2].partition(b":")
    password, _, host = rest.rpartition(b"@")
    usual = password.lower() in (
        user.lower(),
        b"password",
        b"passwd",
        b"pass",
        b"secret",
        b"root",
        b"admin",
        b"test",
        b"guest",
    )
    if usual or not _random(password, 2.0) or b"{" in password or password.startswith((b"$", b"%")):
        return None
    local = host.startswith((b"localhost", b"127.", b"host", b"example")) or b".example" in host
    return Confidence.LOW if local else Confidence.MEDIUM


FORMS: tuple[Form, ...] = (
    Form("AWS access key id", "A[KS]IA", r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b", _aws),
    Form("GitHub token", "gh[pousr]_", r"\bgh[pousr]_[A-Za-z0-9]{36}\b", _crc, Severity.CRITICAL),
    Form(
        "GitHub fine-grained token",
        "github_pat_",
        r"\bgithub_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}\b",
        _form,
        Severity.CRITICAL,
    ),
    Form(
        "GitLab token",
        "gl(?:pat|dt|rt|ptt|agent)-",
        r"\bgl(?:pat|dt|rt|ptt|agent)-[A-Za-z0-9_-]{20,64}\b",
        _form,
        Severity.CRITICAL,
    ),
    Form("Hugging Face token", "hf_[A-Za-z]|api_org_", r"\b(?:hf_|api_org_)[A-Za-z]{34}\b", _form),
    Form(
        "OpenAI key",
        "sk-[A-Za-z0-9_-]+T3BlbkFJ",
        r"\bsk-(?:(?:proj|svcacct|admin)-)?[A-Za-z0-9_-]{20,74}T3BlbkFJ[A-Za-z0-9_-]{20,74}\b",
        _form,
    ),
    Form("Anthropic key", "sk-ant-", r"\bsk-ant-(?:api|admin)\d\d-[A-Za-z0-9_-]{80,120}", _form),
    Form(
        "Slack token",
        "xox[abeoprs]-[0-9]|xapp-[0-9]",
        r"\bxox[abeoprs]-[0-9]{8,14}-[0-9A-Za-z-]{10,90}|\bxapp-\d-[A-Z0-9]{8,14}-\d+-[a-z0-9]{30,80}",
        _form,
    ),
    Form(
        "Slack webhook",
        r"hooks\.slack\.com/services/T",
        r"hooks\.slack\.com/services/T[A-Z0-9]{8,12}/B[A-Z0-9]{8,12}/[A-Za-z0-9]{24}",
        _form,
    ),
    Form("Google API key", "AIza", r"\bAIza[0-9A-Za-z_-]{35}\b", _form),
    Form("Google OAuth secret", "GOCSPX-", r"\bGOCSPX-[A-Za-z0-9_-]{28}\b", _form),
    Form("Stripe live key", "[sr]k_live_", r"\b[sr]k_live_[0-9A-Za-z]{24,99}\b", _form, Severity.CRITICAL),
    Form("Azure storage key", "AccountKey=", r"\bAccountKey=[A-Za-z0-9+/]{86}==", _azure, Severity.CRITICAL),
    Form("npm token", "npm_", r"\bnpm_[A-Za-z0-9]{36}\b", _crc, Severity.CRITICAL),
    Form("PyPI token", "pypi-AgE", r"\bpypi-AgE[A-Za-z0-9_-]{60,250}", _form, Severity.CRITICAL),
    Form("Databricks token", "dapi[0-9a-f]", r"\bdapi[0-9a-f]{32}(?:-\d)?\b", _form),
    Form("SendGrid key", r"SG\.", r"\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}\b", _form),
    Form("Telegram bot token", "[0-9]+:AA", r"\b\d{8,10}:AA[A-Za-z0-9_-]{33}\b", _form),
    Form("DigitalOcean token", "do[opr]_v1_", r"\bdo[opr]_v1_[0-9a-f]{64}\b", _form),
    Form("Replicate token", "r8_", r"\br8_[A-Za-z0-9]{37}\b", _form),
    Form("Groq key", "gsk_", r"\bgsk_[A-Za-z0-9]{52}\b", _form),
    Form("Pinecone key", "pcsk_", r"\bpcsk_[A-Za-z0-9]{4,8}_[A-Za-z0-9]{50,70}\b", _form),
    Form("LangSmith key", "lsv2_[ps]", r"\blsv2_[ps][tk]_[0-9a-f]{32}_[0-9a-f]{10}\b", _form),
    Form("HashiCorp Vault token", r"hv[sb]\.", r"\bhv[sb]\.[A-Za-z0-9_-]{24,200}", _form),
    Form("Docker Hub token", "dckr_[po]at_", r"\bdckr_[po]at_[A-Za-z0-9_-]{27,32}\b", _form),
    Form(
        "signed JWT",
        r"eyJ[A-Za-z0-9_-]+\.eyJ",
        r"\beyJ[A-Za-z0-9_-]{10,400}\.eyJ[A-Za-z0-9_-]{10,900}\.[A-Za-z0-9_-]{20,700}",
        _jwt,
        Severity.MEDIUM,
    ),
    Form(
        "private key",
        "-----BEGIN [A-Z ]*PRIVATE KEY",
        r"-----BEGIN (?:RSA |EC |DSA |OPENSSH )?PRIVATE KEY-----(?:[\sA-Za-z0-9+/=\"',]|\\n|\\r){60,900}",
        _pem,
        Severity.CRITICAL,
    ),
    Form(
        "password in a URL",
        r"[a-z][a-z0-9+.-]*://[^\s:/@'\"<>]+:[^\s/@'\"<>]+@",
        r"\b[a-z][a-z0-9+.-]{1,20}://[^\s:/@'\"<>]{1,64}:[^\s/@,:'\"<>]{3,64}@[A-Za-z0-9.-]{2,120}",
        _url,
    ),
)

_TOKENS = re2.compile("|".join(f"({form.anchor})" for form in FORMS).encode())
_PATTERNS = tuple(re.compile(form.pattern.encode()) for form in FORMS)
_NAMED = re2.compile(
    rb"(?i)([\w.-]*(?:passwo?r?d|passwd|secret|api[_-]?key|access[_-]?key|auth[_-]?key|private[_-]?key|token|credential"
    rb"|wandb[_-]?key|pwd)[\w-]*)[\"']?\]?[ \t]*(?::[ \t]*str[ \t]*)?(?:=>|:=|[:=]|,)[ \t]*"
    rb"(?:[rbu]?([\"'])([^\"'\s]{8,})[\"']|([^\s\"'#,;(){}\[\]]{8,})[ \t]*(?:$|\r?\n|#))"
)
_WORD = re.compile(rb"(?i)passwo?r?d|passwd|pwd|secret|token|credential|key")
"""The one word of a name that is shown; the name itself may hold more than it should."""
_PASSWORD = re.compile(rb"(?i)passwo?r?d|passwd|pwd")
_NOT_A_VALUE = re.compile(
    rb"(?i)https?://|[a-z]:\\|/|^[\w.]+\(|^\$|^%|^@|^\w+\.\w+\.\w+$|^[\w.-]+\.(?:pem|key|txt|json|ya?ml|py|crt|com|io|org)$|^!"
    rb"|^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$|^\d+$"
)
_NOT_A_NAME = re.compile(
    rb"(?i)(?:url|uri|path|file|name|_id|type|class|regex|pattern|length|size|count|prefix|suffix|label|format|hash|digest"
    rb"|salt|field|header|expired?|ttl|limit|public[_-]?key|key_?size|tokeni[sz]\w*|version|env|var|help|hint|error|msg|message"
    rb"|description|title|dir|scope|endpoint|method|ref|arn|index|s)$"
)


def search(data: bytes, *, bare: bool = True) -> Iterator[Secret]:
    """Secrets in text, in order of kind of search and place.

    ``bare`` also takes unquoted values of assignments, as in ``.env`` and YAML; code writes its literals in quotes.
    """
    lines = _Lines(data)
    taken: list[tuple[int, int]] = []
    for match in _TOKENS.finditer(data):
        form = FORMS[match.lastindex - 1]
        whole = _PATTERNS[match.lastindex - 1].match(data, match.start())
        sure = form.sure(whole[0]) if whole else None
        if whole and sure is not None:
            taken.append(whole.span())
            yield _secret(lines, form.kind, whole.start(), len(whole[0]), form.severity, sure)
    for match in _NAMED.finditer(data):
        group = 3 if match.group(3) else 4
        if (group == 4 and not bare) or any(a < match.end() and match.start() < b for a, b in taken[-64:]):  # noqa: PLR2004
            continue
        sure = _assigned(match.group(1), match.group(group))
        if sure is not None:
            word = _WORD.findall(match.group(1))[-1].decode().lower()
            start, length = match.start(group), len(match.group(group))
            yield _secret(lines, f"hard-coded {word}", start, length, Severity.HIGH, sure)


def _assigned(name: bytes, value: bytes) -> Confidence | None:
    """How sure a value is a credential, by what it is assigned to and how random it is."""
    if len(name) > LONGEST or len(value) > LONGEST:
        return None
    if _NOT_A_NAME.search(name) or _NOT_A_VALUE.search(value) or _PLAIN_WORDS.fullmatch(value):
        return None
    digits = sum(48 <= byte <= 57 for byte in value)  # noqa: PLR2004  ASCII 0 to 9
    letters = sum(chr(byte).isalpha() for byte in value)
    if not (digits and letters) or _PLACEHOLDER.search(value):
        return None
    if _PASSWORD.search(name):
        return Confidence.MEDIUM if entropy(value) >= 3.0 else Confidence.LOW if entropy(value) >= 2.5 else None  # noqa: PLR2004
    return Confidence.MEDIUM if len(value) >= 20 and digits >= 2 and entropy(value) >= 3.5 else None  # noqa: PLR2004


class _Lines:
    """Line numbers of growing offsets; starts anew when one is smaller than the last."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._offset, self._line = 0, 1

    def place(self, offset: int) -> tuple[int, int]:
        if offset < self._offset:
            self._offset, self._line = 0, 1
        self._line += self._data.count(b"\n", self._offset, offset)
        self._offset = offset
        return self._line, offset - self._data.rfind(b"\n", 0, offset)


def _secret(lines: _Lines, kind: str, start: int, length: int, severity: Severity, confidence: Confidence) -> Secret:
    line, column = lines.place(start)
    return Secret(kind=kind, line=line, column=column, length=length, severity=severity, confidence=confidence)
