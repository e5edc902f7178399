# SPDX-License-Identifier: Apache-2.0
import pickle
with open("out.pkl", "wb") as f:
    pickle.dump({"a": 1}, f)
