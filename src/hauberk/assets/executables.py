# SPDX-License-Identifier: Apache-2.0
"""Finds machine programs within other bytes by headers that hold together, not by their first bytes alone.

ELF: System V ABI, chapter 4. PE: Microsoft's "PE Format". Mach-O: ``mach-o/loader.h``. Two to four bytes of a magic
number stand by chance in every gigabyte of weights; a header whose fields agree does not.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

_ELF, _PE = b"\x7fELF", b"PE\0\0"
_MACHO = {b"\xcf\xfa\xed\xfe": ("<", 32), b"\xce\xfa\xed\xfe": ("<", 28), b"\xfe\xed\xfa\xcf": (">", 32),
          b"\xfe\xed\xfa\xce": (">", 28)}  # fmt: skip
_ELF_MACHINES = frozenset({2, 3, 8, 18, 20, 21, 22, 40, 42, 43, 50, 62, 183, 190, 224, 243, 247, 258})
_PE_MACHINES = frozenset({0x14C, 0x1C0, 0x1C4, 0x200, 0x8664, 0xAA64, 0xEBC, 0x5032, 0x5064})
_CPUS = frozenset({7, 12, 18, 0x01000007, 0x0100000C, 0x0200000C, 0x01000012})
_FARTHEST_STUB = 4096
MOST = 20
SCRIPTS = (b"#!/bin/", b"#!/usr/bin/", b"#!/usr/local/bin/", b"#!/usr/bin/env ")


class Executable(NamedTuple):
    """A program within other bytes."""

    offset: int
    kind: str


def executables(data: bytes) -> Iterator[Executable]:
    """Every program whose header holds together, at most MOST of each kind, wherever it begins."""
    yield from _found(data, _ELF, _is_elf, "an ELF program")
    yield from _windows(data)
    for magic in _MACHO:
        yield from _found(data, magic, _is_macho, "a Mach-O program")


def _found(data: bytes, magic: bytes, holds: object, kind: str) -> Iterator[Executable]:
    count, at = 0, data.find(magic)
    while at >= 0 and count < MOST:
        if callable(holds) and holds(data, at):
            count += 1
            yield Executable(at, kind)
        at = data.find(magic, at + 1)


def _is_elf(data: bytes, at: int) -> bool:
    if at + 64 > len(data) or data[at + 4] not in (1, 2) or data[at + 5] not in (1, 2) or data[at + 6] != 1:
        return False
    order = "<" if data[at + 5] == 1 else ">"
    kind, machine, version = struct.unpack_from(order + "HHI", data, at + 16)
    size = struct.unpack_from(order + "H", data, at + (52 if data[at + 4] == 2 else 40))[0]  # noqa: PLR2004  class 2 is of 64 bits
    return kind in range(1, 5) and machine in _ELF_MACHINES and version == 1 and size in (52, 64)


def _windows(data: bytes) -> Iterator[Executable]:
    count, at = 0, data.find(_PE)
    while at >= 0 and count < MOST:
        if at + 26 <= len(data):
            machine, sections = struct.unpack_from("<HH", data, at + 4)
            form = struct.unpack_from("<H", data, at + 24)[0]
            begin = _stub(data, at) if machine in _PE_MACHINES and 0 < sections <= 96 and form in (0x10B, 0x20B) else -1  # noqa: PLR2004  sections that Windows loads
            if begin >= 0:
                count += 1
                yield Executable(begin, "a Windows program")
        at = data.find(_PE, at + 1)


def _stub(data: bytes, at: int) -> int:
    """Where the DOS header lies that points to the PE header; -1 where none does."""
    begin = data.rfind(b"MZ", max(0, at - _FARTHEST_STUB), at)
    while begin >= 0:
        if struct.unpack_from("<I", data, begin + 60)[0] == at - begin and at - begin >= 64:  # noqa: PLR2004  the DOS header's size
            return begin
        begin = data.rfind(b"MZ", max(0, at - _FARTHEST_STUB), begin)
    return -1


def _is_macho(data: bytes, at: int) -> bool:
    order, size = _MACHO[bytes(data[at : at + 4])]
    if at + size > len(data):
        return False
    cpu, _, kind, commands, length = struct.unpack_from(order + "5I", data, at + 4)
    return cpu in _CPUS and kind in range(1, 13) and 0 < commands <= length // 8 and length <= len(data) - at
