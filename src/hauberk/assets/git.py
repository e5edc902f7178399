# SPDX-License-Identifier: Apache-2.0
"""Reads a git repository through the git program, so that nothing in the repository is run.

Only plumbing that reads objects and the index is called: no command compares the working tree, so no filter, text
converter or external diff runs; hooks, the file-system monitor, pagers and transports are switched off in words that no
configuration of the repository can override; a missing object is not fetched. Signatures are seen, never checked by a
program that the repository names.
"""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from hauberk.core.errors import CannotLook, Malformed, Misuse, TooLarge

SECONDS = 120.0
"""Longest that one call may take."""
LARGEST_ANSWER = 512 << 20
"""Most bytes of one answer."""
MOST_COMMITS = 5_000
LINK, MODULE = "120000", "160000"
"""Modes of a symbolic link and of another repository's commit."""
_FILES = frozenset({"100644", "100755", "100664"})

_OID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_OFF = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.attributesFile=/dev/null",
    "core.alternateRefsCommand=",
    "protocol.allow=never",
    "safe.directory=*",  # who owns the repository matters where its configuration can run something
)


@dataclass(frozen=True, slots=True)
class Blob:
    """A file as a tree has it."""

    mode: str
    """Octal, as git writes it: ``100644``, ``100755``, LINK or MODULE."""
    oid: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Commit:
    """What a commit says of itself; none of it is proven."""

    oid: str
    parents: tuple[str, ...]
    signature: str
    """``pgp``, ``ssh`` or ``x509`` where it carries one, which is not checked; else empty."""


