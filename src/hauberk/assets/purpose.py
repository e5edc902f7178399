# SPDX-License-Identifier: Apache-2.0
"""What a file of code is for, as its path says."""

import re

from hauberk.core.target import Target

_TESTS = re.compile(
    r"(?:^|/)(?:_?tests?/|_?test_[^/]*(?:/|\.py$)|_testing(?:/|\.py$)|testing_[^/]*\.py$|conftest\.py$|[^/]*_test\.py$)"
)


def is_test(uri: str) -> bool:
    """Whether a file belongs to tests: what runs there is handed in by fixtures and reported to nobody."""
    return _TESTS.search(uri) is not None


def outside_tests(target: Target) -> bool:
    """Whether an asset is none of the tests: a split or a score in a test misleads nobody, whatever it was made of."""
    return not is_test(target.asset.uri)
