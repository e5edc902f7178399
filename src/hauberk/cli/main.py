# SPDX-License-Identifier: Apache-2.0
"""The command line: one thin file a command, imported only when it runs."""

import sys
from collections.abc import Sequence

from cyclopts import App

import hauberk
from hauberk.core.errors import HauberkError, ManifestInvalid

INTERRUPTED = 130

app = App(
    name="hauberk",
    version=hauberk.__version__,
    help="Evidence for the whole life of a machine-learning system.",
    help_epilogue=(
        "Exit codes: 0 passed, 1 the gate failed, 2 misuse or bad manifest, "
        "3 something could not be looked at, 4 ledger or signature broken."
    ),
)

COMMANDS = (
    ("demo", "demo:demo", "A small real system with ordinary faults, assessed end to end, offline."),
    ("init", "init:init", "Look at a repository and write a commented hauberk.yaml."),
    ("scan", "scan:scan", "Run every static check on any path; needs no manifest, opens no socket."),
    ("assess", "assess:assess", "Run all that the manifest asks for and seal it in the ledger."),
    ("gate", "gate:gate", "Judge the last closed assessment by the policy."),
    ("report", "report:report", "Write the last assessment as HTML, Markdown, SARIF, JUnit or JSON."),
    ("waive", "waive:waive", "Sign a decision to live with one finding until a date."),
    ("ledger", "ledger:app", "Export, list and inspect the ledger."),
    ("verify", "verify:verify", "Verify a bundle with public keys only."),
    ("key", "key:app", "Make and list identities."),
    ("explain", "explain:explain", "The page of a rule or an error code."),
    ("doctor", "doctor:doctor", "What is installed, missing and limited on this machine."),
)

for _name, _target, _help in COMMANDS:
    app.command(f"hauberk.cli.{_target}", name=_name, help=_help)


def run(arguments: Sequence[str] | None = None) -> None:
    """Entry point: run one command and leave with its exit code."""
    sys.exit(execute(arguments))


def execute(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code. Errors go to standard error as one line each, with what to do."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = app(words, exit_on_error=False, print_error=True, result_action="return_value")
    except ManifestInvalid as error:
        sys.stderr.writelines(f"{fault}\n" for fault in error.faults)
        _complain(error)
        return error.exit_code
    except HauberkError as error:
        _complain(error)
        return error.exit_code
    except KeyboardInterrupt:
        sys.stderr.write("\ninterrupted; what was sealed so far is in the ledger\n")
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except Exception as error:
        if type(error).__module__.startswith("cyclopts"):
            return 2
        raise
    return code if isinstance(code, int) else 0


def _complain(error: HauberkError) -> None:
    sys.stderr.write(f"error {error.code}: {_plain(error.message)}\n")
    if error.remedy:
        sys.stderr.write(f"  what to do: {_plain(error.remedy)}\n")


def _plain(text: str) -> str:
    """Text without control characters, so that a file's name cannot drive the terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
