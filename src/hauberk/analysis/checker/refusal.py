# SPDX-License-Identifier: Apache-2.0
"""Why a certificate is refused."""

from hauberk.core.errors import NotCertified


class Refused(NotCertified):
    """The certificate does not hold for these bytes, or they are not what a pickler writes."""


class Unsafe(Refused):
    """The bytes hold a program that names or does what is not allowed."""


class Carried(Unsafe):
    """The bytes hold, as data, a program that names what is not allowed."""
