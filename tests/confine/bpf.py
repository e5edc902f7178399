# SPDX-License-Identifier: Apache-2.0
"""Runs a classic BPF program on paper, so that the filter of a machine that is not here is tested too."""

import struct


def verdict(steps, *, arch, number, arguments=()):
    """What the program returns for one system call."""
    padded = [*arguments, *[0] * (6 - len(arguments))]
    data = struct.pack("<IIQ6Q", number, arch, 0, *(value & (2**64 - 1) for value in padded))
    held, at = 0, 0
    while True:
        code, then, otherwise, operand = steps[at]
        at += 1
        if code == 0x06:
            return operand
        if code == 0x20:
            held = struct.unpack_from("<I", data, operand)[0]
            continue
        test = {0x15: held == operand, 0x35: held >= operand, 0x45: bool(held & operand)}[code]
        at += then if test else otherwise
