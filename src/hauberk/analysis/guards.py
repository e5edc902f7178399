# SPDX-License-Identifier: Apache-2.0
"""Checks before a use that leave a value only harmless choices: allow lists, types, patterns, containment.

Each answers for a name as it is written. A check counts only where the other outcome leaves: it returns, raises, aborts
or goes on with the loop. ``length`` or "is it there" leave all choices open and count for nothing.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator

from tree_sitter import Node

from hauberk.analysis.callers import parameters
from hauberk.analysis.calls import UNKNOWN, Unknown, constant, dotted
from hauberk.analysis.definitions import Definitions
from hauberk.analysis.statements import END, handlers, plain_calls, statements
from hauberk.assets.scopes import COMPREHENSIONS, Scope, name_of, text_of

_NEAR = 120
"""Statements before a use, in each block around it, that are looked at."""
_WORDS = frozenset({"isdigit", "isdecimal", "isnumeric", "isalnum", "isalpha", "isidentifier"})
_TYPES = frozenset(
    {"int", "float", "bool", "complex", "UUID", "date", "datetime", "Decimal", "IPv4Address", "IPv6Address"}
)
_PARSERS = frozenset(
    {
        "builtins.int",
        "builtins.float",
        "uuid.UUID",
        "ipaddress.ip_address",
        "ipaddress.IPv4Address",
        "datetime.date.fromisoformat",
        "datetime.datetime.fromisoformat",
    }
)
_ADDRESS = re.compile(r"\.(?:hostname|netloc|host)\b|\[1\]")
_RESOLVED = re.compile(r"\b(?:resolve|realpath|abspath|normpath|commonpath)\s*\(")
_CLEANED = re.compile(r"(?:\.(?:lower|upper|strip|casefold)\(\))+")
_FIXED_URL = re.compile(r"https?://[^/?#{}%]+/")
_ANYTHING = re.compile(r"(?<!\\)\.(?:[*+]|\{)|\[\^|\\S|\\D|\\W")
_TRUSTED = re.compile(r"url_has_allowed_host_and_scheme|is_safe_url|is_url_safe|safe_join")
_DIGESTS = re.compile(r"\b(?:hmac|hashlib|sha256|sha512|blake2b|compare_digest|hexdigest|verify)\b")
_FOLDERS = frozenset({"path", "load", "any"})

_CONSENT = re.compile(
    r"trust_(?:remote_code|repo)|(?:dangerously_)?allow_(?:dangerous|unsafe|insecure|arbitrary|untrusted|remote)\w*|unsafe_\w+"
)
"""Names of options by which whoever runs a program lets what is loaded run code: it needs no other fault then."""
_MENTIONED = re.compile(_CONSENT.pattern.encode())
_PARTS = (b"trust_re", b"allow_", b"unsafe_")
"""One of these is in each such name."""

Depth = int


class Guards:
    """Whether a value is held to harmless choices where it is used, for one kind of sink."""

    def __init__(self, definitions: Definitions, kind: str, tainted: Callable[[Node, Scope], bool]) -> None:
        """``tainted`` says of an expression whether strangers decide it: a list that they fill allows anything."""
        self._definitions = definitions
        self._kind = kind
        self._tainted = tainted

    def vouched(self, use: Node, scope: Scope) -> bool:
        """Whether some check stands between a name and this use of it."""
        text = text_of(use)
        if len(text) > 200:  # noqa: PLR2004  nobody checks so long an expression
            return False
        return any(self.holds(test, text, scope, want=want) for test, want in self._tests(use, scope, text))

    def _tests(self, use: Node, scope: Scope, text: str) -> Iterator[tuple[Node, bool]]:
        """Conditions that are known to hold, or to fail, at a use."""
        child, parent = use, use.parent
        while parent is not None and parent.type not in ("function_definition", "class_definition", "lambda"):
            kind = parent.type
            if kind in ("if_statement", "elif_clause", "while_statement"):
                yield from _of_statement(parent, child)
            elif kind == "conditional_expression":
                parts = [one for one in parent.named_children if one.type != "comment"]
                if len(parts) == 3 and child != parts[1]:  # noqa: PLR2004  value, condition, alternative
                    yield parts[1], child == parts[0]
            elif kind == "boolean_operator" and child == parent.child_by_field_name("right"):
                left, sign = parent.child_by_field_name("left"), parent.child_by_field_name("operator")
                if left is not None and sign is not None:
                    yield left, text_of(sign) == "and"
            elif kind in COMPREHENSIONS and child == parent.named_children[0]:
                yield from ((one.named_children[0], True) for one in parent.named_children if one.type == "if_clause")
            elif kind == "case_clause" and child.type == "block":
                yield parent, True
            elif kind in ("block", "module"):
                yield from self._before(child, parent, scope, text)
            child, parent = parent, parent.parent

    def _before(self, child: Node, block: Node, scope: Scope, text: str) -> Iterator[tuple[Node, bool]]:
        """Statements of a block before the one with the use, nearest first, back to where the name is bound again.

        Of a name that is not in the words of a test only what an address was made of is left to be asked.
        """
        rows, begin = statements(block, scope), child.start_byte
        name = re.match(r"\w+", text)
        found = scope.look(name[0]) if name else None
        bound = sorted(at for at in {binding.at for binding in found[1]} if at < begin) if found else []
        every = not text or self._kind == "url"
        count = bisect_right(rows, begin, key=END)
        for at in range(count - 1, max(count - _NEAR, 0) - 1, -1):
            row = rows[at]
            for test, want, words in row.tests:
                if every or words is None or text in words:
                    yield test, want
            while bound and bound[-1] >= row.end:
                bound.pop()
            if bound and bound[-1] >= row.start:
                return

    def consents(self, use: Node, scope: Scope) -> Iterator[Node]:
        """Options that must be set for a place to be reached, and by which foreign code may run anyway."""
        root = scope.root
        key = ("consent", root.node.id)
        if key not in root.memory:
            text = root.node.text or b""
            root.memory[key] = any(one in text for one in _PARTS) and _MENTIONED.search(text) is not None
        for test, want in self._tests(use, scope, "") if root.memory[key] else ():
            yield from _options(test, want=want)

    def holds(  # noqa: PLR0911  one answer for each kind of test
        self, test: Node, text: str, scope: Scope, *, want: bool, depth: Depth = 6
    ) -> bool:
        """Whether an expression that is known to be true, or false, leaves a name only harmless values."""
        kind = test.type
        if depth <= 0:
            return False
        if kind == "not_operator":
            inner = test.child_by_field_name("argument")
            return inner is not None and self.holds(inner, text, scope, want=not want, depth=depth - 1)
        if kind in ("parenthesized_expression", "await"):
            return self.holds(test.named_children[0], text, scope, want=want, depth=depth - 1)
        if kind == "boolean_operator":
            sign = test.child_by_field_name("operator")
            sides = [self.holds(one, text, scope, want=want, depth=depth - 1) for one in test.named_children[:2]]
            one_is_enough = (sign is not None and text_of(sign) == "and") is want
            return any(sides) if one_is_enough else all(sides)
        if kind == "comparison_operator":
            return self._compared(test, text, scope, want=want)
        if kind == "call":
            return self._called(test, text, scope, want=want, depth=depth)
        if kind == "case_clause":
            return _is_case_of(test, text)
        if kind == "identifier":
            found = scope.look(name_of(test))
            nodes = [b.node for b in (found[1] if found else ()) if b.how == "assign" and b.node is not None]
            return len(nodes) == 1 and self.holds(nodes[0], text, scope, want=want, depth=depth - 1)
        return False

    def _compared(self, test: Node, text: str, scope: Scope, *, want: bool) -> bool:
        sides = [one for one in test.named_children if one.type != "comment"]
        signs = "".join(text_of(one) for one in test.children if not one.is_named).replace(" ", "")
        signs = signs or "".join(text_of(one) for one in test.children_by_field_name("operators")).replace(" ", "")
        if len(sides) != 2:  # noqa: PLR2004  chains of comparisons are not read
            return False
        left, right = sides
        member, equal = ("in", "==") if want else ("notin", "!=")
        if signs not in (member, equal) and not (signs in ("is", "isnot") and (signs == "is") is want):
            return False
        if signs == member:
            return (
                self._names(left, text, scope) and not self._mentions(right, text) and not self._tainted(right, scope)
            )
        for one, other in ((left, right), (right, left)):
            if self._names(one, text, scope) and not self._mentions(other, text) and not self._tainted(other, scope):
                return self._digest(one, text) or text_of(other) not in ("None", "''", '""')
        return self._mentions(test, text) and self._within(test, text, scope)

    def _mentions(self, node: Node, text: str) -> bool:
        known = text_of(node)
        return text in known and re.search(rf"(?<![\w.]){re.escape(text)}(?!\w)", known) is not None

    def _names(self, node: Node, text: str, scope: Scope) -> bool:
        """Whether an expression is the name itself, or the part of it that decides for this kind of sink."""
        known = text_of(node)
        if known == text or (known.startswith(text) and _CLEANED.fullmatch(known, len(text))):
            return True
        if known.startswith(("type(", "str(")) and known.endswith(")") and known.partition("(")[2][:-1].strip() == text:
            return True
        if self._kind == "url" and _ADDRESS.search(known):
            return self._mentions(node, text) or self._derived(node, text, scope)
        return self._digest(node, text)

    def _derived(self, node: Node, text: str, scope: Scope) -> bool:
        """``parts = urlparse(url)``: what is checked was made from the name."""
        inner = node
        while inner.type in ("attribute", "subscript", "call"):
            below = inner.child_by_field_name("object") or inner.child_by_field_name("value")
            if below is None:
                return False
            inner = below
        found = scope.look(name_of(inner)) if inner.type == "identifier" else None
        return any(b.node is not None and self._mentions(b.node, text) for b in (found[1] if found else ()))

    def _digest(self, node: Node, text: str) -> bool:
        """A digest or a signature of the value is compared with a known one."""
        return self._kind == "load" and _DIGESTS.search(text_of(node)) is not None and self._mentions(node, text)

    def _within(self, test: Node, text: str, scope: Scope) -> bool:
        """``os.path.commonpath([base, path]) == base`` and the like."""
        return self._kind in _FOLDERS and "commonpath" in text_of(test) and not self._tainted_base(test, text, scope)

    def _tainted_base(self, _: Node, __: str, ___: Scope) -> bool:
        return False

    def _called(  # noqa: PLR0911  one answer for each kind of check
        self, test: Node, text: str, scope: Scope, *, want: bool, depth: Depth
    ) -> bool:
        function, arguments = test.child_by_field_name("function"), test.child_by_field_name("arguments")
        if function is None or arguments is None:
            return False
        method, owner = function.child_by_field_name("attribute"), function.child_by_field_name("object")
        given = [one for one in arguments.named_children if one.type != "comment"]
        verb = name_of(method) if method is not None else text_of(function)
        held = any(text_of(one) == text for one in given)
        names = dotted(function, scope)
        if not want:
            return held and self._own(function, given, text, scope, want=False, depth=depth)
        if owner is not None and text_of(owner) == text and verb in _WORDS:
            return True
        if verb == "isinstance" and len(given) > 1 and text_of(given[0]) == text:
            return set(re.findall(r"[A-Za-z]\w+", text_of(given[1]))) <= _TYPES
        if held and any(name in _PARSERS for name in names):
            return True
        if verb in ("fullmatch", "match") and held:
            return self._matched(verb, owner, given, scope)
        if self._kind == "load" and _DIGESTS.search(text_of(function)) and self._mentions(test, text):
            return True
        if self._kind in _FOLDERS and self._contained(test, verb, owner, text, scope):
            return True
        if self._kind == "url" and self._address(verb, owner, given, text, scope):
            return True
        return held and (
            _TRUSTED.search(verb) is not None or self._own(function, given, text, scope, want=True, depth=depth)
        )

    def _matched(self, verb: str, owner: Node | None, given: list[Node], scope: Scope) -> bool:
        """A pattern that allows no run of anything."""
        source = given[0] if len(given) > 1 else owner
        pattern = constant(source, scope) if source is not None else UNKNOWN
        if isinstance(pattern, Unknown) and source is not None and source.type == "identifier":
            found = scope.look(name_of(source))
            made = found[1][-1].node if found else None
            inner = made.child_by_field_name("arguments") if made is not None and made.type == "call" else None
            pattern = (
                constant(inner.named_children[0], scope) if inner is not None and inner.named_children else UNKNOWN
            )
        if not isinstance(pattern, str) or _ANYTHING.search(pattern):
            return False
        return verb == "fullmatch" or pattern.endswith(("$", "\\Z"))

    def _contained(self, test: Node, verb: str, owner: Node | None, text: str, scope: Scope) -> bool:
        """The resolved path lies below a folder."""
        if verb not in ("is_relative_to", "startswith", "relative_to") or owner is None:
            return False
        if not self._mentions(owner, text):
            return False
        found = scope.look(re.match(r"\w*", text)[0])  # type: ignore[index]  # an empty match is a match
        made = " ".join(text_of(b.node) for b in (found[1] if found else ()) if b.node is not None)
        return _RESOLVED.search(text_of(test)) is not None or _RESOLVED.search(made) is not None

    def _address(self, verb: str, owner: Node | None, given: list[Node], text: str, scope: Scope) -> bool:
        """The address begins with a fixed host."""
        if verb != "startswith" or owner is None or text_of(owner) != text or not given:
            return False
        prefix = constant(given[0], scope)
        options = prefix if isinstance(prefix, tuple) else (prefix,)
        return all(isinstance(one, str) and _FIXED_URL.match(one) is not None for one in options)

    def _own(self, function: Node, given: list[Node], text: str, scope: Scope, *, want: bool, depth: Depth) -> bool:
        """A function of the project that answers, or raises, by such a check of its parameter."""
        targets = [one for one in self._definitions.targets(function, scope) if one.kind == "function"]
        at = next((index for index, one in enumerate(given) if text_of(one) == text), 0)
        return bool(targets) and all(self._checks(one, at, want=want, depth=depth) for one in targets)

    def _checks(self, target: Scope, at: int, *, want: bool, depth: Depth) -> bool:
        known = [name for name, _ in parameters(target) if name not in ("self", "cls")]
        if at >= len(known):
            return False
        body = target.node.child_by_field_name("body")
        name = known[at]
        answers = [
            node.named_children[0] for node in target.returns if node.type == "return_statement" and node.named_children
        ]
        if answers and all(self._answer(one, name, target, want=want, depth=depth) for one in answers):
            return True
        if body is None or not want:
            return False
        return any(
            self.holds(test, name, target, want=outcome, depth=depth - 1) for test, outcome in self._raised(body)
        )

    def _answer(self, answer: Node, name: str, target: Scope, *, want: bool, depth: Depth) -> bool:
        """Whether an answer can only be the wanted one if the check held."""
        value = constant(answer, target)
        if isinstance(value, bool) and value is not want:
            return True
        if isinstance(value, bool):
            return any(
                self.holds(t, name, target, want=w, depth=depth - 1) for t, w in self._tests(answer, target, name)
            )
        return self.holds(answer, name, target, want=want, depth=depth - 1)

    def _raised(self, body: Node) -> Iterator[tuple[Node, bool]]:
        """Conditions under which a function's body raises."""
        for one in body.named_children[:_NEAR]:
            if one.type == "if_statement" and not one.children_by_field_name("alternative"):
                condition, inner = one.child_by_field_name("condition"), one.child_by_field_name("consequence")
                last = inner.named_children[-1] if inner is not None and inner.named_children else None
                aborts = last is not None and (last.type == "raise_statement" or text_of(last).startswith("abort("))
                if condition is not None and aborts:
                    yield condition, False
            elif one.type == "try_statement" and all(map(_raises, handlers(one))):
                inner = one.child_by_field_name("body")
                yield from ((call, True) for call in plain_calls(inner))


