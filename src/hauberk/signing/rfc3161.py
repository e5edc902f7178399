# SPDX-License-Identifier: Apache-2.0
"""Time stamps after RFC 3161: the request for a digest, and an authority's answer checked against its certificate.

DER is read by hand, strictly and with nothing executed: definite lengths only, no deeper than a time stamp needs.
Checked are the status, the signature over the signed attributes (CMS, RFC 5652), that those name the content, that the
certificate may stamp times and nothing else, and that it was issued by one of those trusted and valid at the time.
"""

import hashlib
import secrets
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import ExtendedKeyUsageOID

from hauberk.core.errors import StampInvalid

_SEQUENCE, _SET, _INTEGER, _OCTETS, _OID, _TIME = 0x30, 0x31, 0x02, 0x04, 0x06, 0x18
_CONTEXT_0 = 0xA0
_LONG, _MOST_LENGTH = 0x80, 4
_GRANTED = (0, 1)
_DEEPEST = 5
_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_TST_INFO = bytes.fromhex("2a864886f70d0109100104")
_CONTENT_TYPE = bytes.fromhex("2a864886f70d010903")
_MESSAGE_DIGEST = bytes.fromhex("2a864886f70d010904")
_SHA256 = bytes.fromhex("608648016503040201")
_HASHES = {
    _SHA256: hashes.SHA256(),
    bytes.fromhex("608648016503040202"): hashes.SHA384(),
    bytes.fromhex("608648016503040203"): hashes.SHA512(),
}


_MALFORMED = (
    ValueError,
    LookupError,
    TypeError,
    StopIteration,
    UnsupportedAlgorithm,
    x509.ExtensionNotFound,
    x509.UnsupportedGeneralNameType,
    x509.InvalidVersion,
    CryptographyDeprecationWarning,
)
"""What reading bytes that are no time stamp may raise."""


@dataclass(frozen=True, kw_only=True)
class Stamp:
    """What an authority has signed."""

    digest: bytes
    """SHA-256 of what was there."""
    at: datetime
    authority: str
    """Subject of its certificate."""


@dataclass(frozen=True, kw_only=True)
class _Node:
    """One DER element."""

    tag: int
    content: bytes
    whole: bytes

    def parts(self) -> "list[_Node]":
        """The elements within."""
        found, at = [], 0
        while at < len(self.content):
            node = _read(self.content, at)
            found.append(node)
            at += len(node.whole)
        return found


def time_request(digest: bytes, nonce: int | None = None) -> bytes:
    """A TimeStampReq for a SHA-256 digest that asks for the certificate too (RFC 3161, 2.4.1)."""
    algorithm = _der(_SEQUENCE, _der(_OID, _SHA256) + _der(0x05, b""))
    imprint = _der(_SEQUENCE, algorithm + _der(_OCTETS, digest))
    number = secrets.randbits(63) if nonce is None else nonce
    return _der(_SEQUENCE, _integer(1) + imprint + _integer(number) + _der(0x01, b"\xff"))


