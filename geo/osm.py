"""Extracts of OpenStreetMap (.osm.pbf, .osm, .osm.gz): the ways that a car may drive on.

A file is read in one pass. The places of all its nodes are held meanwhile, 16 bytes each, those of
a big file on disk: a province is cut to a county in little memory. Nodes are told apart by where
they lie, to the 1e-7 degree of the format.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import osmium

from geo.osm_tags import READ, Way, node_opens, way_of
from layers.vectors import VectorError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from geo.road_rules import RoadRules

    Ints = NDArray[np.int64]
    Box = tuple[float, float, float, float]
    Line = NDArray[np.float64]

SUFFIXES = (".osm.pbf", ".pbf", ".osm", ".osm.gz", ".osm.bz2")
"""Endings of the files that are read."""

SCALE = 1e7
"""Places are whole numbers of 1 / SCALE degrees."""

_HALF = 1 << 31
_AT_ONCE = 20_000  # ways between two cuts to the box
_FAR_DEG = 0.5  # no way is longer
_ON_DISK = 150_000_000  # bytes of a file from which the places of its nodes are held on disk
_KINDS = ("restriction", "restriction:motorcar", "restriction:motor_vehicle")


class Restriction(NamedTuple):
    """A forbidden or an only turn: ways by id, the node between them as a key (0: over ways)."""

    only: bool
    start: int
    via: int
    over: tuple[int, ...]
    end: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Extract:
    """The roads of an extract, way by way.

    Attributes
    ----------
    ways
        What there are of ways, each once.
    names
        Names of roads, each once; the first is "".
    way, name, id
        For each line its place in ``ways`` and ``names``, and its id.
    key, offsets
        Vertices as keys (:func:`keys`), one line after another; line k has the vertices
        ``offsets[k]`` to ``offsets[k + 1]``.
    shut, gates, signals
        Keys of the nodes with a closed barrier, a gate, traffic lights.
    restrictions
        Turns that are forbidden, or the only ones allowed.
    """

    ways: tuple[Way, ...]
    names: tuple[str, ...]
    way: Ints
    name: Ints
    id: Ints
    key: Ints
    offsets: Ints
    shut: Ints
    gates: Ints
    signals: Ints
    restrictions: tuple[Restriction, ...] = ()


@dataclass(slots=True)
class _Found:
    """What a reader gathers."""

    rules: RoadRules
    box: Box | None
    progress: Callable[[str, int], None]
    judged: dict[tuple[tuple[str, str], ...], Way | None] = field(default_factory=dict)
    ways: dict[Way, int] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=lambda: {"": 0})
    rows: list[tuple[int, int, int]] = field(default_factory=list)  # way, name, id
    lines: list[Line] = field(default_factory=list)
    kept: list[Ints] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    lost: int = 0
    marks: dict[str, list[int]] = field(
        default_factory=lambda: {"shut": [], "gates": [], "signals": []}
    )


def keys(x: Ints, y: Ints) -> Ints:
    """Return one whole number for each place, in the order of x, then y."""
    return np.asarray((x << 32) + (y + _HALF), np.int64)


def degrees(key: Ints) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return longitude and latitude of places told by :func:`keys`."""
    return (key >> 32) / SCALE, ((key & 0xFFFFFFFF) - _HALF) / SCALE


def is_extract(path: Path) -> bool:
    """Tell whether a file is an extract of OpenStreetMap by its name."""
    return path.name.lower().endswith(SUFFIXES)


