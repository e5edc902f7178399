# SPDX-License-Identifier: Apache-2.0
import numpy as np
with np.load("arrays.npz", allow_pickle=False) as archive:
    x = archive["x"]
y = np.loadtxt("y.csv")