def open_response(data: bytes, trusted: Sequence[x509.Certificate]) -> Stamp:
    """A TimeStampResp whose signature holds under a certificate that one of the trusted ones issued, or is.

    Raises StampInvalid for anything else.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", CryptographyDeprecationWarning)  # what X.509 forbids is refused
            return _open(data, trusted)
    except _MALFORMED as error:
        message = f"not a time stamp that can be read: {error}"
        raise StampInvalid(message) from error
    except InvalidSignature as error:
        raise StampInvalid("the authority's signature does not hold") from error


def _open(data: bytes, trusted: Sequence[x509.Certificate]) -> Stamp:
    response = _only(data, _SEQUENCE).parts()
    if int.from_bytes(response[0].parts()[0].content, "big") not in _GRANTED:
        raise StampInvalid("the authority refused the request")
    kind, wrapped = _tagged(response[1], _SEQUENCE).parts()
    if kind.content != _SIGNED_DATA:
        raise StampInvalid("no signed data")
    signed = wrapped.parts()[0].parts()
    encapsulated = signed[2].parts()
    if encapsulated[0].content != _TST_INFO:
        raise StampInvalid("signed is something other than a time stamp")
    content = encapsulated[1].parts()[0].content
    certificates = [
        x509.load_der_x509_certificate(one.whole) for one in signed[3].parts() if signed[3].tag == _CONTEXT_0
    ]
    (signer,) = signed[-1].parts()
    certificate = _check_signer(signer.parts(), content, certificates)
    info = _only(content, _SEQUENCE).parts()
    imprint = info[2].parts()
    if imprint[0].parts()[0].content != _SHA256:
        raise StampInvalid("the digest is not SHA-256")
    at = _time(next(node for node in info if node.tag == _TIME).content.decode("ascii"))
    _check_issued(certificate, certificates, trusted, at)
    return Stamp(digest=imprint[1].content, at=at, authority=certificate.subject.rfc4514_string())


def _check_signer(signer: "list[_Node]", content: bytes, certificates: Sequence[x509.Certificate]) -> x509.Certificate:
    """The signed attributes name the content, and a certificate's key signed them."""
    issuer, serial = signer[1].parts()
    certificate = next(
        (
            one
            for one in certificates
            if one.issuer.public_bytes() == issuer.whole and one.serial_number == int.from_bytes(serial.content, "big")
        ),
        None,
    )
    if certificate is None or signer[3].tag != _CONTEXT_0:
        raise StampInvalid("the authority's certificate or its signed attributes are missing")
    algorithm = _HASHES[signer[2].parts()[0].content]
    attributes = {one.parts()[0].content: one.parts()[1].parts()[0].content for one in signer[3].parts()}
    digest = hashlib.new(algorithm.name, content).digest()
    if attributes.get(_CONTENT_TYPE) != _TST_INFO or attributes.get(_MESSAGE_DIGEST) != digest:
        raise StampInvalid("the signed attributes are of something else")
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    if list(usage.value) != [ExtendedKeyUsageOID.TIME_STAMPING] or not usage.critical:
        raise StampInvalid("the certificate is not for stamping times alone")
    _verify(certificate, signer[5].content, _der(_SET, signer[3].content), algorithm)
    return certificate


def _verify(certificate: x509.Certificate, signature: bytes, message: bytes, algorithm: hashes.HashAlgorithm) -> None:
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, message, padding.PKCS1v15(), algorithm)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, message, ec.ECDSA(algorithm))
    elif isinstance(key, ed25519.Ed25519PublicKey):
        key.verify(signature, message)
    else:
        raise StampInvalid("the authority's key is of a kind that cannot be checked here")


def _check_issued(
    certificate: x509.Certificate,
    others: Sequence[x509.Certificate],
    trusted: Sequence[x509.Certificate],
    at: datetime,
) -> None:
    """The certificate leads to a trusted one, and all on the way were valid at the time."""
    current = certificate
    for _ in range(_DEEPEST):
        if not current.not_valid_before_utc <= at <= current.not_valid_after_utc:
            raise StampInvalid("a certificate was not valid at that time")
        if current in trusted:
            return
        issuer = next(
            (one for one in (*trusted, *others) if one.subject == current.issuer and one is not current), None
        )
        if issuer is None:
            break
        if issuer not in trusted:
            constraints = issuer.extensions.get_extension_for_class(x509.BasicConstraints)
            if not constraints.value.ca:
                break
        current.verify_directly_issued_by(issuer)
        current = issuer
    raise StampInvalid("no trusted certificate issued the authority's", remedy="give the authority's certificate: --ca")


def _time(text: str) -> datetime:
    whole, _, fraction = text.removesuffix("Z").partition(".")
    if not text.endswith("Z"):
        raise ValueError("a time that is not UTC")
    return datetime.strptime(whole, "%Y%m%d%H%M%S").replace(microsecond=int(f"{fraction:0<6}"[:6]), tzinfo=UTC)


def _only(data: bytes, tag: int) -> _Node:
    """The one element that the bytes are."""
    node = _read(data, 0)
    if len(node.whole) != len(data):
        raise ValueError("bytes follow")
    return _tagged(node, tag)


def _tagged(node: _Node, tag: int) -> _Node:
    if node.tag != tag:
        raise ValueError("another element is expected")
    return node


def _read(data: bytes, at: int) -> _Node:
    tag, length, begin = data[at], data[at + 1], at + 2
    if length >= _LONG:
        count = length - _LONG
        if not 0 < count <= _MOST_LENGTH:
            raise ValueError("an indefinite or huge length")
        length = int.from_bytes(data[begin : begin + count], "big")
        begin += count
    if begin + length > len(data):
        raise ValueError("an element is cut short")
    return _Node(tag=tag, content=data[begin : begin + length], whole=data[at : begin + length])


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < _LONG:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, _LONG | len(length))) + length + content


def _integer(number: int) -> bytes:
    return _der(_INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))
