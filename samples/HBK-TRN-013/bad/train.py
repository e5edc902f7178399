import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score

frame = pd.read_csv("train.csv")
X, y = frame.drop(columns=["default"]), frame["default"]
model = RandomForestClassifier(random_state=7)
model.fit(X, y)
print("accuracy", accuracy_score(y, model.predict(X)))
