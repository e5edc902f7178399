# SPDX-License-Identifier: Apache-2.0
"""A data-flow diagram as one self-contained SVG: the same manifest gives the same bytes.

Where boxes stand is decided in ``layout``. Shapes follow data-flow diagrams: outside parties are squares,
processes are rounded, stores have two lines. What crosses a boundary is dashed, and each flow is numbered and listed.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from hauberk.core.scales import Kind, Severity
from hauberk.core.system import System
from hauberk.govern.graph import DATA, Graph
from hauberk.govern.layout import Bend, arrange
from hauberk.govern.threat import Threat, ThreatModel
from hauberk.report.text import clip, plain

WIDE, HIGH, ACROSS, DOWN, EDGE = 168, 50, 120, 34, 24
"""Width and height of a node, gaps between layers and within one, margin; in user units."""
MOST = 250
"""Assets, flows and links in one picture, at most; nobody reads more."""
_LETTERS = 22
_LINE = 18


@dataclass(frozen=True, kw_only=True)
class Node:
    """A box with its place."""

    id: str | Bend
    shape: str
    """``party``, ``store``, ``process`` or ``model``; ``bend`` is where a long edge passes a layer."""
    below: str
    """Kind and zone."""
    layer: int
    x: float
    y: float
    count: int
    """Threats of the asset."""
    worst: Severity | None


@dataclass(frozen=True, kw_only=True)
class Edge:
    """A flow, or a link that the manifest's facts state."""

    source: str
    target: str
    label: str
    """The flow's number; empty for a link."""
    name: str
    crosses: bool
    worst: Severity | None


def draw(system: System, model: ThreatModel) -> str:
    """The diagram as text; all strings of the manifest are made visible and escaped."""
    graph = Graph(system)
    edges = _edges(graph, model)
    if len(system.assets) + len(edges) > MOST:
        return _too_large(system)
    nodes = _nodes(graph, model, edges)
    places = {node.id: node for node in nodes}
    width = max((node.x for node in nodes), default=0.0) + WIDE + EDGE
    height = max((node.y for node in nodes), default=0.0) + HIGH + EDGE
    listed = [edge for edge in edges if edge.label]
    total = height + _LINE * (len(listed) + 1) + EDGE
    parts = [
        _open(system, max(width, 640.0), total, listed),
        *(_edge(edge, places, index) for index, edge in enumerate(edges)),
        *(_node(node) for node in nodes if node.shape != "bend"),
        *_legend(listed, height),
        "</svg>\n",
    ]
    return "".join(parts)


def _edges(graph: Graph, model: ThreatModel) -> list[Edge]:
    worst = _worst(model, "flow")
    flows = [
        Edge(
            source=flow.source,
            target=flow.target,
            label=str(number),
            name=flow.name,
            crosses=bool(graph.crosses(flow)),
            worst=worst.get(flow.name),
        )
        for number, flow in enumerate(graph.system.flows, 1)
    ]
    joined = {(edge.source, edge.target) for edge in flows}
    links = [pair for pair in _links(graph) if pair not in joined]
    return flows + [
        Edge(source=one, target=other, label="", name="", crosses=False, worst=None)
        for one, other in dict.fromkeys(links)
    ]


def _links(graph: Graph) -> Iterable[tuple[str, str]]:
    """What is read, made, run and served, as the facts of assets say."""
    for asset in graph.system.assets:
        facts = asset.facts
        yield from ((one, asset.id) for one in facts.inputs)
        yield from ((asset.id, one) for one in facts.outputs)
        if facts.code:
            yield facts.code, asset.id
        if facts.serves:
            yield facts.serves, asset.id
        if asset.kind is Kind.MODEL and graph.maker(asset) is None:
            yield from ((one, asset.id) for one in facts.trained_on)


def _worst(model: ThreatModel, of: str) -> dict[str, Severity]:
    found: dict[str, Severity] = {}
    for threat in model.threats:
        for name in _met(threat, of):
            found[name] = max(threat.severity, found.get(name, threat.severity))
    return found


