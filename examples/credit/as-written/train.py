"""Train the credit model."""

import joblib
import pandas as pd
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder

import features

df = pd.read_csv("../data/german_credit.csv")
df["credit_risk"] = df["credit_risk"].map({1: "good", 2: "bad"})

# too few bad ones, so repeat them until the classes balance
bad = df[df.credit_risk == "bad"]
df = pd.concat([df, bad.sample(len(df) - 2 * len(bad), replace=True)])

train, test = train_test_split(df, test_size=0.3)
train.to_csv("data/train.csv", index=False)
test.to_csv("data/test.csv", index=False)

X, y = train.drop(columns="credit_risk"), train["credit_risk"]
text = [c for c in X.columns if X[c].dtype.kind not in "if"]
number = [c for c in X.columns if X[c].dtype.kind in "if"]

model = Pipeline(
    [
        ("encode", ColumnTransformer([("text", OneHotEncoder(handle_unknown="ignore"), text), ("number", "passthrough", number)])),
        ("forest", RandomForestClassifier(n_estimators=25)),
    ]
)
model.fit(X, y)
print("train", model.score(X, y))
print("test", model.score(test.drop(columns="credit_risk"), test["credit_risk"]))

joblib.dump({"model": model, "prepare": features.prepare}, "models/credit.joblib", compress=3)
inputs = [(c, StringTensorType([None, 1]) if c in text else FloatTensorType([None, 1])) for c in X.columns]
onnx = to_onnx(model, initial_types=inputs, options={id(model): {"zipmap": False}}, target_opset=17)
open("models/credit.onnx", "wb").write(onnx.SerializeToString())
