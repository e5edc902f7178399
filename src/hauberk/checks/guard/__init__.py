# SPDX-License-Identifier: Apache-2.0
"""Rules on the guard of an endpoint: who watches over its decisions, and what is done about attacks."""
