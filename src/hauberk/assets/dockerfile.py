# SPDX-License-Identifier: Apache-2.0
"""Opens a Dockerfile as stages of instructions, each with its line; nothing is built or fetched.

Follows the Dockerfile reference: parser directives, continuation with the escape character, comments inside a
continuation, here-documents, JSON and shell forms, ``FROM earlier-stage``, ARG and ENV with their defaults.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from hauberk.core.errors import CannotLook, Malformed, TooLarge

BYTES = 4 << 20
INSTRUCTIONS = 20_000

KEYWORDS = frozenset(
    {"ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER"}
    | {"ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"}
)
_DIRECTIVE = re.compile(r"#\s*([a-zA-Z]+)\s*=\s*(\S+)\s*")
_HEREDOC = re.compile(r"(?:^|(?<=\s))\d*<<(-?)([\"']?)([A-Za-z_][\w.-]*)\2(?=\s|$)")
_FLAG = re.compile(r"--([a-z][a-z-]*)(?:=(\S*))?(?:\s+|$)")
_VARIABLE = re.compile(r"\\\$|\$(?:(\w+)|\{(\w+)(?:(:?[-+])([^{}]*))?\})")
_FROM = re.compile(r"(\S+)(?:\s+AS\s+(\S+))?", re.IGNORECASE)
_PAIR = re.compile(r"([A-Za-z_]\w*)=(\"(?:[^\"\\]|\\.)*\"|'[^']*'|\S*)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Instruction:
    """One instruction as it stands, continuation lines joined."""

    keyword: str
    """In capitals."""
    value: str
    """What follows the keyword and its flags; variables are not replaced."""
    line: int
    flags: tuple[tuple[str, str], ...] = ()
    heredocs: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...] | None:
        """The strings of a JSON (exec) form; None for a shell form."""
        if not self.value.startswith("["):
            return None
        try:
            words = json.loads(self.value)
        except (ValueError, RecursionError):
            return None
        return tuple(words) if isinstance(words, list) and all(isinstance(word, str) for word in words) else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """What one FROM begins."""

    base: str
    """The image, variables replaced by their defaults; or the name of an earlier stage."""
    line: int
    name: str = ""
    parent: "Stage | None" = None
    """The earlier stage that this one continues, if it does."""
    arguments: tuple[tuple[str, str], ...] = ()
    """Global arguments with a default, which an ARG of the stage may take over."""
    instructions: tuple[Instruction, ...] = ()

    @property
    def lineage(self) -> tuple["Stage", ...]:
        """This stage, then those that it continues, up to the one that begins with an outside image."""
        stages = [self]
        while (parent := stages[-1].parent) is not None:
            stages.append(parent)
        return tuple(stages)

    @property
    def image(self) -> str:
        """The outside image at the root of the lineage; a ``$`` in it means that no default names it."""
        return self.lineage[-1].base

    def last(self, keyword: str) -> Instruction | None:
        """The last instruction with this keyword in the lineage, or None."""
        for stage in self.lineage:
            for instruction in reversed(stage.instructions):
                if instruction.keyword == keyword:
                    return instruction
        return None

    def expand(self, text: str) -> str:
        """The text with what ARG and ENV of the lineage say; a variable that nothing sets stays as ``$NAME``."""
        known: dict[str, str] = {}
        for stage in reversed(self.lineage):
            for name, value in _assigned(stage):
                known[name] = _expand(value, known)
        return _expand(text, known)


@dataclass(frozen=True, kw_only=True, slots=True)
class Dockerfile:
    """All stages, in order; there is at least one."""

    stages: tuple[Stage, ...]

    @property
    def final(self) -> Stage:
        """The stage that a plain build makes."""
        return self.stages[-1]


def read(data: bytes) -> Dockerfile:
    """The Dockerfile in these bytes.

    Raises Malformed for what no builder would accept, TooLarge beyond a ceiling, CannotLook for a template.
    """
    if len(data) > BYTES:
        raise TooLarge(f"{len(data)} bytes of Dockerfile exceed the ceiling of {BYTES}")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Malformed(f"not UTF-8 at byte {error.start}") from error
    try:
        return _staged(_instructions(text.splitlines()))
    except Malformed as error:
        if "{{" in text or "{%" in text:
            reason = "a template that is not a Dockerfile until it is rendered"
            raise CannotLook(reason, remedy="render it and examine the result") from error
        raise


def _instructions(lines: list[str]) -> Iterator[Instruction]:
    escape, index = _directives(lines)
    count = 0
    while index < len(lines):
        first = index
        text, index = _logical(lines, index, escape)
        if not text:
            continue
        keyword, _, value = text.partition(" ")
        keyword = keyword.upper()
        if keyword not in KEYWORDS:
            raise Malformed(f"line {first + 1}: not a Dockerfile instruction")
        heredocs, index = _heredocs(keyword, value, lines, index)
        flags, value = _flags(value)
        count += 1
        if count > INSTRUCTIONS:
            raise TooLarge(f"more than {INSTRUCTIONS} instructions")
        yield Instruction(keyword=keyword, value=value, line=first + 1, flags=flags, heredocs=heredocs)


def _directives(lines: list[str]) -> tuple[str, int]:
    """The escape character, and the index of the first line that is no parser directive."""
    escape = "\\"
    for index, line in enumerate(lines):
        match = _DIRECTIVE.fullmatch(line.strip())
        if match is None:
            return escape, index
        if match[1].lower() == "escape" and match[2] in ("\\", "`"):
            escape = match[2]
    return escape, len(lines)


def _logical(lines: list[str], index: int, escape: str) -> tuple[str, int]:
    """One instruction's text with continuation lines joined, or empty for a blank or a comment; and the next index."""
    parts: list[str] = []
    while index < len(lines):
        line = lines[index].strip()
        index += 1
        if line.startswith("#") or not line:
            if parts:
                continue
            return "", index
        goes_on = line.endswith(escape)
        parts.append(line[:-1].rstrip() if goes_on else line)
        if not goes_on:
            break
    return re.sub(r"^(\w+)\s+", r"\1 ", " ".join(part for part in parts if part)), index


