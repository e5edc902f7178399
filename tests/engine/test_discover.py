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


def named(discovery):
    return {asset.id: (asset.uri, asset.kind, asset.labels.get("recognised")) for asset in discovery.assets}


def test_a_file_that_is_declared_twice_is_both_assets(tmp_path):
    tree(tmp_path, "train.py")
    declared = (
        Declared(id="training", kind=Kind.PROCESS, uri="train.py"),
        Declared(id="code", kind=Kind.CODE, uri="./train.py"),
    )
    discovery = discover(tmp_path, system=System(name="s", assets=declared))
    assert named(discovery) == {
        "training": ("train.py", Kind.PROCESS, "code"),
        "code": ("train.py", Kind.CODE, None),
    }


def test_an_asset_that_is_declared_and_excluded_is_a_contradiction(tmp_path):
    tree(tmp_path, "models/m.py")
    system = System(
        name="s",
        assets=(Declared(id="m", kind=Kind.CODE, uri="models/m.py"),),
        exclude=(Exclusion(path="models/**", reason="r"),),
    )
    with pytest.raises(Misuse, match=r"declares m at models/m\.py and excludes it by models/\*\*"):
        discover(tmp_path, system=system)


def test_a_declared_file_in_a_folder_that_is_not_entered_is_met(tmp_path):
    tree(tmp_path, "node_modules/m.py", "node_modules/other.py", "a.py")
    system = System(name="s", assets=(Declared(id="m", kind=Kind.CODE, uri="node_modules/m.py"),))
    assert named(discover(tmp_path, system=system)).keys() == {"a.py", "m"}


def test_a_declared_folder_is_not_missing(tmp_path):
    tree(tmp_path, "data/a.py")
    system = System(name="s", assets=(Declared(id="rows", kind=Kind.DATASET, uri="data"),))
    assert {asset.format for asset in discover(tmp_path, system=system).assets if asset.id == "rows"} == {"declared"}


def test_a_file_never_takes_the_name_of_another_declared_asset(tmp_path):
    tree(tmp_path, "app.py", "src/app.py")
    system = System(name="s", assets=(Declared(id="app.py", kind=Kind.CODE, uri="src/app.py"),))
    assert {asset.id: asset.uri for asset in discover(tmp_path, system=system).assets} == {
        "./app.py": "app.py",
        "app.py": "src/app.py",
    }


def test_only_the_named_manifest_is_the_systems(tmp_path):
    tree(tmp_path, "hauberk.yaml", "examples/hauberk.yaml")
    formats = {asset.uri: asset.format for asset in discover(tmp_path, system=System(name="s")).assets}
    assert formats == {"hauberk.yaml": "hauberk", "examples/hauberk.yaml": "yaml"}


@pytest.mark.parametrize(
    ("path", "base", "uris"),
    [
        (".", ".", {"a.py", "src/b.py", "src/hauberk.yaml", "hauberk.yaml"}),
        ("src", ".", {"src/b.py", "src/hauberk.yaml"}),
        ("src/b.py", ".", {"src/b.py"}),
        ("src", "src", {"b.py", "hauberk.yaml"}),
        ("src", "other", {"b.py", "hauberk.yaml"}),
        (".", "src", {"a.py", "src/b.py", "src/hauberk.yaml", "hauberk.yaml"}),
    ],
)
def test_uris_are_relative_to_the_manifests_folder_where_the_path_lies_inside(tmp_path, path, base, uris):
    tree(tmp_path, "a.py", "src/b.py", "src/hauberk.yaml", "hauberk.yaml")
    (tmp_path / "other").mkdir()
    discovery = discover(tmp_path / path, system=System(name="s"), base=tmp_path / base)
    assert {asset.uri for asset in discovery.assets} == uris
    own = {asset.uri for asset in discovery.assets if asset.format == "hauberk"}
    assert own == ({"hauberk.yaml"} if path == base else set())


def test_exclusions_and_assets_of_a_part_are_told_from_the_manifests_folder(tmp_path):
    tree(tmp_path, "src/a.py", "src/gen/b.py", "data.py")
    system = System(
        name="s",
        assets=(
            Declared(id="app", kind=Kind.CODE, uri="src/a.py"),
            Declared(id="rows", kind=Kind.DATASET, uri="data.py"),
        ),
        exclude=(Exclusion(path="src/gen", reason="generated"),),
    )
    discovery = discover(tmp_path / "src", system=system, base=tmp_path)
    assert [(asset.id, asset.uri) for asset in discovery.assets] == [("app", "src/a.py")]
    assert discovery.excluded[0].files == 1


@pytest.mark.timeout(20)
def test_a_glob_of_many_stars_takes_no_longer_than_its_length_allows(tmp_path):
    tree(tmp_path, "/".join(["a" * 40] * 40).strip("/") + "/b.py")
    exclusion = Exclusion(path="**/a*" * 40 + "/c", reason="r")
    assert len(discover(tmp_path, system=System(name="s", exclude=(exclusion,))).assets) == 1


def test_a_newline_in_a_name_does_not_escape_an_exclusion(tmp_path):
    tree(tmp_path, "gen/a\nb.py", "c.py")
    system = System(name="s", exclude=(Exclusion(path="gen/**", reason="generated"),))
    assert [asset.uri for asset in discover(tmp_path, system=system).assets] == ["c.py"]


@pytest.mark.parametrize("path", ["a\0b", "x" * 5000, "\udcff", "a.py/b"])
def test_a_path_that_cannot_be_is_misuse(tmp_path, path):
    tree(tmp_path, "a.py")
    with pytest.raises(Misuse, match="no such file"):
        discover(tmp_path / path)
