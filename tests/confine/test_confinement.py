# SPDX-License-Identifier: Apache-2.0
"""What a child cannot do, and that each probe of it works where nothing confines it."""

import ctypes
import os
import platform

import pytest

from hauberk.confine import Confinement, describe
from hauberk.confine.pool import ConfinedPool
from hauberk.core.errors import CannotLook
from tests.confine.probing import PROBES, task, unconfined

pytestmark = pytest.mark.skipif(not describe().holds, reason="this machine cannot confine")

REFUSED = "the call crashed: (PermissionError|OSError|FileNotFoundError|ValueError)"
X86 = pytest.mark.skipif(platform.machine() != "x86_64", reason="x86-64 only")
ROOT = pytest.mark.skipif(os.getuid() != 0, reason="only root may do it unconfined")
HELD = ctypes.create_string_buffer(8)

OUTWARD = [
    ("open_socket", b"AF_INET"),
    ("open_socket", b"AF_INET6"),
    ("open_socket", b"AF_UNIX"),
    ("open_socket_pair", b""),
    ("set_up_io_uring", b""),
    ("run_program", b""),
    ("execute", b""),
    ("fork", b""),
    ("signal_parent", b""),
    pytest.param("trace_parent", b"", marks=ROOT),
    pytest.param("new_namespace", b"", marks=ROOT),
    ("read_environment_of_parent", b""),
    ("read", b"/etc/passwd"),
    pytest.param("read", b"/etc/shadow", marks=ROOT),
    ("list_folder", b"/"),
    ("list_folder", b"/tmp"),
    ("list_folder", b"/proc"),
    ("write_new", b"/tmp/hauberk-probe"),
    ("write_new", b"/dev/shm/hauberk-probe"),
    ("make_memory_file", b""),
    ("share_memory", b""),
    ("raise_memory_limit", b""),
    ("outlive_parent", b""),
    ("open_many", b""),
]


@pytest.mark.parametrize(("name", "payload"), OUTWARD)
def test_a_child_cannot_reach_out_and_an_ordinary_process_can(ask, name, payload):
    assert unconfined(name, payload) == b"done"
    with pytest.raises(CannotLook, match=REFUSED):
        ask(name, payload)


@ROOT
def test_a_child_cannot_read_the_memory_of_its_parent_and_an_ordinary_process_can(ask):
    address = str(ctypes.addressof(HELD)).encode()
    assert unconfined("read_memory_of_parent", address) == b"done"
    with pytest.raises(CannotLook, match=REFUSED):
        ask("read_memory_of_parent", address)


@pytest.mark.parametrize(
    "name", ["append", "truncate", "make_folder", "link", "change_mode", "change_times", "rename", "unlink"]
)
@pytest.mark.parametrize("inside", [True, False])
def test_a_child_cannot_change_a_file_that_it_may_read_nor_any_other(ask, readable, tmp_path, name, inside):
    path = (readable if inside else tmp_path) / "written"
    path.write_bytes(b"content")
    before = path.stat()
    with pytest.raises(CannotLook, match=REFUSED):
        ask(name, os.fsencode(path))
    assert path.read_bytes() == b"content"
    assert (path.stat().st_mode, path.stat().st_mtime_ns) == (before.st_mode, before.st_mtime_ns)
    assert unconfined(name, os.fsencode(path)) == b"done"


