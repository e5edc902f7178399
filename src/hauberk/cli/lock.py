# SPDX-License-Identifier: Apache-2.0
"""``hauberk lock``: pins what the system consists of."""

import sys
from typing import Annotated

from cyclopts import Parameter

from hauberk.cli.options import Json, Manifest, Quiet
from hauberk.cli.subject import named_manifest
from hauberk.core.codec import encode_pretty
from hauberk.core.errors import Misuse
from hauberk.core.lock import Lock
from hauberk.engine.lock import current
from hauberk.manifest.load import load
from hauberk.manifest.lock import NAME, differences, read_lock, write_lock


def lock(
    *,
    check: Annotated[bool, Parameter(negative="", help="Write nothing; exit 1 where something differs.")] = False,
    manifest: Manifest = None,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Pin the digests of all declared files, and the rules' versions, in hauberk.lock beside the manifest.

    Commit the file: from then on hauberk assess finds whatever was exchanged (HBK-DEP-013), and a pinned model may be
    loaded. Feature contracts in it, which hauberk guard learn writes, are kept.

    Example: hauberk lock --check
    """
    path = named_manifest(manifest)
    known = read_lock(path.parent)
    before = known[0] if known else Lock()
    now = current(path.parent, load(path), before)
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
        sys.stdout.write(f"{path.parent / NAME}: {len(now.assets)} assets, {len(now.cards)} rules; {said}\n")
    return 1 if check and changed else 0
