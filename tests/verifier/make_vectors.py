# SPDX-License-Identifier: Apache-2.0
"""Writes ``vectors/``: python -m tests.verifier.make_vectors. Keys and times differ each time, the verdicts do not."""

import json
import shutil
import tempfile
from pathlib import Path

from tests.verifier.tampering import WITNESS, Case, fifteen, others, world

FOLDER = Path(__file__).parent / "vectors"


def write(name: str, case: Case) -> None:
    """One vector: the file or folder, the keys, the arguments, the verdict."""
    folder = FOLDER / name
    folder.mkdir(parents=True)
    path = "tiles" if case.folder is not None else "receipt" if case.check == "proof" or name == "receipt" else "bundle"
    if case.folder is not None:
        (folder / path).mkdir()
        shutil.copyfile(case.folder / "checkpoint", folder / path / "checkpoint")
        shutil.copytree(case.folder / "tile", folder / path / "tile")
    else:
        (folder / path).write_bytes(case.data)
    (folder / "key.pub").write_text(case.key.text)
    arguments = [path, "--key", "key.pub"]
    if case.witness:
        (folder / "witness.pub").write_text(WITNESS.public.text)
        arguments += ["--witness", "witness.pub"]
    for number, known in enumerate(case.known):
        (folder / f"known-{number}").write_text(f"{known}\n")
        arguments += ["--known", f"known-{number}"]
    for number, note in enumerate(case.revoked):
        (folder / f"revoked-{number}").write_bytes(note)
        arguments += ["--revoked", f"revoked-{number}"]
    if case.seen_since:
        arguments += ["--seen-since", case.seen_since]
    told = {
        "what": case.name,
        "arguments": arguments,
        "exit": 4 if case.code else 0,
        "refused": f"HBK-E-{case.code}" if case.code else "",
    }
    (folder / "expected.json").write_text(json.dumps(told, indent=2) + "\n")


def main() -> None:
    """Write all of them anew."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    with tempfile.TemporaryDirectory() as scratch:
        honest = world(Path(scratch))
        write("honest", Case(name="honest", code="", check="", by="", data=honest.bundle, witness=True))
        write("receipt", Case(name="receipt", code="", check="", by="", data=honest.receipt, witness=True))
        for case in (*fifteen(honest), *others(honest)):
            write(case.name.lower().replace(" ", "-").replace(",", "").replace("'", ""), case)


if __name__ == "__main__":
    main()
