# SPDX-License-Identifier: Apache-2.0
"""Model cards and datasheets: what counts as one."""

import pytest

from hauberk.checks.govern.documents import documents
from tests.checks.trial import messages, on_files

MODEL = "name: s\nassets: [{id: m, kind: model, uri: m.onnx}]\n"
DATA = "name: s\nassets: [{id: d, kind: dataset, uri: d.csv}]\n"

CASES = [
    (MODEL, {}, True),
    (MODEL, {"README.md": "# s\n\nRun it.\n"}, True),
    (MODEL, {"model.py": "card = 1\n"}, True),
    (MODEL, {"src/model_card.py": "x = 1\n"}, True),
    (MODEL, {"README.md": "the intended use is unknown\n"}, True),
    (MODEL, {"docs/datasheet.md": "x\n"}, True),
    (MODEL, {"MODEL_CARD.md": "x\n"}, False),
    (MODEL, {"docs/model-card.md": "x\n"}, False),
    (MODEL, {"docs/credit.modelcard.json": "{}\n"}, False),
    (MODEL, {"README.md": "# s\n\n## Intended uses & limitations\n"}, False),
    (MODEL, {"README.md": "---\nmodel-index:\n- name: s\n---\n"}, False),
    (MODEL, {"sub/README.rst": "x\n", "README.md": "## Model card\n"}, False),
    (MODEL.replace("]\n", ", {id: model-card, kind: document, uri: 'https://x.example/c'}]\n"), {}, False),
    (MODEL.replace("]\n", ", {id: model-card, kind: document, uri: c.md}]\n"), {"c.md": "x\n"}, False),
    (MODEL.replace("]\n", ", {id: model-card, kind: document, uri: c.md}]\n"), {}, True),
    (DATA, {}, True),
    (DATA, {"MODEL_CARD.md": "x\n"}, True),
    (DATA, {"data/DATASHEET.md": "x\n"}, False),
    (DATA, {"dataset_card.md": "x\n"}, False),
    (DATA, {"README.md": "# Data\n\n## Data collection\n"}, False),
]


@pytest.mark.parametrize(("manifest", "files", "found"), CASES)
def test_what_explains_a_model_or_its_data_is_a_document(tmp_path, manifest, files, found):
    (evidence,) = on_files(documents, tmp_path, {"hauberk.yaml": manifest, **files})
    assert bool(evidence.findings) == found, messages([evidence])


def test_a_system_of_code_alone_needs_neither(tmp_path):
    assert on_files(documents, tmp_path, {"hauberk.yaml": "name: s\nassets: [{id: c, kind: code}]\n"}) == []
