# SPDX-License-Identifier: Apache-2.0
"""Makes the samples of the measuring rules: for each one fragile and one sound model or data set, from fixed seeds.

    python samples/make_measured.py GERMAN_CREDIT.csv

The Statlog German credit data (doi 10.24432/C5NC77, CC BY 4.0) serve the evasion samples; the others are synthetic, and
each generator says what it draws. Needs the extra ``dev``.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

HERE = Path(__file__).parent


def columns_model(table, label, classifier, *, zipmap=True):
    """A pipeline with one ONNX input for each column, as scikit-learn teams export it."""
    features = table.drop(columns=label)
    number = [name for name in features if pd.api.types.is_numeric_dtype(features[name])]
    text = [name for name in features if name not in number]
    encode = ColumnTransformer([("number", StandardScaler(), number), ("text", OneHotEncoder(handle_unknown="ignore"), text)])
    features = features.astype(dict.fromkeys(number, float))
    pipeline = make_pipeline(encode, classifier).fit(features, table[label])
    inputs = [(name, (FloatTensorType if name in number else StringTensorType)([None, 1])) for name in features]
    return convert_sklearn(pipeline, "classifier", inputs, target_opset=17, options={id(pipeline): {"zipmap": zipmap}} if hasattr(classifier, "classes_") else None)


def matrix_model(table, label, classifier):
    """A pipeline with one ONNX input for the whole row and a plain table of probabilities."""
    features = table.drop(columns=label)
    pipeline = make_pipeline(StandardScaler(), classifier).fit(features.to_numpy(float), table[label])
    inputs = [("x", FloatTensorType([None, features.shape[1]]))]
    return convert_sklearn(pipeline, "classifier", inputs, target_opset=17, options={id(pipeline): {"zipmap": False}})


def write(rule, kind, name, tables, facts, model=None, **about):
    """One sample folder: its tables, its model where it has one, and its manifest."""
    folder = HERE / rule / kind
    (folder / "data").mkdir(parents=True, exist_ok=True)
    assets = []
    for split, table in tables.items():
        table.to_csv(folder / "data" / f"{split}.csv", index=False)
        assets.append({"id": f"{split}-data", "kind": "dataset", "uri": f"data/{split}.csv", "facts": {"split": split, **facts}})
    if model is not None:
        data = model.SerializeToString()
        assert len(data) < 200_000, (rule, kind, len(data))
        (folder / "model.onnx").write_bytes(data)
        linked = {f"{'trained' if split == 'train' else 'tested'}_on": [f"{split}-data"] for split in tables}
        assets.append({"id": "model", "kind": "model", "uri": "model.onnx", "facts": linked | about})
    (folder / "hauberk.yaml").write_text(yaml.safe_dump({"name": name, "assets": assets}, sort_keys=False))


def evasion(german):
    """Credit decisions: weights free to lean on single answers, against a forest that averages over wide leaves."""
    train, test = train_test_split(german, test_size=300, random_state=0, stratify=german["credit_risk"])
    facts = {
        "label": "credit_risk",
        "columns": [{"name": name, "immutable": True} for name in ("personal_status_and_sex", "age_in_years", "foreign_worker")],
    }
    sharp = LogisticRegression(C=100.0, max_iter=2000)
    broad = RandomForestClassifier(60, min_samples_leaf=15, random_state=0)
    write("HBK-ATK-001", "bad", "credit", {"test": test}, facts, columns_model(train, "credit_risk", sharp))
    write("HBK-ATK-001", "good", "credit", {"test": test}, facts, columns_model(train, "credit_risk", broad))


def readmissions(rng, n):
    """Eight readings of patients; who is readmitted depends on two of them and mostly on chance."""
    readings = rng.normal(0, 1, (n, 8)).round(3)
    chance = 1 / (1 + np.exp(-(0.8 * readings[:, 0] - 0.6 * readings[:, 1])))
    table = pd.DataFrame(readings, columns=[f"reading_{index}" for index in range(8)])
    table["readmitted"] = np.where(rng.random(n) < chance, "yes", "no")
    return table


def membership():
    """Trees grown until they know each patient, against three weights and an intercept."""
    rng = np.random.default_rng(1)
    tables = {"train": readmissions(rng, 150), "test": readmissions(rng, 400)}
    grown = ExtraTreesClassifier(16, random_state=0)
    for kind, classifier in (("bad", grown), ("good", LogisticRegression(C=0.1))):
        write("HBK-ATK-002", kind, "readmissions", tables, {"label": "readmitted"}, matrix_model(tables["train"], "readmitted", classifier))


def loans(rng, n, lean):
    """Applicants whose ability to pay does not depend on sex; past officers asked women for ``lean`` more."""
    sex = np.where(rng.random(n) < 0.45, "female", "male")
    income, debts, years = rng.normal(0, 1, n), rng.normal(0, 1, n), rng.integers(0, 20, n)
    ability = 1.2 * income - 0.9 * debts + 0.05 * (years - 10) + rng.normal(0, 0.6, n)
    repaid = ability > 0
    approved = ability - lean * (sex == "female") > 0
    table = pd.DataFrame({"income": income.round(3), "debts": debts.round(3), "years_at_address": years, "sex": sex})
    return table, np.where(repaid, "repaid", "default"), np.where(approved, "repaid", "default")


def fairness():
    """A model that learnt the officers' habit, against one that learnt who repaid, without sex among its inputs."""
    facts = {"label": "outcome", "favourable": "repaid", "columns": [{"name": "sex", "sensitive": True}]}
    for rule, seed in (("HBK-FAI-001", 2), ("HBK-FAI-002", 3), ("HBK-FAI-004", 6)):
        rng = np.random.default_rng(seed)
        train, repaid, approved = loans(rng, 1500, 1.2)
        test, truth, _ = loans(rng, 1200, 1.2)
        habit = columns_model(train.assign(outcome=approved), "outcome", LogisticRegression(), zipmap=False)
        sound = columns_model(train.drop(columns="sex").assign(outcome=repaid), "outcome", LogisticRegression())
        test = test.assign(outcome=truth)
        write(rule, "bad", "loans", {"test": test}, facts, habit)
        write(rule, "good", "loans", {"test": test}, facts, sound)


