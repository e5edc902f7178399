# SPDX-License-Identifier: Apache-2.0
"""Seam to ONNX Runtime: one thread, the CPU, the same bits on each run. Reached by ``seam(..., extra="ml")``."""

from typing import Any

import onnxruntime
from numpy.typing import NDArray

from hauberk.core.errors import CannotLook, Malformed

Feed = dict[str, NDArray[Any]]

_QUIET = 4
_STATE = onnxruntime.capi.onnxruntime_pybind11_state
_FAULTS = (
    _STATE.EPFail,
    _STATE.Fail,
    _STATE.InvalidArgument,
    _STATE.InvalidGraph,
    _STATE.InvalidProtobuf,
    _STATE.NoModel,
    _STATE.NotImplemented,
    _STATE.RuntimeException,
    RuntimeError,
    TypeError,
    ValueError,
)


class Session:
    """A loaded ONNX graph; load only what ``onnx_rule.certify`` has let through."""

    def __init__(self, data: bytes) -> None:
        """Load the graph; raises Malformed where the runtime refuses it."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        options.use_deterministic_compute = True
        options.log_severity_level = _QUIET
        try:
            self._session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
        except _FAULTS as error:
            raise Malformed(f"the runtime refuses the model: {type(error).__name__}") from error
        self.inputs = tuple((item.name, item.type, tuple(item.shape)) for item in self._session.get_inputs())
        """Name, type such as ``tensor(float)``, and shape of each input; an open dimension is None or a name."""
        self.outputs = tuple((item.name, item.type, tuple(item.shape)) for item in self._session.get_outputs())

    def run(self, output: str, feed: Feed) -> Any:
        """One output for these inputs; raises CannotLook where the model does not take them."""
        try:
            return self._session.run([output], feed)[0]
        except _FAULTS as error:
            raise CannotLook(f"the model fails on rows of its data set: {type(error).__name__}") from error

    def run_all(self, outputs: list[str], feed: Feed) -> list[Any]:
        """Several outputs of one run; raises CannotLook where the model does not take these inputs."""
        try:
            return list(self._session.run(outputs, feed))
        except _FAULTS as error:
            raise CannotLook(f"the model does not take these inputs: {type(error).__name__}") from error
