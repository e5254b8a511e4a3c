"""The planner's map of one week: one HTML file that opens from disk and asks nobody for anything.

First sight: how many re-inspections are overdue and by how much, where they are, the hot cells
below them, the day's routes with stop numbers, and the day of the data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import shapely

from maps import base, compact
from maps.messages import fill, load, sentence
from maps.week_data import browser_data
from maps.week_panel import panel_facts
from maps.week_view import STATES

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from maps.week_view import WeekView

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
    return base.single_file(
        sheet,
        title=sentence("map_page_title", lang=view.lang, area=view.area, week=view.week),
        lang=view.lang,
        body=base.template("week_panel.html").render(panel_facts(view, words)),
        data={"words": words, "bounds": box, "firstDay": view.first_day, "towns": _labels(towns)}
        | browser_data(view),
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


def _bounds(view: WeekView, shapes: list[BaseGeometry]) -> list[float]:
    """Return west, south, east, north of the area, of the places where no area is known."""
    if shapes:
        box = [float(value) for value in shapely.total_bounds(shapes)]
    else:
        placed = view.placed
        points = list(zip(placed["lon"], placed["lat"], strict=True))
        points += [(lon, lat) for _, lon, lat in view.stations]
        box = list(shapely.MultiPoint(points).bounds if points else _NOWHERE)
    return [round(value, 5) for value in box]


def _labels(towns: list[tuple[str, BaseGeometry]]) -> list[list[Any]]:
    return [
        [name, round(point.x, 5), round(point.y, 5)]
        for name, shape in towns
        if name and not shape.is_empty
        for point in [shape.representative_point()]
    ]
