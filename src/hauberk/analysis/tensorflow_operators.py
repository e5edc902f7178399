# SPDX-License-Identifier: Apache-2.0
"""Operators of TensorFlow that do more than compute, whichever file names them."""

PYTHON = frozenset(["PyFunc", "PyFuncStateless", "EagerPyFunc"])
"""Call a Python function of the process that runs the graph."""
FILES = frozenset(
    ["DatasetToTFRecord", "DebugIdentityV2", "ExperimentalDatasetToTFRecord", "LoadDataset", "MatchingFiles",
     "ReadFile", "RpcCall", "RpcClient", "RpcServerStart", "SaveDataset", "WholeFileReaderV2", "WriteFile"]
)  # fmt: skip
"""Read or write any file, or reach another machine. SaveV2 and RestoreV2 are none of them: every SavedModel has these,
for its own variables."""
