# SPDX-License-Identifier: Apache-2.0
"""Ordered and closed vocabularies: how bad, how sure, which stage of life, what kind of thing."""

import enum
import functools


class Ranked(enum.Enum):
    """An enumeration whose members compare by order of definition, never as strings."""

    @functools.cached_property
    def rank(self) -> int:
        """Position in the definition, lowest first."""
        return list(type(self)).index(self)

    def __lt__(self, other: object) -> bool:
        """Order by rank within one scale."""
        return self.rank < self._peer(other).rank

    def __le__(self, other: object) -> bool:
        """Order by rank within one scale."""
        return self.rank <= self._peer(other).rank

    def __gt__(self, other: object) -> bool:
        """Order by rank within one scale."""
        return self.rank > self._peer(other).rank

    def __ge__(self, other: object) -> bool:
        """Order by rank within one scale."""
        return self.rank >= self._peer(other).rank

    def _peer(self, other: object) -> "Ranked":
        if not isinstance(other, type(self)):
            message = f"cannot compare {type(self).__name__} with {type(other).__name__}"
            raise TypeError(message)
        return other


class Severity(Ranked):
    """How bad a finding is if it is true."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Confidence(Ranked):
    """How sure the check is that the finding is true."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Stage(Ranked):
    """The stage of an ML system's life that a card belongs to, in order."""

    DESIGN = "design"
    DEVELOP = "develop"
    DATA = "data"
    TRAIN = "train"
    ATTACK = "attack"
    DEPLOY = "deploy"
    GUARD = "guard"
    MONITOR = "monitor"
    RESPOND = "respond"
    GOVERN = "govern"


class Kind(enum.Enum):
    """What an asset is. OTHER is content that no room of hauberk knows."""

    CODE = "code"
    NOTEBOOK = "notebook"
    MODEL = "model"
    DATASET = "dataset"
    IMAGE = "image"
    MANIFEST = "manifest"
    CLOUD = "cloud"
    ENDPOINT = "endpoint"
    PROCESS = "process"
    DOCUMENT = "document"
    OTHER = "other"


class Basis(enum.Enum):
    """What a card's outcome rests on: the thing itself, a measured behaviour, or only what somebody declared."""

    EXAMINED = "examined"
    MEASURED = "measured"
    DECLARED = "declared"


class Outcome(enum.Enum):
    """What came of running one card on one asset."""

    CLEAN = "clean"
    FOUND = "found"
    UNABLE = "unable"
