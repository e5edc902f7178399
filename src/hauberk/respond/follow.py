# SPDX-License-Identifier: Apache-2.0
"""Following the ledger: incidents are declared, and every receiver gets what it asked for, at least once.

How far each one got is a file below the state; it moves on after a batch was delivered, so that a crash in between
sends the batch again and never leaves one out. A receiver that is away costs the others nothing.
"""

import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from msgspec.structs import replace

import hauberk
from hauberk.core.codec import decode, encode
from hauberk.core.entry import Count, Entry
from hauberk.core.errors import CannotLook
from hauberk.core.system import Sending
from hauberk.core.value import Value
from hauberk.ledger.files import replace_file
from hauberk.respond.book import Book
from hauberk.respond.notices import notices
from hauberk.respond.receivers import Receiver, Undelivered
from hauberk.wire.cef import cef
from hauberk.wire.notice import Notice
from hauberk.wire.ocsf import ocsf
from hauberk.wire.syslog import syslog

BATCH: Final = 200
"""Notices at once, about; those of one entry stay together."""
ENTRIES: Final = 5000
"""Entries looked at for one batch."""
PAUSES: Final = (1, 2, 5, 15, 60)
"""Rounds that a receiver is left alone after it failed so many times in a row."""


class Sent(Value, frozen=True, kw_only=True):
    """How far one receiver got."""

    upto: Count = 0
    """Entries whose notices it has."""
    notices: Count = 0
    """Delivered, each counted once."""
    again: Count = 0
    """Sent once more, since it was not known whether they arrived."""
    failed: Count = 0
    """Attempts that failed."""
    error: str = ""
    """The last one's, while it fails."""
    schema: Literal["hauberk/sent/1"] = "hauberk/sent/1"


class Reached(Value, frozen=True, kw_only=True):
    """One receiver, what it has and what waits."""

    name: str
    to: str
    """Address."""
    waits: Count
    """Entries of the ledger that it has heard nothing of."""
    upto: Count
    """Entries whose notices it has."""
    notices: Count
    """Delivered, each counted once."""
    again: Count
    """Sent once more, since it was not known whether they arrived."""
    failed: Count
    """Attempts that failed."""
    error: str
    """The last one's, while it fails."""


class Receivers(Value, frozen=True, kw_only=True):
    """The document that ``hauberk respond sent --json`` prints."""

    schema: Literal["hauberk/receivers/1"] = "hauberk/receivers/1"
    receivers: tuple[Reached, ...]


def reached(sending: Sending, sent: Sent, size: int) -> Reached:
    """How far a receiver got of a ledger of so many entries."""
    return Reached(
        name=sending.name,
        to=sending.to,
        waits=size - sent.upto,
        upto=sent.upto,
        notices=sent.notices,
        again=sent.again,
        failed=sent.failed,
        error=sent.error,
    )


def sent_of(path: Path) -> Sent:
    """How far a file says; one that does not read is taken as the beginning, so that nothing is left out."""
    try:
        return decode(path.read_bytes(), Sent)
    except (FileNotFoundError, CannotLook):
        return Sent()


@dataclass(kw_only=True)
class Line:
    """One receiver, and how far it got."""

    sending: Sending
    receiver: Receiver
    path: Path
    """Of the file that says how far."""
    host: str = field(default_factory=socket.gethostname)
    rests: int = 0
    """Rounds that it is left alone."""
    misses: int = 0
    """Failures in a row."""

    @property
    def sent(self) -> Sent:
        """How far."""
        return sent_of(self.path)

    def send(self, book: Book) -> int:
        """Send what is new; how many notices. A failure is counted, and what was under way is sent again."""
        if self.rests:
            self.rests -= 1
            return 0
        count = 0
        incidents = {one.id: one for one in book.incidents()}
        while (sent := self.sent).upto < book.ledger.size:
            upto, batch = sent.upto, list[Notice]()
            for entry, body in _some(book, sent.upto):
                batch += notices(entry, body, self.sending.what, incidents, book.keys)
                upto = entry.index + 1
                if len(batch) >= BATCH:
                    break
            try:
                if batch:
                    self.receiver.send([self.written(one) for one in batch])
            except Undelivered as error:
                self._missed(replace(sent, failed=sent.failed + 1, again=sent.again + len(batch), error=str(error)))
                return count
            self.misses = 0
            self._keep(replace(sent, upto=upto, notices=sent.notices + len(batch), error=""))
            count += len(batch)
        return count

    def written(self, notice: Notice) -> bytes:
        """A notice as this receiver wants it."""
        form, version = self.sending.format, hauberk.__version__
        text = {"ocsf": ocsf, "cef": cef}[form](notice, version) if form != "syslog" else ""
        if self.sending.to.startswith(("http:", "https:")):
            return text.encode() if form == "ocsf" else encode(text or notice)
        if self.sending.to.startswith("file:") and text:
            return text.encode()
        return syslog(notice, self.host, text)

    def _missed(self, sent: Sent) -> None:
        self.rests = PAUSES[min(self.misses, len(PAUSES) - 1)]
        self.misses += 1
        self._keep(sent)

    def _keep(self, sent: Sent) -> None:
        replace_file(self.path, encode(sent), mode=0o600)


def _some(book: Book, start: int) -> Iterator[tuple[Entry, bytes]]:
    for taken, one in enumerate(book.ledger.entries(start), 1):
        yield one
        if taken >= ENTRIES:
            return


def round_of(book: Book, lines: Sequence[Line]) -> int:
    """Declare incidents and send what is new to everybody; how many notices went out."""
    book.declare()
    return sum(line.send(book) for line in lines)