def _heredocs(keyword: str, value: str, lines: list[str], index: int) -> tuple[tuple[str, ...], int]:
    """Bodies of the here-documents that an instruction opens, and the index of the line after them."""
    if keyword not in ("RUN", "COPY", "ADD") or "<<" not in value or value.lstrip().startswith("["):
        return (), index
    bodies: list[str] = []
    start = index
    for match in _HEREDOC.finditer(value):
        body: list[str] = []
        while index < len(lines):
            line = lines[index].lstrip("\t") if match[1] else lines[index]
            index += 1
            if line == match[3]:
                break
            body.append(line)
        else:
            raise Malformed(f"line {start}: a here-document that does not end")
        bodies.append("\n".join(body))
    return tuple(bodies), index


def _flags(value: str) -> tuple[tuple[tuple[str, str], ...], str]:
    flags: list[tuple[str, str]] = []
    value = value.strip()
    while match := _FLAG.match(value):
        flags.append((match[1], match[2] or ""))
        value = value[match.end() :]
    return tuple(flags), value


def _staged(instructions: Iterable[Instruction]) -> Dockerfile:
    arguments: dict[str, str] = {}
    stages: list[Stage] = []
    body: list[Instruction] = []
    opened: Stage | None = None
    for instruction in instructions:
        if instruction.keyword == "FROM":
            if opened:
                stages.append(_closed(opened, body))
            opened, body = _opened(instruction, arguments, stages), []
        elif opened:
            body.append(instruction)
        elif instruction.keyword == "ARG":
            arguments.update((name, _expand(value, arguments)) for name, value in _pairs(instruction.value))
        else:
            raise Malformed(f"line {instruction.line}: {instruction.keyword} before the first FROM")
    if opened is None:
        raise Malformed("no FROM: not a Dockerfile")
    return Dockerfile(stages=(*stages, _closed(opened, body)))


def _opened(instruction: Instruction, arguments: dict[str, str], stages: list[Stage]) -> Stage:
    match = _FROM.fullmatch(instruction.value.strip())
    if match is None:
        raise Malformed(f"line {instruction.line}: FROM names one image, and perhaps AS a name")
    base = _expand(match[1], arguments)
    parent = next((stage for stage in reversed(stages) if stage.name and stage.name == base.lower()), None)
    name = (match[2] or "").lower()
    return Stage(base=base, name=name, parent=parent, line=instruction.line, arguments=tuple(arguments.items()))


def _closed(stage: Stage, body: list[Instruction]) -> Stage:
    return Stage(
        base=stage.base,
        name=stage.name,
        parent=stage.parent,
        line=stage.line,
        arguments=stage.arguments,
        instructions=tuple(body),
    )


def _assigned(stage: Stage) -> Iterator[tuple[str, str]]:
    """Names and values that ARG and ENV of a stage set, in order; an ARG without a default takes the global one."""
    outer = dict(stage.arguments)
    for instruction in stage.instructions:
        if instruction.keyword == "ENV" and "=" not in instruction.value.partition(" ")[0]:
            name, _, value = instruction.value.partition(" ")
            yield name, value.strip()
        elif instruction.keyword in ("ARG", "ENV"):
            yield from _pairs(instruction.value)
            if instruction.keyword == "ARG":
                yield from ((name, outer[name]) for name in instruction.value.split() if name in outer)


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for name, value in _PAIR.findall(text):
        quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
        yield name, value[1:-1] if quoted else value


def _expand(text: str, known: dict[str, str]) -> str:
    """The text with ``$X``, ``${X}``, ``${X:-default}`` and ``${X:+other}`` replaced by what is known."""

    def replacement(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        if name is None:
            return "$"
        given = known.get(name, "")
        if match[3] in ("-", ":-"):
            return given or match[4]
        if match[3] in ("+", ":+"):
            return match[4] if given else ""
        return given or f"${name}"

    expanded = _VARIABLE.sub(replacement, text)
    if len(expanded) > BYTES:
        raise TooLarge("variables that grow without end")
    return expanded
