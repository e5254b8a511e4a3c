"""What the browser draws of one week: places, routes, cells, zones and roads as small data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from maps import compact, style, week_zones
from maps.messages import message, text_of
from maps.week_view import RISK_COLUMN, STATES, ZONES_COLUMN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from maps.week_view import HotCell, MapRoute, MapStop, WeekView

_LEAST_Q = 1e-4  # smaller ones say no more


def browser_data(view: WeekView) -> dict[str, Any]:
    """Return what the page draws: places, routes, cells, zones, roads and how they look."""
    placed = view.placed
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
        name: [words.place(text_of(value)) for value in placed[name]]
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
        if text_of(due) or why or days or text_of(cell) or zones or risk:
            rest = [list(zones), [_bare(*fact, lang=lang) for fact in risk]]
            while rest and not rest[-1]:
                rest.pop()
            more[str(i)] = [text_of(due), days, why, text_of(cell), *rest]
    return {
        "id": [str(value) for value in placed["id"]],
        "name": [text_of(value) for value in placed["name"]],
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
