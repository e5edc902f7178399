# SPDX-License-Identifier: Apache-2.0
"""Where a guard keeps what it needs: files below the state folder, and one secret beside the keys."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hauberk.core.errors import KeyUnavailable, Misuse
from hauberk.signing.keystore import key_folder


@dataclass(frozen=True, kw_only=True)
class State:
    """Paths below one ``.hauberk``."""

    root: Path

    @property
    def run(self) -> Path:
        """What concerns the processes that run now."""
        return self.root / "run"

    @property
    def spool(self) -> Path:
        """Events on their way into the ledger."""
        return self.root / "spool"

    @property
    def ledger(self) -> Path:
        """The ledger."""
        return self.root / "ledger"

    @property
    def callers(self) -> Path:
        """Hashes of API keys."""
        return self.root / "callers.json"

    @property
    def models(self) -> Path:
        """Bytes of every model that was served, by digest."""
        return self.root / "models"

    @property
    def held(self) -> Path:
        """Results of decisions that waited for a person, sealed."""
        return self.root / "held"

    @property
    def standing(self) -> Path:
        """Who is in quarantine."""
        return self.root / "standing"

    @property
    def stop(self) -> Path:
        """The signed word that nothing may be served."""
        return self.run / "stop"

    @property
    def processes(self) -> Path:
        """Who runs."""
        return self.run / "processes.json"

    def make(self) -> None:
        """Make the folders, with the ``.gitignore`` that keeps them out of a repository; raises Misuse."""
        try:
            for folder in (self.root, self.run, self.spool, self.models):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            ignore = self.root / ".gitignore"
            if not ignore.exists():
                ignore.write_text("*\n")
        except OSError as error:
            message = f"cannot keep state in {self.root}: {error.strerror}"
            raise Misuse(message, remedy="make room or give permission, or name another folder") from error


def spool_secret(origin: str, *, create: bool, environ: Mapping[str, str] = os.environ) -> bytes:
    """The key under which payloads lie in the spool until the ledger has them; never below the state folder.

    ``origin`` names the ledger. Raises KeyUnavailable where there is none and ``create`` is false.
    """
    path = key_folder(environ) / "spool" / f"{origin.rpartition('/')[2]}.key"
    try:
        if create and not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
            draft.touch(mode=0o600)
            draft.write_bytes(secrets.token_bytes(32))
            try:
                os.link(draft, path)  # the first of several wins
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        data = path.read_bytes()
    except OSError as error:
        message = f"cannot use the spool's key {path}: {error.strerror}"
        raise KeyUnavailable(message, remedy="set HAUBERK_KEYS to the folder that this guard ran with") from error
    if len(data) != 32:  # noqa: PLR2004  AES-256
        raise KeyUnavailable(f"{path} is not the key of a spool", remedy="restore it from a back-up")
    return data


def put(path: Path, data: bytes) -> None:
    """Put a file in place in one step, durably, for its owner alone; raises Misuse where that fails."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(file, "wb") as handle:
            handle.write(data)
            handle.flush()
            os.fsync(handle.fileno())
        draft.replace(path)
    except OSError as error:
        message = f"cannot write {path}: {error.strerror}"
        raise Misuse(message, remedy="make room or give permission") from error
