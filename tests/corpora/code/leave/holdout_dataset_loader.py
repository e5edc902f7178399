# SPDX-License-Identifier: Apache-2.0
from torch.utils.data import DataLoader
loader = DataLoader(dataset, batch_size=4)
for batch in loader:
    model(batch)
