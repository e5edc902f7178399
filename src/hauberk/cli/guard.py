# SPDX-License-Identifier: Apache-2.0
"""``hauberk guard``: keep a model's endpoint. Its commands are imported one by one, so that ``stop`` starts quickly."""

from cyclopts import App

app = App(
    name="guard",
    help="Keep a model's endpoint: known callers, bounded requests, every decision on record, a switch that stops it.",
)
app.command("hauberk.cli.guard_learn:learn", name="learn")
app.command("hauberk.cli.guard_run:run", name="run")
app.command("hauberk.cli.guard_stop:stop", name="stop")
app.command("hauberk.cli.guard_stop:resume", name="resume")
app.command("hauberk.cli.guard_release:release", name="release")
app.command("hauberk.cli.guard_replay:replay", name="replay")
app.command("hauberk.cli.guard_keys:app", name="key", help="Keys of those who may ask.")
app.command("hauberk.cli.guard_queue:app", name="queue", help="Decisions that people take.")
app.command("hauberk.cli.guard_outcomes:outcomes", name="outcomes")
