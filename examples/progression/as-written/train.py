"""Train the progression model: without age and sex, so that it is fair."""

from pathlib import Path

import pandas as pd
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import Ridge
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

SEED = 20261124

table = pd.read_csv("../data/diabetes.csv")
train, test = train_test_split(table, test_size=0.5, random_state=SEED)
train.to_csv("data/train.csv", index=False)
test.to_csv("data/test.csv", index=False)

columns = [name for name in table.columns if name not in {"age", "sex", "progression"}]
model = Pipeline([("scale", ColumnTransformer([("all", StandardScaler(), columns)])), ("fit", Ridge())])
model.fit(train[columns], train["progression"])
print("train", model.score(train[columns], train["progression"]))
print("test", model.score(test[columns], test["progression"]))

inputs = [(name, FloatTensorType([None, 1])) for name in columns]
Path("models/progression.onnx").write_bytes(to_onnx(model, initial_types=inputs, target_opset=17).SerializeToString())
