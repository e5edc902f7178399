# SPDX-License-Identifier: Apache-2.0
"""The guard's own work on one request: who asks, how much, what, whether; then the model, the record, the answer.

A bare ASGI callable. Nothing leaves before its event is in the spool.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from msgspec.structs import replace

from hauberk.core.clock import stamp
from hauberk.core.codec import encode
from hauberk.core.errors import Malformed, TooLarge
from hauberk.core.event import Action, Decision, Event
from hauberk.core.identifier import event_id
from hauberk.core.query import Interface, Query
from hauberk.guard.ask import Model, Unanswered
from hauberk.guard.body import Receive, Refused, read_body
from hauberk.guard.buckets import Buckets, Taken
from hauberk.guard.callers import Caller
from hauberk.guard.chain import Chain
from hauberk.guard.counters import Counters
from hauberk.guard.held import is_event, result_of
from hauberk.guard.late import Late
from hauberk.guard.log import place_of, tell
from hauberk.guard.metrics import metrics
from hauberk.guard.reading import VERSION, Reader, Reading
from hauberk.guard.record import Kept, Sealer, commitment, new_salt
from hauberk.guard.review import reviewed
from hauberk.guard.settings import Settings
from hauberk.guard.shape import REFUSING, only_label, only_label_ports, responses
from hauberk.guard.spool import Spool, SpoolFull
from hauberk.guard.standing import Standing, follow
from hauberk.guard.tally import Tally
from hauberk.wire import inference

Send = Callable[[dict[str, Any]], Awaitable[None]]

HELD: Final = "/held/"
"""Below it clients fetch what a person decided."""
_JSON: Final = (b"content-type", b"application/json")
_GENERIC: Final = "this request was not answered"
_TAKEN: Final = {
    Taken.TOO_FAST: (429, "too many requests", "throttled"),
    Taken.QUOTA: (429, "the quota is spent", "throttled"),
    Taken.UNABLE: (503, "the rate cannot be counted", "failed"),
}


def _waits(event: str) -> bytes:
    return encode({"event": event, "status": "waits for a person", "result": f"{HELD}{event}"})


def _generic(query: Query) -> bytes:
    return encode({"error": _GENERIC, "event": query.event})


def _refusal(decision: Decision) -> int:
    """Status of a request that is not answered."""
    return 429 if decision.action is Action.THROTTLE else 403


class Guard:
    """Everything that one worker needs."""

    def __init__(  # noqa: PLR0913  the parts of a guard
        self,
        settings: Settings,
        interface: Interface,
        model: Model,
        *,
        known: Callable[[Mapping[bytes, bytes], str], Caller | None],
        buckets: Buckets,
        chain: Chain,
        spool: Spool,
        sealer: Sealer,
        counters: Counters,
        tally: Tally,
        held: tuple[Path, bytes],
        standing: Standing,
        stop: Callable[[], None],
        second: Model | None = None,
        wall: Callable[[], int] = time.time_ns,
    ) -> None:
        """Wire the parts; ``known`` says whose headers those are, at a stamp; ``wall`` is nanoseconds since 1970.

        ``held`` is the folder of what people decided, and the key that opens it; ``second`` the model to fall back to;
        ``stop`` ends the service.
        """
        self.settings, self.interface, self.model = settings, interface, model
        self.chain, self.ready = chain, True
        self._known, self._buckets, self._spool, self._sealer = known, buckets, spool, sealer
        self._counters, self._wall = counters, wall
        self.tally = tally
        self._held, self._secret = held
        self._standing, self._stop, self._second = standing, stop, second
        self._responses = responses(settings.guarding.detect, self._secret)
        self._written = (0, "")
        self._late = Late(settings.guarding.seconds)
        self._reader = Reader(settings, interface)
        self._slow = settings.rate.slowed(settings.guarding.detect.throttle)
        labels = settings.guarding.answers == "label"
        self._shown = only_label_ports(interface) if labels else interface
        base = f"/v2/models/{settings.model}"
        opaque = bool(settings.guarding.upstream) and settings.guarding.protocol == "rows"
        self._infer = frozenset() if opaque else frozenset({f"{base}/infer", f"{base}/versions/{VERSION}/infer"})
        self._pages: dict[str, Callable[[], Any]] = {
            "/v2": lambda: {"name": "hauberk-guard", "version": VERSION, "extensions": []},
            base: lambda: inference.metadata(settings.model, VERSION, self._shown),
            f"{base}/versions/{VERSION}": lambda: inference.metadata(settings.model, VERSION, self._shown),
            f"{base}/ready": lambda: {"name": settings.model, "ready": self.ready},
            f"{base}/versions/{VERSION}/ready": lambda: {"name": settings.model, "ready": self.ready},
        }

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        try:
            status, body, extra = await self._answer(scope, receive)
        except Refused as refused:
            status, body = refused.status, encode({"error": refused.why})
            extra = [(b"connection", b"close")] if refused.close else []
        except Exception as error:  # noqa: BLE001  a fault of ours refuses, and is told without what was asked
            tell("fault", error=type(error).__name__, place=place_of(error))
            status, body, extra = 500, encode({"error": _GENERIC}), [(b"connection", b"close")]
        headers = [_JSON, (b"content-length", str(len(body)).encode()), *extra]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Mapping[str, Any], receive: Receive) -> tuple[int, bytes, list[tuple[bytes, bytes]]]:
        path, method = scope["path"], scope["method"]
        if path in ("/v2/health/live", "/v2/health/ready"):
            live = self.ready or path.endswith("live")
            return 200 if live else 503, b"{}", []
        headers = dict(scope["headers"])
        if path == self.settings.route or path in self._infer:
            if method != "POST":
                raise Refused(405, "POST a request")
            return await self._decide(path, headers, receive)
        if path.startswith(HELD) and method == "GET":
            return self._result(path.removeprefix(HELD), self._caller(headers))
        return self._page(path, method, self._caller(headers))

    def _result(self, event: str, caller: Caller) -> tuple[int, bytes, list[tuple[bytes, bytes]]]:
        """What a person decided; 202 for whatever is not decided, or not this caller's, all alike."""
        self._permit(caller, "infer")
        self._pace(caller, 0, tokens=1)
        if not is_event(event):
            raise Refused(404, "there is nothing here")
        found = result_of(self._held, self._secret, event, caller.name)
        return (202, _waits(event), []) if found is None else (200, found, [])

    def _page(self, path: str, method: str, caller: Caller) -> tuple[int, bytes, list[tuple[bytes, bytes]]]:
        if method not in ("GET", "HEAD"):
            raise Refused(405, "GET this")
        if path == "/metrics":
            self._permit(caller, "metrics")
            kind = (b"content-type", b"application/openmetrics-text; version=1.0.0; charset=utf-8")
            return 200, self._metrics(), [kind]
        made = self._pages.get(path)
        if made is None:
            raise Refused(404, "there is nothing here")
        self._permit(caller, "metadata")
        return 200, encode(made()), []

    def _metrics(self) -> bytes:
        gauges = {
            "ready": ("Whether requests are answered.", float(self.ready)),
            "unsynced": ("Events of this worker that are not on the disk yet.", float(self._spool.unsynced)),
        }
        return metrics(self._counters.totals(), self.tally.totals(), gauges)

    def _now(self) -> str:
        """The time, written once a millisecond."""
        now = self._wall() // 1_000_000
        if now != self._written[0]:
            self._written = now, stamp(datetime.fromtimestamp(now / 1000, UTC))
        return self._written[1]

    def _caller(self, headers: Mapping[bytes, bytes]) -> Caller:
        caller = self._known(headers, self._now())
        if caller is None:
            self._counters.add("unknown")
            raise Refused(401, "who are you? send Authorization: Bearer KEY", close=True)
        return caller

    def _permit(self, caller: Caller, scope: str) -> None:
        if scope not in caller.scopes:
            self._counters.add("forbidden")
            raise Refused(403, f"this key does not have the scope {scope}", close=True)

    async def _decide(
        self, path: str, headers: Mapping[bytes, bytes], receive: Receive
    ) -> tuple[int, bytes, list[tuple[bytes, bytes]]]:
        self._counters.add("received")
        caller = self._caller(headers)
        self._permit(caller, "infer")
        self._counters.add("known")
        self._pace(caller, 1, tokens=1)
        self._counters.add("paced")
        try:
            body, start = await self._read(headers, receive)
            reading = self._understand(path, body)
            if reading.rows > 1:
                self._pace(caller, reading.rows - 1, tokens=0)
        except BaseException:
            self._buckets.take(caller.name, -1, tokens=0)  # whatever was not read asks for no row
            raise
        self._counters.add("read")
        return await self._serve(caller, body, reading, start)

    async def _read(self, headers: Mapping[bytes, bytes], receive: Receive) -> tuple[bytes, int]:
        kind = headers.get(b"content-type", b"application/json").partition(b";")[0].strip().lower()
        if kind != b"application/json":
            raise Refused(415, "send application/json", close=True)
        if b"inference-header-content-length" in headers:
            self._counters.add("malformed")
            raise Refused(400, inference.BINARY, close=True)
        guarding = self.settings.guarding
        try:
            with self._late:
                body = await read_body(receive, headers, guarding.most_bytes)
        except TimeoutError:
            self._counters.add("malformed")
            raise Refused(408, "the body did not come in time", close=True) from None
        except Refused:
            self._counters.add("malformed")
            raise
        return body, time.monotonic_ns()

    def _pace(self, caller: Caller, count: int, *, tokens: int) -> None:
        taken = self._buckets.take(
            caller.name, count, tokens=tokens, rate=self._slow if self._standing.is_slowed(caller.name) else None
        )
        if taken is not Taken.YES:
            status, why, name = _TAKEN[taken]
            self._counters.add(name)
            raise Refused(status, why, close=True)

    def _understand(self, path: str, body: bytes) -> Reading:
        """The request as tensors, and how to write its answer; raises Refused."""
        try:
            return self._reader.tensors(body) if path in self._infer else self._reader.rows(body)
        except (Malformed, TooLarge) as error:
            self._counters.add("malformed")
            raise Refused(413 if isinstance(error, TooLarge) else 400, error.message) from error

    async def _serve(
        self, caller: Caller, body: bytes, reading: Reading, start: int
    ) -> tuple[int, bytes, list[tuple[bytes, bytes]]]:
        query = Query(
            event=event_id(self._wall() // 1_000_000, os.urandom(10)),
            at=time.monotonic(),
            client=caller.name,
            endpoint=self.settings.endpoint,
            inputs=reading.inputs,
            rows=reading.rows,
            line=reading.line,
        )
        decision = self.chain.before(query)
        self._counters.add("judged")
        action = decision.action
        if action is Action.ALLOW or action is Action.HOLD or action not in REFUSING:
            query, status, reply, decision = await self._asked(query, reading, decision)
        else:
            status, reply = _refusal(decision), _generic(query)
        if decision.detections:
            self._counters.add("detections", len(decision.detections))
        if decision.queued:
            self._counters.add("queued")
        if status in (403, 429):
            self._counters.add("refused")
        follow(decision, query.client, self._standing, self.settings.guarding.detect)
        kept = Kept(
            answer=query.answer,
            protocol=reading.protocol,
            salt=new_salt(),
            request=body,
            reply=reply,
            subject=reading.subject or f"client/{caller.name}",
        )
        await self._keep(query, decision, kept, status, start)
        if decision.action is Action.STOP:
            self._stop()
        self._counters.add("replied")
        return status, reply, []

    async def _asked(self, query: Query, reading: Reading, decision: Decision) -> tuple[Query, int, bytes, Decision]:
        """Ask the model and shape what it says: with the answer, the status, the body, what was decided by then."""
        self._counters.add("asked")
        try:
            answer = await self.model.infer(reading.inputs, reading.plain, self.settings.guarding.seconds)
        except Unanswered as error:
            self._counters.add("failed")
            return query, error.status, encode({"error": error.why, "event": query.event}), decision
        self._counters.add("answered")
        query = replace(query, answer=answer)
        decision = reviewed(query, self.chain.after(query, decision), self.settings.guarding)
        if decision.action is Action.ALLOW or decision.action <= Action.HOLD:
            self.tally.add(query.inputs, query.answer)
        if decision.action is Action.ALLOW:
            return query, 200, self._shaped(query, reading, decision), decision
        if decision.action is Action.HOLD:
            self._counters.add("held")
            return query, 202, _waits(query.event), decision
        if decision.action is Action.FALL_BACK and self._second is not None:
            try:
                answer = await self._second.infer(reading.inputs, reading.plain, self.settings.guarding.seconds)
            except Unanswered as error:
                self._counters.add("failed")
                return query, error.status, encode({"error": error.why, "event": query.event}), decision
            query = replace(query, answer=answer)
        elif decision.action in REFUSING or decision.action not in self._responses:
            return query, _refusal(decision), _generic(query), decision
        return query, 200, self._shaped(query, reading, decision), decision

    def _shaped(self, query: Query, reading: Reading, decision: Decision) -> bytes:
        """The body of an answer, less of it where policy says so."""
        response = None if decision.action is Action.ALLOW else self._responses.get(decision.action)
        outputs = response(query.answer, query) if response else query.answer
        if self.settings.guarding.answers == "label":
            outputs = only_label(outputs, query)
        return encode(reading.reply(query.event, outputs))

    def _answering(self, decision: Decision, status: int) -> str:
        """Digest of the model whose answer the record holds."""
        second = self.settings.fall_back
        fell_back = second is not None and decision.action is Action.FALL_BACK and status == 200  # noqa: PLR2004
        return second.digest if second is not None and fell_back else self.settings.digest

    async def _keep(self, query: Query, decision: Decision, kept: Kept, status: int, start: int) -> None:
        """Write the event; raises Refused (503) where it cannot be kept, and then no answer leaves."""
        event = Event(
            at=self._now(),
            client=query.client,
            decision=decision,
            endpoint=query.endpoint,
            id=query.event,
            model=self._answering(decision, status),
            request=commitment(kept.salt, kept.request),
            answer=commitment(kept.salt, kept.reply),
            rows=query.rows,
            run=self.settings.run,
            status=status,
            took=(time.monotonic_ns() - start) // 1000,
        )
        try:
            self._spool.write(self._sealer.seal(event, kept))
            if self.settings.guarding.strict:
                await self._spool.synced(asyncio.get_running_loop())
        except SpoolFull:
            self._counters.add("unspooled")
            raise Refused(503, "this cannot be recorded now, so it is not answered") from None
        self._counters.add("spooled")
