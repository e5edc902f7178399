# SPDX-License-Identifier: Apache-2.0
"""A small untrained network that a test grants as a factory."""

from torch import nn


def network():
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))
