import pandas as pd
from sklearn.model_selection import train_test_split

train, test = train_test_split(pd.read_csv("rows.csv"), test_size=0.2)
train.to_csv("train.csv")
test.to_csv("test.csv")
