"""Train the credit model: split first, no duplicates across the split, only the columns that the task needs."""

import json
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import KBinsDiscretizer, OneHotEncoder

SEED = 20261124
DROPPED = ["personal_status_and_sex", "foreign_worker", "telephone", "number_of_people_being_liable_to_provide_maintenance_for"]
"""Personal columns whose removal costs no measurable loss; sex and age are kept apart, for the fairness measurement only."""
MEASURED_ONLY = ["sex", "age_in_years"]


def read() -> pd.DataFrame:
    """The applicants, each once, with the label as a word."""
    table = pd.read_csv("../data/german_credit.csv").drop_duplicates()
    table["credit_risk"] = table["credit_risk"].map({1: "good", 2: "bad"})
    table["sex"] = table["personal_status_and_sex"].map(lambda code: "female" if code in {"A92", "A95"} else "male")
    return table.drop(columns=DROPPED)


def build(text: list[str], number: list[str]) -> Pipeline:
    """Coarse bins and strong regularisation: a small change of one number cannot move the score far."""
    bins = KBinsDiscretizer(n_bins=3, encode="onehot-dense", strategy="quantile", quantile_method="averaged_inverted_cdf", random_state=SEED)
    encode = ColumnTransformer([("text", OneHotEncoder(handle_unknown="ignore", min_frequency=20), text), ("number", bins, number)])
    return Pipeline([("encode", encode), ("classify", LogisticRegression(C=0.1, max_iter=1000, random_state=SEED))])


def main() -> None:
    """Write the split, the model and what was measured."""
    np.random.seed(SEED)
    table = read()
    train, test = train_test_split(table, test_size=0.4, random_state=SEED, stratify=table["credit_risk"])
    train.to_csv("data/train.csv", index=False)
    test.to_csv("data/test.csv", index=False)
    features = [name for name in table.columns if name not in {*MEASURED_ONLY, "credit_risk"}]
    number = [name for name in features if train[name].dtype.kind in "if"]
    text = [name for name in features if name not in number]
    train = train.astype(dict.fromkeys(number, float))
    model = build(text, number).fit(train[features], train["credit_risk"])
    scores = {"train_accuracy": model.score(train[features], train["credit_risk"]), "test_accuracy": model.score(test[features], test["credit_risk"])}
    inputs = [(name, StringTensorType([None, 1]) if name in text else FloatTensorType([None, 1])) for name in features]
    onnx = to_onnx(model, initial_types=inputs, options={id(model): {"zipmap": False}}, target_opset=17)
    Path("models/credit.onnx").write_bytes(onnx.SerializeToString())
    joblib.dump(model, "models/credit.joblib", compress=3)
    Path("models/scores.json").write_text(json.dumps({"seed": SEED, **scores}, indent=2) + "\n")
    print(scores)


if __name__ == "__main__":
    main()
