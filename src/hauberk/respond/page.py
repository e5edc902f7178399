# SPDX-License-Identifier: Apache-2.0
"""Incidents as a section of the report: what stands first, each with its timeline."""

from collections.abc import Sequence
from typing import Final

from hauberk.report.html import environment
from hauberk.store.incidents import Incident

MOST: Final = 20
_TEMPLATE: Final = """
<section aria-labelledby="incidents">
<h2 id="incidents">Incidents</h2>
<p>{{ open }} open, {{ closed }} closed, as the ledger says today. Detections of one endpoint belong together by
client and time, or as one campaign; nothing of what was asked stands here.</p>
{% for one in shown %}
<h3>{{ one.id|clip(60) }}</h3>
<p><strong>{{ one.status.value }}, {{ one.severity.value }}</strong>
{%- if one.owner %}, {{ one.owner|clip(60) }} has it{% endif %}:
{{ one.detections }} detections of {{ one.count }} {% if one.count == 1 %}client{% else %}clients{% endif %}
at {{ one.endpoint|clip(60) }},
{{ one.opened }} to {{ one.last }}; the guard's strongest answer was {{ one.strongest.value }}.</p>
<table><thead>
<tr><th scope="col">When</th><th scope="col">Who</th><th scope="col">What</th></tr>
</thead><tbody>
{% for moment in one.timeline %}
<tr><td>{{ moment.at }}</td><td>{{ (moment.by or "the guard")|clip(60) }}</td><td>{{ moment.what|clip(300) }}</td></tr>
{% endfor %}
</tbody></table>
{% endfor %}
{% if left %}<p class="note">{{ left }} more: hauberk respond list --all</p>{% endif %}
</section>
"""


def section(incidents: Sequence[Incident]) -> str:
    """The HTML of a section, escaped; empty where there are none."""
    if not incidents:
        return ""
    ordered = sorted(incidents, key=lambda one: (one.stands, one.severity.rank, one.opened), reverse=True)
    text: str = (
        environment()
        .from_string(_TEMPLATE)
        .render(
            open=sum(one.stands for one in incidents),
            closed=sum(not one.stands for one in incidents),
            shown=ordered[:MOST],
            left=max(len(incidents) - MOST, 0),
        )
    )
    return text
