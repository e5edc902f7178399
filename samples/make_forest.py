# SPDX-License-Identifier: Apache-2.0
"""Makes the samples of HBK-ATK-005: trees that follow every row they saw, and stumps with room around each cut.

    python samples/make_forest.py

Both read measurements of scikit-learn's breast cancer data (doi 10.24432/C5DW2B, CC BY 4.0). Needs the extra ``dev``.
"""

from pathlib import Path

import numpy as np
import yaml
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.model_selection import train_test_split

HERE = Path(__file__).parent / "HBK-ATK-005"
HARD = ["mean texture", "mean smoothness", "mean compactness", "mean symmetry", "mean fractal dimension"]
EASY = ["mean radius", "mean texture", "mean perimeter", "mean area", "mean concavity", "mean concave points"]


def write(kind, columns, classifier):
    """One sample folder."""
    held = load_breast_cancer(as_frame=True)
    x = held.data[columns].astype(np.float32).rename(columns=lambda name: name.replace(" ", "_"))
    fitted, tested, labels, truth = train_test_split(x, held.target, test_size=120, random_state=0)
    classifier.fit(fitted.to_numpy(), labels)
    inputs = [("x", FloatTensorType([None, len(columns)]))]
    options = {id(classifier): {"zipmap": False}}
    model = convert_sklearn(classifier, "classifier", inputs, target_opset=17, options=options)
    folder = HERE / kind
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    tested.assign(benign=truth).to_csv(folder / "data" / "test.csv", index=False)
    manifest = {
        "name": "screening",
        "assets": [
            {
                "id": "test-data",
                "kind": "dataset",
                "uri": "data/test.csv",
                "facts": {"split": "test", "label": "benign"},
            },
            {
                "id": "model",
                "kind": "model",
                "uri": "model.onnx",
                "facts": {"modality": "table", "tested_on": ["test-data"]},
            },
        ],
    }
    (folder / "hauberk.yaml").write_text(yaml.safe_dump(manifest, sort_keys=False))


if __name__ == "__main__":
    write("bad", HARD, GradientBoostingClassifier(n_estimators=30, max_depth=5, learning_rate=0.5, random_state=0))
    write("good", EASY, GradientBoostingClassifier(n_estimators=10, max_depth=1, random_state=0))
