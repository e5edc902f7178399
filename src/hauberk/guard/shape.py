# SPDX-License-Identifier: Apache-2.0
"""What leaves: the model's answer, or less of it, as the decision and the manifest say."""

from typing import Final

from hauberk.core.event import Action
from hauberk.core.query import Interface, Port, Query, Response, Tensor, Tensors

_LABELS: Final = frozenset({"INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64", "BYTES", "BOOL"})
_TABLE: Final = 2
LABEL: Final = "label"

REFUSING: Final = frozenset({Action.THROTTLE, Action.HOLD, Action.BLOCK, Action.QUARANTINE, Action.STOP})
"""Actions after which no answer of the model leaves."""


def only_label(answer: Tensors, query: Query) -> Tensors:
    """Labels alone."""
    del query
    return labels_of(answer)


def labels_of(answer: Tensors) -> Tensors:
    """The model's own labels where it gives them, else the place of the highest score in each row."""
    labels = tuple(one for one in answer if one.datatype in _LABELS)
    if labels:
        return labels
    scores = next((one for one in answer if len(one.shape) == _TABLE), None)
    if scores is None:
        return ()
    width = scores.shape[1]
    rows = (scores.data[start : start + width] for start in range(0, len(scores.data), width))
    best = [max(range(width), key=row.__getitem__) for row in rows]
    return (Tensor(name=LABEL, datatype="INT64", shape=(scores.shape[0],), data=best),)


def only_label_ports(interface: Interface) -> Interface:
    """The interface as clients see it where labels alone leave."""
    labels = tuple(port for port in interface.outputs if port.datatype in _LABELS)
    return Interface(inputs=interface.inputs, outputs=labels or (Port(name=LABEL, datatype="INT64", shape=(-1,)),))


RESPONSES: Final[dict[Action, Response]] = {Action.LABEL: only_label}
"""What changes an answer, by action. An action that is neither here, nor ALLOW, nor refusing, refuses."""
