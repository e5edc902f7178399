# SPDX-License-Identifier: Apache-2.0
import pickle
def clone(estimator):
    data = pickle.dumps(estimator, protocol=pickle.HIGHEST_PROTOCOL)
    return pickle.loads(data)
