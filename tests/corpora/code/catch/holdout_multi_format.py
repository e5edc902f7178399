# SPDX-License-Identifier: Apache-2.0
# rule: HBK-COD-001
import json
import pickle
from pathlib import Path

def read(path: Path):
    if path.suffix == ".json":
        return json.loads(path.read_text())
    with path.open("rb") as handle:
        return pickle.load(handle, encoding="latin1")
