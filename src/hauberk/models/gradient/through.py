# SPDX-License-Identifier: Apache-2.0
"""A step without a useful slope gets another one: BPDA (Athalye, Carlini and Wagner, ICML 2018)."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor


def through(step: Callable[[Tensor], Tensor], near: Callable[[Tensor], Tensor] = lambda x: x) -> Callable[..., Tensor]:
    """``step`` forwards, the slope of ``near`` (by default the identity) backwards.

    For steps such as rounding or compression that keep the shape; ``near(x)`` should be close to ``step(x)``.
    """

    class Through(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Tensor:
            ctx.save_for_backward(x)
            return step(x)

        @staticmethod
        def backward(ctx: Any, *slopes: Any) -> Any:
            (x,) = ctx.saved_tensors
            with torch.enable_grad():
                at = x.detach().requires_grad_()
                (slope,) = torch.autograd.grad(near(at), at, slopes[0])
            return slope

    def apply(x: Tensor) -> Tensor:
        result: Tensor = Through.apply(x)  # type: ignore[no-untyped-call]  # torch does not type it
        return result

    return apply
