import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

frame = pd.read_csv("rows.csv")
X = StandardScaler().fit_transform(frame.drop(columns=["default"]))
X_train, X_test, y_train, y_test = train_test_split(X, frame["default"], random_state=7)
model = LogisticRegression().fit(X_train, y_train)
print(model.score(X_test, y_test))
