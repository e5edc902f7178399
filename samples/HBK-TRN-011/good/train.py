import pandas as pd
from sklearn.linear_model import LogisticRegression

frame = pd.read_csv("rows.csv")
X = frame.drop(columns=["customer", "default"])
y = frame["default"]
model = LogisticRegression().fit(X, y)
