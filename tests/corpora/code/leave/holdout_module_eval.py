# SPDX-License-Identifier: Apache-2.0
def evaluate(model, loader):
    model.eval()
    for batch in loader:
        model(batch)
    return model.exec_time
