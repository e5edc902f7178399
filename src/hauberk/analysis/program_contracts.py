# SPDX-License-Identifier: Apache-2.0
"""Contracts: what the arguments of an allowed callable must be for the call to stay harmless.

A contract's ``call`` gives the value that the call makes, or raises Breach with the reason; ``build`` judges the
state that BUILD gives to what was made. Each is written from the source of the callable that names it in the
allow-list.
"""

import re

from hauberk.analysis import allowlist
from hauberk.analysis import program_contracts_library as library
from hauberk.analysis import program_contracts_numpy as numpy
from hauberk.analysis import program_contracts_trees as trees
from hauberk.analysis.program_contract import Arguments, Breach, Contract, allowed_class, any_state
from hauberk.analysis.program_values import Made, Named, Table, constant
from hauberk.assets.pickles import Stretch


def _any(callee: Named, arguments: Arguments) -> object:
    return Made(callee, arguments)


def _constants(callee: Named, arguments: Arguments) -> object:
    if not constant(arguments):
        raise Breach("with arguments that are not constants")
    return Made(callee, arguments)


def _sized(callee: Named, arguments: Arguments) -> object:
    """``bytes``, ``bytearray``: a number would allocate that many bytes."""
    if not arguments or isinstance(arguments[0], str | bytes | Stretch | list):
        return _constants(callee, arguments)
    raise Breach("with a size instead of content")


def _class_first(_callee: Named, arguments: Arguments) -> object:
    """``f(class, ...)`` makes an instance of that class by ``__new__`` alone."""
    if not arguments:
        raise Breach("without a class")
    return Made(allowed_class(arguments[0]), arguments[1:])


def _reconstructor(_callee: Named, arguments: Arguments) -> object:
    """``copyreg._reconstructor(class, base, state)``: also runs ``base.__init__`` where base is not object."""
    if len(arguments) != 3:  # noqa: PLR2004  a number of the format or of the parameters
        raise Breach("with other than three arguments")
    made = allowed_class(arguments[0])
    base = arguments[1]
    if not isinstance(base, Named) or base.module != "builtins" or base.name not in _BASES:
        raise Breach("with a base class that is not a builtin")
    return Made(made, arguments[2:])


_BASES = frozenset({"object", "dict", "list", "set", "tuple", "int", "float", "str", "bytes", "frozenset", "complex"})


def _getattr(_callee: Named, arguments: Arguments) -> object:
    """``getattr(owner, name)``: a nested class, in protocols below 4, or a method, that is itself on the list."""
    owner, name = arguments if len(arguments) == 2 else (None, None)  # noqa: PLR2004  a number of the format or of the parameters
    made = not isinstance(owner, Named)
    if isinstance(owner, Made):
        owner = owner.origin
    elif isinstance(owner, str):
        owner = Named("builtins", "str", 0)
    if not isinstance(owner, Named) or not isinstance(name, str):
        raise Breach("on what is not a global, or for a name that is computed")
    found = Named(owner.module, f"{owner.name}.{name}", owner.offset)
    known = allowlist.entry(found.module, found.name)
    if known is None:
        raise Breach(f"to reach {found.path}, which is not on the allow-list")
    if made and known.uses:  # an attribute of the object's own may stand in the method's place
        raise Breach(f"to reach {found.path} on an object instead of its class")
    return found


def _named_global(_callee: Named, arguments: Arguments) -> object:
    """``_ufunc_reconstruct(module, name)`` imports a module and takes a name from it."""
    if len(arguments) != 2:  # noqa: PLR2004  a number of the format or of the parameters
        raise Breach("with other than two arguments")
    module, name = arguments
    if not (isinstance(module, str) and isinstance(name, str)):
        raise Breach("with a name that is computed")
    if allowlist.entry(module, name) is None:
        raise Breach(f"to reach {module}.{name}, which is not on the allow-list")
    return Named(module, name, 0)


def _encode(callee: Named, arguments: Arguments) -> object:
    """``_codecs.encode(text, encoding)``, how protocol 2 writes bytes; other codecs would be looked up and imported."""
    if not (1 <= len(arguments) <= 2 and constant(arguments)):  # noqa: PLR2004  a number of the format or of the parameters
        raise Breach("with arguments that are not constants")
    if len(arguments) > 1 and arguments[1] not in ("latin1", "latin-1", "utf-8", "utf8", "ascii"):
        raise Breach("with an unusual codec")
    if isinstance(arguments[0], Stretch):
        return arguments[0].encoded()
    text, codec = arguments[0], str(arguments[1]) if len(arguments) > 1 else "utf-8"
    if not isinstance(text, str):
        return Made(callee, arguments)
    try:
        return text.encode(codec)
    except UnicodeEncodeError as error:
        raise Breach("with text that its codec cannot write") from error


