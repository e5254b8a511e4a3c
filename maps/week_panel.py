"""The panel beside the map of one week: the headline, the legend, days with their routes, lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from maps import style, week_zones
from maps.messages import fill, sentence, text_of
from maps.week_view import CELL_CLASSES, STATES

if TYPE_CHECKING:
    import datetime as dt

    from maps.week_view import WeekView


def panel_facts(view: WeekView, words: dict[str, str]) -> dict[str, Any]:
    """Return what the template of the panel shows; *words* are the labels of the map."""
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
        "first_day": view.first_day,
        "unserved": view.unserved,
        "unserved_title": sentence("map_unserved", lang=view.lang, n=len(view.unserved)),
        "located": {*map(str, view.placed["id"])},
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
    names = dict(zip(view.places["id"].astype(str), view.places["name"].map(text_of), strict=True))
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
            {"name": text_of(name), "state": words[f"state_{state}"], "due": text_of(due)}
            for name, state, due in zip(urgent["name"], urgent["state"], urgent["due"], strict=True)
        ],
    }
