# SPDX-License-Identifier: Apache-2.0
"""What is met, what is named, what is left out and said to be left out."""

import pytest

from hauberk.core.errors import Misuse
from hauberk.core.scales import Kind
from hauberk.core.system import Declared, Exclusion, System
from hauberk.engine.discover import discover


def tree(root, *names):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x = 1\n")


@pytest.mark.parametrize(
    ("glob", "left_out"),
    [
        ("a.py", {"a.py"}),
        ("*.py", {"a.py", "b.py"}),
        ("**/*.py", {"a.py", "b.py", "d/c.py", "d/e/f.py"}),
        ("d", {"d/c.py", "d/e/f.py", "d/t.txt"}),
        ("d/", {"d/c.py", "d/e/f.py", "d/t.txt"}),
        ("d/*", {"d/c.py", "d/t.txt", "d/e/f.py"}),
        ("d/**/f.py", {"d/e/f.py"}),
        ("?.py", {"a.py", "b.py"}),
        ("nothing/**", set()),
    ],
)
def test_an_exclusion_leaves_out_exactly_its_files_and_counts_them(tmp_path, glob, left_out):
    names = {"a.py", "b.py", "d/c.py", "d/e/f.py", "d/t.txt"}
    tree(tmp_path, *names)
    system = System(name="s", exclude=(Exclusion(path=glob, reason="because"),))
    discovery = discover(tmp_path, system=system)
    assert {asset.uri for asset in discovery.assets} == names - left_out
    assert [(one.pattern, one.files) for one in discovery.excluded] == [(glob, len(left_out))]


def test_a_declared_file_takes_its_name_and_kind_and_a_missing_one_is_kept(tmp_path):
    tree(tmp_path, "app.py")
    declared = (
        Declared(id="serving", kind=Kind.CODE, uri="app.py"),
        Declared(id="model", kind=Kind.MODEL, uri="gone.onnx"),
        Declared(id="api", kind=Kind.ENDPOINT, uri="https://example.com/predict"),
        Declared(id="training", kind=Kind.PROCESS),
    )
    discovery = discover(tmp_path, system=System(name="s", assets=declared))
    seen = {asset.id: (asset.uri, asset.format, asset.is_file) for asset in discovery.assets}
    assert seen == {
        "serving": ("app.py", "python", True),
        "model": ("gone.onnx", "missing", False),
        "api": ("https://example.com/predict", "declared", False),
        "training": ("hauberk.yaml#training", "declared", False),
    }


def test_environments_and_version_control_are_not_entered_unless_asked(tmp_path):
    tree(tmp_path, "a.py", ".git/hooks.py", "env/lib/b.py", "node_modules/c.js", ".hauberk/d.py")
    (tmp_path / "env" / "pyvenv.cfg").write_text("home = /usr\n")
    discovery = discover(tmp_path)
    assert {asset.uri for asset in discovery.assets} == {"a.py"}
    assert {one.path: one.reason for one in discovery.pruned} == {
        ".git": "version control",
        ".hauberk": "hauberk's own state",
        "env": "an environment",
        "node_modules": "installed packages",
    }
    assert {"env/lib/b.py", ".git/hooks.py"} <= {asset.uri for asset in discover(tmp_path, enter_all=True).assets}


def test_a_link_that_leaves_the_root_is_met_and_not_read(tmp_path):
    root, outside = tmp_path / "root", tmp_path / "secret.py"
    root.mkdir()
    outside.write_text("import os\nos.system(x)\n")
    (root / "link.py").symlink_to(outside)
    (root / "broken.py").symlink_to("nowhere")
    (root / "README.md").symlink_to(outside)
    (root / "loop").symlink_to("loop")
    tree(root, "real.py")
    (root / "inside.py").symlink_to("real.py")
    seen = {asset.uri: (asset.format, "unreadable" in asset.labels) for asset in discover(root).assets}
    assert seen == {
        "README.md": ("link", True),
        "broken.py": ("python", True),
        "inside.py": ("python", False),
        "link.py": ("python", True),
        "loop": ("link", True),
        "real.py": ("python", False),
    }


def test_one_file_can_be_named(tmp_path):
    tree(tmp_path, "a.py", "b.py")
    assert [asset.uri for asset in discover(tmp_path / "a.py").assets] == ["a.py"]


def test_a_path_that_is_not_there_is_misuse(tmp_path):
    with pytest.raises(Misuse, match="no such file"):
        discover(tmp_path / "nowhere")
