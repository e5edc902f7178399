# SPDX-License-Identifier: Apache-2.0
# rule: HBK-COD-002
import pandas as pd
frame = pd.read_csv("movies.csv")
frame["genres"] = frame["genres"].apply(eval)
