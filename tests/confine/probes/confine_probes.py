# SPDX-License-Identifier: Apache-2.0
"""What a hostile file might try from inside a child. Each returns ``b"done"`` where it got its way and raises where it did not."""

# Probes make the plain calls, and print.
# ruff: noqa: PTH101, PTH102, PTH104, PTH106, PTH108, PTH123, PTH208, PTH211, T201
import ctypes
import fcntl
import mmap
import os
import resource
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

DONE = b"done"
SYSCALL = ctypes.CDLL(None, use_errno=True).syscall


def _raw(number, *arguments):
    ctypes.set_errno(0)
    if SYSCALL(ctypes.c_long(number), *(ctypes.c_long(value) for value in arguments)) < 0:
        raise OSError(ctypes.get_errno(), "refused")
    return DONE


def open_socket(payload):
    socket.socket(getattr(socket, payload.decode())).close()
    return DONE


def open_socket_pair(payload):
    for end in socket.socketpair():
        end.close()
    return DONE


def set_up_io_uring(payload):
    try:
        return _raw(425, 1, 0)
    except OSError as error:
        if isinstance(error, PermissionError):
            raise
        return DONE  # the kernel looked at the arguments, so the call was let through


def read(payload):
    return DONE if Path(payload.decode()).read_bytes() is not None else b""


def list_folder(payload):
    os.listdir(payload)
    return DONE


def read_environment_of_parent(payload):
    return read(f"/proc/{os.getppid()}/environ".encode())


def write_new(payload):
    path = Path(payload.decode())
    path.write_bytes(b"x")
    path.unlink()
    return DONE


def append(payload):
    with open(payload, "ab") as file:
        file.write(b"x")
    return DONE


def truncate(payload):
    os.truncate(payload, 1)
    return DONE


def unlink(payload):
    os.unlink(payload)
    return DONE


def make_folder(payload):
    os.mkdir(payload + b".folder")
    os.rmdir(payload + b".folder")
    return DONE


def rename(payload):
    os.rename(payload, payload + b".renamed")
    return DONE


def link(payload):
    os.symlink(payload, payload + b".link")
    return DONE


def change_mode(payload):
    os.chmod(payload, 0o777)
    return DONE


def change_times(payload):
    os.utime(payload, (1, 1))
    return DONE


def make_memory_file(payload):
    os.close(os.memfd_create("x"))
    return DONE


def share_memory(payload):
    number = {"x86_64": (29, 31), "aarch64": (194, 195)}[os.uname().machine]
    found = SYSCALL(ctypes.c_long(number[0]), ctypes.c_long(0), ctypes.c_long(4096), ctypes.c_long(0o600))
    if found < 0:
        raise OSError(ctypes.get_errno(), "refused")
    return _raw(number[1], found, 0, 0)


def execute(payload):
    os.execv("/bin/sh", ["sh", "-c", "printf done"])


def fork(payload):
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return DONE


def run_program(payload):
    subprocess.run(["/bin/true"], check=True)
    return DONE


def signal_parent(payload):
    os.kill(os.getppid(), 0)
    return DONE


def trace_parent(payload):
    ptrace = ctypes.CDLL(None, use_errno=True).ptrace
    if ptrace(0x4206, os.getppid(), None, None) < 0:  # PTRACE_SEIZE: does not stop it
        raise OSError(ctypes.get_errno(), "refused")
    return DONE


def read_memory_of_parent(payload):
    class Vector(ctypes.Structure):
        _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))

    held = ctypes.create_string_buffer(8)
    local = Vector(ctypes.addressof(held), 8)
    remote = Vector(int(payload), 8)
    call = ctypes.CDLL(None, use_errno=True).process_vm_readv
    call.restype = ctypes.c_ssize_t
    if (
        call(
            os.getppid(),
            ctypes.byref(local),
            ctypes.c_ulong(1),
            ctypes.byref(remote),
            ctypes.c_ulong(1),
            ctypes.c_ulong(0),
        )
        < 0
    ):
        raise OSError(ctypes.get_errno(), "refused")
    return DONE


def new_namespace(payload):
    number = {"x86_64": 272, "aarch64": 97}[os.uname().machine]
    return _raw(number, 0x04000000)  # CLONE_NEWUTS


def raise_memory_limit(payload):
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))
    return DONE


def outlive_parent(payload):
    if ctypes.CDLL(None, use_errno=True).prctl(1, 0, 0, 0, 0) < 0:
        raise OSError(ctypes.get_errno(), "refused")
    return DONE


