# SPDX-License-Identifier: Apache-2.0
"""Documents with personal data in formats of 20 countries, made from the issuers' published algorithms."""

from tests.corpora.personal.documents import COUNTRIES, Document, documents

__all__ = ["COUNTRIES", "Document", "documents"]
