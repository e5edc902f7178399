# SPDX-License-Identifier: Apache-2.0
"""HBK-COD-023 and HBK-COD-024: connections and cookies without protection."""

import re
from collections.abc import Iterator

from tree_sitter import Node

from hauberk.analysis.calls import constant, dotted
from hauberk.analysis.calls_sinks import flag
from hauberk.assets.python import Module
from hauberk.assets.scopes import Binding, Call, Scope, name_of, text_of
from hauberk.checks.code.faults import Fault, hits, is_false, none
from hauberk.core.card import check
from hauberk.core.finding import Hit
from hauberk.core.scales import Confidence, Severity
from hauberk.core.target import Target

_CLIENTS = re.compile(
    r"(?:requests|httpx|aiohttp|urllib3|elasticsearch|opensearchpy|hvac|weaviate|qdrant_client|boto3)\b.*"
)
_PEERS = frozenset(
    {
        *(b"verify", b"verify_ssl", b"verify_certs", b"ssl_verify", b"ssl", b"SSL", b"set_missing_host_key_policy"),
        *(b"verify_mode", b"check_hostname", b"_create_default_https_context", b"_create_unverified_context"),
        *(b"_create_stdlib_context", b"cert_reqs", b"ssl_", b"OpenSSL"),
    }
)
"""One of them stands in all that the first rule looks for; likewise in the second."""
_COOKIES = frozenset({b"set_cookie", b"set_signed_cookie"})
_OLD = re.compile(r"ssl\.PROTOCOL_(?:SSLv\w+|TLSv1(?:_1)?)|OpenSSL\.SSL\.(?:SSLv\w+|TLSv1)_METHOD")


@check(
    "HBK-COD-023",
    stage="develop",
    kinds=("code", "notebook"),
    formats=("python", "notebook"),
    severity=Severity.HIGH,
    remedy="leave verification on; where a private authority signed the certificate, name its file "
    "(verify='/path/ca.pem', ssl.create_default_context(cafile=...))",
    references=("CWE-295", "CWE-297", "CWE-326"),
)
def unverified_peer(target: Target) -> Iterator[Hit]:
    """A connection does not check whom it reaches.

    Whoever is on the network in between answers instead: hands over another model or data set, and reads the keys that
    the client sends.
    """
    yield from hits(target, _unverified, _contexts, _PEERS)


def _unverified(call: Call, names: tuple[str, ...]) -> Fault | None:
    for key in ("verify", "verify_ssl", "verify_certs", "ssl_verify"):
        if is_false(call, key) and (key != "verify" or _is_connecting(call, names)):
            return f"{key}=False accepts any certificate", Severity.HIGH, Confidence.HIGH
    for node in (*call.keywords.values(), *call.positional) if _knows_tls(call.scope.root) else ():
        known = dotted(node, call.scope) if node.type in ("attribute", "identifier") else ()
        if "ssl.CERT_NONE" in known and call.keywords.get("cert_reqs") is node:
            return "CERT_NONE accepts any certificate", Severity.HIGH, Confidence.HIGH
        if any(_OLD.fullmatch(one) for one in known):
            return "a protocol older than TLS 1.2 is asked for", Severity.MEDIUM, Confidence.HIGH
    if any(name in ("ssl._create_unverified_context", "ssl._create_stdlib_context") for name in names):
        return "the context accepts any certificate", Severity.HIGH, Confidence.HIGH
    verb = call.function.child_by_field_name("attribute") if call.positional else None
    trusts = verb is not None and name_of(verb) == "set_missing_host_key_policy"
    if trusts and re.search(r"AutoAddPolicy|WarningPolicy", text_of(call.positional[0])):
        return "any host key is accepted", Severity.HIGH, Confidence.HIGH
    return None


def _knows_tls(root: Scope) -> bool:
    """Whether a module imports what settings of TLS are made of."""
    key = ("tls", 0)
    if key not in root.memory:
        imported = (
            one.target for bindings in root.bindings.values() for one in bindings if one.how in ("import", "star")
        )
        root.memory[key] = any(re.search("ssl|SSL", target) for target in imported)
    return bool(root.memory[key])


def _is_connecting(call: Call, names: tuple[str, ...]) -> bool:
    """``verify`` means certificates in HTTP clients; elsewhere, such as in decoders of tokens, something else."""
    if names:
        return any(_CLIENTS.fullmatch(name) for name in names)
    verb = call.function.child_by_field_name("attribute")
    return verb is not None and name_of(verb) in ("get", "post", "put", "patch", "delete", "head", "request", "send")


def _contexts(module: Module) -> Iterator[tuple[Node, Scope, Fault]]:
    """``context.verify_mode = ssl.CERT_NONE``, and the module's default put out of force."""
    for scope in module.scopes.values():
        for additions in scope.changes.values():
            for one in additions:
                fault = _set(one)
                if fault is not None and one.node is not None:
                    yield one.node, scope, fault


def _set(one: Binding) -> Fault | None:
    if one.node is None:
        return None
    value = dotted(one.node, one.scope) if one.node.type in ("attribute", "identifier") else ()
    if one.target == ".verify_mode" and "ssl.CERT_NONE" in value:
        return "CERT_NONE accepts any certificate", Severity.HIGH, Confidence.HIGH
    if one.target == ".check_hostname" and constant(one.node, one.scope) is False:
        return "the name in the certificate is not compared", Severity.HIGH, Confidence.HIGH
    if one.target == "._create_default_https_context" and "ssl._create_unverified_context" in value:
        return "every HTTPS connection accepts any certificate", Severity.HIGH, Confidence.HIGH
    if one.target == ".verify" and constant(one.node, one.scope) is False:
        return "verify=False accepts any certificate", Severity.HIGH, Confidence.MEDIUM
    return None


@check(
    "HBK-COD-024",
    stage="develop",
    kinds=("code", "notebook"),
    formats=("python", "notebook"),
    severity=Severity.MEDIUM,
    remedy="set_cookie(..., secure=True, httponly=True, samesite='Lax')",
    references=("CWE-614", "CWE-1004"),
)
def open_cookie(target: Target) -> Iterator[Hit]:
    """A cookie travels or is read without protection.

    Without secure it is sent over plain connections, without httponly every script on the page reads it: whoever
    listens or injects takes over the session.
    """
    yield from hits(target, _cookie, none, _COOKIES)


def _cookie(call: Call, _: tuple[str, ...]) -> Fault | None:
    verb = call.function.child_by_field_name("attribute")
    if verb is None or name_of(verb) not in ("set_cookie", "set_signed_cookie") or call.spread:
        return None
    key = call.argument(0, "key")
    name = constant(key, call.scope) if key is not None else None
    serious = isinstance(name, str) and re.search(r"sess|sid|auth|token|jwt|login|remember", name, re.IGNORECASE)
    missing = [word for word in ("secure", "httponly") if flag(call, word) is False]
    if not missing:
        return None
    stated = any(word in call.keywords for word in missing)
    severity = Severity.MEDIUM if serious or (stated and "secure" in missing) else Severity.LOW
    return f"a cookie is set without {' and '.join(missing)}", severity, Confidence.HIGH