def open_many(payload):
    held = []
    try:
        for _ in range(400):
            held.append(os.open("/dev/null", os.O_RDONLY))  # noqa: PERF401  those before the refusal must be closed
    finally:
        for descriptor in held:
            os.close(descriptor)
    return DONE


def call_as_32_bit(payload):
    code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    code.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")  # mov eax, getpid; int 0x80; ret
    ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))()
    return DONE


def call_as_x32(payload):
    SYSCALL(ctypes.c_long(0x40000000 + 39))
    return DONE


def call_newer_than_known(payload):
    return str(SYSCALL(ctypes.c_long(463), *[ctypes.c_long(-1)] * 5) and ctypes.get_errno()).encode()


# what must work


def echo(payload):
    return payload


def use_threads(payload):
    total = []
    threads = [threading.Thread(target=total.append, args=(1,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return str(sum(total)).encode()


def use_callback(payload):
    compare = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int))
    values = (ctypes.c_int * 3)(3, 1, 2)
    ctypes.CDLL(None).qsort(values, 3, 4, compare(lambda a, b: a[0] - b[0]))
    return bytes(values[:])


def use_numpy(payload):
    import numpy as np

    matrix = np.random.default_rng(0).normal(size=(200, 200))
    return str(np.linalg.matrix_rank(matrix @ matrix.T)).encode()


def use_onnx(payload):
    import numpy as np
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    session = onnxruntime.InferenceSession(payload, options, providers=["CPUExecutionProvider"])
    return session.run(None, {"x": np.ones((1, 4), dtype=np.float32)})[0].tobytes()


def use_sklearn(payload):
    import numpy as np
    from sklearn.ensemble import RandomForestClassifier

    rows = np.arange(40.0).reshape(-1, 2)
    forest = RandomForestClassifier(n_estimators=5, n_jobs=2, random_state=0).fit(rows, rows[:, 0] > 20)
    return str(forest.score(rows, rows[:, 0] > 20)).encode()


def environment(payload):
    return "\n".join(os.environ).encode()


def pid(payload):
    return str(os.getpid()).encode()


def shout(payload):
    print("a library's greeting", flush=True)
    os.write(1, b"\xff" * 100)
    os.write(2, b"\xff" * 100)
    sys.stdout.write("more")
    return payload


def count(payload, emit):
    for at in range(int(payload)):
        emit(str(at).encode())
    return DONE


def tell_pid_and_sleep(payload, emit):
    emit(str(os.getpid()).encode())
    time.sleep(float(payload))
    return DONE


# what must be survived


def sleep(payload):
    time.sleep(float(payload))
    return DONE


def loop(payload):
    while True:
        pass


def spin_in_threads(payload):
    for _ in range(int(payload)):
        threading.Thread(target=loop, args=(b"",), daemon=True).start()
    loop(b"")


def hold(payload):
    return str(len(bytearray(int(payload)))).encode()


def hold_mapped_shared(payload):
    held = mmap.mmap(-1, int(payload))
    held[0] = 1
    return DONE


def keep_growing(payload):
    held = []
    while True:
        held.append(bytearray(1 << 20))


def crash(payload):
    ctypes.string_at(0)


def abort(payload):
    os.abort()


def leave(payload):
    os._exit(int(payload))


def leave_politely(payload):
    sys.exit(int(payload))


def raise_secret(payload):
    raise ValueError("the password is hunter2")


def raise_end_of_file(payload):
    raise EOFError


def raise_ours(payload):
    from hauberk.core.errors import Malformed

    raise Malformed("not a\x1b[31m pickle\nat all")


def answer_much(payload):
    return bytes(int(payload))


def answer_nonsense_type(payload):
    return "text"


def _protocol():
    for descriptor in range(64, 80):
        try:
            flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
        except OSError:
            continue
        if flags & os.O_ACCMODE == os.O_WRONLY:
            return descriptor
    raise LookupError


def forge(payload):
    """Write raw bytes into the protocol, then stay."""
    os.write(_protocol(), payload)
    time.sleep(30)


def forge_length(payload):
    os.write(_protocol(), struct.pack(">BII", 5, 1, 1 << 31))
    time.sleep(30)


def flood(payload):
    while True:
        os.write(_protocol(), struct.pack(">BII", 6, 1, 1 << 10) + bytes(1 << 10))


def hang_up(payload):
    os.close(_protocol())
    time.sleep(30)


def ignore_end(payload):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    time.sleep(30)


def connect(payload):
    with socket.create_connection(("127.0.0.1", int(payload)), timeout=5):
        return DONE


def capabilities(payload):
    return Path("/proc/self/status").read_text().partition("CapPrm:")[2].split()[0].encode()
