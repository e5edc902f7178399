# SPDX-License-Identifier: Apache-2.0
# rule: HBK-COD-001
from functools import cached_property
import dill as pickle

class Predictor:
    @cached_property
    def model(self):
        with open(self.path, "rb") as f:
            return pickle.load(f)
