# SPDX-License-Identifier: Apache-2.0
"""Payloads about people: encrypted for each subject before they reach the ledger, and unreadable once the key is gone.

The body of a ``payload`` entry is ciphertext (AES-256-GCM), so every digest and every proof is over ciphertext: they
still verify after an erasure, and a row that somebody guesses cannot be confirmed by them. The entry names the key by a
random number, never the subject. Lengths are padded to multiples of 256 bytes.

Keys live in one file of their own, never below the ledger::

    {"schema": "hauberk/subject-keys/1", "origin": ..., "keys": {ID: {"subject": ..., "since": ..., ...}}}

One key serves one subject, one day and one due day, so that retention takes what is due and leaves the rest. How long
payloads are kept is an entry of kind ``retention``, a policy that everybody can read; a later one holds for what is
kept already, too, where it is shorter.

Deleting one is an entry of kind ``erased``, sealed first: a crash in between is made good when the file is next
opened, and so is a back-up of it that is put back, since whatever the ledger calls erased is deleted on opening.
Before a new version of the file takes its place the old one's bytes are overwritten; a file system that writes
elsewhere than told (btrfs, ZFS, an SSD's firmware) may keep them a while.
"""

import hashlib
import hmac
import os
import secrets
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hauberk.core.canonical import canonical
from hauberk.core.clock import Clock, system_clock
from hauberk.core.codec import convert, decode
from hauberk.core.entry import Entry, Tenant
from hauberk.core.errors import CannotLook, KeyUnavailable, LedgerBroken, Misuse
from hauberk.core.value import Value
from hauberk.ledger import index
from hauberk.ledger.files import open_locked, replace_file
from hauberk.ledger.log import Ledger
from hauberk.ledger.reading import read_entries
from hauberk.signing.key import decode64, encode64
from hauberk.signing.keystore import key_folder

PAYLOAD, ERASED, RETENTION = "payload", "erased", "retention"
LARGEST = 8 << 20
"""Bytes of one payload."""

_PAD = 256
_NONCE = 12
_KEY = 32
_LENGTH = 4
_FILE = 256 << 20

KeyName = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}\Z")]


class Payload(Value, frozen=True, kw_only=True):
    """Body of an entry of kind ``payload``."""

    ciphertext: str
    """Base64, with the tag of GCM at its end."""
    due: str
    """Day after which retention deletes the key; empty where none is set."""
    key: KeyName
    nonce: str
    schema: Literal["hauberk/payload/1"] = "hauberk/payload/1"


class Erased(Value, frozen=True, kw_only=True):
    """Body of an entry of kind ``erased``."""

    keys: tuple[KeyName, ...]
    reason: str
    schema: Literal["hauberk/erased/1"] = "hauberk/erased/1"


class Retention(Value, frozen=True, kw_only=True):
    """Body of an entry of kind ``retention``: the last one of a tenant holds."""

    days: Annotated[int, msgspec.Meta(ge=1, le=36525)]
    schema: Literal["hauberk/retention/1"] = "hauberk/retention/1"
    tenant: Tenant


class _Key(Value, frozen=True, kw_only=True):
    due: str
    key: str
    since: str
    """Day on which it was made; what it opens was sealed then."""
    subject: str
    tenant: str


class _File(Value, frozen=True, kw_only=True):
    keys: dict[str, _Key]
    origin: str
    schema: Literal["hauberk/subject-keys/1"] = "hauberk/subject-keys/1"


def subject_keys(ledger: Ledger, environ: Mapping[str, str] = os.environ) -> "SubjectKeys":
    """The file of a ledger's subject keys: ``$HAUBERK_SUBJECT_KEYS``, else ``subjects/`` below the folder of keys."""
    named = environ.get("HAUBERK_SUBJECT_KEYS")
    path = Path(named) if named else key_folder(environ) / "subjects" / f"{ledger.origin.rpartition('/')[2]}.keys"
    return SubjectKeys(path.absolute(), ledger)


def set_retention(ledger: Ledger, days: int, tenant: str = "default") -> Entry:
    """State how many days payloads of a tenant are kept."""
    try:
        policy = convert({"days": days, "tenant": tenant}, Retention)
    except msgspec.ValidationError as error:
        message = f"no policy of retention: {error}"
        raise Misuse(message, remedy="keep payloads for 1 to 36525 days") from error
    return ledger.append(RETENTION, canonical(policy), tenant=tenant)


