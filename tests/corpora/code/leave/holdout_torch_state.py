# SPDX-License-Identifier: Apache-2.0
import torch
model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
model.eval()
