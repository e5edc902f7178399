# SPDX-License-Identifier: Apache-2.0
"""Which pods have too many rights or no limits, in whatever kind of object they stand."""

import pytest

from hauberk.checks.deploy.no_limits import no_limits
from hauberk.checks.deploy.pod_privileges import pod_privileges
from hauberk.core.scales import Confidence, Outcome, Severity
from tests.checks.trial import messages, on_files

SAFE = "securityContext: {runAsNonRoot: true, allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}"
LIMITS = "resources: {limits: {memory: 1Gi, cpu: 2}}"


def pod(container: str = SAFE, spec: str = "", kind: str = "Pod") -> str:
    return (
        f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: x}}\nspec:\n  {spec}\n  containers:\n"
        f"  - {{name: c, image: a, {container}}}\n"
    )


def nested(kind: str, api: str, *path: str) -> str:
    """An object of some kind that holds an unsafe pod at a path."""
    text = f"apiVersion: {api}\nkind: {kind}\nmetadata: {{name: x}}\n"
    text += "".join("  " * depth + f"{key}:\n" for depth, key in enumerate(path))
    return text + "  " * len(path) + "  containers: [{name: c, image: a, securityContext: {privileged: true}}]\n"


RIGHTS = [
    (pod("securityContext: {privileged: true}"), "privileged", Severity.CRITICAL),
    (pod(spec="hostNetwork: true"), "node's network", Severity.HIGH),
    (pod(spec="hostPID: yes"), "process ids", Severity.HIGH),
    (pod(spec="hostIPC: true"), "inter-process", Severity.HIGH),
    (pod(spec="volumes: [{name: v, hostPath: {path: /}}]"), "node's folder", Severity.HIGH),
    (pod(spec="volumes: [{name: v, hostPath: {path: /var/run/docker.sock}}]"), "node's folder", Severity.HIGH),
    (pod(spec="volumes: [{name: v, hostPath: {path: /mnt/models}}]"), "node's folder", Severity.MEDIUM),
    (pod("securityContext: {runAsUser: 0}"), "runAsUser is 0", Severity.HIGH),
    (pod("securityContext: {runAsNonRoot: false}"), "may run as root", Severity.MEDIUM),
    (pod("securityContext: {runAsNonRoot: 'true'}"), "may run as root", Severity.MEDIUM),
    (pod("securityContext: {}", spec="securityContext: {runAsUser: 0}"), "runAsUser is 0", Severity.HIGH),
    (pod("securityContext: {allowPrivilegeEscalation: true}"), "allows privilege escalation", Severity.MEDIUM),
    (pod("securityContext: {capabilities: {add: [SYS_ADMIN]}}"), "capability", Severity.HIGH),
    (pod("securityContext: {capabilities: {add: [CAP_NET_RAW]}}"), "capability", Severity.HIGH),
]
KINDS = [
    ("Deployment", "apps/v1", "spec", "template", "spec"),
    ("CronJob", "batch/v1", "spec", "jobTemplate", "spec", "template", "spec"),
    ("RayCluster", "ray.io/v1", "spec", "headGroupSpec", "template", "spec"),
    ("RayService", "ray.io/v1", "spec", "rayClusterConfig", "headGroupSpec", "template", "spec"),
    ("InferenceService", "serving.kserve.io/v1beta1", "spec", "predictor"),
    ("ServingRuntime", "serving.kserve.io/v1alpha1", "spec"),
    ("Service", "serving.knative.dev/v1", "spec", "template", "spec"),
    ("PyTorchJob", "kubeflow.org/v1", "spec", "pytorchReplicaSpecs", "Worker", "template", "spec"),
    ("Notebook", "kubeflow.org/v1", "spec", "template", "spec"),
    ("SomethingNew", "example.org/v1", "spec", "deep", "down"),
]
CLEAN = [
    pod(),
    pod("securityContext: {allowPrivilegeEscalation: false}", spec="securityContext: {runAsNonRoot: true}"),
    pod("securityContext: {allowPrivilegeEscalation: false, runAsUser: 1000}"),
    pod("securityContext: {allowPrivilegeEscalation: false}", spec="os: {name: windows}"),
    pod("securityContext: {allowPrivilegeEscalation: false, runAsUser: 7}", spec="securityContext: {runAsUser: 0}"),
    pod(SAFE.replace("drop: [ALL]", "drop: [ALL], add: [NET_BIND_SERVICE]")),
    "apiVersion: v1\nkind: Service\nmetadata: {name: x}\nspec: {ports: [{port: 80}]}\n",
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: {a: 'privileged: true'}\n",
    "apiVersion: example.org/v1\nkind: Unknown\nmetadata: {name: x}\nspec: {containers: 3, privileged: true}\n",
    (
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: x}\nspec:\n"
        "  versions: [{schema: {properties: {containers: {type: array, items: {properties: {privileged: {}}}}}}}]\n"
    ),
]


