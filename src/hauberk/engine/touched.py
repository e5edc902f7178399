# SPDX-License-Identifier: Apache-2.0
"""What a file grants, pins and decides, so that a review can say what a change set does to it.

Each is a fact with a name and a value; a change set touches a fact whose value differs before and after. A value that
is not plainly a version or a number is held as a digest, so that nothing a file quotes reaches a report.
"""

import posixpath
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from hauberk.assets import dockerfile, yaml
from hauberk.assets.recognise import HEAD, recognise
from hauberk.core.canonical import digest
from hauberk.core.errors import CannotLook
from hauberk.core.value import Value
from hauberk.engine.regular import requests_in

Area = Literal["model", "dataset", "permission", "dependency", "decision"]

_LARGEST = 8 << 20
_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][\w.-]*)\s*(\[[\w,. -]*\])?\s*([^;#]*)")
_VERSION = re.compile(r"[\w.,<>=!~*+^ \[\]()-]{0,80}")
_PLAIN = re.compile(r"[\w.,<>=!~*+^: /()-]{0,80}")
_REQUIREMENTS = re.compile(
    r"(?:.*/)?(?:requirements|constraints)[^/]*\.(?:txt|in)|(?:.*/)?requirements/[^/]*\.(?:txt|in)"
)
_LOCKS = re.compile(r"(?:.*/)?(?:poetry|uv|pdm|pylock(?:\.[\w-]+)?)\.(?:lock|toml)")
_ENVIRONMENT = re.compile(r"(?:.*/)?(?:environment|conda)[^/]*\.ya?ml")
_WORKFLOW = re.compile(r"(?:.*/)?\.github/workflows/[^/]+\.ya?ml|(?:.*/)?action\.ya?ml")
_GUARDED = frozenset({"Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding", "ServiceAccount", "NetworkPolicy"})
_POWERS = frozenset({"securityContext", "hostNetwork", "hostPID", "hostIPC", "serviceAccountName", "hostPath"})
_IAM = re.compile(
    r"^\s*(?:resource|data)\s+\"(\w*(?:iam|role|policy|permission|grant)\w*)\"\s+\"([\w-]+)\"", re.MULTILINE
)
_DECIDES = ("policy", "exclude", "allow", "roles", "approvals", "owners", "plugins", "oversight")


class Touched(Value, frozen=True, kw_only=True):
    """Something that a change set adds, changes or removes."""

    area: Area
    path: str
    name: str
    """What it is, such as a package, a role or a key of the manifest; the file's format for a model or a data set."""
    how: Literal["added", "changed", "removed"]
    detail: str = ""
    """Before and after, where both are plain."""


Facts = dict[tuple[Area, str], str]


def touched(uri: str, before: bytes | None, after: bytes | None) -> Iterator[Touched]:
    """What a change of one file touches; None stands for a file that is not there."""
    old, new = stated(uri, before), stated(uri, after)
    for area, name in sorted(old.keys() | new.keys()):
        was, now = old.get((area, name)), new.get((area, name))
        if was == now:
            continue
        how: Literal["added", "changed", "removed"] = (
            "added" if was is None else "removed" if now is None else "changed"
        )
        shown = [value or "any" for value in (was, now) if value is not None and not value.startswith("sha256:")]
        yield Touched(area=area, path=uri, name=name, how=how, detail=" -> ".join(shown))


def stated(uri: str, data: bytes | None) -> Facts:
    """Facts of one file, by area and name; none of a file that cannot be read as what it claims to be but itself."""
    if data is None:
        return {}
    found: Facts = {}
    if len(data) > _LARGEST:
        return {("decision", "a file too large to be reviewed"): digest(data)}
    for reader in (_dependencies, _permissions, _decisions):
        try:
            found |= {(area, name): value for area, name, value in reader(uri, data)}
        except (CannotLook, tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError):
            found["decision", "a file that could not be read"] = digest(data)
    return found


Row = tuple[Area, str, str]


def _dependencies(uri: str, data: bytes) -> Iterator[Row]:
    if _REQUIREMENTS.fullmatch(uri):
        yield from map(_required, data.decode().replace("\\\n", " ").splitlines())
    elif posixpath.basename(uri) == "pyproject.toml":
        yield from _project(tomllib.loads(data.decode()))
    elif _LOCKS.fullmatch(uri):
        yield from _locked(tomllib.loads(data.decode()))
    elif _ENVIRONMENT.fullmatch(uri):
        listed = (node.at("dependencies") for node in _nodes(data))
        yield from (_required(line.partition("=")[2] if line.startswith("pip=") else line) for line in _lines(listed))
    elif _is_image(uri, data):
        yield from map(_image, dockerfile.read(data).stages)
    elif _WORKFLOW.fullmatch(uri):
        for node in _nodes(data):
            used = (one.text.partition("@") for path, one in _walk(node) if path[-1:] == ("uses",) and one.text)
            yield from (("dependency", f"action {_plain(action)}", _plain(version)) for action, _, version in used)


def _locked(document: Mapping[str, object]) -> Iterator[Row]:
    for key in ("package", "packages"):
        listed = document.get(key)
        for one in listed if isinstance(listed, list) else ():
            if isinstance(one, dict):
                yield "dependency", _plain(str(one.get("name", "?"))), _plain(str(one.get("version", "")))


def _image(stage: dockerfile.Stage) -> Row:
    image = re.sub(r"(?::[^:/@]*)?(?:@.*)?$", "", stage.image)
    return "dependency", f"image {_plain(image)}", _plain(stage.image.removeprefix(image).strip(":@").replace("@", " "))


def _lines(nodes: Iterable[yaml.Node | None]) -> Iterator[str]:
    for node in nodes:
        yield from _flat(node) if node is not None else ()


def _required(line: str) -> Row:
    """A line of requirements: a name and its versions; what is none of these is held as a digest."""
    match = _REQUIREMENT.fullmatch(line.partition(" #")[0].partition(";")[0].partition(" --hash")[0].strip())
    if match is None:
        return "dependency", f"line {digest(line.encode())[7:15]}", digest(line.encode())
    name = re.sub(r"[-_.]+", "-", match[1]).lower()
    version = (match[2] or "") + match[3].strip()
    return "dependency", name, version if _VERSION.fullmatch(version) else digest(version.encode())


def _project(document: Mapping[str, object]) -> Iterator[Row]:
    project, build = document.get("project"), document.get("build-system")
    lists: list[object] = []
    if isinstance(project, dict):
        extras = project.get("optional-dependencies")
        lists += [project.get("dependencies"), *(extras.values() if isinstance(extras, dict) else ())]
    groups = document.get("dependency-groups")
    lists += groups.values() if isinstance(groups, dict) else ()
    lists += [build.get("requires")] if isinstance(build, dict) else ()
    for listed in lists:
        for line in listed if isinstance(listed, list) else ():
            if isinstance(line, str):
                yield _required(line)


def _permissions(uri: str, data: bytes) -> Iterator[Row]:
    name = posixpath.basename(uri)
    if name == "CODEOWNERS":
        for line in data.decode().splitlines():
            pattern, _, owners = line.strip().partition(" ")
            if pattern and not pattern.startswith("#"):
                yield "permission", f"owners of {_plain(pattern)}", digest(owners.encode())
    elif _is_image(uri, data):
        for number, stage in enumerate(dockerfile.read(data).stages, 1):
            user = stage.last("USER")
            yield (
                "permission",
                f"user of stage {number}",
                _plain(user.value) if user else "the base image's, often root",
            )
    elif uri.endswith(".tf"):
        text = data.decode()
        for match in _IAM.finditer(text):
            end = text.find("\n}", match.end())
            yield "permission", f"{match[1]} {match[2]}", digest(text[match.start() : end].encode())
    elif _WORKFLOW.fullmatch(uri) or uri.endswith((".yaml", ".yml")):
        for node in _nodes(data):
            yield from _granted(node, workflow=bool(_WORKFLOW.fullmatch(uri)))


def _granted(node: yaml.Node, *, workflow: bool) -> Iterator[Row]:
    """Permissions in a workflow, objects of access control, and what a pod may do."""
    kind = node.string("kind")
    if kind in _GUARDED:
        yield "permission", f"{kind} {_plain(node.string('metadata', 'name'))}", digest("\n".join(_flat(node)).encode())
        return
    for path, one in _walk(node):
        if path and (path[-1] == "permissions" if workflow else path[-1] in _POWERS):
            yield "permission", _plain(".".join((kind, *path)).strip(".")), digest("\n".join(_flat(one)).encode())


def _decisions(uri: str, data: bytes) -> Iterator[Row]:
    name = posixpath.basename(uri)
    if name == "hauberk.yaml":
        for node in _nodes(data):
            for key in _DECIDES:
                one = node.at(key)
                if one is not None:
                    yield "decision", f"{key} of the manifest", digest("\n".join(_flat(one)).encode())
    elif b'"hauberk/baseline/1"' in data[:4096]:
        yield "decision", "baseline", digest(data)
    elif name in {".pre-commit-config.yaml", ".gitlab-ci.yml"} or _WORKFLOW.fullmatch(uri):
        yield "decision", "what runs in CI or before a commit", digest(data)
    asked = requests_in(data)
    if asked:
        yield "decision", "suppressions requested inline", str(asked)


def _is_image(uri: str, data: bytes) -> bool:
    return recognise(uri, data[:HEAD])[1] == "dockerfile"


def _nodes(data: bytes) -> tuple[yaml.Node, ...]:
    return yaml.read(data).documents


def _walk(node: yaml.Node, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], yaml.Node]]:
    """Every node below one, with the keys and numbers that lead to it; the reader has bounded how deep they lie."""
    yield path, node
    for key, one in (node.entries or {}).items():
        yield from _walk(one, (*path, key))
    for number, one in enumerate(node.items or ()):
        yield from _walk(one, (*path, str(number)))


def _flat(node: yaml.Node) -> Iterator[str]:
    """Texts of all scalars below a node, each after the keys that lead to it where there are any."""
    for path, one in _walk(node):
        if one.text is not None:
            keys = [key for key in path if not key.isdigit()]
            yield f"{'.'.join(keys)}={one.text}" if keys else one.text


def _plain(text: str) -> str:
    """The text where it is plainly a name or a version; else its digest."""
    return text if _PLAIN.fullmatch(text) else digest(text.encode("utf-8", "replace"))