def test_a_child_reads_below_what_is_readable_and_nothing_beside_it(ask, readable, tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    (readable / "way-out").symlink_to(secret)
    assert ask("read", os.fsencode(readable / "file")) == b"done"
    assert ask("list_folder", os.fsencode(readable)) == b"done"
    for path in (secret, readable / "way-out", readable / ".." / tmp_path.name / "secret"):
        assert unconfined("read", os.fsencode(path)) == b"done"
        with pytest.raises(CannotLook, match="PermissionError"):
            ask("read", os.fsencode(path))


@X86
@pytest.mark.parametrize("name", ["call_as_32_bit", "call_as_x32"])
def test_calls_by_another_machines_numbers_kill_the_child(ask, name):
    if unconfined(name) != b"done":
        pytest.skip("this kernel runs no such programs")
    with pytest.raises(CannotLook, match="the child died: signal SIGSYS"):
        ask(name)


def test_a_system_call_newer_than_the_filter_does_not_exist(ask):
    assert ask("call_newer_than_known") == b"38"


def test_the_environment_of_the_parent_does_not_reach_a_child(monkeypatch, pool, ask):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    with pytest.raises(CannotLook):
        ask("leave", b"1")  # the child after it is started under the changed environment
    assert b"AWS_SECRET_ACCESS_KEY" not in ask("environment").split(b"\n")
    assert b"AWS_SECRET_ACCESS_KEY" in unconfined("environment").split(b"\n")


def test_a_child_says_what_holds_it(pool):
    assert pool.confinement == describe()
    assert str(pool.confinement).startswith("landlock ")


def test_what_does_not_hold_is_said():
    weak = Confinement(landlock=0, seccomp=True, limits=True, system="Linux 5.4", lacks=("no Landlock",))
    assert not weak.holds
    assert str(weak) == "seccomp, rlimits"


WORKS = [
    ("use_threads", b"", b"8"),
    ("use_callback", b"", b"\x01\x02\x03"),
    ("use_numpy", b"", b"200"),
    ("shout", b"kept", b"kept"),
]


@pytest.mark.parametrize(("name", "payload", "answer"), WORKS)
def test_what_a_check_needs_works_in_a_child(ask, name, payload, answer):
    assert ask(name, payload) == answer


def test_onnxruntime_is_imported_and_runs_with_threads_in_a_closed_child(ask):
    onnx = pytest.importorskip("onnx")
    node = onnx.helper.make_node("ReduceSum", ["x"], ["y"], keepdims=0)
    value = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        [node],
        "sum",
        [value("x", onnx.TensorProto.FLOAT, [1, 4])],
        [value("y", onnx.TensorProto.FLOAT, [])],
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 13)], ir_version=8)
    assert ask("use_onnx", model.SerializeToString(), seconds=60, memory=2 << 30) == b"\x00\x00\x80\x40"


@pytest.mark.slow
def test_scikit_learn_is_imported_and_fits_with_threads_in_a_closed_child(ask):
    pytest.importorskip("sklearn")
    assert ask("use_sklearn", seconds=100, memory=2 << 30) == b"1.0"


def test_a_preload_that_starts_threads_is_refused(tmp_path):
    (tmp_path / "threaded.py").write_text(
        "import threading, time\nthreading.Thread(target=time.sleep, args=(9,), daemon=True).start()"
    )
    with ConfinedPool(workers=1, readable=[], path=[PROBES, tmp_path], preload=["threaded"]) as threaded:
        failed = threaded.submit(task("echo")).exception(timeout=60)
    assert isinstance(failed, CannotLook)
    assert "2 threads run before the child is closed" in str(failed)


DROPPED = """
from hauberk.confine.kernel import drop_capabilities
drop_capabilities()
"""


@ROOT
def test_root_keeps_no_capability_but_that_of_reading(tmp_path):
    held = [int(unconfined("capabilities", before=before), 16) for before in ("", DROPPED)]
    assert held[0] & ~(1 << 2)
    assert held[1] in (0, 1 << 2)


def test_what_this_machine_lacks_is_told_with_a_reason(monkeypatch):
    from hauberk.confine import confinement

    monkeypatch.setattr(confinement.landlock, "abi", lambda: 0)
    monkeypatch.setattr(confinement.seccomp, "available", lambda: False)
    offered = describe()
    assert (offered.landlock, offered.seccomp, offered.holds, str(offered)) == (0, False, False, "rlimits")
    assert ["Landlock" in offered.lacks[0], "seccomp" in offered.lacks[1]] == [True, True]
    monkeypatch.setattr(confinement, "machine", lambda: "")
    assert "it needs Linux on x86-64 or aarch64" in describe().lacks[0]
