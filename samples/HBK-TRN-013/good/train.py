import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score

frame, held_out = pd.read_csv("train.csv"), pd.read_csv("test.csv")
X, y = frame.drop(columns=["default"]), frame["default"]
model = RandomForestClassifier(random_state=7)
model.fit(X, y)
print("accuracy", accuracy_score(held_out["default"], model.predict(held_out.drop(columns=["default"]))))