@pytest.mark.parametrize(("text", "words", "severity"), RIGHTS)
def test_a_right_that_a_server_does_not_need_is_found(tmp_path, text, words, severity):
    (evidence,) = on_files(pod_privileges, tmp_path, {"x.yaml": text})
    found = [finding.severity for finding in evidence.findings if words in finding.message]
    assert found == [severity], evidence


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind[0])
def test_a_pod_is_found_in_every_kind_of_object(tmp_path, kind):
    (evidence,) = on_files(pod_privileges, tmp_path, {"x.yaml": nested(*kind)})
    place = evidence.findings[0].place
    assert "is privileged" in evidence.findings[0].message
    assert (place.kind, place.name) == (kind[0], "x")
    assert place.line == len(kind) + 2


@pytest.mark.parametrize("text", CLEAN)
def test_a_pod_that_gives_its_rights_up_is_clean(tmp_path, text):
    (evidence,) = on_files(pod_privileges, tmp_path, {"x.yaml": text})
    assert evidence.outcome is Outcome.CLEAN, evidence.findings or evidence.reason


def test_items_of_a_list_are_objects_of_their_own(tmp_path):
    one = "    " + pod("securityContext: {privileged: true}").replace("\n", "\n    ")
    text = f"apiVersion: v1\nkind: List\nitems:\n  -\n{one}\n"
    assert any("privileged" in message for message in messages(on_files(pod_privileges, tmp_path, {"x.yaml": text})))


def test_a_patch_is_not_blamed_for_what_it_leaves_to_its_object(tmp_path):
    text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\nspec: {template: {spec: {containers: [{name: c}]}}}\n"
    for card in (pod_privileges, no_limits):
        (evidence,) = on_files(card, tmp_path, {"x.yaml": text})
        assert evidence.outcome is Outcome.CLEAN


def test_a_helm_template_is_unable_and_other_templates_are_left_alone(tmp_path):
    helm = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Release.Name }}\n"
    recipe = "package:\n  name: {{ name }}\n"
    by_uri = {
        one.asset.uri: one.outcome for one in on_files(pod_privileges, tmp_path, {"h.yaml": helm, "r.yaml": recipe})
    }
    assert by_uri == {"h.yaml": Outcome.UNABLE, "r.yaml": Outcome.CLEAN}


LIMITED = [
    (LIMITS, []),
    ("resources: {limits: {memory: 1Gi}}", [Severity.LOW]),
    ("resources: {limits: {cpu: 1}}", [Severity.MEDIUM]),
    ("resources: {requests: {memory: 1Gi, cpu: 1}}", [Severity.MEDIUM]),
    ("resources: {limits: {nvidia.com/gpu: 1}}", [Severity.MEDIUM]),
    ("args: []", [Severity.MEDIUM]),
]


@pytest.mark.parametrize(("container", "severities"), LIMITED)
def test_a_container_needs_both_limits(tmp_path, container, severities):
    (evidence,) = on_files(no_limits, tmp_path, {"x.yaml": pod(container)})
    assert [finding.severity for finding in evidence.findings] == severities


def test_limits_of_the_whole_pod_count(tmp_path):
    (evidence,) = on_files(no_limits, tmp_path, {"x.yaml": pod("args: []", spec=LIMITS)})
    assert evidence.outcome is Outcome.CLEAN


def test_a_model_server_of_kserve_is_examined(tmp_path):
    text = (
        "apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {name: m}\nspec:\n  predictor:\n"
        "    model: {modelFormat: {name: sklearn}, storageUri: 's3://x', securityContext: {privileged: true}}\n"
    )
    (rights,) = on_files(pod_privileges, tmp_path, {"x.yaml": text})
    (limits,) = on_files(no_limits, tmp_path, {"x.yaml": text})
    assert ["is privileged" in finding.message for finding in rights.findings] == [True]
    assert [finding.confidence for finding in limits.findings] == [Confidence.LOW]


def test_two_containers_of_one_name_are_two_findings(tmp_path):
    text = pod("args: []") + "---\n" + pod("args: []", kind="Job")
    (evidence,) = on_files(no_limits, tmp_path, {"x.yaml": text})
    assert len({finding.fingerprint for finding in evidence.findings}) == 2
