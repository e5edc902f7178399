# SPDX-License-Identifier: Apache-2.0
"""What teams save of a training in torch beside its tensors: optimisers, schedules, data sets, distributions."""

import functools
import importlib
from collections.abc import Callable, Iterator
from typing import Any

from tools.allowlist.standard import named

_CONSTANTS = ("dtype", "layout", "memory_format", "qscheme")

Specimen = tuple[str, object]


def of_torch() -> Iterator[tuple[str, Callable[[], object]]]:
    """Makers of what is saved, each with a label; a version of torch need not know each."""
    torch: Any = importlib.import_module("torch")
    nn = torch.nn
    for owner in ("torch.nn.functional", "torch"):
        for function in named(owner):
            yield f"{owner} {function}", functools.partial(_itself, function)
    for name in sorted(dir(nn.init)):
        if name.endswith("_") and not name.startswith("_"):
            yield f"initialiser {name}", functools.partial(getattr, nn.init, name)
    constants = tuple(getattr(torch, name) for name in _CONSTANTS)
    for name in sorted(dir(torch)):
        if isinstance(getattr(torch, name), constants) or name.endswith("Storage"):
            yield f"constant {name}", functools.partial(getattr, torch, name)
    for name in sorted(torch.optim.__all__):
        yield f"optimiser {name}", functools.partial(_optimiser, torch, name)
    yield from _schedules(torch)
    yield from _tensors(torch)
    yield from _data(torch)
    for name, arguments in _DISTRIBUTIONS.items():
        yield f"distribution {name}", functools.partial(_distribution, torch, name, arguments)


_DISTRIBUTIONS: dict[str, tuple[float, ...]] = {
    "Normal": (0.0, 1.0), "Bernoulli": (0.5,), "Beta": (1.0, 1.0), "Gamma": (1.0, 1.0), "Uniform": (0.0, 1.0),
    "Exponential": (1.0,), "Poisson": (1.0,), "Laplace": (0.0, 1.0), "LogNormal": (0.0, 1.0), "StudentT": (3.0,),
    "Geometric": (0.5,), "Cauchy": (0.0, 1.0), "HalfNormal": (1.0,), "Gumbel": (0.0, 1.0),
}  # fmt: skip


def _itself(value: object) -> object:
    return value


def _distribution(torch: Any, name: str, arguments: tuple[float, ...]) -> object:
    return getattr(torch.distributions, name)(*arguments)


def _optimiser(torch: Any, name: str) -> object:
    nn = torch.nn
    sparse = name == "SparseAdam"
    model = nn.Sequential(nn.Embedding(3, 2, sparse=True)) if sparse else nn.Sequential(nn.Linear(2, 2, bias=False))
    made = getattr(torch.optim, name)(model.parameters(), lr=0.1)
    if name not in ("LBFGS", "SparseAdam"):
        model(torch.ones(1, 2)).sum().backward()
        made.step()
    return made


def _schedules(torch: Any) -> Iterator[tuple[str, Callable[[], object]]]:
    kinds = torch.optim.lr_scheduler
    optimiser = torch.optim.SGD(torch.nn.Linear(2, 2).parameters(), lr=0.1, momentum=0.9)
    makers: dict[str, Callable[[], object]] = {
        "StepLR": lambda: kinds.StepLR(optimiser, 2),
        "MultiStepLR": lambda: kinds.MultiStepLR(optimiser, [1, 2]),
        "ExponentialLR": lambda: kinds.ExponentialLR(optimiser, 0.9),
        "CosineAnnealingLR": lambda: kinds.CosineAnnealingLR(optimiser, 5),
        "CosineAnnealingWarmRestarts": lambda: kinds.CosineAnnealingWarmRestarts(optimiser, 5),
        "ReduceLROnPlateau": lambda: kinds.ReduceLROnPlateau(optimiser),
        "OneCycleLR": lambda: kinds.OneCycleLR(optimiser, 0.2, total_steps=5),
        "CyclicLR": lambda: kinds.CyclicLR(optimiser, 0.1, 0.2),
        "LinearLR": lambda: kinds.LinearLR(optimiser),
        "ConstantLR": lambda: kinds.ConstantLR(optimiser),
        "PolynomialLR": lambda: kinds.PolynomialLR(optimiser),
        "SequentialLR": lambda: kinds.SequentialLR(
            optimiser, [kinds.LinearLR(optimiser), kinds.ExponentialLR(optimiser, 0.9)], [2]
        ),
        "ChainedScheduler": lambda: kinds.ChainedScheduler([kinds.LinearLR(optimiser)]),
        "averaged": lambda: torch.optim.swa_utils.AveragedModel(torch.nn.Linear(2, 2)),
        "averaging": lambda: torch.optim.swa_utils.SWALR(optimiser, 0.05),
        "scaler": lambda: torch.amp.GradScaler("cpu"),
    }
    yield from ((f"schedule {name}", make) for name, make in makers.items())