def read_extract(
    path: Path,
    *,
    rules: RoadRules,
    box: Box | None = None,
    progress: Callable[[str, int], None] = lambda stage, count: None,
) -> Extract:
    """Read the roads of an extract.

    Parameters
    ----------
    box
        West, south, east, north in degrees: only ways with a vertex inside are kept.
    progress
        Told ``osm_roads`` with how many ways and barriers were looked at so far.

    Raises
    ------
    layers.vectors.VectorError
        ``vector_unreadable`` if the file is broken, ``vector_wrong_geometry`` if there is no road
        in it (or in the box).
    """
    found = _Found(rules=rules, box=box, progress=progress)
    try:
        restrictions = _read(path, found)
    except (RuntimeError, ValueError) as error:
        raise VectorError(path=path, code="vector_unreadable", detail=str(error)) from error
    if not found.sizes:
        raise VectorError(path=path, code="vector_wrong_geometry", detail="highway=*: 0")
    rows = np.array(found.rows, np.int64)
    return Extract(
        ways=tuple(found.ways),
        names=tuple(found.names),
        way=rows[:, 0],
        name=rows[:, 1],
        id=rows[:, 2],
        key=np.concatenate(found.kept),
        offsets=np.concatenate([[0], np.cumsum(found.sizes)]),
        restrictions=restrictions,
        **{mark: np.unique(np.array(at, np.int64)) for mark, at in found.marks.items()},
    )


def _read(path: Path, found: _Found) -> tuple[Restriction, ...]:
    with tempfile.TemporaryDirectory(prefix="xunge-", ignore_cleanup_errors=True) as folder:
        big = path.stat().st_size >= _ON_DISK
        kind = f"sparse_file_array,{folder}/places" if big else "sparse_mem_array"
        places = osmium.index.create_map(kind)
        _take(path, osmium.osm.NODE | osmium.osm.WAY, found, places)
        if found.lost and not found.rows:  # the ways stand before their nodes
            _take(path, osmium.osm.WAY, found, places)
        restrictions = tuple(_restrictions(path, places, found))
        del places  # the file in the folder is open as long as it is there
        return restrictions


def _take(
    path: Path,
    entities: Any,  # noqa: ANN401 - bits of a compiled module
    found: _Found,
    places: osmium.index.LocationTable,
) -> None:
    """Take the lines of all ways that are driven, and what stands on the road."""
    located = osmium.NodeLocationsForWays(places)
    located.ignore_errors()
    marked = osmium.filter.KeyFilter("barrier", "highway")
    marked.enable_for(osmium.osm.NODE)
    roads = osmium.filter.TagFilter(
        ("route", "ferry"), *(("highway", kind) for kind in found.rules.speeds)
    )
    roads.enable_for(osmium.osm.WAY)
    reader: Any = osmium.FileProcessor(str(path), entities)
    for step in (located, marked, roads):
        reader = reader.with_filter(step)
    shapes = osmium.geom.WKBFactory()
    for count, one in enumerate(reader):
        if one.is_node():
            _mark(one, found)
        else:
            _judge(one, found, shapes)
        if count % _AT_ONCE == 0:
            _keep(found)
            found.progress("osm_roads", count)
    _keep(found)


def _judge(way: Any, found: _Found, shapes: osmium.geom.WKBFactory) -> None:  # noqa: ANN401
    """Note how a way is driven and its lines; nothing where it is far from the box or closed."""
    if found.box is not None and _is_far(way, found.box):
        return
    tags = {tag.k: tag.v for tag in way.tags}
    told = tuple((key, value) for key, value in tags.items() if key in READ)
    if told not in found.judged:
        found.judged[told] = way_of(dict(told), rules=found.rules)
    driven = found.judged[told]
    if driven is None:
        return
    lines = list(_lines(way, shapes))
    found.lost += not lines
    for line in lines:
        name = tags.get("name") or tags.get("ref") or ""
        row = (
            found.ways.setdefault(driven, len(found.ways)),
            found.names.setdefault(name, len(found.names)),
            way.id,
        )
        found.rows.append(row)
        found.lines.append(line)