def _raises(handler: Node) -> bool:
    """Whether the last thing that the handler of an exception does is to raise one."""
    body = handler.named_children[-1] if handler.named_children else handler
    return bool(body.named_children) and body.named_children[-1].type == "raise_statement"


def _options(test: Node, *, want: bool) -> Iterator[Node]:
    """Options of consent that an expression, known to be true or false, says are set."""
    inner = test.child_by_field_name("argument") if test.type == "not_operator" else None
    if inner is not None:
        yield from _options(inner, want=not want)
    elif test.type == "parenthesized_expression":
        yield from _options(test.named_children[0], want=want)
    elif test.type == "boolean_operator":
        sign = test.child_by_field_name("operator")
        if sign is not None and (text_of(sign) == "and") is want:
            for one in test.named_children:
                yield from _options(one, want=want)
    elif want and test.type in ("identifier", "attribute"):
        last = test.child_by_field_name("attribute") or test
        if _CONSENT.fullmatch(name_of(last)):
            yield test


def _of_statement(parent: Node, child: Node) -> Iterator[tuple[Node, bool]]:
    """What the branch that a node is in says of the conditions before it."""
    condition = parent.child_by_field_name("condition")
    if condition is None or child == condition:
        return
    if child.type == "block":
        yield condition, True
        return
    yield condition, False
    for other in parent.children_by_field_name("alternative"):
        if other == child:
            return
        before = other.child_by_field_name("condition")
        if before is not None:
            yield before, False


def _is_case_of(clause: Node, text: str) -> bool:
    """Whether a case takes only literals, of a match on the name."""
    match = clause.parent.parent if clause.parent is not None else None
    subject = match.child_by_field_name("subject") if match is not None else None
    patterns = [one for one in clause.named_children if one.type == "case_pattern"]
    if subject is None or text_of(subject) != text or not patterns:
        return False
    inner = [node for one in patterns for node in one.named_children]
    literals = [node for one in inner for node in (one.named_children if one.type == "union_pattern" else [one])]
    return bool(literals) and all(node.type in ("string", "integer", "concatenated_string") for node in literals)
