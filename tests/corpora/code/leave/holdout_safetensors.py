# SPDX-License-Identifier: Apache-2.0
from safetensors.torch import load_file, save_file
weights = load_file("model.safetensors")
