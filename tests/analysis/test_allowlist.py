# SPDX-License-Identifier: Apache-2.0
"""The allow-list holds no wildcard, every entry has a contract that exists and a reason, and the audit refuses what is dangerous."""

import importlib
import json
import re
import subprocess
import sys

import pytest
from tools.allowlist import merge
from tools.allowlist.audit import objection

from hauberk.analysis.allowlist import allowed, entry, severity
from hauberk.analysis.program_contracts import CONTRACTS
from hauberk.core.scales import Severity

USES = {"call", "new", "class", "build", "append", "setitem", "add"}


def test_every_entry_names_its_contract_its_reason_and_its_versions():
    for module, names in allowed().globals.items():
        for name, one in names.items():
            assert "*" not in module + name
            assert one.contract in CONTRACTS, (module, name)
            assert one.audit
            assert set(one.uses) <= USES
            assert re.search(r" \d+\.\d+", one.seen), (module, name)


def test_nothing_that_runs_or_loads_or_writes_is_on_the_list():
    for module, names in allowed().globals.items():
        for name, one in names.items():
            if severity(module, name, called=True) is Severity.CRITICAL:
                assert f"{module}.{name}" in {
                    "builtins.getattr",
                    "functools.partial",
                    "operator.attrgetter",
                    "operator.itemgetter",
                    "builtins.type",
                    "dill._dill._create_array",
                    "dill._dill._load_type",
                    "types.GenericAlias",
                    "types.SimpleNamespace",
                }, (module, name)
                assert one.contract != "any" or not one.uses or name == "GenericAlias", (module, name)


@pytest.mark.parametrize(
    "path",
    [
        "builtins.eval",
        "os.system",
        "numpy.load",
        "joblib.load",
        "sklearn.base.clone",
        "operator.methodcaller",
        "functools.reduce",
        "builtins.map",
    ],
)
def test_a_dangerous_global_may_not_be_called(path):
    module, _, name = path.rpartition(".")
    found = entry(module, name)
    assert found is None or not found.uses


@pytest.mark.parametrize(
    ("module", "name", "called", "expected"),
    [
        ("os", "system", True, Severity.CRITICAL),
        ("posix", "system", False, Severity.CRITICAL),
        ("builtins", "eval", False, Severity.CRITICAL),
        ("numpy", "load", True, Severity.CRITICAL),
        ("antigravity", "fly", False, Severity.HIGH),
        ("sklearn.base", "clone", True, Severity.HIGH),
        ("sklearn.base", "clone", False, Severity.MEDIUM),
        ("sklearn.base", "X.__init__.__globals__", False, Severity.CRITICAL),
        ("train", "add_ratio", True, Severity.MEDIUM),
        ("oslo", "system", True, Severity.MEDIUM),
    ],
)
def test_how_bad_a_global_is(module, name, called, expected):
    assert severity(module, name, called=called) is expected


PLANTED = """
import os

class Direct:
    def __setstate__(self, state):
        exec(state["code"])

class ThroughMethod:
    def __setstate__(self, state):
        self.__dict__.update(state)
        self._attach()
    def _attach(self):
        eval(self.source)

class ThroughFunction:
    def __setstate__(self, state):
        restore(state)

def restore(state):
    return os.system(state["command"])

class Opens:
    def __new__(cls, path):
        open(path)
        return object.__new__(cls)

class Harmless:
    def __setstate__(self, state):
        self.__dict__.update(state)

class Plain:
    pass
"""


@pytest.fixture
def planted(tmp_path, monkeypatch):
    (tmp_path / "planted_entries.py").write_text(PLANTED)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module("planted_entries")
    sys.modules.pop("planted_entries")


@pytest.mark.parametrize(
    ("name", "uses", "refused"),
    [
        ("Direct", {"new", "build"}, True),
        ("ThroughMethod", {"new", "build"}, True),
        ("ThroughFunction", {"new", "build"}, True),
        ("Opens", {"new"}, True),
        ("Harmless", {"new", "build"}, False),
        ("Plain", {"new", "build", "call"}, False),
        ("restore", {"call"}, True),
        ("restore", set(), False),
    ],
)
def test_the_audit_refuses_a_planted_entry(planted, name, uses, refused):
    assert bool(objection(getattr(planted, name), uses)) is refused


def test_the_list_is_what_its_observations_make():
    written = []
    merge.main(written.append)
    assert written == [merge.TARGET.read_text()]


@pytest.mark.slow
def test_the_observation_of_this_environment_is_what_observing_it_gives(tmp_path):
    kept = json.loads((merge.FOLDER / "observed" / "current.json").read_text())
    code = (
        "import sys, pathlib; from tools.allowlist import observe; "
        "observe.OBSERVED = pathlib.Path(sys.argv[1]); sys.exit(observe.main('current'))"
    )
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, str(tmp_path)],
        check=True,
        capture_output=True,
        cwd=merge.FOLDER.parents[1],
    )
    seen = json.loads((tmp_path / "current.json").read_text())
    if seen["versions"] != kept["versions"]:
        pytest.skip("observed with other versions than those installed")
    assert seen == kept