def _met(threat: Threat, of: str) -> tuple[str, ...]:
    """Names at which a threat is met, of a kind or of both: a place may be either."""
    return (threat.subject, *threat.places) if threat.of == of else threat.places


def _nodes(graph: Graph, model: ThreatModel, edges: Sequence[Edge]) -> list[Node]:
    names = [asset.id for asset in graph.system.assets]
    names += [end for edge in edges for end in (edge.source, edge.target) if graph.is_outside(end)]
    names = list(dict.fromkeys(names))
    rows = arrange(names, [(edge.source, edge.target) for edge in edges])
    worst = _worst(model, "asset")
    counts = Counter(name for threat in model.threats for name in _met(threat, "asset"))
    tallest = max((len(row) for row in rows), default=0)
    nodes: list[Node] = []
    for layer, row in enumerate(rows):
        top = EDGE + (tallest - len(row)) * (HIGH + DOWN) / 2
        for index, name in enumerate(row):
            asset = graph.asset(name) if isinstance(name, str) else None
            nodes.append(
                Node(
                    id=name,
                    shape="bend" if isinstance(name, Bend) else _shape(asset.kind if asset else None),
                    below=", ".join(filter(None, (asset.kind.value, asset.zone))) if asset else "outside",
                    layer=layer,
                    x=float(EDGE + layer * (WIDE + ACROSS)),
                    y=top + index * (HIGH + DOWN),
                    count=counts[name] if isinstance(name, str) else 0,
                    worst=worst.get(name) if isinstance(name, str) else None,
                )
            )
    return nodes


def _shape(kind: Kind | None) -> str:
    if kind is None:
        return "party"
    if kind in DATA:
        return "store"
    return "model" if kind is Kind.MODEL else "process"


_STYLE = "".join(
    f"#dfd {rule}"  # the picture may stand in a page that has styles of its own
    for rule in (
        "text{font:12px system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif;fill:#1c2127}",
        ".s{font-size:10.5px;fill:#59616b}",
        ".n{font-size:10.5px;text-anchor:middle}",
        ".b{fill:#fff;stroke:#59616b;stroke-width:1.3}",
        ".l{stroke:#59616b;stroke-width:1.3}",
        ".m{stroke-width:2.6}",
        ".p{fill:#f1eee8}",
        ".e{fill:none;stroke:#59616b;stroke-width:1.3}",
        ".x{stroke-dasharray:6 4}",
        ".k{stroke:#c9c5bd}",
        ".c{fill:#fff;stroke:#59616b}",
        ".critical{stroke:#a63a12}",
        ".high{stroke:#a63a12}",
        ".medium{stroke:#7a5b00}",
        ".low{stroke:#2f5f8a}",
    )
)


def _open(system: System, width: float, height: float, listed: Sequence[Edge]) -> str:
    ends = "; ".join(f"{edge.label} {edge.name}: {edge.source} to {edge.target}" for edge in listed)
    title = escape(clip(plain(f"Data flows of {system.name}"), 200))
    words = escape(clip(plain(ends or "no flow is declared"), 2000))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" id="dfd" role="img" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}" aria-labelledby="dfd-t dfd-d">'
        f'<title id="dfd-t">{title}</title><desc id="dfd-d">{words}</desc><style>{_STYLE}</style>'
        '<defs><marker id="dfd-a" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0L8 4L0 8z" fill="#59616b"/></marker></defs>'
        f'<rect width="{width:g}" height="{height:g}" fill="#fff"/>\n'
    )


def _too_large(system: System) -> str:
    words = (
        f"{len(system.assets)} assets and {len(system.flows)} flows are too many for one picture: split the manifest"
    )
    return _open(system, 640, 80, ()) + f'<text x="{EDGE}" y="44">{words}</text></svg>\n'


