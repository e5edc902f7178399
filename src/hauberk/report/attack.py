# SPDX-License-Identifier: Apache-2.0
"""One attack as a self-contained HTML page: verdict first, accuracy over eps with its band, the smallest changes."""

import base64
import struct
import zlib
from typing import Any

from hauberk.attacks.campaign import Outcome
from hauberk.attacks.gallery import Example
from hauberk.report.html import environment

WIDTH, HEIGHT, EDGE = 640, 260, 40
_GREY, _RGB = 0, 2


def render(outcome: Outcome, title: str) -> str:
    """The page as text; the same outcome gives the same bytes."""
    return (
        environment()
        .get_template("attack.html")
        .render(
            outcome=outcome,
            title=title,
            plot=_plot(outcome),
            width=WIDTH,
            height=HEIGHT,
            pictures=[_pictures(one) for one in outcome.examples],
        )
    )


def _plot(outcome: Outcome) -> dict[str, Any]:
    """Points of the curve and of its band, in user units."""
    if not outcome.curve:
        return {}
    widest = max(point[0] for point in outcome.curve) or 1.0

    def at(eps: float, share: float) -> str:
        across = EDGE + (WIDTH - 2 * EDGE) * eps / widest
        return f"{across:.1f},{HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * share:.1f}"

    upper = [at(eps, high) for eps, _, _, high in outcome.curve]
    lower = [at(eps, low) for eps, _, low, _ in reversed(outcome.curve)]
    return {
        "line": " ".join(at(eps, share) for eps, share, _, _ in outcome.curve),
        "band": " ".join((*upper, *lower)),
        "what": "eps" if outcome.attacks else "severity",
        "marks": [(at(eps, 0).split(",")[0], f"{eps:.3g}") for eps, *_ in outcome.curve],
        "shares": [(at(0, share).split(",")[1], f"{share:g}") for share in (0.0, 0.5, 1.0)],
    }


def _pictures(one: Example) -> tuple[str, ...]:
    """Before and after as data URIs; none where the samples are not public."""
    return tuple(_png(one.shape, data) for data in (one.before, one.after)) if one.before else ()


def _png(shape: tuple[int, ...], data: bytes) -> str:
    """An eight-bit PNG (ISO/IEC 15948), unfiltered."""
    channels, height, width = shape
    line = width * channels
    rows = b"".join(b"\0" + data[at * line : (at + 1) * line] for at in range(height))
    kind = _GREY if channels == 1 else _RGB
    head = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    parts = (b"IHDR", head), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b"")
    made = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in parts
    )
    return f"data:image/png;base64,{base64.b64encode(made).decode()}"
