# SPDX-License-Identifier: Apache-2.0
"""Where Python code draws random numbers that nobody fixed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from hauberk.analysis.calls import constant, dotted
from hauberk.assets.python import Module
from hauberk.assets.scopes import Call, text_of

Families = frozenset[str]
ALL: Families = frozenset({"random", "numpy", "torch", "tensorflow"})

_SEEDERS: dict[str, Families] = {
    "random.seed": frozenset({"random"}),
    "numpy.random.seed": frozenset({"numpy"}),
    "torch.manual_seed": frozenset({"torch"}),
    "torch.random.manual_seed": frozenset({"torch"}),
    "tensorflow.random.set_seed": frozenset({"tensorflow"}),
    "tensorflow.set_random_seed": frozenset({"tensorflow"}),
}
_SEEDS_ALL = re.compile(
    r"(?:^|[._])(?:set_|fix_|setup_|init_|global_|random_|all_)*seeds?(?:_everything|_all|_rng)?$|set_determin"
)
"""Names of functions that seed every library in use, of frameworks and of people's own."""
_GLOBAL = (
    (
        "random",
        re.compile(
            r"random\.(?:random|randint|randrange|choices?|shuffle|sample|uniform|gauss|normalvariate|triangular|getrandbits)"
        ),
    ),
    (
        "numpy",
        re.compile(
            r"numpy\.random\.(?:rand|randn|randint|random|random_sample|choice|shuffle|permutation|normal|uniform|standard_\w+"
            r"|binomial|poisson|beta|gamma|exponential|multivariate_normal|laplace)"
        ),
    ),
    ("torch", re.compile(r"torch\.(?:rand|randn|randint|randperm|normal|bernoulli|multinomial)")),
    ("tensorflow", re.compile(r"tensorflow\.random\.(?:normal|uniform|shuffle|truncated_normal)")),
)
"""Functions that draw from a library's global generator."""
_GENERATORS = frozenset(
    {
        "numpy.random.default_rng",
        "numpy.random.RandomState",
        "numpy.random.SeedSequence",
        "numpy.random.PCG64",
        "random.Random",
    }
)
"""Makers of a generator that is only as fixed as the seed that they are given, the first argument."""
_SPLITTERS = re.compile(
    r"sklearn\.(?:model_selection\.(?:train_test_split|\w*Shuffle\w*|Repeated\w+)|utils\.(?:shuffle|resample)"
    r"|datasets\.make_\w+)"
)
_FOLDS = re.compile(r"sklearn\.model_selection\.(?:Stratified|StratifiedGroup)?(?:Group)?KFold")
_LEARNERS = re.compile(
    r"sklearn\.(?:ensemble\.(?:RandomForest|ExtraTrees|GradientBoosting|HistGradientBoosting|Bagging|AdaBoost)\w+"
    r"|ensemble\.IsolationForest|tree\.(?:DecisionTree|ExtraTree)\w+|neural_network\.MLP\w+"
    r"|cluster\.(?:MiniBatch)?KMeans|mixture\.\w+|linear_model\.(?:SGD\w+|Perceptron|PassiveAggressive\w+)"
    r"|model_selection\.(?:RandomizedSearchCV|HalvingRandomSearchCV))"
)


@dataclass(frozen=True, slots=True)
class Draw:
    """A call that draws random numbers."""

    call: Call
    name: str
    family: str
    """The library whose global generator it uses; empty where only its own seed would fix it."""
    fault: str
    """What is wrong, as the rest of a sentence that begins with the name."""


def unseeded(module: Module) -> Iterator[Draw]:
    """Calls whose random numbers neither a seed of their own nor one for the whole program fixes.

    A seed that is set anywhere in the module counts for all of it: the order of calls is not followed.
    """
    fixed: set[str] = set()
    for call in module.calls:
        fixed |= _seeds(call)
    for call in module.calls:
        draw = _draw(call)
        if draw is not None and (not draw.family or draw.family not in fixed):
            yield draw


def _seeds(call: Call) -> Families:
    """Libraries whose global generator a call fixes."""
    given = call.positional[0] if call.positional else next(iter(call.keywords.values()), None)
    if given is None and not call.spread:
        return frozenset()
    families = _seeded(call)
    if families and given is not None and constant(given, call.scope) is None:
        return frozenset()
    return families


def _seeded(call: Call) -> Families:
    """Libraries whose global generator a call of this name fixes, if it is given a seed."""
    for name in dotted(call.function, call.scope) or (text_of(call.function),):
        if name in _SEEDERS:
            return _SEEDERS[name]
        if _SEEDS_ALL.search(name) and not name.startswith(("numpy.random.", "random.")):
            return ALL
    return frozenset()


def _draw(call: Call) -> Draw | None:
    if call.spread:
        return None
    for name in dotted(call.function, call.scope):
        for family, functions in _GLOBAL:
            if functions.fullmatch(name):
                return Draw(call, name, family, f"draws from the global generator of {family}, which nothing seeds")
        if name in _GENERATORS and _is_open(call, "seed", 0):
            return Draw(call, name, "", "makes a generator without a seed")
        if _shuffles(call, name) and _is_open(call, "random_state", -1):
            return Draw(call, name, "numpy", "is called without random_state")
    if _samples_rows(call):
        return Draw(call, "sample", "numpy", "draws rows without random_state")
    return None


def _shuffles(call: Call, name: str) -> bool:
    if _SPLITTERS.fullmatch(name):
        return not _is(call, "shuffle", value=False)
    if _FOLDS.fullmatch(name):
        return _is(call, "shuffle", value=True)
    return _LEARNERS.fullmatch(name) is not None


def _samples_rows(call: Call) -> bool:
    """``frame.sample(frac=...)``: the frame's type is not known, its keyword is."""
    attribute = call.function.child_by_field_name("attribute")
    named = attribute is not None and text_of(attribute) == "sample" and "frac" in call.keywords
    return named and _is_open(call, "random_state", -1)


def _is_open(call: Call, name: str, position: int) -> bool:
    """Whether an argument is absent or None."""
    given = call.argument(position, name)
    return given is None or constant(given, call.scope) is None


def _is(call: Call, name: str, *, value: bool) -> bool:
    given = call.keywords.get(name)
    return given is not None and constant(given, call.scope) is value
