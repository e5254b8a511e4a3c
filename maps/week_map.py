"""The planner's map of one week: one HTML file that opens from disk and asks nobody for anything.

First sight: how many re-inspections are overdue and by how much, where they are, the hot cells
below them, the day's routes with stop numbers, and the day of the data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import shapely

from maps import base, compact, style, week_zones
from maps.messages import fill, is_blank, load, message, sentence
from maps.week_view import (
    CELL_CLASSES,
    RISK_COLUMN,
    STATES,
    ZONES_COLUMN,
    BadView,
    HotCell,
    LeftOut,
    MapRoute,
    MapStop,
    MapZone,
    WeekView,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from shapely.geometry.base import BaseGeometry

__all__ = [
    "BadView",
    "HotCell",
    "LeftOut",
    "MapRoute",
    "MapStop",
    "MapZone",
    "WeekView",
    "week_map",
]

_SCRIPTS = (
    "data",
    "canvas",
    "cells",
    "zones",
    "places",
    "routes",
    "popups",
    "search",
    "panel",
    "start",
)
_LAND = {"fillColor": "#fbfaf6", "fillOpacity": 1, "stroke": False}
_TOWN = {"color": "#b3bac2", "weight": 1, "dashArray": "4 3", "fill": False}
_BORDER = {"color": "#6b7785", "weight": 2.2, "fill": False}
_LEAST_Q = 1e-4  # smaller ones say no more
_NOWHERE = (113.0, 26.0, 114.0, 27.0)


def week_map(view: WeekView) -> str:
    """Return the planner's map of *view* as one HTML document.

    The same view gives the same bytes. Nothing is loaded from anywhere, texts of the view are
    data and never markup.

    Raises
    ------
    BadView
        If the view breaks its contract (see :meth:`WeekView.check`).
    """
    view.check()
    land = compact.geometries(view.boundary)
    towns = compact.geometries(view.towns)
    box = _bounds(view, [shape for _, shape in land + towns])
    words = _words(view)
    sheet = base.blank_map(
        centre=((box[0] + box[2]) / 2, (box[1] + box[3]) / 2),
        words=words,
    )
    base.add_outline(sheet, [shape for _, shape in land or towns], style=_LAND)
    base.add_outline(sheet, [shape for _, shape in towns], style=_TOWN)
    base.add_outline(sheet, [shape for _, shape in land], style=_BORDER)
    base.start_script(sheet, "Xunge.start")
    placed = _placed(view)
    return base.single_file(
        sheet,
        title=sentence("map_page_title", lang=view.lang, area=view.area, week=view.week),
        lang=view.lang,
        body=base.template("week_panel.html").render(_panel(view, placed, words)),
        data={"words": words, "bounds": box, "firstDay": _first_day(view), "towns": _labels(towns)}
        | _payload(view, placed),
        styles=["map/base.css", "map/week.css"],
        scripts=[f"map/{name}.js" for name in _SCRIPTS],
    )


def _words(view: WeekView) -> dict[str, str]:
    """Return the patterns of every label of the map, without the prefix ``map_``."""
    words = {
        code.removeprefix("map_"): text.sentence(view.lang)
        for code, text in load().items()
        if code.startswith("map_")
    }
    days = {"days": view.soon_days}
    for name in STATES:
        words[f"state_{name}"] = fill(words[f"state_{name}"], lang=view.lang, data=days)
    return words


def _placed(view: WeekView) -> pd.DataFrame:
    return view.places[view.places["lon"].notna() & view.places["lat"].notna()].reset_index(
        drop=True
    )


def _bounds(view: WeekView, shapes: list[BaseGeometry]) -> list[float]:
    """Return west, south, east, north of the area, of the places where no area is known."""
    if shapes:
        box = [float(value) for value in shapely.total_bounds(shapes)]
    else:
        placed = _placed(view)
        points = list(zip(placed["lon"], placed["lat"], strict=True))
        points += [(lon, lat) for _, lon, lat in view.stations]
        box = list(shapely.MultiPoint(points).bounds if points else _NOWHERE)
    return [round(value, 5) for value in box]


def _first_day(view: WeekView) -> str | None:
    """Return the day to open with: that of the data if it has routes, else the first with any."""
    days = sorted({route.day for route in view.routes})
    if not days:
        return None
    return (view.as_of if view.as_of in days else days[0]).isoformat()


def _labels(towns: list[tuple[str, BaseGeometry]]) -> list[list[Any]]:
    return [
        [name, round(point.x, 5), round(point.y, 5)]
        for name, shape in towns
        if name and not shape.is_empty
        for point in [shape.representative_point()]
    ]


# -- data for the browser ------------------------------------------------------------------------


def _payload(view: WeekView, placed: pd.DataFrame) -> dict[str, Any]:
    index = {str(place): i for i, place in enumerate(placed["id"])}
    return {
        "style": style.sheet(1 + max((route.colour for route in view.routes), default=0)),
        "order": list(style.STATES),
        "roads": _roads(view),
        "stations": [[name, round(lon, 5), round(lat, 5)] for name, lon, lat in view.stations],
        "places": _places(placed, lang=view.lang),
        "cells": [_cell(cell) for cell in view.cells],
        "zones": [week_zones.drawn(zone) for zone in view.zones],
        "routes": [_route(route, index) for route in view.routes],
    }


def _roads(view: WeekView) -> list[list[Any]]:
    """Return the roads by look, the widest last so that they lie on top."""
    looks: dict[style.RoadStyle, list[list[int]]] = {}
    for name, points in view.roads:
        if len(points) > 1:
            looks.setdefault(style.road_style(name), []).append(compact.line(points))
    return [
        [look.colour, look.casing, look.width, look.min_zoom, looks[look]]
        for look in sorted(looks, key=lambda look: (look.width, look.colour))
    ]


def _places(placed: pd.DataFrame, *, lang: str) -> dict[str, Any]:
    words = compact.Words()
    points = compact.steps(
        zip(placed["lon"].astype(float), placed["lat"].astype(float), strict=True)
    )
    plain = {
        name: [words.place(_text(value)) for value in placed[name]]
        for name in ("industry", "risk", "town", "level", "last_visit", "kind")
    }
    more: dict[str, Any] = {}
    facts = ("due", "overdue_days", "reasons", "cell")
    around, risks = (
        placed[name] if name in placed else [()] * len(placed)
        for name in (ZONES_COLUMN, RISK_COLUMN)
    )  # fmt: skip
    for i, ((due, overdue, reasons, cell), zones, risk) in enumerate(
        zip(placed[list(facts)].itertuples(index=False, name=None), around, risks, strict=True)
    ):
        why = [] if reasons is None or isinstance(reasons, float) else [str(r) for r in reasons]
        days = 0 if pd.isna(overdue) else int(overdue)
        if _text(due) or why or days or _text(cell) or zones or risk:
            rest = [list(zones), [_bare(*fact, lang=lang) for fact in risk]]
            while rest and not rest[-1]:
                rest.pop()
            more[str(i)] = [_text(due), days, why, _text(cell), *rest]
    return {
        "id": [str(value) for value in placed["id"]],
        "name": [_text(value) for value in placed["name"]],
        "x": points[0::2],
        "y": points[1::2],
        "state": [STATES.index(value) for value in placed["state"]],
        "states": list(STATES),
        "radius": [0 if pd.isna(value) else round(value) for value in placed["radius_m"]],
        "words": words.texts,
        **plain,
        "more": more,
    }


def _bare(code: str, data: Mapping[str, Any], *, lang: str) -> list[Any]:
    """Return a sentence as its code and data in the order of its pattern, which the page has."""
    return [code.removeprefix("map_"), *(data[name] for name in message(code).names(lang))]


def _text(value: object) -> str:
    return "" if is_blank(value) else str(value)


def _cell(cell: HotCell) -> dict[str, Any]:
    return {
        "id": cell.id,
        "ring": compact.steps(cell.ring),
        "kind": cell.kind,
        "town": cell.town,
        "observed": round(cell.observed, 1),
        "expected": round(cell.expected, 2),
        "rr": [round(value, 2) for value in (cell.rr, cell.rr_low, cell.rr_high)],
        "own": round(cell.own, 1),
        "q": f"{cell.q:.2g}" if cell.q >= _LEAST_Q else f"< {_LEAST_Q:g}",
        "chance": "" if cell.chance is None else f"{cell.chance:.0%}",
        "trend": cell.trend,
        "forecast": cell.forecast,
        "who": list(cell.contributors),
    }


def _route(route: MapRoute, index: dict[str, int]) -> dict[str, Any]:
    return {
        "team": route.team,
        "day": route.day.isoformat(),
        "colour": route.colour,
        "path": compact.line(route.path),
        "stops": [_stop(stop, index) for stop in route.stops],
    }


def _stop(stop: MapStop, index: dict[str, int]) -> dict[str, Any]:
    fact: dict[str, Any] = {
        "n": stop.n,
        "place": index.get(stop.place, -1),
        "arrive": stop.arrive,
        "leave": stop.leave,
        "kind": stop.kind,
        "why": stop.why,
    }
    if stop.lon is not None and stop.lat is not None:
        fact["at"] = [round(stop.lon, 5), round(stop.lat, 5)]
    if stop.name:
        fact["name"] = stop.name
    if stop.meets:
        fact["meets"] = stop.meets
    return fact


# -- the panel -----------------------------------------------------------------------------------


def _panel(view: WeekView, placed: pd.DataFrame, words: dict[str, str]) -> dict[str, Any]:
    return {
        "t": words,
        **_headline(view),
        "states": _legend(view, words),
        "station": style.STATION,
        "stations": len(view.stations),
        "cell_count": len(view.cells),
        "cell_opacity": style.CELL_OPACITY,
        "cells": _ramp(view, words),
        "overlays": week_zones.kinds(z for z in view.zones if z.kind in style.OVERLAYS),
        "zone_count": sum(z.kind not in (style.GRID, *style.OVERLAYS) for z in view.zones),
        "zones": week_zones.kinds(z for z in view.zones if z.kind not in style.OVERLAYS),
        "zone_opacity": style.ZONE_OPACITY,
        "route_count": len(view.routes),
        "days": _days(view, words),
        "first_day": _first_day(view),
        "unserved": view.unserved,
        "unserved_title": sentence("map_unserved", lang=view.lang, n=len(view.unserved)),
        "located": {*map(str, placed["id"])},
        "stats": list(view.stats.items()),
        "attribution": _attribution(view),
        **_unplaced(view, words),
    }


def _headline(view: WeekView) -> dict[str, Any]:
    overdue = view.places[view.places["state"] == "overdue"]
    days = pd.to_numeric(overdue["overdue_days"]).fillna(0)
    code = "map_overdue_none" if overdue.empty else "map_overdue"
    return {
        "title": sentence("map_title", lang=view.lang, area=view.area),
        "as_of": sentence("map_as_of", lang=view.lang, week=view.week, day=view.as_of),
        "overdue": len(overdue),
        "headline": sentence(code, lang=view.lang, days=0 if overdue.empty else int(days.max())),
    }


def _attribution(view: WeekView) -> str:
    code = "map_attribution_licence" if view.map_licence else "map_attribution"
    parts = [sentence(code, lang=view.lang, licence=view.map_licence)]
    if view.towns and view.towns_approximate:
        parts.append(view.towns_note or sentence("map_approximate", lang=view.lang))
    if view.credits:
        parts.append(view.credits)
    return " · ".join(parts)


def _ramp(view: WeekView, words: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "colour": style.CELLS[kind],
            "title": words[f"cell_{kind}"],
            "count": sum(cell.kind == kind for cell in view.cells),
        }
        for kind in reversed(CELL_CLASSES)
    ]


def _legend(view: WeekView, words: dict[str, str]) -> list[dict[str, Any]]:
    counts = view.places["state"].value_counts()
    return [
        {
            "name": name,
            "symbol": style.STATES[name],
            "size": 10 if name == "plain" else 20,
            "title": words[f"state_{name}"],
            "count": int(counts.get(name, 0)),
            "on": True,
        }
        for name in STATES
    ]


def _days(view: WeekView, words: dict[str, str]) -> list[dict[str, Any]]:
    names = dict(zip(view.places["id"].astype(str), view.places["name"].map(_text), strict=True))
    days: dict[dt.date, list[dict[str, Any]]] = {}
    for i, route in enumerate(view.routes):
        look = style.route_style(route.colour)
        facts = fill(
            words["route_facts"],
            lang=view.lang,
            data={"n": len(route.stops), "km": route.km, "hours": route.hours},
        )
        stops = [
            {
                "n": s.n,
                "arrive": s.arrive,
                "leave": s.leave,
                "name": s.name or names[s.place],
                "meets": s.meets,
            }
            for s in route.stops
        ]
        days.setdefault(route.day, []).append(
            {
                "index": i,
                "team": route.team,
                "crew": route.crew,
                "style": look,
                "dash": look.dash or "none",
                "facts": facts,
                "stops": stops,
            }
        )
    return [
        {
            "date": day.isoformat(),
            "short": words[f"weekday_{day.weekday()}"],
            "title": f"{words[f'weekday_{day.weekday()}']} {day:%m-%d}",
            "routes": days[day],
        }
        for day in sorted(days)
    ]


def _unplaced(view: WeekView, words: dict[str, str]) -> dict[str, Any]:
    lost = view.places[view.places["lon"].isna() | view.places["lat"].isna()]
    urgent = lost[lost["state"] != "plain"].sort_values(
        "overdue_days", ascending=False, kind="stable", key=pd.to_numeric
    )
    rest = len(lost) - len(urgent)
    return {
        "unplaced_count": len(lost),
        "unplaced_title": sentence("map_unplaced", lang=view.lang, n=len(lost)),
        "unplaced_rest": sentence("map_unplaced_rest", lang=view.lang, n=rest) if rest else "",
        "unplaced": [
            {"name": _text(name), "state": words[f"state_{state}"], "due": _text(due)}
            for name, state, due in zip(urgent["name"], urgent["state"], urgent["due"], strict=True)
        ],
    }
