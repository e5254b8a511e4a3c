"""Colours, shapes and line patterns: one source for maps, legends and printed sheets.

The palettes were measured under protanopia, deuteranopia and tritanopia: the four dated states
differ by at least 22 (CAM02-UCS), team colours by at least 10 (CIELAB), and a
team is told apart by a dash pattern and by stop numbers as well.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

FONT = (
    '"PingFang SC","Microsoft YaHei","Noto Sans CJK SC","Noto Sans SC","Source Han Sans SC",'
    "sans-serif"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbol:
    """A map symbol as SVG paths in a box of 24 × 24; ``size`` is its width on the map in pixels."""

    path: str
    fill: str
    stroke: str
    stroke_width: float
    size: float
    mark: str = ""
    mark_stroke: str = "#ffffff"
    mark_width: float = 2.6


_CIRCLE = "M12 3.5a8.5 8.5 0 1 1 0 17a8.5 8.5 0 1 1 0-17z"
_OCTAGON = "M8.1 2.6h7.8l5.5 5.5v7.8l-5.5 5.5H8.1l-5.5-5.5V8.1z"

# Drawn in this order, so that what presses most lies on top.
STATES: dict[str, Symbol] = {
    "plain": Symbol(path=_CIRCLE, fill="#7b8490", stroke="#ffffff", stroke_width=2, size=7),
    "later": Symbol(path=_CIRCLE, fill="#3b7dd8", stroke="#ffffff", stroke_width=2.4, size=15),
    "revisit": Symbol(path=_CIRCLE, fill="#ffffff", stroke="#111827", stroke_width=4, size=14),
    "open": Symbol(
        path=_OCTAGON,
        fill="#111827",
        stroke="#ffffff",
        stroke_width=1.8,
        size=20,
        mark="M8.3 8.3l7.4 7.4M15.7 8.3l-7.4 7.4",
    ),
    "soon": Symbol(
        path="M12 2l10 10l-10 10l-10-10z",
        fill="#f0a202",
        stroke="#5c3d00",
        stroke_width=1.8,
        size=19,
    ),
    "overdue": Symbol(
        path="M12 1.8L23 21.6H1z",
        fill="#8c0d1f",
        stroke="#ffffff",
        stroke_width=1.6,
        size=23,
        mark="M12 8.6v6.4M12 17.6v1.5",
    ),
}

STATION = Symbol(
    path="M3 3h18v18H3z",
    fill="#111827",
    stroke="#ffffff",
    stroke_width=1.8,
    size=20,
    mark="M12 6.6l1.4 3.7l4 .2l-3.1 2.5l1 3.8l-3.3-2.1l-3.3 2.1l1-3.8l-3.1-2.5l4-.2z",
    mark_width=1.4,
)

# Hot classes of ColorBrewer's RdBu; a cell that is not significant is not drawn at all.
CELLS: dict[str, str] = {"hot99": "#b2182b", "hot95": "#ef8a62", "hot90": "#fddbc7"}
CELL_OPACITY = 0.55

# Priority zones: blues for water, earth for roads and houses, greens for nature, grey for bans.
ZONES: dict[str, str] = {
    "water_source": "#2166ac",
    "trunk_road": "#9a6324",
    "dense_housing": "#7a5195",
    "nature_reserve": "#1b7837",
    "scenic_area": "#00897b",
    "forest_park": "#5a9a1f",
    "city_park": "#8bb13a",
    "public_forest": "#2f6b52",
    "no_mining": "#4d4d4d",
    "grid": "#5b6b7b",
    "forecast": "#8e24aa",
    "blind": "#37474f",
    "gi_star": "#b07d00",
}
ZONE_OTHER = "#6b6ecf"
GRID = "grid"  # a kind beside those of zones: what one grid worker looks after
FORECAST = "forecast"  # others: where most is expected in the coming month,
BLIND = "blind"  # where there are objects and nobody was,
GI_STAR = "gi_star"  # and what the hot spot analysis of ArcGIS would show
OVERLAYS = (FORECAST, BLIND, GI_STAR)
"""Kinds with a switch of their own below the hot cells."""
ZONE_OPACITY = 0.13

_ROUTE_COLOURS = ("#1a6fd0", "#00805c", "#cb2f86", "#3b1670", "#a85f00", "#0d1b2a")
_ROUTE_DASHES = ("", "11 6", "2 6", "14 5 2 5")


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteStyle:
    """Colour and dash pattern of one team, the same on every day of the week."""

    colour: str
    dash: str


def route_style(index: int) -> RouteStyle:
    """Return the look of team *index*: 24 teams differ in colour or pattern before it repeats."""
    turn = index // len(_ROUTE_COLOURS)
    return RouteStyle(
        colour=_ROUTE_COLOURS[index % len(_ROUTE_COLOURS)],
        dash=_ROUTE_DASHES[(index + turn) % len(_ROUTE_DASHES)],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadStyle:
    """Line of one road class: fill and casing colour, width in pixels, first zoom that shows it."""

    colour: str
    casing: str
    width: float
    min_zoom: float


_MOTORWAY = RoadStyle(colour="#e3b15f", casing="#b98a3e", width=4.0, min_zoom=0)
_TRUNK = RoadStyle(colour="#ecc98a", casing="#cda866", width=3.2, min_zoom=0)
_PROVINCIAL = RoadStyle(colour="#f1dcae", casing="#d6bd86", width=2.6, min_zoom=0)
_COUNTY = RoadStyle(colour="#ffffff", casing="#c9c4b6", width=2.0, min_zoom=9.5)
_LOCAL = RoadStyle(colour="#ffffff", casing="#d8d4c8", width=1.4, min_zoom=11)

ROADS: dict[str, RoadStyle] = {
    "expressway": _MOTORWAY,
    "motorway": _MOTORWAY,
    "national": _TRUNK,
    "trunk": _TRUNK,
    "provincial": _PROVINCIAL,
    "primary": _PROVINCIAL,
    "county": _COUNTY,
    "secondary": _COUNTY,
    "township": _LOCAL,
    "tertiary": _LOCAL,
    "village": _LOCAL,
    "unclassified": _LOCAL,
}


def road_style(name: str) -> RoadStyle:
    """Return the line of road class *name*; ``motorway_link`` reads as ``motorway``."""
    return ROADS.get(name.removesuffix("_link"), _LOCAL)


def zone_colour(kind: str) -> str:
    """Return the colour of a kind of priority zone; kinds of a bureau's own share one."""
    return ZONES.get(kind, ZONE_OTHER)


def sheet(teams: int) -> dict[str, Any]:
    """Return all that a browser needs of this module, as plain data for *teams* teams."""
    return {
        "states": {name: asdict(symbol) for name, symbol in STATES.items()},
        "station": asdict(STATION),
        "cells": CELLS,
        "cellOpacity": CELL_OPACITY,
        "zoneOpacity": ZONE_OPACITY,
        "overlays": list(OVERLAYS),
        "routes": [asdict(route_style(i)) for i in range(teams)],
    }