def retention(ledger: Ledger) -> dict[str, int]:
    """Days by tenant, as the ledger states them last."""
    told = [decode(body, Retention) for body in index.bodies(ledger, RETENTION)]
    return {one.tenant: one.days for one in told}


def _is_due(kept: _Key, days: int | None, today: date) -> bool:
    """Whether a key's own day is past, or that of today's policy."""
    if kept.due and kept.due < today.isoformat():
        return True
    return days is not None and date.fromisoformat(kept.since) + timedelta(days=days) < today


class SubjectKeys:
    """The keys of one ledger's subjects, and what can be done with them."""

    def __init__(self, path: Path, ledger: Ledger, clock: Clock = system_clock) -> None:
        """Whatever the ledger calls erased is deleted from the file now; raises KeyUnavailable where it lies beside."""
        if ledger.path.resolve().parent in path.resolve().parents:
            message = f"{path} lies beside the ledger whose payloads it would open"
            raise KeyUnavailable(message, remedy="keep it elsewhere: set HAUBERK_SUBJECT_KEYS")
        self._path = path
        self._ledger = ledger
        self._clock = clock
        gone = {key for body in index.bodies(ledger, ERASED) for key in decode(body, Erased).keys}
        if gone and path.exists():
            self._delete(gone)

    def keep(self, subject: str, payload: bytes, *, until: date | None = None) -> Entry:
        """Encrypt a payload for a subject and seal the ciphertext; retention deletes its key after the day ``until``.

        Without a day, after as many as the ledger's policy for the tenant says; never, where it has none. Raises
        Misuse for a payload of more than 8 MiB, KeyUnavailable where the file of keys cannot be used.
        """
        return self._ledger.append(PAYLOAD, self.encrypt([(subject, payload)], until=until)[0])

    def encrypt(self, payloads: Sequence[tuple[str, bytes]], *, until: date | None = None) -> list[bytes]:
        """Bodies for entries of kind ``payload``, one for each (subject, payload), not yet appended; as for ``keep``.

        A key that is erased before its body is appended leaves a payload that nobody opens.
        """
        large = max((len(payload) for _, payload in payloads), default=0)
        if large > LARGEST:
            message = f"a payload of {large} bytes exceeds the limit of {LARGEST}"
            raise Misuse(message, remedy="keep the bytes elsewhere, encrypted, and seal a keyed digest")
        days = retention(self._ledger).get(self._ledger.tenant)
        if until is None and days is not None:
            until = self._clock().date() + timedelta(days=days)
        due = "" if until is None else until.isoformat()
        keys = {subject: self._key(subject, due) for subject in {subject for subject, _ in payloads}}
        return [self._encrypted(*keys[subject], due, payload) for subject, payload in payloads]

    def _encrypted(self, name: str, key: bytes, due: str, payload: bytes) -> bytes:
        nonce = secrets.token_bytes(_NONCE)
        plain = len(payload).to_bytes(_LENGTH, "big") + payload
        plain += bytes(-len(plain) % _PAD)
        sealed = AESGCM(key).encrypt(nonce, plain, self._bound(name, due))
        return canonical(Payload(ciphertext=encode64(sealed), due=due, key=name, nonce=encode64(nonce)))

    def reveal(self, place: int) -> bytes:
        """The payload of an entry; raises Misuse where it is none or its key was erased."""
        entry, body = next(read_entries(self._ledger.place, place, place + 1))
        if entry.kind != PAYLOAD:
            message = f"entry {place} is of kind {entry.kind} and holds no payload"
            raise Misuse(message)
        told = decode(body, Payload)
        kept = self._read().keys.get(told.key)
        if kept is None:
            message = f"the payload of entry {place} can no longer be read: its key was erased"
            raise Misuse(message, remedy="hauberk ledger list --kind erased says when")
        try:
            bound = self._bound(told.key, told.due)
            plain = AESGCM(decode64(kept.key)).decrypt(decode64(told.nonce), decode64(told.ciphertext), bound)
        except (InvalidTag, ValueError) as error:
            message = f"the payload of entry {place} does not open under its key"
            raise LedgerBroken(message) from error
        size = int.from_bytes(plain[:_LENGTH], "big")
        return plain[_LENGTH : _LENGTH + size]

    def commit(self, subject: str, data: bytes) -> str:
        """A digest that only the subject's key confirms, ``hmac-sha256:KEY:HEX``, for use in any body."""
        name, key = self._key(subject, "")
        mac = hmac.new(hmac.digest(key, b"hauberk/commitment/1", "sha256"), data, hashlib.sha256)
        return f"hmac-sha256:{name}:{mac.hexdigest()}"

    def confirms(self, commitment: str, data: bytes) -> bool:
        """Whether a commitment is to these bytes; raises Misuse where its key was erased and nobody can tell."""
        _, name, digest = commitment.split(":")
        kept = self._read().keys.get(name)
        if kept is None:
            raise Misuse("the key of that commitment was erased: nobody can tell any more")
        mac = hmac.new(hmac.digest(decode64(kept.key), b"hauberk/commitment/1", "sha256"), data, hashlib.sha256)
        return hmac.compare_digest(mac.hexdigest(), digest)

    def erase(self, subject: str, *, reason: str) -> tuple[Entry, int]:
        """Delete every key of a subject; the entry that says so, and how many. Raises Misuse where there is none."""
        names = [name for name, kept in self._read().keys.items() if kept.subject == subject]
        if not names:
            raise Misuse("no key is kept for that subject", remedy="is the name spelt as it was when it was kept?")
        return self._erase(names, reason), len(names)

    def retain(self, today: date) -> tuple[Entry, int] | None:
        """Delete every key whose day is past; the entry that says so, and how many. None where nothing is due."""
        policy = retention(self._ledger)
        names = [name for name, kept in self._read().keys.items() if _is_due(kept, policy.get(kept.tenant), today)]
        return (self._erase(names, "retention"), len(names)) if names else None

    def _erase(self, names: Sequence[str], reason: str) -> Entry:
        entry = self._ledger.append(ERASED, canonical(Erased(keys=tuple(sorted(names)), reason=reason)))
        self._delete(set(names))
        return entry

    def _key(self, subject: str, due: str) -> tuple[str, bytes]:
        """The key of a subject for what is sealed today and due on one day, made where there is none."""
        since, tenant = self._clock().date().isoformat(), self._ledger.tenant
        with self._alone():
            file = self._read()
            for name, kept in file.keys.items():
                if (kept.subject, kept.due, kept.since, kept.tenant) == (subject, due, since, tenant):
                    return name, decode64(kept.key)
            name, key = secrets.token_hex(16), secrets.token_bytes(_KEY)
            file.keys[name] = _Key(due=due, key=encode64(key), since=since, subject=subject, tenant=tenant)
            self._write(file)
        return name, key

    def _delete(self, names: set[str]) -> None:
        with self._alone():
            file = self._read()
            left = {name: kept for name, kept in file.keys.items() if name not in names}
            if len(left) < len(file.keys):
                self._write(msgspec.structs.replace(file, keys=left))

    def _bound(self, name: str, due: str) -> bytes:
        return canonical({"due": due, "key": name, "origin": self._ledger.origin})

    @contextmanager
    def _alone(self) -> Iterator[None]:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with open_locked(self._path.with_name(f"{self._path.name}.lock")):
                yield
        except OSError as error:
            message = f"cannot use {self._path}: {error.strerror}"
            raise KeyUnavailable(message, remedy="set HAUBERK_SUBJECT_KEYS to a file of your own") from error

    def _read(self) -> _File:
        try:
            with self._path.open("rb") as handle:
                if stat.S_IMODE(os.fstat(handle.fileno()).st_mode) & 0o077:
                    message = f"{self._path} can be read by others"
                    raise KeyUnavailable(message, remedy=f"chmod 600 {self._path}")
                file = decode(handle.read(_FILE), _File)
        except FileNotFoundError:
            return _File(keys={}, origin=self._ledger.origin)
        except (OSError, CannotLook) as error:
            message = f"{self._path} is not a file of subject keys that can be read"
            raise KeyUnavailable(message, remedy="restore it from its back-up") from error
        if file.origin != self._ledger.origin:
            message = f"{self._path} is of another ledger"
            raise KeyUnavailable(message)
        return file

    def _write(self, file: _File) -> None:
        """Put the new version in place, durably, and overwrite the bytes of the old one."""
        before = os.open(self._path, os.O_WRONLY | os.O_CLOEXEC) if self._path.exists() else None
        try:
            replace_file(self._path, canonical(file), mode=0o600)
            if before is not None:
                os.pwrite(before, bytes(os.fstat(before).st_size), 0)
                os.fsync(before)
        finally:
            if before is not None:
                os.close(before)
