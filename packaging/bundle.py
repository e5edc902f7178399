# SPDX-License-Identifier: Apache-2.0
"""Makes ``dist/bundle``: our wheel, the wheels it needs, an SBOM, and a signature over all of them.

The bundle installs without a network: ``pip install --no-index --find-links wheels 'hauberk[ml]'``.
"""

import hashlib
import json
import re
import subprocess
import sys
import zipfile
from email.parser import HeaderParser
from pathlib import Path

from hauberk.signing.keystore import default_identity
from hauberk.signing.statement import seal

ROOT = Path(__file__).parents[1]


def wheels(folder: Path) -> list[Path]:
    """Build our wheel and fetch those that ``hauberk[ml]`` needs, in the versions of constraints.txt."""
    folder.mkdir(parents=True, exist_ok=True)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "wheel", "--wheel-dir", str(folder)]
    subprocess.run([*pip, "--constraint", str(ROOT / "constraints.txt"), f"{ROOT}[ml]"], check=True)
    return sorted(folder.glob("*.whl"))


def component(wheel: Path) -> dict[str, object]:
    """One CycloneDX component read from a wheel's own metadata."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(one for one in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", one))
        metadata = HeaderParser().parsestr(archive.read(name).decode("utf-8"))
    licence = metadata.get("License-Expression") or metadata.get("License") or "NOASSERTION"
    project = re.sub(r"[-_.]+", "-", metadata["Name"]).lower()
    return {
        "type": "library",
        "name": metadata["Name"],
        "version": metadata["Version"],
        "purl": f"pkg:pypi/{project}@{metadata['Version']}",
        "bom-ref": f"{project}@{metadata['Version']}",
        "licenses": [{"license": {"name": licence.splitlines()[0][:200]}}],
        "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(wheel.read_bytes()).hexdigest()}],
    }


def sbom(found: list[Path]) -> dict[str, object]:
    """A CycloneDX 1.6 bill of materials over the wheels."""
    components = [component(wheel) for wheel in found]
    ours = next(one for one in components if one["name"] == "hauberk")
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {**ours, "type": "application"}},
        "components": [one for one in components if one is not ours],
    }


def main() -> int:
    """Write the bundle into the folder named on the command line."""
    bundle = Path(sys.argv[1])
    found = wheels(bundle / "wheels")
    (bundle / "sbom.cdx.json").write_text(json.dumps(sbom(found), indent=2, sort_keys=True) + "\n")
    identity = default_identity()
    (bundle / "signer.pub").write_text(identity.public.text)
    files = sorted(path for path in bundle.rglob("*") if path.is_file() and path.name != "SIGNED.json")
    digests = {str(path.relative_to(bundle)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    (bundle / "SIGNED.json").write_bytes(seal({"files": digests}, identity, "release").data)
    sys.stdout.write(f"{bundle}: {len(found)} wheels, sbom.cdx.json, SIGNED.json (key {identity.name})\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