def _edge(edge: Edge, places: Mapping[str | Bend, Node], index: int) -> str:
    source, target = places[edge.source], places[edge.target]
    bend = 9.0 * (index % 5 - 2)
    if source.layer < target.layer:
        path, (lx, ly) = _forward(source, target, places, bend)
    else:  # back, or within a layer: below the boxes
        ax, ay, bx, by = source.x + WIDE / 2, source.y + HIGH, target.x + WIDE / 2, target.y + HIGH
        low = max(ay, by) + 26
        path = f"M{ax:g} {ay:g}C{ax:g} {low:g} {bx:g} {low:g} {bx:g} {by:g}"
        lx, ly = (ax + bx) / 2, (ay + by) / 8 + low * 0.75
    shade = edge.worst.value if edge.worst else "" if edge.label else "k"
    mark = " ".join(filter(None, ("e", "x" if edge.crosses else "", shade)))
    drawn = f'<path class="{mark}" d="{path}" marker-end="url(#dfd-a)"/>'
    if edge.label:
        drawn += f'<circle class="c" cx="{lx:g}" cy="{ly:g}" r="9"/>'
        drawn += f'<text class="n" x="{lx:g}" y="{ly + 3.6:g}">{edge.label}</text>'
    return drawn + "\n"


def _forward(
    source: Node, target: Node, places: Mapping[str | Bend, Node], bend: float
) -> tuple[str, tuple[float, float]]:
    """A curve to the right, through the bends of the layers between; and where its number stands."""
    between = [Bend(source.id, target.id, layer) for layer in range(source.layer + 1, target.layer)]
    stops = [*(places[one] for one in between), target]
    x, y = source.x + WIDE, source.y + HIGH / 2
    path, at = f"M{x:g} {y:g}", (0.0, 0.0)
    for index, stop in enumerate(stops):
        to, level = stop.x, stop.y + HIGH / 2
        middle = (x + to) / 2
        path += f"C{middle:g} {y + bend:g} {middle:g} {level + bend:g} {to:g} {level:g}"
        if index == 0:
            at = (middle, (y + level) / 2 + bend * 0.75)
        if stop is not target:
            path += f"h{WIDE}"
        x, y = to + WIDE, level
    return path, at


def _node(node: Node) -> str:
    x, y, mark = node.x, node.y, f" {node.worst.value}" if node.worst else ""
    if node.shape == "store":
        box = f'<rect fill="#fff" x="{x:g}" y="{y:g}" width="{WIDE}" height="{HIGH}"/>'
        box += "".join(f'<path class="l{mark}" d="M{x:g} {level:g}h{WIDE}"/>' for level in (y, y + HIGH))
    else:
        radius = {"party": 0, "process": 22, "model": 8}[node.shape]
        extra = {"party": " p", "model": " m"}.get(node.shape, "")
        box = f'<rect class="b{extra}{mark}" x="{x:g}" y="{y:g}" width="{WIDE}" height="{HIGH}" rx="{radius}"/>'
    label = escape(_short(str(node.id), _LETTERS))
    below = escape(_short(node.below + (f", {node.count} threat{'s' * (node.count != 1)}" if node.count else ""), 30))
    centre = x + WIDE / 2
    whole = escape(plain(str(node.id)))
    return (
        f"<g><title>{whole}</title>{box}"
        f'<text x="{centre:g}" y="{y + 22:g}" text-anchor="middle">{label}</text>'
        f'<text class="s" x="{centre:g}" y="{y + 38:g}" text-anchor="middle">{below}</text></g>\n'
    )


def _short(text: str, most: int) -> str:
    shown = plain(text)
    return shown if len(shown) <= most else shown[: most - 1] + "…"


def _legend(listed: Sequence[Edge], top: float) -> Iterable[str]:
    yield f'<text class="s" x="{EDGE}" y="{top + 12:g}">dashed: crosses a boundary; pale: stated by facts; square: outside; two lines: data; colour: worst threat (red high, brown medium, blue low)</text>\n'  # noqa: E501  one line of text
    for index, edge in enumerate(listed, 1):
        words = escape(clip(plain(f"{edge.label}  {edge.name}: {edge.source} → {edge.target}"), 120))
        yield f'<text x="{EDGE}" y="{top + 12 + index * _LINE:g}">{words}</text>\n'
