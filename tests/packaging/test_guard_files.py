# SPDX-License-Identifier: Apache-2.0
"""The guard's own Dockerfile and Kubernetes manifests keep the rules that hauberk asks of others."""

from tests.cli.cases import ROOT, hauberk


def test_the_guards_own_files_have_no_finding_and_both_are_examined(tmp_path):
    done = hauberk("scan", ROOT / "packaging" / "guard", "--json", "--no-cache", cwd=tmp_path, home=tmp_path)
    assert done.code == 0
    assert sum(len(one["findings"]) for one in done.document["evidence"]) == 0
    examined = {
        one["asset"]["uri"] for one in done.document["evidence"] if one["asset"]["kind"] in ("image", "manifest")
    }
    assert examined == {"Dockerfile", "kubernetes.yaml"}
    assert done.document["coverage"]["unable"] == 0


def test_the_probes_ask_what_the_guard_answers():
    import yaml

    deployment, _, _ = yaml.safe_load_all((ROOT / "packaging" / "guard" / "kubernetes.yaml").read_text())
    container = deployment["spec"]["template"]["spec"]["containers"][0]
    paths = {container[name]["httpGet"]["path"] for name in ("readinessProbe", "livenessProbe")}
    app = (ROOT / "src" / "hauberk" / "guard" / "app.py").read_text()
    assert all(path in app for path in paths)