class Repository:
    """One repository, for reading."""

    def __init__(self, top: Path, folder: Path, program: str) -> None:
        """Use ``open_repository``."""
        self.top = top
        """Folder of the working tree, a real path."""
        self._folder = folder
        self._program = program

    def resolve(self, revision: str) -> str:
        """Id of the commit that a revision names; raises Misuse where it names none."""
        if not revision or revision.startswith("-") or any(ord(letter) <= ord(" ") for letter in revision):
            raise Misuse("that is no revision of git", remedy="name a branch, a tag or a commit, such as origin/main")
        try:
            return self._oid(["rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"])
        except CannotLook as error:
            raise Misuse(
                f"no commit is called {revision!r} here",
                remedy="name a branch, a tag or a commit; in CI fetch the whole history (fetch-depth: 0)",
            ) from error

    def merge_base(self, one: str, other: str) -> str:
        """The commit from which both come; raises Misuse where they have none in common."""
        try:
            return self._oid(["merge-base", "--end-of-options", one, other])
        except CannotLook as error:
            raise Misuse(
                "the two revisions have no commit in common",
                remedy="in CI fetch the whole history (fetch-depth: 0), or name another base",
            ) from error

    def tree(self, commit: str) -> dict[str, Blob]:
        """Every file of a commit by its path, as the operating system would name it."""
        return dict(_listed(self._run(["ls-tree", "-r", "-z", "--full-tree", "--end-of-options", commit]), 3))

    def index(self) -> dict[str, Blob]:
        """Every file that is staged; a conflict counts as its last side."""
        return dict(_listed(self._run(["ls-files", "--stage", "-z", "--full-name"]), 3))

    def commits(self, base: str, head: str) -> tuple[Commit, ...]:
        """Commits that lead to ``head`` and not to ``base``, newest first; raises TooLarge beyond MOST_COMMITS."""
        said = self._run(["rev-list", f"--max-count={MOST_COMMITS + 1}", "--end-of-options", head, f"^{base}"])
        ids = said.decode("ascii").split()
        if len(ids) > MOST_COMMITS:
            raise TooLarge(f"more than {MOST_COMMITS:,} commits since the base")
        return tuple(_commit(oid, data) for oid, data in self.objects(ids))

    def every_commit(self, beyond: str = "") -> tuple[str, ...]:
        """Ids of all commits that a branch, a tag or another reference leads to, newest first.

        With ``beyond``, a commit, only those that HEAD leads to and that commit does not.
        """
        words = ["--end-of-options", "HEAD", f"^{beyond}"] if beyond else ["--all"]
        return tuple(self._run(["rev-list", *words]).decode("ascii", "replace").split())

    def brought(self, commits: Sequence[str]) -> Iterator[tuple[str, str, Blob]]:
        """Each file that a commit adds or changes: commit, path, blob.

        Of a merge those that are in none of its parents as they are in it: the others are told of where they were made.
        """
        if not all(_OID.fullmatch(one) for one in commits):
            raise Malformed("a name of a commit that is none")
        words = ["diff-tree", "--stdin", "-r", "-z", "--root", "-c", "--raw", "--no-renames", "--no-abbrev"]
        said = self._run([*words, "--no-ext-diff"], "".join(f"{one}\n" for one in commits).encode())
        yield from _brought(said)

    def sizes(self, ids: Sequence[str]) -> dict[str, int]:
        """Bytes of each object that is here; what is missing, as in a partial clone, is left out."""
        if not all(_OID.fullmatch(one) for one in ids):
            raise Malformed("a name of an object that is none")
        words, given = ["cat-file", "--batch-check"], "".join(f"{one}\n" for one in ids).encode()
        if self.is_partial:  # git before 2.45 would go and fetch what is asked for
            words, given = [*words, "--batch-all-objects", "--unordered"], b""
        asked = set(ids)
        rows = (row.split(" ") for row in self._run(words, given).decode("ascii", "replace").splitlines())
        return {row[0]: int(row[2]) for row in rows if len(row) == 3 and row[2].isdigit() and row[0] in asked}  # noqa: PLR2004  id, type, size

    @property
    def is_shallow(self) -> bool:
        """Whether older commits were left out when it was cloned."""
        return (self._folder / "shallow").exists()

    @property
    def is_partial(self) -> bool:
        """Whether objects were left out when it was cloned, to be fetched when they are needed."""
        return any((self._folder / "objects/pack").glob("*.promisor"))

    def elsewhere(self) -> str:
        """What makes git read outside of the working tree's own ``.git``; empty where nothing does."""
        real = Path(os.path.realpath(self._folder))
        if not self._folder.is_dir() or real != self._folder or (real / "commondir").exists():
            return "the repository's folder lies elsewhere: a worktree, a submodule or a link"
        if any(os.path.realpath(real / name) != str(real / name) for name in ("objects", "objects/pack", "refs")):
            return "its objects are a link"
        if any((real / "objects/info" / name).exists() for name in ("alternates", "http-alternates")):
            return "it borrows objects of another repository"
        return ""

    def objects(self, ids: Sequence[str], *, largest: int = LARGEST_ANSWER) -> Iterator[tuple[str, bytes]]:
        """Contents of objects, in order; raises CannotLook for one that is missing, TooLarge beyond the ceiling."""
        asked = list(ids)
        if not all(_OID.fullmatch(one) for one in asked):
            raise Malformed("a name of an object that is none")
        said = self._run(["cat-file", "--batch"], "".join(f"{one}\n" for one in asked).encode(), largest)
        at = 0
        for oid in asked:
            end = said.find(b"\n", at)
            head = said[at:end].split(b" ")
            if len(head) != 3 or head[0].decode("ascii", "replace") != oid or not head[2].isdigit():  # noqa: PLR2004  id, type, size
                raise CannotLook("an object is missing from the repository", remedy="fetch the whole history")
            size = int(head[2])
            yield oid, said[end + 1 : end + 1 + size]
            at = end + 2 + size

    def setting(self, name: str) -> str:
        """A setting of the repository itself; empty where it has none."""
        try:
            return self._run(["config", "--local", "--no-includes", "--get", name]).decode("utf-8", "replace").strip()
        except CannotLook:
            return ""

    def refs(self, prefix: str) -> tuple[str, ...]:
        """Names of references below a prefix, such as ``refs/remotes/``."""
        said = self._run(["for-each-ref", "--format=%(refname)", "--count=10000", prefix])
        return tuple(said.decode("utf-8", "replace").split())

    def blob_id(self, data: bytes, like: str) -> str:
        """The id that git gives to a file with these bytes, in the hash of another id."""
        sha = hashlib.sha1 if len(like) == 40 else hashlib.sha256  # noqa: PLR2004  hex digits of SHA-1
        return sha(b"blob %d\0" % len(data) + data).hexdigest()

    def _oid(self, words: list[str]) -> str:
        said = self._run(words).decode("ascii", "replace").strip()
        if not _OID.fullmatch(said):
            raise CannotLook("git answered with no commit")
        return said

    def _run(self, words: list[str], given: bytes = b"", largest: int = LARGEST_ANSWER) -> bytes:
        return _call(self._program, self._folder, self.top, words, given, largest)


def open_repository(path: Path) -> Repository:
    """The repository that a folder or file is in; raises Misuse where there is none or no git program."""
    here = Path(os.path.realpath(path))
    start = here if here.is_dir() else here.parent
    top = next((folder for folder in (start, *start.parents) if (folder / ".git").exists()), None)
    if top is None:
        raise Misuse(f"{path} is in no git repository", remedy="name a folder of a working tree")
    program = shutil.which("git", path=os.environ.get("PATH", os.defpath))
    if program is None:
        raise Misuse("the git program is not installed", remedy="install git")
    if Path(os.path.realpath(program)).is_relative_to(top):
        raise Misuse("the git program is one of the repository's own", remedy="put another one first in PATH")
    return Repository(top, top / ".git", program)


