# SPDX-License-Identifier: Apache-2.0
"""Re-verifies a certificate from the file's own bytes, with no code of the interpreter that wrote it.

It shares with the interpreter the allow-list, which is data, and nothing else (import-linter sees to that): operations
come from ``pickletools``, archives from ``zipfile`` and the compression modules of the standard library. Where the
interpreter is as lax as the laxest unpickler, the checker accepts only what picklers write: whatever is unusual is
refused. It makes the whole certificate again and compares, so that no field may differ.
"""
