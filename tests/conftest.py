# SPDX-License-Identifier: Apache-2.0
"""Settings for every test: its own cache, keys and configuration folders, and bounded hypothesis profiles."""

import ipaddress
import os
import sys

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "fast", max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
settings.register_profile("full", max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HAUBERK_HYPOTHESIS", "fast"))


def refuse_the_network(event, arguments):
    """An audit hook: connecting beyond this machine, or asking for a name beyond it, ends the test."""
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host
    if host in {None, "", "localhost"}:
        return
    try:
        local = ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        local = False
    if not local:
        raise PermissionError(f"a test reached for {host}")


sys.addaudithook(refuse_the_network)


@pytest.fixture(autouse=True)
def own_folders(tmp_path_factory, monkeypatch):
    """No test reads or writes the user's own cache, keys or configuration."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    monkeypatch.delenv("HAUBERK_KEYS", raising=False)
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.fixture
def printed(record_property):
    """Shows a text at the end of the run, from whichever process the test ran in."""
    return lambda text: record_property("printed", text)


def pytest_terminal_summary(terminalreporter):
    """Print what tests had to say beyond passing: tables and counts that somebody reads."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == "printed":
                terminalreporter.write_sep("-", report.nodeid.rpartition("::")[2])
                terminalreporter.write_line(value)


def pytest_make_parametrize_id(config, val, argname):
    """Bytes are named by their number: what holds a time stamp would give each worker another name."""
    return f"{len(val)} bytes" if isinstance(val, bytes) else None
