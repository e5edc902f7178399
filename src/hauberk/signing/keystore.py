# SPDX-License-Identifier: Apache-2.0
"""The folder of keys: ``NAME.key`` for its owner alone, ``NAME.pub`` for everybody, ``default`` naming one of them."""

import getpass
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from hauberk.core.errors import KeyUnavailable, Misuse
from hauberk.signing.identity import Identity, ephemeral, from_seeds
from hauberk.signing.key import LARGEST, PublicKey, check_name, decode64, encode64, parse_public_key

HEADER = "hauberk/secret-key/1"


def key_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """``$HAUBERK_KEYS``, else ``$XDG_CONFIG_HOME/hauberk/keys``, else ``~/.config/hauberk/keys``."""
    if named := environ.get("HAUBERK_KEYS"):
        return Path(named).expanduser().absolute()
    configuration = environ.get("XDG_CONFIG_HOME") or Path(environ.get("HOME") or Path.home()) / ".config"
    return Path(configuration).absolute() / "hauberk" / "keys"


def create(name: str, roles: tuple[str, ...] = (), *, folder: Path | None = None) -> Identity:
    """Make an identity and keep it; the first of a folder becomes its default.

    Raises Misuse where the name is taken or malformed, KeyUnavailable where the folder cannot be written.
    """
    folder = folder or key_folder()
    path = folder / f"{check_name(name)}.key"
    made = ephemeral(name, roles)
    ed25519, mldsa65 = made.seeds
    secret = "\n".join(
        (
            HEADER,
            f"name {name}",
            f"roles {' '.join(made.roles) or '-'}",
            f"ed25519 {encode64(ed25519)}",
            f"ml-dsa-65 {encode64(mldsa65)}",
            "",
        )
    )
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(path, secret, 0o600)
        _write(path.with_suffix(".pub"), made.public.text, 0o644)
        if not (folder / "default").exists():
            _write(folder / "default", f"{name}\n", 0o600)
    except FileExistsError as error:
        message = f"there is a key named {name} already"
        raise Misuse(message, remedy=f"choose another name, or move {name}.key and {name}.pub away") from error
    except OSError as error:
        message = f"cannot keep a key in {folder}: {error.strerror}"
        raise KeyUnavailable(message, remedy="set HAUBERK_KEYS to a folder of your own") from error
    return replace(made, path=path)


def load(name: str, *, folder: Path | None = None) -> Identity:
    """An identity by its name; raises KeyUnavailable where there is none or where others can read its file."""
    path = (folder or key_folder()) / f"{check_name(name)}.key"
    try:
        with path.open("rb") as file:
            _refuse_shared(path, os.fstat(file.fileno()))
            data = file.read(LARGEST)
    except FileNotFoundError as error:
        message = f"no key named {name} in {path.parent}"
        raise KeyUnavailable(message, remedy=f"hauberk key new --name {name}") from error
    except OSError as error:
        message = f"cannot read {path}: {error.strerror}"
        raise KeyUnavailable(message) from error
    return _parse(data, path)


def load_public(path: Path) -> PublicKey:
    """A public key from a ``.pub`` file; raises KeyUnavailable where there is none or it is something else."""
    try:
        with path.open("rb") as file:
            return parse_public_key(file.read(LARGEST + 1))
    except OSError as error:
        message = f"cannot read the key {path}: {error.strerror}"
        raise KeyUnavailable(message, remedy="give the file that `hauberk key show NAME` prints") from error


def list_identities(*, folder: Path | None = None) -> Iterator[PublicKey]:
    """Public keys of all identities of the folder, by name; private files are not opened."""
    for path in sorted((folder or key_folder()).glob("*.pub")):
        if path.with_suffix(".key").exists():
            yield load_public(path)


def default_identity(
    *, create: bool = True, folder: Path | None = None, environ: Mapping[str, str] = os.environ
) -> Identity:
    """The identity named by ``$HAUBERK_IDENTITY``, else the folder's default, else a new one under the login's name.

    A new one is ``fresh``. Raises KeyUnavailable where there is none and ``create`` is false.
    """
    folder = folder or key_folder(environ)
    if named := environ.get("HAUBERK_IDENTITY") or default_name(folder):
        return load(named, folder=folder)
    if not create:
        message = f"no key in {folder}"
        raise KeyUnavailable(message, remedy="hauberk key new --name NAME")
    return replace(_create(_login(), folder), fresh=True)


def default_name(folder: Path) -> str:
    """Name of the folder's default identity; empty where it has none."""
    try:
        return (folder / "default").read_text("ascii", errors="replace").strip()
    except OSError:
        return ""


def _create(name: str, folder: Path) -> Identity:
    return create(name, folder=folder)


def _login() -> str:
    """The login's name as a key name; ``me`` where the machine knows none."""
    try:
        name = re.sub(r"[^A-Za-z0-9._@-]", "-", getpass.getuser()).strip("-._@")
    except (OSError, KeyError):
        return "me"
    return name[:64] or "me"


def _refuse_shared(path: Path, status: os.stat_result) -> None:
    """Raise KeyUnavailable where somebody else owns or can read the file."""
    if status.st_uid not in (os.geteuid(), 0):
        message = f"{path} belongs to somebody else"
        raise KeyUnavailable(message, remedy="make a key of your own: hauberk key new --name NAME")
    if stat.S_IMODE(status.st_mode) & 0o077:
        message = f"{path} can be read by others (mode {stat.S_IMODE(status.st_mode):04o})"
        raise KeyUnavailable(message, remedy=f"chmod 600 {path}; if others had the chance to read it, make a new key")


def _write(path: Path, text: str, mode: int) -> None:
    """Write a new file durably, with its mode from the first instant."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _parse(data: bytes, path: Path) -> Identity:
    try:
        header, name, roles, ed25519, mldsa65, end = data.decode("ascii").split("\n")
        identity = from_seeds(
            path.stem,
            () if roles == "roles -" else tuple(roles.removeprefix("roles ").split(" ")),
            (decode64(ed25519.removeprefix("ed25519 ")), decode64(mldsa65.removeprefix("ml-dsa-65 "))),
            path,
        )
    except (ValueError, Misuse) as error:
        raise _not_a_secret(path) from error
    if header != HEADER or end or name != f"name {path.stem}":
        raise _not_a_secret(path)
    return identity


def _not_a_secret(path: Path) -> KeyUnavailable:
    message = f"{path} is not a secret key of hauberk"
    return KeyUnavailable(message, remedy="restore it from a back-up, or make a new key")
