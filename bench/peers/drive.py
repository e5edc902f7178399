# SPDX-License-Identifier: Apache-2.0
"""Runs one scanner in its own venv over files named on standard input; one JSON line a file, with its CPU seconds.

hauberk runs so too: a file is read, named by its digest, recognised, examined by every rule on model files that claims
it, and certified where it is clean.

Verdicts: ``bad`` (what would fail a build), ``warn`` (anything below that), ``error`` (not read), ``clean``.
"""

import json
import sys
import time


def hauberk(*, certified=True):
    import gc
    import hashlib
    import importlib
    import pkgutil
    from pathlib import Path

    import hauberk.analysis
    import hauberk.assets
    from hauberk.assets.recognise import HEAD, recognise
    from hauberk.core.asset import Asset
    from hauberk.core.content import Content
    from hauberk.core.scales import Severity
    from hauberk.core.target import Target
    from hauberk.engine.catalogue import catalogue
    from hauberk.engine.examine import examine
    from hauberk.engine.worker import COLLECT

    class Disk:
        def __init__(self, held):
            self.held = held

        def data(self, _):
            return self.held

        def content(self, _):
            return Content.of(self.held)

    for room in (hauberk.assets, hauberk.analysis):  # the peers' imports too are made before the clock runs
        for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            importlib.import_module(module.name)
    gc.set_threshold(COLLECT, 20, 20)  # as the engine's workers do
    cards = [card for name, card in sorted(catalogue().items()) if name.startswith("HBK-MOD")]

    def verdict(path):
        held = Path(path).read_bytes()
        kind, form = recognise(path, held[:HEAD])
        digest = "sha256:" + hashlib.sha256(held).hexdigest() if certified else ""
        asset = Asset(id="m", kind=kind, uri=path, digest=digest, labels={"format": form})
        target = Target(asset=asset, source=Disk(held))
        claimed = [card for card in cards if card.claims(kind, form)]
        evidence = [examine(card, target) for card in claimed]
        findings = [finding for one in evidence for finding in one.findings]
        if any(finding.severity >= Severity.HIGH for finding in findings):
            return "bad"
        if findings:
            return "warn"
        unread = all(card.bytewise for card in claimed) or any(one.reason for one in evidence)
        return "error" if unread else "clean"

    return verdict


def uncertified():
    return hauberk(certified=False)


def picklescan():
    from picklescan.scanner import scan_file_path

    def verdict(path):
        done = scan_file_path(path)
        if done.infected_files or done.issues_count:
            return "bad"
        if done.scan_err or not done.scanned_files:
            return "error"
        return "warn" if done.suspicious_count or any(g.safety.value == "suspicious" for g in done.globals) else "clean"

    return verdict


def modelscan():
    from modelscan.modelscan import ModelScan

    def verdict(path):
        done = ModelScan().scan(path)
        worst = done["summary"]["total_issues_by_severity"]
        if worst["CRITICAL"] or worst["HIGH"]:
            return "bad"
        if done["errors"] or not done["summary"]["scanned"]["total_scanned"]:
            return "error"
        return "warn" if done["summary"]["total_issues"] else "clean"

    return verdict


def fickling():
    import zipfile

    from fickling.analysis import Severity, check_safety
    from fickling.fickle import StackedPickle

    def verdict(path):
        with open(path, "rb") as file:
            head = file.read(4)
        if head == b"PK\x03\x04":
            with zipfile.ZipFile(path) as archive:
                parts = [archive.read(name) for name in archive.namelist() if name.endswith(".pkl")]
        else:
            with open(path, "rb") as file:
                parts = [file.read()]
        if not parts:
            return "error"
        safe = all(
            check_safety(one).severity <= Severity.LIKELY_SAFE for part in parts for one in StackedPickle.load(part)
        )
        return "clean" if safe else "bad"

    return verdict


def modelaudit():
    from modelaudit.core import scan_model_directory_or_file

    def verdict(path):
        done = scan_model_directory_or_file(path)
        levels = {issue.severity.value for issue in done.issues}
        if "critical" in levels:
            return "bad"
        if done.has_errors or not done.files_scanned:
            return "error"
        return "warn" if "warning" in levels else "clean"

    return verdict


def main() -> None:
    """Read paths, write verdicts."""
    verdict = globals()[sys.argv[1]]()
    out = sys.stdout
    sys.stdout = sys.stderr
    for line in sys.stdin:
        path = line.rstrip("\n")
        begun = time.process_time()
        try:
            found = verdict(path)
        except Exception:  # noqa: BLE001  a scanner may raise anything on a hostile file
            found = "error"
        out.write(json.dumps([path, found, time.process_time() - begun]) + "\n")
        out.flush()


main()
