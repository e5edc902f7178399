# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: T201  a script that prints what it found
"""Reads a ledger's folder with tlog-scales, which is no code of ours; prints what it accepted, fails at what it does not.

Run with the interpreter of an environment that has tlog-scales: independent.py FOLDER KEY.pub WITNESS.pub OLD...
"""

import base64
import sys
from pathlib import Path

from tlog_scales.backend import LocalBackend
from tlog_scales.reader import TilesReader
from tlog_scales.signing import Vkey, VkeySet
from tlog_scales.tiles import leaf_hash
from tlog_scales.tlog import Checkpoint, InclusionProof

folder, key, witness, *olds = sys.argv[1:]
vkey = Vkey.from_string(Path(key).read_text().splitlines()[3])
reader = TilesReader(LocalBackend(Path(folder)))
checkpoint = reader.get_checkpoint()
checkpoint.verify(vkey)
root = reader.calculate_root_hash()
assert root == checkpoint.root_hash, "root"
for index in range(checkpoint.size):
    reader.get_inclusion_proof(index, checkpoint.size).check(leaf_hash(reader.get_entry(index)), root)
for old in map(int, olds):
    reader.get_consistency_proof(old, checkpoint.size).check(reader.mth(0, old), root)
print(f"tlog-scales accepts the checkpoint, {checkpoint.size} inclusion and {len(olds)} consistency proofs")

for receipt in sorted(Path(folder).glob("*.tlog-proof")):
    head, _, note = receipt.read_text().partition("\n\n")
    _, _, index, *path = head.split("\n")
    under = Checkpoint.from_text(note)
    under.verify(vkey)
    proof = InclusionProof(int(index.split(" ")[1]), under.size, [base64.b64decode(one) for one in path])
    proof.check(leaf_hash(reader.get_entry(proof.leaf_index)), under.root_hash)
    if witness != "-":
        cosigner = Vkey.from_string(Path(witness).read_text().strip())
        assert VkeySet(cosigner).verify(under.signatures, under), "countersignature"
        print(f"tlog-scales accepts the receipt {receipt.name} and its countersignature")
    else:
        print(f"tlog-scales accepts the receipt {receipt.name}")
