# SPDX-License-Identifier: Apache-2.0
import xgboost as xgb
booster = xgb.Booster()
booster.load_model("model.json")
