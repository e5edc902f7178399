# SPDX-License-Identifier: Apache-2.0
"""``hauberk lock``: pins what the system consists of."""

import sys
from datetime import UTC, datetime
from typing import Annotated

from cyclopts import Parameter
from msgspec.structs import replace

from hauberk.cli.options import Json, Manifest, Quiet
from hauberk.cli.subject import named_manifest
from hauberk.core.codec import encode_pretty
from hauberk.core.errors import Misuse
from hauberk.core.lock import Lock
from hauberk.engine.lock import current
from hauberk.engine.recall import recall
from hauberk.engine.release import released
from hauberk.manifest.load import load
from hauberk.manifest.lock import NAME, differences, read_lock, write_lock
from hauberk.policy.decide import DEFAULT
from hauberk.report.summary import interval_words, value_words
from hauberk.report.text import plain


def lock(
    *,
    check: Annotated[bool, Parameter(negative="", help="Write nothing; exit 1 where something differs.")] = False,
    release: Annotated[
        bool, Parameter(negative="", help="Pin what was measured last as the release that the policy compares with.")
    ] = False,
    manifest: Manifest = None,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Pin the digests of all declared files, and the rules' versions, in hauberk.lock beside the manifest.

    Commit the file: from then on hauberk assess finds whatever was exchanged (HBK-DEP-013), and a pinned model may be
    loaded. Feature contracts in it, which hauberk guard learn writes, are kept.

    With --release, the measurements of the last closed assessment that the policy's rules compare (regression) are
    pinned too: from then on hauberk gate fails where they are worse by more than the policy allows.

    Example: hauberk lock --check
    """
    path = named_manifest(manifest)
    known = read_lock(path.parent)
    before = known[0] if known else Lock()
    system = load(path)
    now = current(path.parent, system, before)
    if release:
        if check:
            raise Misuse("--check writes nothing", remedy="give --check or --release")
        document = recall(path.parent, system, today=datetime.now(UTC).date())
        now = replace(now, release=released(document, system.policy or DEFAULT))
    if check and known is None:
        raise Misuse(f"there is no {NAME} beside {path.name}", remedy="hauberk lock")
    changed = list(differences(before, now))
    if not check:
        write_lock(path.parent, now)
    if json:
        facts = {"schema": "hauberk/locked/1", "lock": now, "differences": changed, "written": not check}
        sys.stdout.write(encode_pretty(facts) + "\n")
    elif not quiet:
        if known is not None:
            sys.stdout.writelines(f"  {line}\n" for line in changed)
        said = f"{len(changed)} differences" if check else "written"
        if release and now.release:
            for one in now.release.measurements:
                words = f"{one.measurement.name} {value_words(one.measurement)} {interval_words(one.measurement)}"
                sys.stdout.write(f"  released: {plain(one.asset)} {plain(words)}\n")
        sys.stdout.write(f"{path.parent / NAME}: {len(now.assets)} assets, {len(now.cards)} rules; {said}\n")
    return 1 if check and changed else 0