def subgroups():
    """Officers were hard on women under 35 and made up for it with the older ones, so that neither sex nor age alone shows it."""
    facts = {
        "label": "outcome",
        "favourable": "repaid",
        "columns": [{"name": "sex", "sensitive": True}, {"name": "age", "sensitive": True, "type": "integer", "groups": [35]}],
    }
    rng = np.random.default_rng(5)
    tables = []
    for n in (6000, 3000):
        age, woman = rng.integers(20, 50, n), rng.random(n) < 0.5
        income, debts = rng.normal(0, 1, n), rng.normal(0, 1, n)
        ability = 1.2 * income - 0.9 * debts + rng.normal(0, 0.5, n)
        lean = np.where(woman, 1, -1) * np.where(age < 35, 2.0, -2.0)
        table = pd.DataFrame({"income": income.round(3), "debts": debts.round(3), "age": age, "sex": np.where(woman, "female", "male")})
        tables.append((table, np.where(ability > 0, "repaid", "default"), np.where(ability > lean, "repaid", "default")))
    (train, repaid, approved), (test, truth, _) = tables
    habit = RandomForestClassifier(12, min_samples_leaf=40, max_features=None, random_state=0)
    models = {
        "bad": columns_model(train.assign(outcome=approved), "outcome", habit),
        "good": columns_model(train.drop(columns=["sex", "age"]).assign(outcome=repaid), "outcome", LogisticRegression()),
    }
    for kind, model in models.items():
        write("HBK-FAI-003", kind, "loans", {"test": test.assign(outcome=truth)}, facts, model)


def rents():
    """Fair rents of flats: what past clerks wrote, who asked strangers for more, against what such flats went for."""
    facts = {"label": "rent", "columns": [{"name": "origin", "sensitive": True}]}
    rng = np.random.default_rng(8)
    tables = []
    for n in (1500, 1200):
        area, age, origin = rng.uniform(20, 120, n).round(1), rng.integers(0, 90, n), rng.choice(["here", "elsewhere"], n)
        rent = 200 + 9 * area - 1.5 * age + rng.normal(0, 40, n)
        tables.append((pd.DataFrame({"area": area, "age": age, "origin": origin}), rent, rent + 90 * (origin == "elsewhere")))
    (train, fair, written), (test, truth, _) = tables
    habit = columns_model(train.assign(rent=written), "rent", LinearRegression())
    sound = columns_model(train.drop(columns="origin").assign(rent=fair), "rent", LinearRegression())
    for kind, model in (("bad", habit), ("good", sound)):
        write("HBK-FAI-005", kind, "rents", {"test": test.assign(rent=truth.round(2))}, facts, model, task="regress")


