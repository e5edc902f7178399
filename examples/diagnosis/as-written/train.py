"""Train the tumour model."""

import joblib
import pandas as pd
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline

df = pd.read_csv("../data/breast_cancer.csv")

# too few malignant ones, so repeat them until the classes balance
bad = df[df.finding == "malignant"]
df = pd.concat([df, bad.sample(len(df) - 2 * len(bad), replace=True)])

train, test = train_test_split(df, test_size=0.3)
train.to_csv("data/train.csv", index=False)
test.to_csv("data/test.csv", index=False)

# the ones that the old scanner prints
columns = ["mean_texture", "mean_smoothness", "mean_symmetry", "mean_fractal_dimension", "worst_fractal_dimension"]
model = Pipeline([("keep", ColumnTransformer([("all", "passthrough", columns)])), ("forest", RandomForestClassifier(n_estimators=15))])
model.fit(train[columns], train["finding"])
print("train", model.score(train[columns], train["finding"]))
print("test", model.score(test[columns], test["finding"]))

joblib.dump({"model": model, "columns": columns}, "models/diagnosis.joblib", compress=3)
inputs = [(c, FloatTensorType([None, 1])) for c in columns]
onnx = to_onnx(model, initial_types=inputs, options={id(model): {"zipmap": False}}, target_opset=17)
open("models/diagnosis.onnx", "wb").write(onnx.SerializeToString())
