# SPDX-License-Identifier: Apache-2.0
"""HBK-MOD-012 on archives of torch.package: their modules are code that the importer runs."""

import io
import zipfile

import pytest

from hauberk.analysis.model_archives import in_package
from hauberk.checks.model.model_archive import model_archive
from hauberk.core.errors import Malformed
from hauberk.core.scales import Severity
from tests.checks.trial import on_files

HEAD = b"import torch\n\nclass Net(torch.nn.Module):\n    def forward(self, x):\n        return x\n"
MODULES = {
    "a class alone": (HEAD, Severity.MEDIUM),
    "constants and a decorator": (
        b"import functools\nN = 3\n@functools.cache\ndef f():\n    return N\n",
        Severity.MEDIUM,
    ),
    "a call on import": (HEAD + b"open('canary', 'w')\n", Severity.HIGH),
    "a program within a method": (
        HEAD + b"    def run(self):\n        import os\n        os.system('x')\n",
        Severity.HIGH,
    ),
    "text run as code": (b"exec('x = 1')\n", Severity.HIGH),
}


def package(module: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("p/.data/version", "6")
        archive.writestr("p/.data/extern_modules", "torch")
        archive.writestr("p/layers.py", module)
        archive.writestr("p/model/model.pkl", b"\x80\x02N.")
    return buffer.getvalue()


@pytest.mark.parametrize("label", MODULES)
def test_a_module_of_a_package_is_told_and_found_where_it_does_something(label):
    module, expected = MODULES[label]
    assert [one.severity for one in in_package({"p/layers.py": module, "p/data.bin": b"("})] == [expected]


def test_a_module_that_is_no_python_is_not_looked_over():
    with pytest.raises(Malformed):
        list(in_package({"p/layers.py": b"def ("}))


@pytest.mark.parametrize("name", ["model.pt", "model.zip"])
def test_the_rule_reads_the_package_whatever_it_is_called(name, tmp_path):
    bad = on_files(model_archive, tmp_path, {name: package(MODULES["a call on import"][0])})
    assert [one.severity for evidence in bad for one in evidence.findings] == [Severity.HIGH]