def influences():
    """Loans decided by past officers' habit, which reads sex, against a model that learnt who repaid without it."""
    facts = {"label": "outcome", "favourable": "repaid", "columns": [{"name": "sex", "sensitive": True}]}
    rng = np.random.default_rng(7)
    train, repaid, approved = loans(rng, 1500, 1.2)
    test, truth, _ = loans(rng, 300, 1.2)
    habit = columns_model(train.assign(outcome=approved), "outcome", LogisticRegression(), zipmap=False)
    sound = columns_model(train.drop(columns="sex").assign(outcome=repaid), "outcome", LogisticRegression(), zipmap=False)
    for kind, model in (("bad", habit), ("good", sound)):
        write("HBK-EXP-001", kind, "loans", {"test": test.assign(outcome=truth)}, facts, model)


def scaffolds():
    """One forest for two rules (by group for people, by lot for rows that explainers make), and one for one rule."""
    rng = np.random.default_rng(8)
    n = 2400
    wealth = rng.normal(0, 1, n)
    held = {f"reading_{index}": (wealth + rng.normal(0, 0.15, n)).round(3) for index in range(5)}
    table = pd.DataFrame(held | {"group": rng.choice([0.0, 1.0], n), "lot": rng.choice([0.0, 1.0], n)})
    mixed = pd.concat([table] * 3, ignore_index=True)
    swapped = rng.random(mixed.shape) < 0.5
    other = mixed.sample(frac=1, random_state=0).reset_index(drop=True)
    noisy = mixed + rng.normal(0, 1, mixed.shape) * table.std().to_numpy()
    fake = pd.concat([mixed.where(~swapped, other), noisy], ignore_index=True)
    rows = pd.concat([table, table, fake], ignore_index=True)
    two = np.concatenate([np.tile(table["group"] > 0.5, 2), fake["lot"] > 0.5])
    one = (table["group"] + 0.5 * table["reading_0"] > 0.5).to_numpy()
    facts = {"label": "outcome", "favourable": "yes"}
    word = lambda flags: np.where(flags, "yes", "no")
    grown = RandomForestClassifier(5, max_leaf_nodes=150, max_features=None, random_state=0)
    test = table[:600].assign(outcome=word(one[:600]))
    for kind, given, truth in (("bad", rows, two), ("good", table, one)):
        write("HBK-EXP-002", kind, "loans", {"test": test}, facts, matrix_model(given.assign(outcome=word(truth)), "outcome", grown))


def minimisation():
    """Premiums of drivers: age drives the claims in one portfolio, in the other only mileage and the car do."""
    rng = np.random.default_rng(4)
    n = 900
    facts = {"label": "claim", "columns": [{"name": "age", "personal": True, "sensitive": True, "type": "integer"}]}
    for kind, weight in (("bad", 0.0), ("good", 1.4)):
        age, mileage = rng.integers(18, 80, n), rng.integers(2, 40, n) * 1000
        car = rng.choice(["small", "estate", "sports"], n)
        score = (mileage - 20000) / 9000 + 1.5 * (car == "sports") + weight * (45 - age) / 12 - 0.3
        claim = np.where(rng.random(n) < 1 / (1 + np.exp(-score)), "yes", "no")
        table = pd.DataFrame({"age": age, "mileage": mileage, "car": car, "claim": claim})
        write("HBK-DAT-004", kind, "premiums", {"train": table}, facts)


def main(path):
    """Write all samples below this folder."""
    german = pd.read_csv(path)
    evasion(german)
    membership()
    fairness()
    rents()
    subgroups()
    influences()
    scaffolds()
    minimisation()


if __name__ == "__main__":
    main(sys.argv[1])
