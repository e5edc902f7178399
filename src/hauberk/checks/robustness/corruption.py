# SPDX-License-Identifier: Apache-2.0
"""HBK-ATK-004: pictures spoilt by noise, blur, weather and compression at graded severities."""

from collections.abc import Iterator

import numpy as np

from hauberk.attacks.spoilt import spoil
from hauberk.checks.robustness.samples import box_of, draw
from hauberk.core.card import check
from hauberk.core.errors import CannotLook
from hauberk.core.limit import Limit
from hauberk.core.measurement import Measurement
from hauberk.core.scales import Basis, Severity
from hauberk.core.target import Target
from hauberk.models.asked import OnnxScores
from hauberk.models.onnx_graph import stated_shape
from hauberk.models.trial import is_tested, require_onnx, tested_on

ROWS = 200


@check(
    "HBK-ATK-004",
    stage="attack",
    kinds=("model",),
    severity=Severity.MEDIUM,
    needs=("system", "ml"),
    applies=lambda target: is_tested(target) and target.facts.modality == "image",
    basis=Basis.MEASURED,
    limits=(Limit(measurement="mean_corruption_error", at_most=0.3, severity=Severity.MEDIUM),),
    seconds=600,
    remedy="train with noise, blur and changes of contrast added to the pictures, and send those whose quality is poor "
    "to a person",
    references=("AI-Act:Art.15", "arXiv:1903.12261"),
)
def corruption(target: Target) -> Iterator[Measurement]:
    """Noise, blur, weather or compression make the model wrong.

    No attacker is needed for a dirty lens. The mean corruption error is the share of wrong answers over thirteen
    corruptions at five severities each, on test pictures; it is not divided by another model's.
    """
    require_onnx(target)
    sheet = tested_on(target)
    x, labels = draw(sheet, target.seed, ROWS)
    shape = stated_shape(target.data) or ()
    if int(np.prod(shape or (0,))) != x.shape[1]:
        raise CannotLook(f"a row of {sheet.id} holds {x.shape[1]} numbers, and the model takes {shape}")
    query = OnnxScores(target.data)
    places = np.array(labels, dtype=np.intp)
    measured, _ = spoil(query, x.reshape(-1, *shape), places, box_of(x), target.seed, lambda *_: None)
    yield from measured
