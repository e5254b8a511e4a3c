"""Draw the day's route as a vector picture for paper: towns, roads, numbered stops, the station.

Every text is escaped, every number is rounded: the same day gives the same bytes.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import shapely

from maps.printable import clean
from maps.svg_text import label, short, text_width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from maps.backdrop import Backdrop

    Point = tuple[float, float]
    Floats = NDArray[np.float64]
    _Box = tuple[float, float, float, float]

UNITS_PER_MM = 10
DEFAULT_COLOUR = "#1b7837"
_INK, _PAPER, _TOWN = "#111827", "#e9edf1", "#fbfaf6"
_ROAD_STYLES = (("#e3bd74", 17), ("#e8cd97", 13), ("#ddd6c6", 8), ("#e4dfd3", 5))
_ROAD_RANKS = {
    "motorway": 0, "expressway": 0, "trunk": 0, "national": 0, "primary": 1, "provincial": 1,
    "secondary": 2, "county": 2,
}  # fmt: skip
_METRES_PER_DEGREE = 111_320.0
_LEAST_SPAN_M = 3_000.0
_MARK, _STATION, _LABEL, _GAP = 25.0, 20.0, 25.0, 4.0
_CREDITS = 17.0
_THIN = 1.5  # points of a line that are nearer to it than this are not drawn
_LINE, _RING = 1, 2  # shapely's type ids


@dataclass(frozen=True, slots=True)
class _Frame:
    """The window on the ground and how it is laid on the paper (units: tenths of a millimetre)."""

    west: float
    north: float
    squeeze: float
    scale: float  # units per degree of latitude
    width: float
    height: float

    @overload
    def at(self, lon: float, lat: float) -> Point: ...
    @overload
    def at(self, lon: Floats, lat: Floats) -> tuple[Floats, Floats]: ...
    def at(self, lon: Any, lat: Any) -> Any:
        return (
            (lon - self.west) * self.squeeze * self.scale,
            (self.north - lat) * self.scale,
        )

    def window(self) -> BaseGeometry:
        east = self.west + self.width / self.scale / self.squeeze
        south = self.north - self.height / self.scale
        bleed = 40 / self.scale
        return shapely.box(self.west - bleed, south - bleed, east + bleed, self.north + bleed)

    @property
    def units_per_km(self) -> float:
        return self.scale / _METRES_PER_DEGREE * 1000


def _frame(points: Sequence[Point], *, width: float, height: float) -> _Frame:
    lons, lats = [p[0] for p in points], [p[1] for p in points]
    middle = ((min(lons) + max(lons)) / 2, (min(lats) + max(lats)) / 2)
    squeeze = max(0.05, math.cos(math.radians(middle[1])))
    least = _LEAST_SPAN_M / _METRES_PER_DEGREE
    span_x = max((max(lons) - min(lons)) * squeeze, least)
    span_y = max(max(lats) - min(lats), least)
    margin = 4.2 * _MARK
    scale = min((width - margin) / span_x, (height - margin) / span_y)
    return _Frame(
        west=middle[0] - width / 2 / scale / squeeze,
        north=middle[1] + height / 2 / scale,
        squeeze=squeeze,
        scale=scale,
        width=width,
        height=height,
    )


def route_svg(
    *,
    stops: Sequence[Point],
    station: Point,
    paths: Sequence[Sequence[Point]] = (),
    backdrop: Backdrop,
    station_name: str = "",
    colour: str = DEFAULT_COLOUR,
    width_mm: float = 178,
    height_mm: float = 76,
    open_end: bool = False,
) -> str:
    """Return the picture of one team-day as SVG text.

    Parameters
    ----------
    stops
        (lon, lat) in driving order, WGS-84 degrees.
    station
        Where the car starts and ends.
    paths
        One line of (lon, lat) for each leg: station to first stop, …, last stop to station.
        Legs that are not given are drawn straight.
    backdrop
        Towns and roads below the route.
    colour
        ``#rrggbb`` of the route, the team's colour on the planner's map.
    width_mm, height_mm
        Size on paper.
    """
    width, height = width_mm * UNITS_PER_MM, height_mm * UNITS_PER_MM
    legs = _legs(stops, station, paths)[: len(stops) if open_end else None]
    frame = _frame([station, *stops, *(p for leg in legs for p in leg)], width=width, height=height)
    places = [frame.at(*stop) for stop in stops]
    home = frame.at(*station)
    marks = _spread(places, home)
    taken = [_square(mark, _MARK) for mark in marks] + [_square(home, _STATION)]
    # The scale bar and the north arrow.
    taken += [(30.0, height - 75, 420.0, height), (width - 80, 10.0, width, 104.0)]
    body = [
        _ground(backdrop, frame),
        _line_of_legs(legs, frame, colour=colour, open_end=open_end),
        _town_names(backdrop, frame, taken),
        _leaders(places, marks),
        _station_mark(home, clean(station_name), frame, taken),
        *(_stop_mark(number, mark, colour=colour) for number, mark in enumerate(marks, 1)),
        _scale_bar(frame),
        _credits(backdrop, frame),
        _north_arrow(frame),
    ]
    w, h = short(width), short(height)
    rect = f'<rect width="{w}" height="{h}" rx="14"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}">'
        f'<clipPath id="c">{rect}/></clipPath><g clip-path="url(#c)">{rect} fill="{_PAPER}"/>'
        f'{"".join(body)}</g>{rect} fill="none" stroke="#c5ccd3" stroke-width="3"/></svg>'
    )


def _legs(
    stops: Sequence[Point], station: Point, paths: Sequence[Sequence[Point]]
) -> list[list[Point]]:
    line = [station, *stops, station]
    straight = [list(pair) for pair in itertools.pairwise(line)]
    given = [list(path) for path in paths]
    return [given[i] if i < len(given) and len(given[i]) > 1 else leg
            for i, leg in enumerate(straight)]  # fmt: skip


def _ground(backdrop: Backdrop, frame: _Frame) -> str:
    window = frame.window()
    towns = "".join(
        f'<path d="{_rings(geometry, frame)}"/>' for _, geometry in backdrop.seen("towns", window)
    )
    by_rank: dict[int, list[str]] = {}
    seen = backdrop.seen("roads", window)
    lines, owners = shapely.get_parts([line for _, line in seen], return_index=True)
    drawn = np.isin(shapely.get_type_id(lines), (_LINE, _RING))
    for owner, stroke in zip(owners[drawn], _strokes(lines[drawn], frame), strict=True):
        by_rank.setdefault(_rank(seen[owner][0]), []).append(stroke)
    roads = "".join(
        f'<path d="{"".join(by_rank[rank])}" fill="none" stroke="{_ROAD_STYLES[rank][0]}" '
        f'stroke-width="{_ROAD_STYLES[rank][1]}" stroke-linecap="round" stroke-linejoin="round"/>'
        for rank in sorted(by_rank, reverse=True)
    )
    style = f'fill="{_TOWN}" stroke="#aab3bb" stroke-width="3.5" stroke-dasharray="16 10"'
    return f"<g {style}>{towns}</g>{roads}"


def _rank(kind: str | float) -> int:
    if isinstance(kind, str):
        return _ROAD_RANKS.get(kind.removesuffix("_link"), 3)
    return 0 if kind >= 70 else 1 if kind >= 50 else 2 if kind >= 35 else 3


def _rings(geometry: BaseGeometry, frame: _Frame) -> str:
    polygons = [part for part in _parts(geometry) if part.geom_type == "Polygon"]
    rings = (ring for part in polygons for ring in (part.exterior, *part.interiors))
    return "".join(f"{_trace(ring.coords, frame)}Z" for ring in rings)


def _strokes(lines: NDArray[Any], frame: _Frame) -> list[str]:
    """Return every line laid on the paper, thinned, as the text of a path."""
    laid = shapely.transform(lines, lambda xy: np.column_stack(frame.at(xy[:, 0], xy[:, 1])))
    thin = shapely.simplify(laid, _THIN, preserve_topology=False)
    kept = np.where(shapely.get_num_coordinates(thin) > 1, thin, laid)
    points, owners = shapely.get_coordinates(kept, return_index=True)
    strokes: list[list[str]] = [[] for _ in lines]
    for owner, (x, y) in zip(owners.tolist(), points.tolist(), strict=True):
        strokes[owner].append(f"{short(x)} {short(y)}")
    return ["M" + "L".join(stroke) for stroke in strokes]


def _parts(geometry: BaseGeometry) -> list[Any]:
    parts: list[Any] = list(getattr(geometry, "geoms", [geometry]))
    return parts


def _trace(points: Any, frame: _Frame) -> str:  # noqa: ANN401 - shapely's coordinate sequence
    laid = shapely.LineString([frame.at(point[0], point[1]) for point in points])
    thin = laid.simplify(_THIN, preserve_topology=False)
    kept = thin if len(thin.coords) > 1 else laid
    return "M" + "L".join(f"{short(x)} {short(y)}" for x, y in kept.coords)


def _line_of_legs(
    legs: Sequence[Sequence[Point]], frame: _Frame, *, colour: str, open_end: bool
) -> str:
    out = "".join(_trace(leg, frame) for leg in (legs if open_end else legs[:-1]))
    back = "" if open_end else _trace(legs[-1], frame)
    casing = 'fill="none" stroke="#ffffff" stroke-width="20" stroke-linejoin="round"'
    line = (
        f'fill="none" stroke="{colour}" stroke-width="10" '
        'stroke-linejoin="round" stroke-linecap="round"'
    )
    arrows = "".join(_arrow(leg, frame, colour=colour) for leg in legs)
    home = "" if open_end else f'<path d="{back}" {line} stroke-dasharray="26 20"/>'
    return f'<path d="{out}{back}" {casing}/>{home}<path d="{out}" {line}/>{arrows}'


def _arrow(leg: Sequence[Point], frame: _Frame, *, colour: str) -> str:
    line = shapely.LineString([frame.at(*point) for point in leg])
    if line.length < 8 * _MARK:
        return ""
    half = line.length / 2
    tail, head = line.interpolate(half - 8), line.interpolate(half + 8)
    angle = math.degrees(math.atan2(head.y - tail.y, head.x - tail.x))
    return (
        f'<path d="M-15 -19L19 0L-15 19Z" fill="{colour}" stroke="#ffffff" stroke-width="4" '
        f'transform="translate({short(head.x)} {short(head.y)}) rotate({short(angle)})"/>'
    )


def _spread(places: Sequence[Point], home: Point) -> list[Point]:
    """Push marks apart that would hide each other or the station (several firms in one yard)."""
    marks = [list(place) for place in places]
    fixed = [home]
    for _ in range(60):
        moved = False
        for i, mark in enumerate(marks):
            others = [*fixed, *(marks[j] for j in range(len(marks)) if j != i)]
            for number, other in enumerate(others):
                need = 2 * _MARK + _GAP if number else _MARK + _STATION + _GAP
                dx, dy = mark[0] - other[0], mark[1] - other[1]
                away = math.hypot(dx, dy)
                if away >= need:
                    continue
                if away < 1e-6:
                    dx, dy, away = math.cos(2.4 * i), math.sin(2.4 * i), 1.0
                push = (need - math.hypot(mark[0] - other[0], mark[1] - other[1])) * 0.6
                mark[0] += dx / away * push
                mark[1] += dy / away * push
                moved = True
        if not moved:
            break
    return [(mark[0], mark[1]) for mark in marks]


def _leaders(places: Sequence[Point], marks: Sequence[Point]) -> str:
    return "".join(
        f'<path d="M{short(x)} {short(y)}L{short(u)} {short(v)}" stroke="{_INK}" stroke-width="4"/>'
        f'<circle cx="{short(x)}" cy="{short(y)}" r="7" fill="{_INK}"/>'
        for (x, y), (u, v) in zip(places, marks, strict=True)
        if math.hypot(x - u, y - v) > _GAP
    )


def _stop_mark(number: int, mark: Point, *, colour: str) -> str:
    x, y = mark
    size = 34 if number < 10 else 28
    return (
        f'<circle cx="{short(x)}" cy="{short(y)}" r="{short(_MARK)}" fill="{colour}" '
        f'stroke="#ffffff" stroke-width="5"/>'
        f"{label(str(number), x, y + size * 0.36, size=size, fill='#ffffff', bold='700')}"
    )


def _station_mark(home: Point, name: str, frame: _Frame, taken: list[_Box]) -> str:
    x, y = home
    size = 2 * _STATION
    square = (
        f'<rect x="{short(x - _STATION)}" y="{short(y - _STATION)}" width="{short(size)}" '
        f'height="{short(size)}" fill="{_INK}" stroke="#ffffff" stroke-width="5"/>'
    )
    half = text_width(name, 27) / 2
    spots = [(x, y + _STATION + 34), (x, y - _STATION - 12), (x + _STATION + half + 10, y + 9),
             (x - _STATION - half - 10, y + 9)]  # fmt: skip
    spot = _free_spot(spots, half, 27, frame, taken) if name else None
    if spot is None:
        return square
    return square + label(name, *spot, size=27, fill=_INK, bold="700", halo=True)


def _town_names(backdrop: Backdrop, frame: _Frame, taken: list[_Box]) -> str:
    drawn = []
    inner = frame.window()
    for name, geometry in backdrop.seen("towns", inner):
        shown = clean(name)
        half = text_width(shown, _LABEL) / 2
        spots = [frame.at(*spot) for spot in _spots_inside(geometry)]
        spot = _free_spot(spots, half, _LABEL, frame, taken) if shown else None
        if spot is not None:
            drawn.append(label(shown, *spot, size=_LABEL, fill="#66727f", halo=True))
    return "".join(drawn)


def _spots_inside(geometry: BaseGeometry) -> list[Point]:
    west, south, east, north = geometry.bounds
    first = geometry.representative_point()
    grid = [
        (west + (east - west) * i / 8, south + (north - south) * j / 8)
        for j in range(1, 8)
        for i in range(1, 8)
    ]
    middle = geometry.centroid
    grid.sort(key=lambda p: (round(math.hypot(p[0] - middle.x, p[1] - middle.y), 9), p))
    inside = [p for p in grid if geometry.contains(shapely.Point(p))]
    return [*inside, (first.x, first.y)]


def _square(centre: Point, half: float) -> _Box:
    return (centre[0] - half, centre[1] - half, centre[0] + half, centre[1] + half)


def _free_spot(
    spots: Sequence[Point], half: float, size: float, frame: _Frame, taken: list[_Box]
) -> Point | None:
    for x, y in spots:
        box = (x - half - 6, y - size, x + half + 6, y + size * 0.3)
        if min(box[:2]) < 6 or box[2] > frame.width - 6 or box[3] > frame.height - 6:
            continue
        if all(
            box[2] < other[0] or other[2] < box[0] or box[3] < other[1] or other[3] < box[1]
            for other in taken
        ):
            taken.append(box)
            return (x, y)
    return None


def _scale_bar(frame: _Frame) -> str:
    steps = (0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500)
    km = max((step for step in steps if step * frame.units_per_km <= 330), default=steps[0])
    length, y = km * frame.units_per_km, frame.height - 28
    line = f"M36 {short(y - 12)}V{short(y)}H{short(36 + length)}V{short(y - 12)}"
    words = f"{km * 1000:.0f} m" if km < 1 else f"{km:.0f} km"
    text = label(words, 36 + length / 2, y - 16, size=23, fill=_INK, halo=True)
    return (
        f'<path d="{line}" fill="none" stroke="#ffffff" stroke-width="9"/>'
        f'<path d="{line}" fill="none" stroke="{_INK}" stroke-width="4"/>{text}'
    )


def _north_arrow(frame: _Frame) -> str:
    x = frame.width - 46
    needle = f"M{short(x)} 24L{short(x + 16)} 68L{short(x)} 57L{short(x - 16)} 68Z"
    return (
        f'<path d="{needle}" fill="{_INK}" '
        f'stroke="#ffffff" stroke-width="4"/>{label("N", x, 94, size=24, fill=_INK, halo=True)}'
    )


def _credits(backdrop: Backdrop, frame: _Frame) -> str:
    """Say in the corner whom the roads are owed to."""
    if not backdrop.credits:
        return ""
    x = frame.width - 16 - text_width(backdrop.credits, _CREDITS) / 2
    return label(backdrop.credits, x, frame.height - 14, size=_CREDITS, fill="#5d6770", halo=True)
