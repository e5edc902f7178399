# SPDX-License-Identifier: Apache-2.0
import torch.optim as optim
def build(name, params):
    return getattr(optim, name)(params)