def _tensors(torch: Any) -> Iterator[tuple[str, Callable[[], object]]]:
    nn = torch.nn
    makers: dict[str, Callable[[], object]] = {
        "sparse rows": lambda: [torch.eye(3).to_sparse_csr(), torch.eye(3).to_sparse_csc(), torch.eye(3).to_sparse()],
        "sparse blocks": lambda: torch.eye(4).to_sparse_bsr((2, 2)),
        "without items": lambda: torch.empty(2, device="meta"),
        "attribute of a parameter": lambda: _marked(nn.Parameter(torch.ones(1))),
        "attribute of a tensor": lambda: _marked(torch.ones(1)),
        "by channel": lambda: torch.quantize_per_channel(
            torch.ones(2, 2), torch.ones(2), torch.zeros(2, dtype=torch.int), 0, torch.quint8
        ),
        "lists of parameters": lambda: [
            nn.ParameterList([nn.Parameter(torch.ones(1))]), nn.ParameterDict({"a": nn.Parameter(torch.ones(1))}),
            nn.ModuleDict({"a": nn.ReLU()}), nn.ModuleList([nn.ReLU()]),
        ],
        "classes": lambda: [nn.Linear, nn.ReLU, nn.GELU, nn.Module, torch.Tensor, torch.optim.Adam, nn.Parameter],
        "packed": lambda: nn.utils.rnn.pack_padded_sequence(torch.ones(2, 3, 1), [3, 2], batch_first=True),
        "norm of weights": lambda: nn.utils.weight_norm(nn.Linear(2, 2)),
        "spectral norm": lambda: nn.utils.spectral_norm(nn.Linear(2, 2)),
        "unflatten": lambda: nn.Unflatten(1, (2, 2)),
        "adaptive": lambda: nn.AdaptiveLogSoftmaxWithLoss(4, 8, [2]),
        "transformers": lambda: [
            nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 8, activation=nn.functional.gelu), 1),
            nn.Transformer(4, 2, 1, 1, 8), nn.MultiheadAttention(4, 2), nn.LSTM(2, 3, bidirectional=True),
        ],
        "observer": torch.ao.quantization.MinMaxObserver,
        "quantisation": lambda: torch.ao.quantization.get_default_qconfig("x86"),
    }  # fmt: skip
    yield from makers.items()


def _marked(tensor: Any) -> object:
    tensor.tag = {"name": "x"}
    return tensor


def _data(torch: Any) -> Iterator[tuple[str, Callable[[], object]]]:
    data = torch.utils.data
    table = data.TensorDataset(torch.ones(4))
    makers: dict[str, Callable[[], object]] = {
        "data sets": lambda: [table, data.Subset(table, [0]), data.ConcatDataset([table, table])],
        "loader": lambda: data.DataLoader(table, batch_size=2, shuffle=True),
        "split": lambda: data.random_split(table, [2, 2]),
        "samplers": lambda: [
            data.RandomSampler(table), data.SequentialSampler(table), data.WeightedRandomSampler([1.0], 1),
            data.BatchSampler(data.SequentialSampler(table), 2, drop_last=False), data.SubsetRandomSampler([0]),
        ],
    }  # fmt: skip
    yield from makers.items()
