# SPDX-License-Identifier: Apache-2.0
"""``hauberk assess``: all that the manifest asks for, into the ledger."""

import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from hauberk.cli.options import Format, Json, Manifest, NoCache, Output, Quiet, Workers
from hauberk.cli.progress import Progress
from hauberk.cli.show import show
from hauberk.cli.subject import named_manifest
from hauberk.core.canonical import digest
from hauberk.core.document import Scan
from hauberk.core.evidence import Evidence
from hauberk.engine.recall import recall
from hauberk.engine.scan import Examination, prepare
from hauberk.engine.seal import Sealing, open_ledger
from hauberk.manifest.load import load
from hauberk.manifest.lock import read_lock
from hauberk.policy.decide import DEFAULT
from hauberk.signing.identity import Identity
from hauberk.signing.keystore import default_identity, list_identities


def assess(
    *,
    manifest: Manifest = None,
    format: Format = "terminal",  # noqa: A002  the option's name
    out: Output = None,
    json: Json = False,
    quiet: Quiet = False,
    no_cache: NoCache = False,
    workers: Workers = None,
) -> int:
    """Run all that the manifest asks for and seal every outcome in the ledger.

    Exits 0 once the assessment is closed, whatever it found: hauberk gate judges.

    Example: hauberk assess -m examples/credit/hardened/hauberk.yaml
    """
    path = named_manifest(manifest)
    identity = default_identity()
    if identity.fresh and not (quiet or json):
        sys.stderr.write(
            f"made the key {identity.name} in {identity.path and identity.path.parent}; it signs the ledger\n"
        )
    document = seal_assessment(path, identity, cached=not no_cache, workers=workers, quiet=quiet or json)
    show(document, format="json" if json else format, out=out, quiet=quiet, judged=False)
    return 0


def seal_assessment(
    manifest: Path, identity: Identity, *, cached: bool = True, workers: int | None = None, quiet: bool = False
) -> Scan:
    """Assess the system of a manifest and give the document read back from its ledger."""
    system, folder = load(manifest), manifest.parent
    locked = read_lock(folder)
    with Progress(quiet=quiet) as progress:
        examination = prepare(
            folder, system=system, base=folder, measure=True, cached=cached, workers=workers, history=True
        )
        progress.expect(examination.expected)
        with open_ledger(folder, identity) as ledger:
            sealing = Sealing.begin(ledger, examination.plan.digest, lock_digest=digest(locked[1]) if locked else "")
            evidence = list(_sealed(examination, sealing, progress))
            ordered = examination.ordered(evidence)
            sealing.close(
                root=folder.resolve().name,
                system=system.name,
                policy=system.policy or DEFAULT,
                evidence=ordered,
                coverage=examination.coverage(ordered),
            )
        keys = (identity.public, *list_identities())
        return recall(folder, system, keys=keys, today=datetime.now(UTC).date())


def _sealed(examination: Examination, sealing: Sealing, progress: Progress) -> Iterator[Evidence]:
    """Each evidence once it waits to be sealed; what waits is sealed even where Ctrl-C ends the run."""
    with closing(examination.run()) as coming:
        try:
            for one in coming:
                progress.step(f"{one.card} {one.asset.uri}", len(one.findings))
                sealing.take(one)
                yield one
        finally:
            sealing.flush()
