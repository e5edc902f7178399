# SPDX-License-Identifier: Apache-2.0
"""Fetches what the full suite needs before it starts, since no test opens a socket beyond this machine.

``FOLDER/foreign``: other people's packages, unpacked. ``FOLDER/peers``: environments of programs that ours is set
against. ``FOLDER/bundle``: our own release bundle.
"""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOREIGN = ("alt-profanity-check==1.9.1", "mlxtend==0.25.0", "magika==1.0.3")


PEERS = {
    "tlog": ("tlog-scales==0.0.3",),
    "trestle": ("compliance-trestle==5.2.0",),
    "hooks": ("pre-commit==4.7.0", "check-jsonschema==0.39.0"),
}


def settle(folder: Path) -> None:
    """Install each peer in an environment of its own."""
    for name, requirements in PEERS.items():
        subprocess.run([sys.executable, "-m", "venv", folder / name], check=True)
        pip = [folder / name / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *requirements], check=True)


def fetch(folder: Path) -> None:
    """Unpack wheels of other people's packages; nothing of them is run."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    for requirement in FOREIGN:
        name = requirement.partition("=")[0]
        wheels = folder / "wheels" / name
        subprocess.run([*pip, "--only-binary", ":all:", "--dest", str(wheels), requirement], check=True)
        shutil.rmtree(folder / name, ignore_errors=True)
        with zipfile.ZipFile(next(wheels.glob("*.whl"))) as archive:
            archive.extractall(folder / name)


def main() -> int:
    """Prepare the folder named on the command line."""
    folder = Path(sys.argv[1])
    folder.mkdir(exist_ok=True)
    fetch(folder / "foreign")
    settle(folder / "peers")
    shutil.rmtree(folder / "bundle", ignore_errors=True)
    subprocess.run([sys.executable, ROOT / "packaging" / "bundle.py", folder / "bundle"], check=True)
    (folder / "done").touch()
    return 0


if __name__ == "__main__":
    sys.exit(main())
