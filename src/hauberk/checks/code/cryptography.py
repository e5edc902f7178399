# SPDX-License-Identifier: Apache-2.0
"""HBK-COD-021 and HBK-COD-022: broken hashes and ciphers, predictable secrets."""

import re
from collections.abc import Iterator

from tree_sitter import Node

from hauberk.analysis.calls import constant, dotted
from hauberk.assets.scopes import Call, text_of
from hauberk.checks.code.faults import Fault, hits, is_false, none
from hauberk.core.card import check
from hauberk.core.finding import Hit
from hauberk.core.scales import Confidence, Severity
from hauberk.core.target import Target

_SENSITIVE = re.compile(
    r"passw|passwd|pwd|secret|(?<!a)token(?!i[sz]|s\b|_id)|signature|\bsign|auth(?!or)|credential|(?<![a-z])otp|nonce|\bsalt|session"
    r"|csrf|api_?key|captcha|reset_(?:code|link)|verification|remember|cookie|access_?code|invite",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"cache|(?<![a-z])key|fingerprint|seed|bucket|etag|file_?name|path|ident|(?<![a-z])u?id(?![a-z])|unique|dedup|shard|slug"
    r"|partition|colou?r",
    re.IGNORECASE,
)
"""Names of what only tells things apart: nobody gains by two that look alike."""
_WEAK_HASHES = re.compile(
    r"hashlib\.(?:md5|sha1|md4)|Cryptodome\.Hash\.(?:MD\d|SHA1?)\.new|Crypto\.Hash\.(?:MD\d|SHA1?)\.new"
    r"|cryptography\.hazmat\.primitives\.hashes\.(?:MD5|SHA1)|passlib\.hash\.(?:md5_crypt|sha1_crypt|des_crypt)\.\w+"
)
_LIBRARIES = frozenset({b"hashlib", b"Crypto", b"Cryptodome", b"cryptography", b"passlib", b"pyDes"})
_RANDOM = frozenset({b"random"})
"""One of them stands in all that a rule looks for."""
_WEAK_CIPHERS = re.compile(
    r"(?:Crypto|Cryptodome)\.Cipher\.(?:DES3?|ARC[24]|Blowfish|CAST|XOR)\.new"
    r"|cryptography\.hazmat\.(?:primitives|decrepit)\.ciphers\.algorithms\.(?:ARC4|TripleDES|Blowfish|IDEA|CAST5|SEED)"
    r"|cryptography\.hazmat\.primitives\.ciphers\.modes\.ECB|pyDes\.\w+"
)


@check(
    "HBK-COD-021",
    stage="develop",
    kinds=("code", "notebook"),
    formats=("python", "notebook"),
    severity=Severity.MEDIUM,
    remedy="hash with SHA-256 or BLAKE2, passwords with argon2 or scrypt; encrypt with AES-GCM or ChaCha20-Poly1305; "
    "where a digest protects nothing, say usedforsecurity=False",
    references=("CWE-327", "CWE-328"),
)
def weak_cryptography(target: Target) -> Iterator[Hit]:
    """A broken hash or cipher is used.

    Collisions of MD5 and SHA-1 are computed at will: a digest of them vouches for no model, signature or password. DES,
    RC4 and ECB give away what they encrypt.
    """
    yield from hits(target, _weak, none, _LIBRARIES)


def _weak(call: Call, names: tuple[str, ...]) -> Fault | None:
    for name in names:
        cipher = _WEAK_CIPHERS.fullmatch(name) is not None
        if cipher or _is_ecb(call, name):
            return (
                f"{name.rpartition('.new')[0] or name} does not protect what it encrypts",
                Severity.MEDIUM,
                Confidence.HIGH,
            )
        if _WEAK_HASHES.fullmatch(name) or (name == "hashlib.new" and _names_weak(call)):
            if is_false(call, "usedforsecurity"):
                return None
            serious = _SENSITIVE.search(_statement(call.node)) is not None
            if not serious and name.startswith("hashlib.") and _labels(call.node):
                return None
            short = name.rpartition(".")[2] if name != "hashlib.new" else "hashlib.new"
            return (
                f"{short} is a broken hash",
                Severity.MEDIUM if serious else Severity.LOW,
                Confidence.HIGH if serious else Confidence.MEDIUM,
            )
    return None


