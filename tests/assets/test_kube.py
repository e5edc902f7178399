# SPDX-License-Identifier: Apache-2.0
"""Pods and containers out of Kubernetes objects of any kind."""

from hauberk.assets import kube

DEPLOYMENT = b"""
apiVersion: apps/v1
kind: Deployment
metadata: {name: scorer}
spec:
  template:
    spec:
      hostNetwork: true
      securityContext: {runAsNonRoot: true, runAsUser: 7}
      volumes:
        - {name: a, hostPath: {path: /srv}}
        - {name: b, emptyDir: {}}
      initContainers:
        - {name: fetch, image: 'busybox:1', securityContext: {runAsUser: 0}}
      containers:
        - name: main
          image: scorer:1
          ports: [{containerPort: 8080}, {containerPort: x}]
          env: [{name: A, value: b}, {name: C, valueFrom: {secretKeyRef: {name: d, key: e}}}]
          resources: {limits: {cpu: 1}, requests: {memory: 1Gi}}
          securityContext: {allowPrivilegeEscalation: false, capabilities: {add: [NET_RAW]}}
"""


def test_a_pod_carries_what_stands_in_its_object():
    (pod,) = kube.read(DEPLOYMENT)
    assert (pod.kind, pod.name, pod.path) == ("Deployment", "scorer", "spec.template.spec")
    assert (pod.host_network, pod.host_pid, pod.host_paths) == (True, False, (("/srv", 11),))


def test_a_container_has_its_own_settings_over_those_of_its_pod():
    (pod,) = kube.read(DEPLOYMENT)
    main, fetch = pod.containers
    assert (main.name, main.role, main.image, main.line) == ("main", "container", "scorer:1", 16)
    assert (main.run_as_user, main.run_as_non_root, main.escalation) == (7, True, False)
    assert (main.capabilities, main.ports) == (("NET_RAW",), (8080,))
    assert (main.limits, main.requests) == ({"cpu": "1"}, {"memory": "1Gi"})
    assert main.env == (("A", "b"), ("C", None))
    assert (fetch.role, fetch.run_as_user, fetch.run_as_non_root, fetch.escalation) == ("init container", 0, True, None)


def test_objects_without_containers_hold_no_pod():
    assert kube.read(b"apiVersion: v1\nkind: Service\nmetadata: {name: x}\n---\n- 1\n---\n") == ()


def test_each_document_and_each_item_is_an_object_of_its_own():
    one = b"apiVersion: v1\nkind: Pod\nmetadata: {name: %s}\nspec: {containers: [{name: c, image: i}]}\n"
    listed = b"apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: Job, metadata: {name: z}, spec: {containers: [{name: c}]}}]\n"
    pods = kube.read(one % b"x" + b"---\n" + one % b"y" + b"---\n" + listed)
    assert [(pod.kind, pod.name) for pod in pods] == [("Pod", "x"), ("Pod", "y"), ("Job", "z")]


def test_json_is_read_as_well():
    data = b'{\n\t"apiVersion": "v1",\n\t"kind": "Pod",\n\t"spec": {"containers": [{"name": "c", "image": "i"}]}\n}'
    (pod,) = kube.read(data)
    assert pod.containers[0].image == "i"


def test_one_pod_with_an_anchored_container_is_read_where_it_is_used():
    data = (
        b"apiVersion: v1\nkind: X\nbase: &c {name: c, image: i, securityContext: {privileged: true}}\n"
        b"spec: {containers: [*c, {<<: *c, name: d}]}\n"
    )
    (pod,) = kube.read(data)
    assert [(one.name, one.privileged) for one in pod.containers] == [("c", True), ("d", True)]


def test_an_argo_template_has_one_container():
    data = (
        b"apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {generateName: t-}\nspec:\n  templates:\n"
        b"  - {name: t, container: {image: i}}\n  - {name: s, script: {image: j, source: x}}\n  - {name: d, dag: {tasks: []}}\n"
    )
    assert [one.image for pod in kube.read(data) for one in pod.containers] == ["i", "j"]


def test_what_is_no_name_is_not_repeated():
    data = (
        b"apiVersion: v1\nkind: Pod\nmetadata: {name: 'Ann Lee <a@b.c>'}\n"
        b"spec: {containers: [{name: 'p w', image: 'x y'}], volumes: [{hostPath: {path: 'a b'}}]}\n"
    )
    (pod,) = kube.read(data)
    shown = (pod.name, pod.containers[0].name, pod.containers[0].image, pod.host_paths[0][0])
    assert set(shown) == {"(not valid)"}