def _is_far(way: Any, box: Box) -> bool:  # noqa: ANN401
    """Tell whether a way begins so far from the box that it does not reach it."""
    place = way.nodes[0].location if len(way.nodes) else None
    if place is None or not place.valid():
        return False
    x, y = place.lon_without_check(), place.lat_without_check()
    return bool(
        x < box[0] - _FAR_DEG or x > box[2] + _FAR_DEG
        or y < box[1] - _FAR_DEG or y > box[3] + _FAR_DEG
    )  # fmt: skip


def _mark(node: Any, found: _Found) -> None:  # noqa: ANN401
    tags, place = dict(node.tags), node.location
    opens = node_opens(tags, rules=found.rules)
    mark = "signals" if opens is None else "gates" if opens else "shut"
    if opens is not None or tags.get("highway") == "traffic_signals":
        found.marks[mark].append((place.x << 32) + place.y + _HALF)


def _lines(way: Any, shapes: osmium.geom.WKBFactory) -> Iterator[Line]:  # noqa: ANN401
    """Yield the vertices of a way: one line, or several where the extract lacks some nodes."""
    try:
        text = shapes.create_linestring(way)
    except (osmium.InvalidLocationError, RuntimeError):
        run: list[tuple[float, float]] = []
        for node in [*way.nodes, None]:
            if node is not None and node.location.valid():
                run.append((node.lon, node.lat))
                continue
            if len(run) > 1:
                yield np.array(run)
            run = []
        return
    yield np.frombuffer(bytes.fromhex(text), "<f8", offset=9).reshape(-1, 2)


def _keep(found: _Found) -> None:
    """Turn the lines taken into keys; those wholly outside of the box are forgotten."""
    if not found.lines:
        return
    sizes = np.array([len(line) for line in found.lines])
    lonlat = np.concatenate(found.lines)
    inside = np.ones(len(sizes), np.bool_)
    if found.box is not None:
        within = (lonlat >= found.box[:2]).all(axis=1) & (lonlat <= found.box[2:]).all(axis=1)
        inside = np.logical_or.reduceat(within, np.concatenate([[0], np.cumsum(sizes)[:-1]]))
    begun = len(found.rows) - len(found.lines)
    rows = zip(found.rows[begun:], inside.tolist(), strict=True)
    found.rows[begun:] = [row for row, kept in rows if kept]
    found.sizes += sizes[inside].tolist()
    whole = np.rint(lonlat[np.repeat(inside, sizes)] * SCALE).astype(np.int64)
    found.kept.append(keys(whole[:, 0], whole[:, 1]))
    found.lines.clear()


def _restrictions(
    path: Path, places: osmium.index.LocationTable, found: _Found
) -> Iterator[Restriction]:
    """Yield the restrictions of turns that hold for cars and whose ways are driven."""
    driven = {row[2] for row in found.rows}
    wanted = osmium.filter.KeyFilter(*_KINDS)
    relations: Any = osmium.FileProcessor(str(path), osmium.osm.RELATION).with_filter(wanted)
    for one in relations:
        tags = dict(one.tags)
        kind = next(tags[key] for key in reversed(_KINDS) if key in tags)
        exempt = {word.strip() for word in tags.get("except", "").split(";")}
        if not kind.startswith(("no_", "only_")) or exempt & {"motorcar", "motor_vehicle"}:
            continue
        members: dict[tuple[str, str], list[int]] = {}
        for member in one.members:
            members.setdefault((member.role, member.type), []).append(member.ref)
        starts, ends = members.get(("from", "w"), []), members.get(("to", "w"), [])
        over, nodes = tuple(members.get(("via", "w"), ())), members.get(("via", "n"), [])
        via = _key_of(places, nodes[0]) if len(nodes) == 1 and not over else 0
        if not {*starts, *ends, *over} <= driven or bool(over) == bool(via):
            continue
        for start in starts:
            for end in ends:
                yield Restriction(kind.startswith("only_"), start, via, over, end)


def _key_of(places: osmium.index.LocationTable, node: int) -> int:
    try:
        place = places.get(node)
    except KeyError:
        return 0
    return int((place.x << 32) + place.y + _HALF)