def _labels(node: Node) -> bool:
    """Whether a digest is given to a name that only tells things apart, or becomes part of a text."""
    around = node.parent
    while around is not None and around.type in ("call", "attribute"):
        around = around.parent
    return (around is not None and around.type == "interpolation") or any(_LABEL.search(one) for one in _uses(node))


def _is_ecb(call: Call, name: str) -> bool:
    if not re.fullmatch(r"(?:Crypto|Cryptodome)\.Cipher\.\w+\.new", name):
        return False
    mode = call.argument(1, "mode")
    return mode is not None and any(one.endswith(".MODE_ECB") for one in dotted(mode, call.scope))


def _names_weak(call: Call) -> bool:
    node = call.argument(0, "name")
    name = constant(node, call.scope) if node is not None else None
    return isinstance(name, str) and name.lower().replace("-", "") in ("md5", "sha1", "md4")


def _statement(node: Node) -> str:
    """The first line of the statement around a node, and the name of the function around it."""
    one, name = node, ""
    while one.parent is not None and one.parent.type not in ("block", "module"):
        one = one.parent
    around = one.parent
    while around is not None and around.type != "function_definition":
        around = around.parent
    if around is not None and (named := around.child_by_field_name("name")) is not None:
        name = text_of(named)
    return f"{text_of(one).partition(chr(10))[0]} {name}"


_DRAWS = re.compile(
    r"random\.(?:random|randint|randrange|choice|choices|sample|getrandbits|uniform|shuffle|randbytes|gauss|normalvariate"
    r"|triangular|betavariate|expovariate)|random\.Random\(\)\.\w+"
    r"|numpy\.random\.(?:bytes|rand|randint|random|choice|default_rng\(\)\.\w+)"
)


@check(
    "HBK-COD-022",
    stage="develop",
    kinds=("code", "notebook"),
    formats=("python", "notebook"),
    severity=Severity.MEDIUM,
    remedy="draw from secrets (secrets.token_urlsafe(32), secrets.choice) or os.urandom",
    references=("CWE-338", "CWE-330"),
)
def weak_randomness(target: Target) -> Iterator[Hit]:
    """A secret is drawn from a generator that can be predicted.

    The Mersenne Twister and its relatives are made for simulation: from some outputs, or from the time of the seed, all
    later ones follow, and with them the next session, token or password.
    """
    yield from hits(target, _predictable, none, _RANDOM)


def _predictable(call: Call, names: tuple[str, ...]) -> Fault | None:
    if not any(_DRAWS.fullmatch(name) for name in names):
        return None
    for word in _uses(call.node):
        if _SENSITIVE.search(word):
            return "a secret is drawn from a predictable generator", Severity.MEDIUM, Confidence.MEDIUM
    return None


def _uses(node: Node) -> Iterator[str]:
    """Names that a value is given to: targets of its statement, keywords, and the function that returns it."""
    one: Node | None = node
    while one is not None and one.type not in ("function_definition", "class_definition", "module"):
        parent = one.parent
        if one.type == "assignment":
            left = one.child_by_field_name("left")
            yield text_of(left) if left is not None else ""
        elif one.type == "keyword_argument":
            name = one.child_by_field_name("name")
            yield text_of(name) if name is not None else ""
        elif one.type == "call" and one.id != node.id:
            function = one.child_by_field_name("function")
            yield text_of(function) if function is not None and "set_cookie" in text_of(function) else ""
        elif one.type == "return_statement":
            around = parent
            while around is not None and around.type != "function_definition":
                around = around.parent
            name = around.child_by_field_name("name") if around is not None else None
            yield text_of(name) if name is not None else ""
        one = parent
