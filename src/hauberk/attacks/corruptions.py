# SPDX-License-Identifier: Apache-2.0
"""Pictures as bad cameras, weather and transport make them, at five graded severities: no attacker, only bad luck.

Thirteen of the fifteen corruptions of Hendrycks and Dietterich (ICLR 2019); snow and frost need pictures of their own.
Each is a function of pictures (n, channels, height, width) in [0, 1], of a strength for its severity, and of a
generator. Lengths are shares of the shorter side and 0.4 of a pixel, so that 28 and 224 pixels suffer alike.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Pictures = NDArray[np.float32]
Floats = NDArray[np.float64]
Corrupt = Callable[[Floats, float, np.random.Generator], Floats]

SEVERITIES = (1, 2, 3, 4, 5)
_BLOCK = 8
_LUMA = np.array(
    [
        [16, 11, 10, 16, 24, 40, 51, 61], [12, 12, 14, 19, 26, 58, 60, 55], [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62], [18, 22, 37, 56, 68, 109, 103, 77], [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101], [72, 92, 95, 98, 112, 100, 103, 99],
    ],
    dtype=np.float64,
)  # fmt: skip
"""Quantisation of luminance at quality 50 (ITU-T T.81, annex K)."""


@dataclass(frozen=True, kw_only=True)
class Corruption:
    """One way to spoil a picture."""

    name: str
    apply: Corrupt
    strengths: tuple[float, float, float, float, float]
    """For severities 1 to 5."""


def corrupt(pictures: Pictures, corruption: Corruption, severity: int, seed: int) -> Pictures:
    """The pictures spoilt, in [0, 1]; the same seed gives the same bits. Raises ValueError outside of 1 to 5."""
    if severity not in SEVERITIES:
        raise ValueError(f"severity {severity}")
    rng = np.random.default_rng([seed, severity, *corruption.name.encode()])
    spoilt = corruption.apply(pictures.astype(np.float64), corruption.strengths[severity - 1], rng)
    return np.clip(spoilt, 0, 1).astype(np.float32)


def _gaussian_noise(x: Floats, strength: float, rng: np.random.Generator) -> Floats:
    return x + rng.normal(size=x.shape) * strength


def _shot_noise(x: Floats, strength: float, rng: np.random.Generator) -> Floats:
    return rng.poisson(np.clip(x, 0, 1) * strength) / strength


def _impulse_noise(x: Floats, strength: float, rng: np.random.Generator) -> Floats:
    hit = rng.random(x.shape)
    return np.where(hit < strength / 2, 0.0, np.where(hit < strength, 1.0, x))


def _length(x: Floats, share: float) -> float:
    return 0.4 + share * float(min(x.shape[2:]))


def _convolved(x: Floats, kernel: Floats) -> Floats:
    """Each channel with a kernel of odd sides; edges are repeated."""
    tall, wide = kernel.shape[0] // 2, kernel.shape[1] // 2
    padded = np.pad(x, ((0, 0), (0, 0), (tall, tall), (wide, wide)), mode="edge")
    result = np.zeros_like(x)
    for row, column in np.argwhere(kernel != 0):
        result += kernel[row, column] * padded[:, :, row : row + x.shape[2], column : column + x.shape[3]]
    return result


def _disc(radius: float) -> Floats:
    reach = int(np.ceil(radius))
    axis = np.arange(-reach, reach + 1)
    inside: Floats = np.clip(radius + 0.5 - np.hypot(axis[:, None], axis), 0, 1)
    return np.asarray(inside / inside.sum())


def _defocus_blur(x: Floats, strength: float, _: np.random.Generator) -> Floats:
    return _convolved(x, _disc(_length(x, strength)))


def _motion_blur(x: Floats, strength: float, rng: np.random.Generator) -> Floats:
    """Along one direction for the whole batch, as of a camera that is shaken."""
    reach = int(np.ceil(_length(x, strength)))
    angle = rng.uniform(-np.pi / 4, np.pi / 4)
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1))
    for at in np.linspace(-1, 1, 4 * reach + 1) * _length(x, strength):
        kernel[reach + round(at * np.sin(angle)), reach + round(at * np.cos(angle))] += 1
    return _convolved(x, kernel / kernel.sum())


def _moved(x: Floats, down: Floats, right: Floats) -> Floats:
    """Each picture looked up at shifted places (n, h, w), between pixels in proportion."""
    _, _, height, width = x.shape
    rows = np.clip(np.arange(height)[:, None] + down, 0, height - 1)
    columns = np.clip(np.arange(width) + right, 0, width - 1)
    top, left = np.minimum(rows.astype(int), height - 2), np.minimum(columns.astype(int), width - 2)
    low, across = (rows - top)[:, None], (columns - left)[:, None]
    line = np.arange(len(x))[:, None, None]
    at = np.moveaxis(x, 1, -1)

    def pixel(more_down: int, more_right: int) -> Floats:
        return np.moveaxis(at[line, top + more_down, left + more_right], -1, 1)

    above = (1 - across) * pixel(0, 0) + across * pixel(0, 1)
    below = (1 - across) * pixel(1, 0) + across * pixel(1, 1)
    result: Floats = (1 - low) * above + low * below
    return result


def _glass_blur(x: Floats, strength: float, rng: np.random.Generator) -> Floats:
    reach = _length(x, strength)
    shape = (len(x), *x.shape[2:])
    return _moved(x, rng.uniform(-reach, reach, shape), rng.uniform(-reach, reach, shape))


def _zoom_blur(x: Floats, strength: float, _: np.random.Generator) -> Floats:
    height, width = x.shape[2:]
    down, right = np.arange(height) - (height - 1) / 2, np.arange(width) - (width - 1) / 2
    still = np.zeros((len(x), height, width))
    factors = np.linspace(0, strength, 6)
    moved = [_moved(x, still - (factor * down)[:, None], still - factor * right) for factor in factors]
    return np.asarray(np.mean(moved, axis=0))


def _smooth(shape: tuple[int, ...], rng: np.random.Generator, roughness: float = 2.0) -> Floats:
    """Random fields (n, h, w) in [0, 1] whose power falls with frequency."""
    noise = np.fft.rfft2(rng.normal(size=shape))
    down, right = np.fft.fftfreq(shape[-2])[:, None], np.fft.rfftfreq(shape[-1])
    power = np.hypot(down, right)
    power[0, 0] = np.inf
    field = np.fft.irfft2(noise / power**roughness, s=shape[-2:])
    low, high = field.min(axis=(1, 2), keepdims=True), field.max(axis=(1, 2), keepdims=True)
    result: Floats = (field - low) / np.maximum(high - low, 1e-12)
    return result


def _fog(x: Floats, strength: float, rng: np.random.Generator) -> Floats:
    brightest = x.max(axis=(1, 2, 3), keepdims=True)
    hidden = x + strength * _smooth((len(x), *x.shape[2:]), rng)[:, None]
    return np.asarray(hidden * brightest / (brightest + strength))


def _brightness(x: Floats, strength: float, _: np.random.Generator) -> Floats:
    return x + strength


def _contrast(x: Floats, strength: float, _: np.random.Generator) -> Floats:
    middle = x.mean(axis=(2, 3), keepdims=True)
    return np.asarray((x - middle) * strength + middle)


def _elastic(x: Floats, strength: float, rng: np.random.Generator) -> Floats:
    reach = _length(x, strength)
    fields = _smooth((2 * len(x), *x.shape[2:]), rng, roughness=1.5) * 2 - 1
    return _moved(x, reach * fields[: len(x)], reach * fields[len(x) :])


def _pixelate(x: Floats, strength: float, _: np.random.Generator) -> Floats:
    height, width = x.shape[2:]
    small = max(int(height * strength), 1), max(int(width * strength), 1)
    rows, columns = np.arange(height) * small[0] // height, np.arange(width) * small[1] // width
    down = np.add.reduceat(x, np.searchsorted(rows, np.arange(small[0])), axis=2)
    both = np.add.reduceat(down, np.searchsorted(columns, np.arange(small[1])), axis=3)
    area = np.bincount(rows)[:, None] * np.bincount(columns)
    return np.asarray((both / area)[:, :, rows][:, :, :, columns])


def _jpeg(x: Floats, strength: float, _: np.random.Generator) -> Floats:
    """Blocks of 8 by 8 quantised as JPEG does at a quality from 1 to 100; every channel as luminance."""
    scale = 5000 / strength if strength < 50 else 200 - 2 * strength  # noqa: PLR2004  libjpeg's rule
    table = np.clip(np.floor((_LUMA * scale + 50) / 100), 1, 255)
    height, width = x.shape[2:]
    more = (-height % _BLOCK, -width % _BLOCK)
    padded = np.pad(x * 255 - 128, ((0, 0), (0, 0), (0, more[0]), (0, more[1])), mode="edge")
    n, channels, tall, wide = padded.shape
    blocks = padded.reshape(n, channels, tall // _BLOCK, _BLOCK, wide // _BLOCK, _BLOCK)
    at = np.arange(_BLOCK)
    wave = np.cos(np.pi * (2 * at + 1) * at[:, None] / (2 * _BLOCK)) * np.where(at == 0, np.sqrt(1 / 8), 0.5)[:, None]
    seen = np.einsum("ui,nchiwj,vj->nchuwv", wave, blocks, wave, optimize=True)
    kept = np.round(seen / table[:, None, :]) * table[:, None, :]
    back = np.einsum("ui,nchuwv,vj->nchiwj", wave, kept, wave, optimize=True)
    return np.asarray((back.reshape(n, channels, tall, wide)[:, :, :height, :width] + 128) / 255)


CORRUPTIONS = (
    Corruption(name="gaussian noise", apply=_gaussian_noise, strengths=(0.08, 0.12, 0.18, 0.26, 0.38)),
    Corruption(name="shot noise", apply=_shot_noise, strengths=(60, 25, 12, 5, 3)),
    Corruption(name="impulse noise", apply=_impulse_noise, strengths=(0.03, 0.06, 0.09, 0.17, 0.27)),
    Corruption(name="defocus blur", apply=_defocus_blur, strengths=(0.014, 0.025, 0.04, 0.055, 0.07)),
    Corruption(name="glass blur", apply=_glass_blur, strengths=(0.02, 0.03, 0.045, 0.06, 0.08)),
    Corruption(name="motion blur", apply=_motion_blur, strengths=(0.025, 0.04, 0.06, 0.08, 0.11)),
    Corruption(name="zoom blur", apply=_zoom_blur, strengths=(0.11, 0.16, 0.21, 0.26, 0.31)),
    Corruption(name="fog", apply=_fog, strengths=(0.4, 0.7, 1.1, 1.6, 2.2)),
    Corruption(name="brightness", apply=_brightness, strengths=(0.1, 0.2, 0.3, 0.4, 0.5)),
    Corruption(name="contrast", apply=_contrast, strengths=(0.4, 0.3, 0.2, 0.1, 0.05)),
    Corruption(name="elastic", apply=_elastic, strengths=(0.03, 0.05, 0.07, 0.09, 0.12)),
    Corruption(name="pixelate", apply=_pixelate, strengths=(0.6, 0.5, 0.4, 0.3, 0.25)),
    Corruption(name="jpeg", apply=_jpeg, strengths=(25, 18, 15, 10, 7)),
)
"""In the order of the paper: noise, blur, weather, digital."""
