# SPDX-License-Identifier: Apache-2.0
"""``hauberk attest`` and ``hauberk govern appoint``: signed statements of people, sealed in the ledger."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from hauberk.cli.options import Json, Manifest, Quiet
from hauberk.cli.subject import named_manifest
from hauberk.core.codec import encode_pretty
from hauberk.core.errors import Misuse
from hauberk.engine.seal import open_ledger
from hauberk.govern.attest import APPOINTMENT, ATTESTATION, appointment, attestation
from hauberk.govern.material import narrative
from hauberk.manifest.load import load
from hauberk.signing.identity import Identity
from hauberk.signing.key import PublicKey
from hauberk.signing.keystore import default_identity, list_identities, load_public
from hauberk.signing.keystore import load as load_identity
from hauberk.signing.statement import seal

Signer = Annotated[str, Parameter(name="--as", help="Name of the identity that signs; by default your own.")]


def attest(  # noqa: PLR0913  the options of the command
    subject: str,
    /,
    *,
    role: str = "",
    until: str = "",
    reason: str = "",
    signer: Signer = "",
    manifest: Manifest = None,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Sign, in a role, that a duty is met or a thing is approved until a date, and seal it in the ledger.

    SUBJECT is FRAMEWORK:CLAUSE as `hauberk govern posture` prints it, FILE.toml:CLAUSE of a framework of your own, an
    approval of the manifest, or narrative:NAME for the words in docs/narrative/NAME.md as they are now. Refused
    without an end date, with one more than 366 days away, for a role that the manifest does not give to the signer,
    and for a key that the ledger has revoked.

    Example: hauberk attest gdpr:Art.35(1) --role dpo --until 2027-06-30 --reason "dpia.md of 2 November" --as mara
    """
    path, identity, today = *_asked(manifest, signer, role), datetime.now(UTC).date()
    told = {name: proof for name, (_, proof) in narrative(path.parent).items()}
    one = attestation(
        load(path), subject, role=role, signer=identity.public, reason=reason, until=until, today=today, told=told
    )
    _sealed(path, one, identity, ATTESTATION)
    if json:
        sys.stdout.write(encode_pretty(one) + "\n")
    elif not quiet:
        sys.stdout.write(f"attested until {one.until} by {identity.public.id} as {one.role}: {one.subject}\n")
    return 0


def appoint(  # noqa: PLR0913  the options of the command
    holder: str,
    /,
    *,
    role: str = "",
    until: str = "",
    reason: str = "",
    signer: Signer = "",
    manifest: Manifest = None,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Sign that somebody holds a role until a date, and seal it in the ledger.

    HOLDER is a public key file or the name of a key that is known here. Refused without an end date, for a key that
    the manifest does not name for the role, and for a signer whose own role does not appoint to it, or
    who is the holder.

    Example: hauberk govern appoint mara --role dpo --until 2027-06-30 --as ada
    """
    path, identity, today = *_asked(manifest, signer, role), datetime.now(UTC).date()
    one = appointment(
        load(path), _known(holder), role=role, signer=identity.public, reason=reason, until=until, today=today
    )
    _sealed(path, one, identity, APPOINTMENT)
    if json:
        sys.stdout.write(encode_pretty(one) + "\n")
    elif not quiet:
        sys.stdout.write(f"appointed until {one.until} by {identity.public.id}: {one.holder} as {one.role}\n")
    return 0


def _asked(manifest: Path | None, signer: str, role: str) -> tuple[Path, Identity]:
    path = named_manifest(manifest)
    if not role:
        raise Misuse("in which role?", remedy="--role NAME, one of `roles` in the manifest")
    return path, load_identity(signer) if signer else default_identity(create=False)


def _known(holder: str) -> PublicKey:
    """The public key in a file, or of a name that is known here."""
    if Path(holder).is_file():
        return load_public(Path(holder))
    found = [key for key in list_identities() if holder in {key.id, key.name}]
    if len(found) != 1:
        raise Misuse(f"no key is known here as {holder!r}", remedy="name a .pub file, or a name of hauberk key list")
    return found[0]


def _sealed(path: Path, one: object, identity: Identity, kind: str) -> None:
    with open_ledger(path.parent, default_identity(create=False)) as ledger:
        if identity.public.id in ledger.verify().revoked:
            raise Misuse(
                f"the ledger has revoked the key {identity.public.id}",
                remedy="sign with a new key: hauberk key new, and name it in the manifest",
            )
        ledger.append(kind, seal(one, identity, kind).data)
