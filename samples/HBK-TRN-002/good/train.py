import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split

SEED = 7
frame = pd.read_csv("train.csv").sample(frac=1, random_state=SEED)
features = frame.drop(columns="outcome")
train_x, test_x, train_y, test_y = train_test_split(features, frame["outcome"], test_size=0.3, random_state=SEED)
model = RandomForestClassifier(n_estimators=200, random_state=SEED).fit(train_x, train_y)
print(model.score(test_x, test_y))
