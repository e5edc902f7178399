# SPDX-License-Identifier: Apache-2.0
"""Which ledger a sub-command of ``hauberk ledger`` is about, and what they share."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from hauberk.core.errors import Misuse
from hauberk.ledger.files import replace_file
from hauberk.ledger.log import Ledger
from hauberk.manifest.load import find
from hauberk.signing.identity import Identity
from hauberk.signing.keystore import default_identity, load

Where = Annotated[
    Path | None,
    Parameter(name="--ledger", help="The ledger's folder; by default .hauberk/ledger beside the manifest."),
]
Signer = Annotated[str, Parameter(name="--as", help="Name of the identity that signs; by default your own.")]


STDIN = Path("-")


def folder_of(ledger: Path | None, manifest: Path | None) -> Path:
    """The folder named, else the one beside the manifest; raises Misuse where there is no manifest."""
    if ledger is not None:
        return ledger
    manifest = manifest or find(Path())
    if manifest is None:
        raise Misuse("no hauberk.yaml here or above", remedy="name the ledger's folder with --ledger")
    return manifest.absolute().parent / ".hauberk" / "ledger"


def open_for_reading(ledger: Path | None, manifest: Path | None) -> Ledger:
    """The ledger named, else the one beside the manifest; raises Misuse where there is none."""
    return Ledger.open(folder_of(ledger, manifest))


def open_for_writing(ledger: Path | None, manifest: Path | None, signer: str = "", *, source: str = "local") -> Ledger:
    """The same, to append to; raises KeyUnavailable where the identity is not the ledger's."""
    return Ledger.open(folder_of(ledger, manifest), identity_of(signer), source=source)


def identity_of(name: str) -> Identity:
    """The identity named, else the user's own."""
    return load(name) if name else default_identity(create=False)


def read_file(path: Path, largest: int) -> bytes:
    """A file's bytes, one beyond the ceiling at most, ``-`` for standard input; raises Misuse where there is none."""
    if str(path) == "-":
        return sys.stdin.buffer.read(largest + 1)
    try:
        with path.open("rb") as file:
            return file.read(largest + 1)
    except OSError as error:
        message = f"cannot read {path}: {error.strerror}"
        raise Misuse(message, remedy="name a file that can be read") from error


def write_file(path: Path | None, data: bytes) -> None:
    """Write to a file in one step, or to standard output where none is named."""
    if path is None or str(path) == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
        return
    try:
        replace_file(path, data)
    except OSError as error:
        message = f"cannot write {path}: {error.strerror}"
        raise Misuse(message, remedy="name a file in a folder where you may write") from error


def signed(by: str) -> str:
    """Who signed, and that this is all that is proven: no witness was named."""
    return f"signed by {by}, integrity only"


def entries(count: int) -> str:
    """A number of entries in words."""
    return f"{count} {'entry' if count == 1 else 'entries'}"
