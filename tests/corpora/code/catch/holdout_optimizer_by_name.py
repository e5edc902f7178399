# SPDX-License-Identifier: Apache-2.0
# rule: HBK-COD-002
import torch.optim as optim

def build(name, params, lr):
    return eval("optim." + name)(params, lr=lr)
