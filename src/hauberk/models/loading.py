# SPDX-License-Identifier: Apache-2.0
"""``hauberk.load``: loads a model into this process, only with a certificate that holds for the bytes loaded."""

import importlib
import io
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

from hauberk.analysis.certificate import Certificate, certify
from hauberk.analysis.checker.check import check
from hauberk.analysis.program_machine import WRAPPER
from hauberk.core.codec import decode, encode
from hauberk.core.content import Content
from hauberk.core.errors import MissingExtra, Misuse, NotCertified, TooLarge

MOST_BYTES = 8 << 30
_SPOOLED = 16 << 20
"""Bytes of a private copy that stay in memory; more go to a file without a name."""


class _Loader(NamedTuple):
    module: str
    function: str
    options: dict[str, Any]
    reads: Callable[[bytes, Certificate], bool]
    """Whether this loader reads a file that begins so as the certificate says."""


def _as_pickle(data: bytes, certificate: Certificate) -> bool:
    """The first program is the file itself, and no array of joblib's is in it: ``pickle`` reads those otherwise."""
    wrapped = any(WRAPPER in one.globals for one in certificate.programs)
    return _plain(data, certificate) and not certificate.inert and not wrapped


def _as_joblib(data: bytes, certificate: Certificate) -> bool:
    """One program, plain or in one compression."""
    return bool(certificate.programs) and not data.startswith(b"PK") and not data.startswith(b"\x93NUMPY")


def _as_numpy(data: bytes, _: Certificate) -> bool:
    return data.startswith((b"\x93NUMPY", b"PK\x03\x04"))


def _as_torch(data: bytes, certificate: Certificate) -> bool:
    """A zip whose program is ``data.pkl``, or a legacy file."""
    zipped = data.startswith(b"PK\x03\x04") and any(one.member.endswith("data.pkl") for one in certificate.programs)
    return zipped or (_plain(data, certificate) and all(one.why == "storages of tensors" for one in certificate.inert))


def _plain(data: bytes, certificate: Certificate) -> bool:
    return not data.startswith(b"PK") and bool(certificate.programs) and not certificate.programs[0].member


_LOADERS = {
    "joblib": _Loader("joblib", "load", {}, _as_joblib),
    "pickle": _Loader("pickle", "load", {}, _as_pickle),
    "numpy": _Loader("numpy", "load", {"allow_pickle": True}, _as_numpy),
    "torch": _Loader("torch", "load", {"weights_only": False}, _as_torch),
}


def load(path: str | Path, loader: str = "joblib", *, certificate: str | Path | None = None) -> Any:
    """Load a model file with the named loader: ``joblib``, ``pickle``, ``numpy`` or ``torch``.

    The file is copied once, to where nobody else can change it. Its certificate, the one given or one made here, is
    re-verified against that copy, and that copy is loaded. Raises NotCertified where the checker refuses, CannotLook
    where no certificate can be made, Misuse for an unknown loader, MissingExtra where the loader's library is not
    installed.
    """
    with opened(Path(path)) as file, _copied(file) as private:
        return _load(private, loader, Path(certificate).read_bytes() if certificate else b"")


def load_bytes(data: bytes, loader: str, certificate: bytes = b"") -> Any:
    """The same for bytes that were read; without a certificate one is made."""
    return _load(io.BytesIO(data), loader, certificate)


def _load(file: BinaryIO, loader: str, certificate: bytes) -> Any:
    chosen = _LOADERS.get(loader)
    if chosen is None:
        raise Misuse(f"no loader is called {loader!r}", remedy=f"one of {', '.join(sorted(_LOADERS))}")
    claimed = certificate or encode(certify(content(file)))
    check(file, claimed)
    file.seek(0)
    if not chosen.reads(file.read(_HEAD), decode(claimed, Certificate)):
        raise NotCertified(f"{loader} does not read this file in the way that its certificate says")
    try:
        module = importlib.import_module(chosen.module)
    except ImportError as error:
        raise MissingExtra("ml", chosen.module) from error
    file.seek(0)
    return getattr(module, chosen.function)(file, **chosen.options)


_HEAD = 64


def opened(path: Path) -> BinaryIO:
    """A model file, open to be read; raises Misuse where it cannot be, TooLarge where it is too large."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise Misuse(f"{path} cannot be read: {error.strerror}") from error
    try:
        size = file.seek(0, io.SEEK_END)
        file.seek(0)
    except OSError as error:
        file.close()
        raise Misuse(f"{path} cannot be read: it is no regular file", remedy="name the file itself") from error
    if size > MOST_BYTES:
        file.close()
        raise TooLarge(f"more than {MOST_BYTES} bytes")
    return file


def content(file: BinaryIO) -> Content:
    """An open file by offset."""

    def read(start: int, count: int) -> bytes:
        file.seek(start)
        return file.read(count)

    return Content(read, file.seek(0, io.SEEK_END))


def _copied(file: BinaryIO) -> BinaryIO:
    """A copy without a name."""
    private: Any = tempfile.SpooledTemporaryFile(_SPOOLED)  # noqa: SIM115  its caller closes it
    shutil.copyfileobj(file, private)
    return cast("BinaryIO", private)
