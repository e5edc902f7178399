# SPDX-License-Identifier: Apache-2.0
"""How a file becomes a torch module: ONNX that converts faithfully, a pinned program, or weights and a factory."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from hauberk.core.canonical import digest
from hauberk.core.errors import CannotLook, Malformed, Misuse
from hauberk.models.gradient.convert import agree, convert
from hauberk.models.gradient.weights import fill
from hauberk.models.onnx_rule import certify


def open_onnx(data: bytes, output: str, reference: Callable[[NDArray[np.float32]], Any], x: NDArray[Any]) -> nn.Module:
    """The module of an ONNX file, checked on samples; raises CannotLook where it has no faithful one."""
    certify(data)
    module = convert(data, output)
    try:
        agree(module, reference, x.astype(np.float32))
    except (RuntimeError, LookupError, TypeError, ValueError) as error:
        raise CannotLook(f"the converted model does not run: {type(error).__name__}") from error
    return module


def open_torchscript(data: bytes, pin: str) -> nn.Module:
    """A TorchScript program whose digest the user pinned: it is code, and runs as such.

    Raises Misuse without a pin or with another one, Malformed where torch does not read the file.
    """
    _pinned(data, pin, "TorchScript")
    try:
        module: nn.Module
        module = torch.jit.load(io.BytesIO(data), map_location="cpu")  # type: ignore[no-untyped-call]  # torch does not type it
    except RuntimeError as error:
        raise Malformed("torch does not read this TorchScript file") from error
    return module.eval()


def open_exported(data: bytes, pin: str) -> nn.Module:
    """A program that ``torch.export.save`` wrote (``.pt2``) and whose digest the user pinned; raises as above."""
    _pinned(data, pin, "pt2")
    try:
        return torch.export.load(io.BytesIO(data)).module()
    except (RuntimeError, ValueError, LookupError, OSError, AttributeError) as error:
        raise Malformed("torch does not read this pt2 file") from error


def _pinned(data: bytes, pin: str, kind: str) -> None:
    found = digest(data)
    if pin.lower() != found:
        raise Misuse(
            f"a {kind} file is a program, and its digest is not the one that was pinned",
            remedy=f"if you trust it, give --pin {found}",
        )


__all__ = ["fill", "open_exported", "open_onnx", "open_torchscript"]
