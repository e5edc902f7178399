# SPDX-License-Identifier: Apache-2.0
"""Writes small models of XGBoost and LightGBM and their own raw scores; run where both are installed."""

import json
from pathlib import Path

import lightgbm
import xgboost
from sklearn.datasets import load_breast_cancer, load_iris

HERE = Path(__file__).parent
DATA = {"binary": load_breast_cancer(return_X_y=True), "multi": load_iris(return_X_y=True)}
answers = {"xgboost": xgboost.__version__, "lightgbm": lightgbm.__version__}
for name, (x, y) in DATA.items():
    goal = "binary:logistic" if name == "binary" else "multi:softprob"
    made = xgboost.XGBClassifier(n_estimators=12, max_depth=3, objective=goal, random_state=0).fit(x[::2], y[::2])
    made.get_booster().save_model(HERE / f"xgboost_{name}.json")
    answers[f"xgboost_{name}"] = made.predict(x[1::2], output_margin=True).tolist()
    learnt = lightgbm.LGBMClassifier(n_estimators=12, num_leaves=7, random_state=0, verbose=-1).fit(x[::2], y[::2])
    learnt.booster_.save_model(HERE / f"lightgbm_{name}.txt")
    answers[f"lightgbm_{name}"] = learnt.predict(x[1::2], raw_score=True).tolist()
(HERE / "answers.json").write_text(json.dumps(answers))
