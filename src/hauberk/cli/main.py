# SPDX-License-Identifier: Apache-2.0
"""The command line: one thin file a command, imported only when it runs."""

import difflib
import os
import sys
import traceback
from collections.abc import Sequence

from cyclopts import App
from cyclopts.exceptions import CycloptsError

import hauberk
from hauberk.core.errors import HauberkError, ManifestInvalid, Misuse

INTERRUPTED = 130
"""Ctrl-C, as shells have it: 128 and the number of the signal."""
UNREAD = 141
"""Whoever read the output went away before its end (SIGPIPE): nothing was judged to the end."""
FAULT = 70
"""A fault in hauberk itself (EX_SOFTWARE of sysexits.h): never mistaken for a verdict."""

COMMANDS = (
    ("demo", "demo:demo", "A small real system with ordinary faults, assessed end to end, offline."),
    ("init", "init:init", "Look at a repository and write a commented hauberk.yaml."),
    ("scan", "scan:scan", "Run every static check on any path; needs no manifest, opens no socket."),
    (
        "baseline",
        "baseline:baseline",
        "Write down what is found today, with an owner and an end; new findings then stand out.",
    ),
    ("attack", "attack:attack", "Attack a model file under a budget."),
    ("assess", "assess:assess", "Run all that the manifest asks for and seal it in the ledger."),
    ("import", "import_report:import_report", "Put another tool's report into the ledger, as that tool's findings."),
    ("gate", "gate:gate", "Judge the last closed assessment by the policy."),
    ("report", "report:report", "Write the last assessment as HTML, Markdown, SARIF, JUnit or JSON."),
    ("lock", "lock:lock", "Pin what the system consists of in hauberk.lock."),
    ("review", "review:review", "What a change set does: findings, models, permissions, signatures, approvals."),
    ("waive", "waive:waive", "Sign a decision to live with one finding until a date."),
    ("protect", "protect:app", "Safer artefacts: notebooks to share, networks trained against attacks."),
    ("guard", "guard:app", "Keep a model's endpoint: callers, limits, record, stop."),
    ("respond", "respond:app", "Incidents: list, show, take, close; send detections on."),
    ("attest", "attest:attest", "Sign, in a role, that a duty is met or a thing approved until a date."),
    ("govern", "govern:app", "Threats, documents, posture."),
    ("ledger", "ledger:app", "Export, list and inspect the ledger."),
    ("verify", "verify:verify", "Verify a bundle with public keys only."),
    ("key", "key:app", "Make and list identities."),
    ("explain", "explain:explain", "The page of a rule, an error code or a model file."),
    ("doctor", "doctor:doctor", "What is installed, missing and limited on this machine."),
)


def application(chosen: str = "") -> App:
    """All commands, none of them imported; the chosen one is described by its own docstring, the others by a line."""
    app = App(
        name="hauberk",
        version=hauberk.__version__,
        help="Evidence for the whole life of a machine-learning system.",
        help_epilogue=(
            "Exit codes: 0 passed, 1 the gate failed, 2 misuse or bad manifest, "
            "3 something could not be looked at, 4 ledger or signature broken."
        ),
    )
    for name, target, words in COMMANDS:
        if name == chosen:
            app.command(f"hauberk.cli.{target}", name=name)
        else:
            app.command(f"hauberk.cli.{target}", name=name, help=words)
    return app


def run(arguments: Sequence[str] | None = None) -> None:
    """Entry point: run one command and leave with its exit code."""
    _open_streams()
    sys.exit(execute(arguments))


def execute(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code. Errors go to standard error as one line each, with what to do."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _command(words)
    except KeyboardInterrupt:
        sys.stderr.write("\ninterrupted; what was sealed so far is in the ledger\n")
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # so that closing the stream at exit is silent too
        return UNREAD
    except Exception as error:  # noqa: BLE001  the last door: whatever it is, it is told in a line
        return _fail(error, words)


def _fail(error: Exception, words: list[str]) -> int:
    """Tell an error; its exit code."""
    if isinstance(error, CycloptsError):
        error = Misuse(" ".join(str(error).split()), remedy=_help_of(words))
    elif isinstance(error, OSError):
        what = f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror or error)
        error = Misuse(what, remedy="make room or give permission, or name another place")
    if isinstance(error, HauberkError):
        _complain(error)
        return error.exit_code
    _confess(error)
    return FAULT


def _command(words: list[str]) -> int:
    """Run the command that the words name; a name that nobody has is told without importing any command."""
    chosen = words[0] if words else ""
    known = [name for name, _, _ in COMMANDS]
    if chosen and not chosen.startswith("-") and chosen not in known:
        near = difflib.get_close_matches(chosen, known, 1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise Misuse(f"no command is called {chosen}", remedy=f"{hint}hauberk --help lists them")
    app = application(chosen)
    code = app(words, exit_on_error=False, print_error=False, result_action="return_value")
    sys.stdout.flush()
    return code if isinstance(code, int) else 0


def _open_streams() -> None:
    """Streams that take any text, even where the caller closed them or they speak ASCII only."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123  open for the whole process
        getattr(sys, name).reconfigure(errors="backslashreplace")


def _help_of(words: list[str]) -> str:
    known = {name for name, _, _ in COMMANDS}
    return f"hauberk {words[0]} --help" if words and words[0] in known else "hauberk --help"


def _complain(error: HauberkError) -> None:
    if isinstance(error, ManifestInvalid):
        sys.stderr.writelines(f"{_plain(fault)}\n" for fault in error.faults)
    sys.stderr.write(f"error {error.code}: {_plain(error.message)}\n")
    if error.remedy:
        sys.stderr.write(f"  what to do: {_plain(error.remedy)}\n")


def _confess(error: Exception) -> None:
    """Name a fault of ours by its type alone: its words may quote what was examined."""
    if os.environ.get("HAUBERK_DEBUG") == "1":
        traceback.print_exception(error)
        return
    sys.stderr.write(
        f"error HBK-E-000: a fault in hauberk: {type(error).__name__}\n"
        "  what to do: set HAUBERK_DEBUG=1 to see where (the output may quote what was examined), and report it\n"
    )


def _plain(text: str) -> str:
    """Text without control characters, so that a file's name cannot drive the terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
