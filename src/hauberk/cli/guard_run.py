# SPDX-License-Identifier: Apache-2.0
"""``hauberk guard run``: serve."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from msgspec.structs import replace

from hauberk.cli.guard_ledger import open_guarded
from hauberk.cli.options import Manifest, Quiet
from hauberk.cli.respond import Send, lines_of
from hauberk.cli.subject import named_manifest
from hauberk.core.clock import stamp
from hauberk.core.errors import Misuse
from hauberk.core.seams import seam
from hauberk.guard.begin import keep_model, put_into_service, say_interrupted, say_reloaded
from hauberk.guard.settings import Settings, settings_of, settings_of_model
from hauberk.guard.state import State, spool_secret
from hauberk.guard.supervise import Supervisor
from hauberk.manifest.load import load
from hauberk.signing.keystore import default_identity


def run(  # noqa: PLR0913  options of a server
    *,
    model: Annotated[Path | None, Parameter(help="Serve this ONNX file, without a manifest.")] = None,
    endpoint: Annotated[str, Parameter(help="Asset id of the endpoint, where the manifest has several.")] = "",
    upstream: Annotated[str, Parameter(help="Send requests on to this address, which may be anywhere.")] = "",
    host: Annotated[str, Parameter(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, Parameter(help="Port to listen on; 0 for any.")] = 8080,
    workers: Annotated[int, Parameter(help="Processes that serve.")] = 1,
    send: Send = (),
    strict: Annotated[bool, Parameter(help="Answer only once the event is on the disk.", negative="")] = False,
    manifest: Manifest = None,
    quiet: Quiet = False,
) -> int:
    """Serve an endpoint of the manifest, or a model file, until Ctrl-C or hauberk guard stop.

    Callers need a key: hauberk guard key new --name NAME. SIGHUP reads the manifest and the keys again: signed and
    sealed, without a request that is lost; a manifest with faults changes nothing.

    Example: hauberk guard run -m hauberk.yaml --port 8080
    """
    seam("hauberk.guard.serve", extra="guard")
    settings = _settings(model, manifest, endpoint, upstream)
    if strict:
        settings = replace(settings, guarding=replace(settings.guarding, strict=True))
    state = State(root=Path(settings.state))
    state.make()
    if state.stop.exists():
        raise Misuse("this endpoint was stopped", remedy="hauberk guard resume --reason ...")
    identity = default_identity()
    settings = keep_model(settings, state)
    with open_guarded(state, create=True) as ledger:
        interrupted = say_interrupted(settings, state, ledger, stamp(datetime.now(UTC)))
        if interrupted is not None and interrupted.machine:
            sys.stderr.write(
                f"the machine went down: decisions of its last {interrupted.window_ms} ms may be missing\n"
            )
        settings = put_into_service(settings, ledger, identity, stamp(datetime.now(UTC)))
        origin = ledger.origin
    spool_secret(origin, create=True)

    def ready(address: str) -> None:
        if not quiet:
            sys.stdout.write(f"serving {settings.endpoint} on {address}{settings.route}\n")
            sys.stdout.flush()

    def again(before: Settings) -> Settings:
        fresh = keep_model(_settings(model, manifest, endpoint, upstream), state)
        fresh = replace(fresh, guarding=replace(fresh.guarding, strict=strict or fresh.guarding.strict))
        if (fresh.endpoint, fresh.state) != (before.endpoint, before.state):
            raise Misuse("the manifest is of another endpoint now", remedy="restart the guard")
        lines_of(manifest, state, send)
        with open_guarded(state) as ledger:
            now = stamp(datetime.now(UTC))
            fresh = put_into_service(fresh, ledger, identity, now)
            say_reloaded(before, fresh, state, ledger, now)
        return fresh

    supervisor = Supervisor(
        settings,
        origin=origin,
        identity=identity.name,
        workers=workers,
        beside=_beside(manifest, state, send),
        again=again,
    )
    supervisor.run(host, port, ready)
    return 1 if supervisor.stopped else 0


def _beside(manifest: Path | None, state: State, send: tuple[str, ...]) -> list[str]:
    """The command that declares incidents and sends on; raises Misuse for a receiver that was not granted."""
    lines_of(manifest, state, send)
    named = ["--manifest", str(manifest)] if manifest is not None else []
    granted = [word for name in send for word in ("--send", name)]
    return [sys.executable, "-P", "-m", "hauberk", "respond", "follow", "--with-parent", "--quiet", *named, *granted]


def _settings(model: Path | None, manifest: Path | None, endpoint: str, upstream: str) -> Settings:
    if model is not None:
        if upstream:
            raise Misuse("--model is served here", remedy="give --upstream or --model, not both")
        return settings_of_model(model, Path.cwd())
    path = named_manifest(manifest)
    return settings_of(load(path), path.absolute().parent, endpoint=endpoint, upstream=upstream)
