# SPDX-License-Identifier: Apache-2.0
"""The words of hauberk: frozen values without I/O, which every other room speaks.

Nouns: Asset, Card, Hit, Finding, Measurement, Limit, Evidence, Assessment, Verdict, System, Target, Scan.
A check takes a Target and yields Hits and Measurements; the engine makes Evidence of them; the ledger seals Evidence;
policy turns Evidence into a Verdict; surfaces print a Scan.
"""
