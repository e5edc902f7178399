# SPDX-License-Identifier: Apache-2.0
"""Calls of ML libraries that run text, a model's answer or a repository's code, from the libraries' documentation."""

import re

from hauberk.analysis.calls import constant
from hauberk.assets.scopes import Call
from hauberk.core.scales import Severity

_CASES: tuple[tuple[str, str, Severity, str], ...] = (
    (r"llama_index\.(?:\w+\.)*(?:PandasQueryEngine|PolarsQueryEngine)", "", Severity.MEDIUM,
     "runs the Python that a language model answers with"),
    (r"haystack\.(?:\w+\.)*(?:OutputAdapter|ConditionalRouter)", "unsafe", Severity.HIGH,
     "lets templates run any Python"),
    (r"lm_eval\.(?:evaluator\.)?simple_evaluate", "confirm_run_unsafe_code", Severity.MEDIUM,
     "runs code that the model writes"),
    (r"speechbrain\.(?:\w+\.)*foreign_class", "", Severity.MEDIUM,
     "runs the Python file of a repository"),
    (r"paddle\.hub\.load", "", Severity.MEDIUM,
     "runs the hubconf.py of a repository"),
    (r"spacy\.util\.import_file", "", Severity.LOW, "runs a Python file that is named elsewhere"),
    (r"fairseq\.utils\.import_user_module", "", Severity.LOW, "imports a folder of code that is named elsewhere"),
)  # fmt: skip
_RUNS = tuple((re.compile(pattern), keyword, severity, words) for pattern, keyword, severity, words in _CASES)
ML_RUNNING = frozenset(
    b"PandasQueryEngine PolarsQueryEngine OutputAdapter ConditionalRouter simple_evaluate foreign_class load "
    b"import_file import_user_module instantiate".split()
)
"""Last names of the functions above, and of Hydra's, which imports what a configuration names."""


def ml_runner(name: str, call: Call) -> tuple[Severity, str] | None:
    """How bad a call of a dotted name is and what it does; None for all others, and without the dangerous keyword."""
    for pattern, keyword, severity, words in _RUNS:
        if pattern.fullmatch(name):
            node = call.keywords.get(keyword)
            asked = not keyword or (node is not None and constant(node, call.scope) is True)
            source = call.keywords.get("source") if name.startswith("paddle.") else None
            local = source is not None and constant(source, call.scope) == "local"
            return (severity, words) if asked and not local else None
    return None