def _named_arguments(callee: Named, arguments: Arguments) -> object:
    """``partial``: its callable is an allowed global by the rule for names, or made by an allowed call."""
    one = arguments[0] if arguments else None
    if not isinstance(one, Named | Made):
        raise Breach("with a callable that is not known")
    known = allowlist.entry(one.module, one.name) if isinstance(one, Named) else None
    if known is not None and known.contract not in _LENIENT:
        raise Breach(f"with {one.path if isinstance(one, Named) else one}, whose arguments nobody could look at")
    return Made(callee, arguments)


_LENIENT = frozenset({"any", "constants", "content", "callable", "distribution", "grown", "support"})
"""Contracts of callables that are harmless whatever they are given, so that they may be kept with some arguments."""


def _distribution_state(_made: Made, state: object) -> None:
    """``rv_generic.__setstate__`` of scipy runs ``_parse_arg_template`` of the state as source code."""
    if not isinstance(state, Table) or not state.whole:
        raise Breach("with a state that is not a plain dictionary")
    for key, value in state.pairs:
        if not isinstance(key, str):
            raise Breach("with an attribute name that is not known")
        if key == "_parse_arg_template" and not (isinstance(value, str) and _scipy_template(value)):
            raise Breach("with source code that scipy runs on loading")


def _scipy_template(source: str) -> bool:
    """Whether the source is what ``rv_generic._construct_argparser`` of scipy itself would write for these shapes."""
    found = _TEMPLATE_HEAD.match(source)
    if found is None:
        return False
    shapes, given = found["shapes"], found["given"]
    passed = "loc, scale" if given == "loc=0, scale=1" else "loc, 1"
    return source == _TEMPLATE.format(shapes=shapes, given=given, passed=passed)


_TEMPLATE_HEAD = re.compile(
    r"\ndef _parse_args\(self, (?P<shapes>(?:[A-Za-z_]\w*, )*) (?P<given>loc=0(?:, scale=1)?)\):\n", re.ASCII
)
_TEMPLATE = """
def _parse_args(self, {shapes} {given}):
    return ({shapes}), {passed}

def _parse_args_rvs(self, {shapes} {given}, size=None):
    return self._argcheck_rvs({shapes} {passed}, size=size)

def _parse_args_stats(self, {shapes} {given}, moments='mv'):
    return ({shapes}), {passed}, moments
"""


CONTRACTS: dict[str, Contract] = {
    "any": Contract(_any, any_state),
    "constants": Contract(_constants, any_state),
    "content": Contract(_sized, any_state),
    "reconstruct": Contract(numpy.reconstruct, numpy.array_state),
    "mareconstruct": Contract(numpy.masked, any_state),
    "ndarray": Contract(numpy.ndarray, numpy.array_state),
    "dtype": Contract(numpy.dtype, numpy.dtype_state),
    "class-first": Contract(_class_first, any_state),
    "reconstructor": Contract(_reconstructor, any_state),
    "getattr": Contract(_getattr, any_state),
    "named-global": Contract(_named_global, any_state),
    "encode": Contract(_encode, any_state),
    "callable": Contract(_named_arguments, any_state),
    "generator": Contract(numpy.generator, numpy.generator_state),
    "new-generator": Contract(numpy.new_generator, numpy.generator_state),
    "distribution": Contract(_any, _distribution_state),
    "tree": Contract(trees.tree, trees.tree_state),
    "predictor": Contract(_any, trees.predictor_state),
    "grown": Contract(_any, trees.grown_state),
    "neighbours": Contract(_any, trees.neighbours_state),
    "support": Contract(_any, trees.support_state),
    "zone": Contract(library.zone, any_state),
    "array": Contract(library.array, any_state),
    "attributes": Contract(library.attributes, any_state),
    "type-of": Contract(library.type_of, any_state),
    "type-named": Contract(library.type_named, any_state),
    "offset": Contract(library.offset, any_state),
    "sparse-index": Contract(library.sparse_index, any_state),
    "sparse-tensor": Contract(library.sparse_tensor, any_state),
    "parameter": Contract(library.parameter, any_state),
    "rebuilt-as": Contract(library.rebuilt_as, any_state),
    "dilled": Contract(numpy.dilled, any_state),
    "string-type": Contract(numpy.string_type, any_state),
}
