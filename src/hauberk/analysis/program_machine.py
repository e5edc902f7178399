# SPDX-License-Identifier: Apache-2.0
"""Stack, marks and memo of the interpreter."""

from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING
from collections.abc import Callable
from typing import Final

from hauberk.analysis.program_judge import Judge
from hauberk.analysis.program_values import Made, Named
from hauberk.assets.pickles import Operation, Stream
from hauberk.core.errors import Malformed

WRAPPER = "joblib.numpy_pickle.NumpyArrayWrapper"
"""The one class in whose place a loader puts something else."""
_SPARSE = 1 << 16
"""Highest memo key, beyond the number of operations, of an honest program: the C unpickler allocates so many."""

_RENAMED_BELOW: Final = 3
"""Protocols below it name modules as Python 2 did."""

Wrapped = Callable[[Stream, Made, Judge], object]
"""Called after BUILD: what the loader puts in the place of a built instance, after reading array bytes behind it."""
Handler = Callable[["Machine", Operation], None]


class Machine:
    """Stack, marks and memo, as in ``Modules/_pickle.c``: marks are fences that no operation reaches below."""

    __slots__ = ("below", "judge", "memo", "protocol", "sparse", "stack", "stream", "wrapped")

    def __init__(self, stream: Stream, judge: Judge, wrapped: Wrapped | None) -> None:
        """Stand before the first operation."""
        self.stream = stream
        self.judge = judge
        self.wrapped = wrapped
        self.stack: list[object] = []
        """Values above the newest mark."""
        self.below: list[list[object]] = []
        """Values below each mark, down to the mark before; the newest last."""
        self.memo: list[object] = []
        """Values under the keys that picklers give, in order."""
        self.sparse: dict[int, object] = {}
        """Values under other keys."""
        self.protocol = 0

    def pop(self) -> object:
        """The top of the stack."""
        if not self.stack:
            raise Malformed(f"stack is empty before byte {self.stream.position}")
        return self.stack.pop()

    def top(self) -> object:
        """The top of the stack, which stays."""
        if not self.stack:
            raise Malformed(f"stack is empty before byte {self.stream.position}")
        return self.stack[-1]

    def mark(self) -> None:
        """Begin anew above what is there."""
        self.below.append(self.stack)
        self.stack = []

    def since_mark(self) -> list[object]:
        """Pop the values above the newest mark, and the mark."""
        if not self.below:
            raise Malformed(f"no mark before byte {self.stream.position}")
        items = self.stack
        self.stack = self.below.pop()
        return items

    def remember(self, key: int | None) -> None:
        """Keep the top of the stack under a key, by default under the count of all keys."""
        if key is None:
            key = len(self.memo) + len(self.sparse)
        if key > _SPARSE + 4 * self.stream.operations:
            self.judge.fault(
                self.stream.position, "memory", f"memo key {key} makes the unpickler allocate that many slots"
            )
        if key < len(self.memo):
            self.memo[key] = self.top()
        elif key == len(self.memo) and not self.sparse:
            self.memo.append(self.top())
        else:
            self.sparse[key] = self.top()

    def recall(self, key: int) -> None:
        """Push the value under a key."""
        if key < len(self.memo):
            self.stack.append(self.memo[key])
        elif key in self.sparse:
            self.stack.append(self.sparse[key])
        else:
            raise Malformed(f"memo key {key} before byte {self.stream.position} was never set")

    def named(self, module: str, name: str, offset: int) -> Named:
        """The global under the name by which this protocol looks it up."""
        if self.protocol < _RENAMED_BELOW:
            if (module, name) in NAME_MAPPING:
                module, name = NAME_MAPPING[(module, name)]
            elif module in IMPORT_MAPPING:
                module = IMPORT_MAPPING[module]
        return self.judge.name(module, name, offset)