def _call(program: str, folder: Path, top: Path, words: list[str], given: bytes, largest: int) -> bytes:
    """Standard output of one call of git; raises CannotLook where it fails, TooLarge where it says too much."""
    settings = [word for setting in _OFF for word in ("-c", setting)]
    command = [
        program, "--no-pager", "--no-replace-objects", "--no-optional-locks", "--literal-pathspecs",
        f"--git-dir={folder}", f"--work-tree={top}", *settings, *words,
    ]  # fmt: skip
    with tempfile.TemporaryFile() as asked:
        asked.write(given)
        asked.seek(0)
        with subprocess.Popen(
            command, stdin=asked, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=top, env=_environment()
        ) as process:
            said = _bounded(process, largest)
        if process.returncode:
            raise CannotLook(f"git {words[0]} failed with code {process.returncode}")
    return said


def _bounded(process: "subprocess.Popen[bytes]", largest: int) -> bytes:
    """What a process says, within bytes and seconds; it is ended where it goes beyond."""
    if process.stdout is None:
        raise CannotLook("git has no output")
    said = tempfile.SpooledTemporaryFile(max_size=64 << 20)  # noqa: SIM115  closed below
    late = threading.Timer(SECONDS, process.kill)
    late.start()
    try:
        with said:
            _copy(process.stdout, said, largest)
            process.wait()
            if not late.is_alive():
                raise CannotLook("git did not answer in time")
            said.seek(0)
            return said.read()
    finally:
        late.cancel()
        if process.poll() is None:
            process.kill()


def _copy(source: IO[bytes], target: IO[bytes], largest: int) -> None:
    left = largest
    while piece := source.read(1 << 20):
        left -= len(piece)
        if left < 0:
            raise TooLarge(f"git said more than {largest >> 20:,} MiB")
        target.write(piece)


def _environment() -> dict[str, str]:
    """The user's environment less all that steers git, and with what keeps it to this repository."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "SSH_", "LD_"))}
    return kept | {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_GRAFT_FILE": os.devnull,
        "GIT_TRACE": "0",
        "LC_ALL": "C",
    }


def _listed(said: bytes, fields: int) -> Iterator[tuple[str, Blob]]:
    """Rows ``mode type oid TAB path`` of ls-tree, or ``mode oid stage TAB path`` of ls-files."""
    for row in said.split(b"\0"):
        if not row:
            continue
        head, _, path = row.partition(b"\t")
        words = head.decode("ascii", "replace").split(" ")
        if len(words) != fields:
            raise Malformed("git listed a file in a form that is not known")
        oid = next((word for word in words[1:] if _OID.fullmatch(word)), "")
        yield os.fsdecode(path), Blob(words[0], oid)


def _brought(said: bytes) -> Iterator[tuple[str, str, Blob]]:
    """Rows of diff-tree: a commit's id, or ``:`` for each side, modes, ids and a letter, then the path."""
    rows = iter(said.split(b"\0"))
    commit = ""
    for row in rows:
        if not row:
            continue
        if not row.startswith(b":"):
            commit = row.decode("ascii", "replace").strip()
            continue
        sides = len(row) - len(row.lstrip(b":"))
        words = row[sides:].decode("ascii", "replace").split(" ")
        path = next(rows, b"")
        if len(words) != 2 * (sides + 1) + 1 or not _OID.fullmatch(commit):
            raise Malformed("git told of a change in a form that is not known")
        mode, oid = words[sides], words[-2]
        if mode in _FILES and _OID.fullmatch(oid):
            yield commit, os.fsdecode(path), Blob(mode, oid)


def _commit(oid: str, data: bytes) -> Commit:
    """A commit from its bytes: the header ends at the first empty line, a continued line begins with a space."""
    header = data.partition(b"\n\n")[0]
    parents = tuple(re.findall(r"^parent ([0-9a-f]+)$", header.decode("ascii", "replace"), re.MULTILINE))
    signed = re.search(rb"^gpgsig(?:-sha256)? -----BEGIN ([A-Z ]+)-----", header, re.MULTILINE)
    kinds = {b"PGP SIGNATURE": "pgp", b"SSH SIGNATURE": "ssh", b"SIGNED MESSAGE": "x509"}
    return Commit(oid=oid, parents=parents, signature=kinds.get(signed[1], "") if signed else "")
