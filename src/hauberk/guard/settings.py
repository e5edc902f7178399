# SPDX-License-Identifier: Apache-2.0
"""How one endpoint is kept: what the manifest says, with limits that hold where it says nothing."""

import re
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec

from hauberk.core.errors import Misuse
from hauberk.core.scales import Kind
from hauberk.core.system import Declared, Guarding, System
from hauberk.core.value import Value
from hauberk.detect.learned import Learned
from hauberk.manifest.lock import read_lock

SECONDS: Final = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1", "[::1]"})
DEFAULT_RATE: Final = "600/minute"
LEARN: Final = "hauberk guard learn"


class Rate(Value, frozen=True, kw_only=True):
    """So many in so many seconds."""

    count: int
    seconds: int

    def slowed(self, times: int) -> "Rate":
        """So many times less."""
        if self.count >= times:
            return Rate(count=self.count // times, seconds=self.seconds)
        return Rate(count=1, seconds=-(-self.seconds * times // self.count))


class Tokens(Value, frozen=True, kw_only=True):
    """Whose JSON Web Tokens are accepted."""

    jwks: str
    """Absolute path of a file."""
    issuer: str
    audience: str


class Second(Value, frozen=True, kw_only=True):
    """A further model."""

    path: str
    """Absolute path of the kept copy of its bytes."""
    digest: str


class Settings(Value, frozen=True, kw_only=True):
    """Everything that a worker is told; it holds no secret."""

    system: str
    endpoint: str
    model: str
    """Name in URLs: the asset's id."""
    path: str
    """Absolute path of the kept copy of the model's bytes."""
    digest: str
    route: str
    """Path of the route that takes rows of JSON."""
    guarding: Guarding
    rate: Rate
    quota: Rate | None
    tokens: Tokens | None
    state: str
    """Absolute path of the state folder."""
    favourable: str = ""
    """The label that is good for people, as the model's data set says; empty where it says nothing."""
    learned: Learned | None = None
    """What ``hauberk guard learn`` put into the lock for this model."""
    fall_back: Second | None = None
    """The model that answers where policy says ``fall-back``."""
    run: str = ""
    """Digest of the signed statement by which the model was put into service."""


def settings_of(system: System, root: Path, *, endpoint: str = "", upstream: str = "") -> Settings:
    """What the manifest says of an endpoint; ``upstream`` is the user's own word and may be any address.

    Raises Misuse where there is not exactly one endpoint to choose, or where it says too little.
    """
    chosen = _endpoint(system, endpoint)
    facts = chosen.facts
    guarding = facts.guard or Guarding()
    if upstream:
        guarding = _with(guarding, upstream)
    elif guarding.upstream and urlsplit(guarding.upstream).hostname not in LOOPBACK:
        raise Misuse(
            "the manifest names an upstream that is not on this machine",
            remedy=f"say so: --upstream {guarding.upstream}",
        )
    if guarding.upstream and guarding.protocol == "rows" and guarding.answers == "label":
        raise Misuse(
            f"{chosen.id}: answers: label, and what an upstream of rows answers is not known",
            remedy="take an upstream of open-inference, or let the guard serve the model",
        )
    if facts.authentication not in ("", "api-key", "jwt"):
        raise Misuse(
            f"{chosen.id}: authentication {facts.authentication!r} is not what the guard does",
            remedy="write api-key or jwt",
        )
    model = system.declared(facts.serves) if facts.serves else None
    if model is None or not model.uri:
        raise Misuse(f"{chosen.id}: the manifest does not say which model it serves", remedy="add facts.serves")
    return Settings(
        system=system.name,
        endpoint=chosen.id,
        model=model.id,
        path=str((root / model.uri).resolve()),
        digest=model.digest,
        route=urlsplit(chosen.uri).path or "/predict",
        guarding=guarding,
        rate=rate(facts.rate_limit or DEFAULT_RATE),
        quota=rate(guarding.quota) if guarding.quota else None,
        tokens=_tokens(guarding, root, facts.authentication),
        state=str(root / ".hauberk"),
        favourable=_favourable(system, model),
        learned=learned_of(model.id, root),
        fall_back=_second(system, root, guarding.detect.fall_back),
    )


def settings_of_model(path: Path, root: Path) -> Settings:
    """A model file that no manifest describes."""
    return Settings(
        system=path.stem,
        endpoint=path.stem,
        model=path.stem,
        path=str(path.resolve()),
        digest="",
        route="/predict",
        guarding=Guarding(),
        rate=rate(DEFAULT_RATE),
        quota=None,
        tokens=None,
        state=str(root / ".hauberk"),
    )


def rate(text: str) -> Rate:
    """A rate such as ``60/minute``; raises Misuse."""
    matched = re.fullmatch(r"([1-9][0-9]{0,11})/(second|minute|hour|day)", text)
    if matched is None:
        raise Misuse(f"{text!r} is no rate", remedy="write it as 60/minute: second, minute, hour or day")
    return Rate(count=int(matched[1]), seconds=SECONDS[matched[2]])


def _endpoint(system: System, name: str) -> Declared:
    found = [asset for asset in system.assets if asset.kind is Kind.ENDPOINT and name in ("", asset.id)]
    if len(found) != 1:
        some = ", ".join(asset.id for asset in system.assets if asset.kind is Kind.ENDPOINT)
        raise Misuse(
            f"the manifest has {len(found)} endpoints{f' called {name}' if name else ''}",
            remedy=f"name one with --endpoint: {some}"
            if some
            else "declare an asset of kind endpoint, with facts.serves",
        )
    return found[0]


def _tokens(guarding: Guarding, root: Path, authentication: str) -> Tokens | None:
    if authentication != "jwt" and not guarding.jwks:
        return None
    if not (guarding.jwks and guarding.issuer and guarding.audience):
        raise Misuse("tokens need facts.guard with jwks, issuer and audience", remedy="add all three")
    path = (root / guarding.jwks).resolve()
    if not path.is_relative_to(root.resolve()):
        raise Misuse("facts.guard.jwks leaves the folder of the manifest", remedy="copy the file into the folder")
    return Tokens(jwks=str(path), issuer=guarding.issuer, audience=guarding.audience)


def _favourable(system: System, model: Declared) -> str:
    named = (system.declared(name) for name in (*model.facts.trained_on, *model.facts.tested_on))
    return next((one.facts.favourable for one in named if one is not None and one.facts.favourable), "")


def learned_of(model: str, root: Path) -> Learned | None:
    """What the lock has learned of a model; raises Misuse where it is not of this form."""
    known = read_lock(root)
    told = known[0].contracts.get(model) if known else None
    if told is None:
        return None
    try:
        return msgspec.convert(told, Learned)
    except msgspec.ValidationError as error:
        raise Misuse("hauberk.lock does not say what the guard's detectors need", remedy=LEARN) from error


def _second(system: System, root: Path, name: str) -> Second | None:
    if not name:
        return None
    model = system.declared(name)
    if model is None or not model.uri:
        raise Misuse(f"detect.fall_back names {name!r}, and no model with a file is called so")
    return Second(path=str((root / model.uri).resolve()), digest=model.digest)


def _with(guarding: Guarding, upstream: str) -> Guarding:
    parts = urlsplit(upstream)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.username:
        raise Misuse("that is not the address of an upstream", remedy="write http://HOST:PORT")
    return Guarding(**{name: getattr(guarding, name) for name in guarding.__struct_fields__} | {"upstream": upstream})
