# SPDX-License-Identifier: Apache-2.0
import ast
import pandas as pd
frame = pd.read_csv("a.csv", converters={"tags": ast.literal_eval})
