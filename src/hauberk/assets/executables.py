# SPDX-License-Identifier: Apache-2.0
"""Finds machine programs within other bytes by headers that hold together, not by their first bytes alone.

ELF: System V ABI, chapter 4. PE: Microsoft's "PE Format". Mach-O: ``mach-o/loader.h``. Two to four bytes of a magic
number stand by chance in every gigabyte of weights; a header whose fields agree does not.
"""

import struct
from typing import NamedTuple

_ELF, _PE = b"\x7fELF", b"PE\0\0"
_MACHO = {b"\xcf\xfa\xed\xfe": ("<", 32), b"\xce\xfa\xed\xfe": ("<", 28), b"\xfe\xed\xfa\xcf": (">", 32),
          b"\xfe\xed\xfa\xce": (">", 28)}  # fmt: skip
_ELF_MACHINES = frozenset({2, 3, 8, 18, 20, 21, 22, 40, 42, 43, 50, 62, 183, 190, 224, 243, 247, 258})
_PE_MACHINES = frozenset({0x14C, 0x1C0, 0x1C4, 0x200, 0x8664, 0xAA64, 0xEBC, 0x5032, 0x5064})
_CPUS = frozenset({7, 12, 18, 0x01000007, 0x0100000C, 0x0200000C, 0x01000012})
_FARTHEST_STUB = 4096
SCRIPTS = (b"#!/bin/", b"#!/usr/bin/", b"#!/usr/local/bin/", b"#!/usr/bin/env ")


class Executable(NamedTuple):
    """A program within other bytes."""

    offset: int
    kind: str


ANCHORS = (_ELF, _PE, *_MACHO)
"""Bytes of which one stands in every program's header."""


def executable_at(data: bytes, at: int) -> Executable | None:
    """The program whose header has its anchor at a byte; None where the header does not hold together."""
    magic = bytes(data[at : at + 4])
    if magic == _ELF:
        return Executable(at, "an ELF program") if _is_elf(data, at) else None
    if magic == _PE:
        begin = _windows(data, at)
        return Executable(begin, "a Windows program") if begin >= 0 else None
    return Executable(at, "a Mach-O program") if magic in _MACHO and _is_macho(data, at) else None


def executable(data: bytes) -> Executable | None:
    """The program that these bytes are, from their first one on; None where they are none."""
    at = int.from_bytes(data[60:64], "little") if data.startswith(b"MZ") else 0
    found = executable_at(data, at)
    return found if found is not None and found.offset == 0 else None


def _is_elf(data: bytes, at: int) -> bool:
    if at + 64 > len(data) or data[at + 4] not in (1, 2) or data[at + 5] not in (1, 2) or data[at + 6] != 1:
        return False
    order = "<" if data[at + 5] == 1 else ">"
    kind, machine, version = struct.unpack_from(order + "HHI", data, at + 16)
    size = struct.unpack_from(order + "H", data, at + (52 if data[at + 4] == 2 else 40))[0]  # noqa: PLR2004  class 2 is of 64 bits
    return kind in range(1, 5) and machine in _ELF_MACHINES and version == 1 and size in (52, 64)


def _windows(data: bytes, at: int) -> int:
    """Where the program begins whose PE header stands at a byte; -1 where that is none."""
    if at + 26 > len(data):
        return -1
    machine, sections = struct.unpack_from("<HH", data, at + 4)
    form = struct.unpack_from("<H", data, at + 24)[0]
    held = machine in _PE_MACHINES and 0 < sections <= 96 and form in (0x10B, 0x20B)  # noqa: PLR2004  what Windows loads
    return _stub(data, at) if held else -1


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
