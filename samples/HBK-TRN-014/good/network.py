import torch


class Network(torch.nn.Sequential):
    def __init__(self):
        super().__init__(torch.nn.Linear(8, 8), torch.nn.Dropout(), torch.nn.Linear(8, 2))
