# SPDX-License-Identifier: Apache-2.0
"""No test opens a socket beyond this machine: the hook in conftest.py refuses it, and hauberk itself opens none."""

import socket
import sys

import pytest

from tests.cli.cases import example
from tests.inprocess import run_rules


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("2001:db8::1", 80), ("example.com", 80)])
def test_a_test_that_reaches_out_is_stopped(address):
    with pytest.raises(PermissionError, match="reached for"):
        socket.create_connection(address, timeout=0.1)


def test_loopback_is_allowed():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        pass


OPENED = []
sys.addaudithook(lambda event, _: OPENED.append(event) if event == "socket.__new__" else None)


def test_examining_a_system_opens_no_socket_at_all(tmp_path):
    from hauberk.engine.catalogue import catalogue

    system = example("as-written", tmp_path)
    OPENED.clear()
    static = {name: card for name, card in catalogue().items() if card.basis.value != "measured"}
    assert run_rules(system, static)
    assert not OPENED
