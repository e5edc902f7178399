# SPDX-License-Identifier: Apache-2.0
"""The line that says how far it is: it moves while one long job runs, and no name can drive the terminal."""

import io
import time

import pytest

from hauberk.cli.progress import LONGEST, Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def watch(monkeypatch):
    """Standard error as a terminal; within the test, since pytest puts its own in place before each."""
    stream = Terminal()
    monkeypatch.setattr("sys.stderr", stream)
    return stream


def test_it_moves_before_and_while_a_single_long_job_runs(monkeypatch):
    terminal = watch(monkeypatch)
    with Progress() as progress:
        time.sleep(0.3)
        progress.expect(1)
        time.sleep(0.5)
    drawn = [part for part in terminal.getvalue().split("\r\x1b[2K") if part]
    assert len(drawn) >= 3
    assert "meeting files" in drawn[0]
    assert "0/1" in drawn[-1]
    assert terminal.getvalue().endswith("\r\x1b[2K")


def test_it_is_removed_where_the_work_fails(monkeypatch):
    terminal = watch(monkeypatch)
    with pytest.raises(ZeroDivisionError), Progress():
        raise ZeroDivisionError
    assert terminal.getvalue().endswith("\r\x1b[2K")


@pytest.mark.parametrize("label", ["a\x1b[2Jb", "a\nb", "a\u202eb", "a\rb", "\udcff"])
def test_no_name_drives_the_terminal(label):
    progress = Progress(quiet=True)
    progress.expect(2)
    progress.step(label, 1)
    line = progress.line()
    assert line.isprintable()
    assert "1/2  1 findings" in line
    line.encode()


def test_it_fits_a_line():
    progress = Progress(quiet=True)
    progress.expect(10)
    progress.step("x" * 500, 0)
    assert len(progress.line()) == LONGEST


def test_nothing_is_drawn_where_nobody_looks(capsys):
    with Progress() as progress:
        progress.expect(1)
        progress.step("a", 0)
    assert capsys.readouterr().err == ""


def test_a_quiet_one_draws_nothing(monkeypatch):
    terminal = watch(monkeypatch)
    with Progress(quiet=True):
        time.sleep(0.3)
    assert terminal.getvalue() == ""
