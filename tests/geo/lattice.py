"""A lattice of places and extracts of OpenStreetMap written on it, for the tests of roads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo.crs import working_crs
from geo.osm_roads import read_osm_roads
from geo.road_rules import road_rules
from geo.travel import travel

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from geo.roads import RoadGraph
    from geo.travel import Travel

RULES = road_rules()
STEP = 0.01  # degrees between two nodes of the lattice: about a kilometre
CRS = working_crs(112.0, 26.0)
LONG = 2_000.0  # seconds for turning round, where nobody is to do it
Way = tuple[list[int] | tuple[int, ...], dict[str, str]]
SLOW = {"highway": "residential", "maxspeed": "45"}  # 36 km/h: ten metres a second
CROSS: list[Way] = [([1, 11], SLOW), ([11, 21], SLOW), ([11, 12], SLOW), ([10, 11], SLOW),
                    ([21, 22, 12], SLOW), ([10, 20, 21], SLOW)]  # fmt: skip


def place(node: int) -> tuple[float, float]:
    """Node 12 lies in column 1, row 2."""
    return 112.0 + node // 10 * STEP, 26.0 + node % 10 * STEP


def osm(
    ways: Iterable[Way],
    *,
    nodes: Mapping[int, dict[str, str]] | None = None,
    places: Mapping[int, tuple[float, float]] | None = None,
    turns: Sequence[tuple[str, int, str, int]] = (),
    first: str = "nodes",
) -> str:
    """Write an extract; way k has the id k + 1, a via beginning with w is a way."""
    listed, tagged = list(ways), nodes or {}

    def tags(of: Mapping[str, str]) -> str:
        return "".join(f'<tag k="{k}" v="{v}"/>' for k, v in of.items())

    points = "".join(
        '<node id="{}" lon="{:.7f}" lat="{:.7f}" version="1">{}</node>'.format(
            node, *(places or {}).get(node, place(node)), tags(tagged.get(node, {}))
        )
        for node in sorted({node for refs, _ in listed for node in refs})
    )
    lines = "".join(
        f'<way id="{k}" version="1">{"".join(f"<nd ref={chr(34)}{n}{chr(34)}/>" for n in refs)}'
        f"{tags(of)}</way>"
        for k, (refs, of) in enumerate(listed, 1)
    )
    rules = ""
    for k, (kind, start, via, end) in enumerate(turns, 1):
        over = [("way", ref) for ref in via[1:].split(",")] if via[0] == "w" else [("node", via)]
        members = [("way", start, "from"), *((kind_, ref, "via") for kind_, ref in over),
                   ("way", end, "to")]  # fmt: skip
        inside = "".join(f'<member type="{t}" ref="{r}" role="{o}"/>' for t, r, o in members)
        told = tags({"type": "restriction", "restriction": kind})
        rules += f'<relation id="{k}" version="1">{inside}{told}</relation>'
    body = points + lines if first == "nodes" else lines + points
    return f'<?xml version="1.0"?><osm version="0.6">{body}{rules}</osm>'


def read(
    tmp_path: Path, ways: Iterable[Way], *, changes: dict[str, Any] | None = None, **more: Any
) -> RoadGraph:
    """Write an extract and read it, under rules with *changes*."""
    path = tmp_path / "roads.osm"
    path.write_text(osm(ways, **more), "utf-8")
    return read_osm_roads(path, rules=road_rules(changes))


def between(roads: RoadGraph, *nodes: float, **options: Any) -> Travel:
    """Travel between places; 12.5 lies half way between nodes 12 and 13."""
    at = []
    for node in nodes:
        low, high = place(int(node)), place(int(node) + 1)
        share = node % 1
        at.append([a + (b - a) * share for a, b in zip(low, high, strict=True)])
    lon, lat = zip(*at, strict=True)
    options = {"start_seconds": 0, "access_speed_kmh": 1e6, **options}
    return travel(lon, lat, roads=roads, crs=CRS, **options)


def streets(roads: RoadGraph) -> set[frozenset[tuple[float, float]]]:
    """Return the two ends of every street."""
    nodes = list(zip(roads.node_lon.round(5).tolist(), roads.node_lat.round(5).tolist(),
                     strict=True))  # fmt: skip
    return {frozenset((nodes[t], nodes[h])) for t, h in zip(roads.tail, roads.head, strict=True)}


def ends(*pairs: tuple[int, int]) -> set[frozenset[tuple[float, float]]]:
    """Return the ends of streets between nodes as :func:`streets` does."""
    return {
        frozenset(tuple(round(part, 5) for part in place(node)) for node in pair) for pair in pairs
    }  # type: ignore[misc]
