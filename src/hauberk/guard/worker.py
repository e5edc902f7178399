# SPDX-License-Identifier: Apache-2.0
"""One worker: ``python -P -m hauberk.guard.worker``, started by the supervisor and by nobody else."""

import os
import secrets
import signal
import socket
import sys
from pathlib import Path

from hauberk.confine.kernel import PR_SET_PDEATHSIG, machine, prctl
from hauberk.core.codec import decode
from hauberk.core.errors import HauberkError, Misuse
from hauberk.core.seams import seam
from hauberk.core.value import Value
from hauberk.guard.app import Guard
from hauberk.guard.ask import Local, Model
from hauberk.guard.buckets import Buckets
from hauberk.guard.counters import Counters
from hauberk.guard.known import Known
from hauberk.guard.record import Sealer
from hauberk.guard.settings import Settings
from hauberk.guard.spool import Spool
from hauberk.guard.standing import Standing
from hauberk.guard.state import State, put, spool_secret
from hauberk.guard.tally import tally_of
from hauberk.guard.upstream import Upstream
from hauberk.guard.watch.opened import opened

_SIGKILL = 9


class Launch(Value, frozen=True, kw_only=True):
    """What the supervisor tells a worker, as JSON on its standard input."""

    settings: Settings
    origin: str
    """Name of the ledger, by which the spool's key is found."""
    row: int
    """Its row among the counters."""
    listening: int
    """Descriptor of the socket."""
    ready: int
    """Descriptor on which one byte says that it serves."""
    parent: int


def main() -> int:
    """Serve until told to end."""
    launch = decode(sys.stdin.buffer.read(), Launch)
    follow(launch.parent)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _nothing)  # uvicorn ends by them and raises them again: the spool is closed first
    settings = launch.settings
    state = State(root=Path(settings.state))
    local = Local(Path(settings.path), settings.digest)
    second = Local(Path(settings.fall_back.path), settings.fall_back.digest) if settings.fall_back else None
    try:
        if second is not None and second.interface().inputs != local.interface().inputs:
            raise Misuse("the model to fall back to takes other inputs", remedy="name another one")
        guard = Guard(
            settings,
            local.interface(),
            _model(settings, local),
            known=Known(state.callers, settings.tokens),
            buckets=Buckets(state.run / "buckets", settings.rate, settings.quota),
            chain=opened(settings, state, standing := Standing(state.standing)),
            spool=(spool := Spool(state.spool, f"{os.getpid()}-{secrets.token_hex(4)}")),
            sealer=Sealer(secret := spool_secret(launch.origin, create=False)),
            counters=Counters(state.run / "counters", launch.row),
            tally=tally_of(settings, state, launch.row),
            held=(state.held, secret),
            standing=standing,
            stop=lambda: put(state.stop, b"a detector stopped the service: see the ledger\n"),
            second=second,
        )
        listening = socket.socket(fileno=launch.listening)
        server = seam("hauberk.guard.serve", extra="guard")
        server.serve(server.server_of(guard), listening, lambda: _tell(launch.ready))
        spool.close()
    except HauberkError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    finally:
        local.kill()
        if second is not None:
            second.kill()
    return 0


def _model(settings: Settings, local: Local) -> Model:
    """Whatever answers: the child, or the upstream, for which the child has only said what the model takes."""
    guarding = settings.guarding
    if not guarding.upstream:
        return local
    local.kill()
    if guarding.protocol == "rows":
        return Upstream(guarding.upstream, settings.route, protocol="rows")
    return Upstream(guarding.upstream, f"/v2/models/{settings.model}/infer", protocol="open-inference")


def follow(parent: int) -> None:
    """End with the process that started this one, whatever ends it."""
    if machine():
        prctl(PR_SET_PDEATHSIG, _SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


def _nothing(*_: object) -> None:
    """Do nothing."""


def _tell(ready: int) -> None:
    os.write(ready, b"+")
    os.close(ready)


if __name__ == "__main__":
    sys.exit(main())
