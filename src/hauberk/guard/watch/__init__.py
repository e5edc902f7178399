# SPDX-License-Identifier: Apache-2.0
"""Detectors in the guard's chain, one module each: they see a request through ``sight`` and give it a score.

``hauberk guard learn`` fits them (``hauberk.detect``); ``opened`` reads what it wrote. What several of a request's rows
show is one detection, with the highest score and the number of rows.
"""
