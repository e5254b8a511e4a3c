"""Hotspots in words, and as the week's map draws them: cells, forecast, Gi*, blind spots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import shapely

from maps.messages import sentence
from maps.style import BLIND, FORECAST, GI_STAR
from maps.week_view import HotCell, MapZone

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from shapely.geometry.base import BaseGeometry

    from xunge.knowledge import Knowledge

_SHOWN = 5  # blind villages in a sentence


def map_cells(record: Mapping[str, Any], knowledge: Knowledge, *, lang: str) -> tuple[HotCell, ...]:
    """Return the hot cells of a record; older records have no trend and no forecast."""
    names = knowledge.objects["name"].to_dict()
    towns = knowledge.area_names()
    return tuple(
        HotCell(
            id=cell["cell"], ring=tuple((x, y) for x, y in cell["ring"]), kind=cell["class"],
            observed=cell["observed_3x3"], expected=cell["expected_3x3"], rr=cell["rr"],
            rr_low=cell["rr_low"], rr_high=cell["rr_high"], q=cell["q"],
            own=cell["observed"], chance=cell.get("chance"),
            town=towns.get(cell["town"] or "", ""),
            trend=_trend(cell, record["hot"], lang), forecast=_forecast(cell, record["hot"], lang),
            contributors=tuple(
                _contributor(one, names.get(one["object"], one["object"]), lang)
                for one in cell["contributors"]
            ),
        )
        for cell in record["hot"]["cells"]
    )  # fmt: skip


def _contributor(one: Mapping[str, Any], name: str, lang: str) -> str:
    if "last" not in one:
        return f"{name} × {one['events']}"
    return sentence("hot_contributor", lang=lang, name=name, events=one["events"], last=one["last"])


def _trend(cell: Mapping[str, Any], hot: Mapping[str, Any], lang: str) -> str:
    if "trend" not in cell:
        return ""
    if cell["trend"] is None:
        return sentence("trend_unknown", lang=lang, periods=hot["periods"],
                        least=hot["least_periods"], days=hot["period_days"])  # fmt: skip
    return sentence(
        f"trend_{cell['trend']}_since", lang=lang, since=cell["since"], n=cell["hot_periods"],
        days=hot["period_days"],
    )  # fmt: skip


def _forecast(cell: Mapping[str, Any], hot: Mapping[str, Any], lang: str) -> str:
    if "week" not in cell:
        return ""
    if cell["week_rank"] is None:
        return sentence("hot_forecast_none", lang=lang)
    return sentence("hot_forecast", lang=lang, events=cell["week"], rank=cell["week_rank"],
                    cells=hot["ranked"])  # fmt: skip


def trends_line(hot: Mapping[str, Any], lang: str) -> str:
    """Return how many cells there are of each class; empty for older records."""
    if "trends" not in hot or not hot["events"]:
        return ""
    if hot["periods"] < hot["least_periods"]:
        return sentence("trend_unknown", lang=lang, periods=hot["periods"],
                        least=hot["least_periods"], days=hot["period_days"])  # fmt: skip
    counts = [
        f"{sentence(f'trend_{name}', lang=lang)} {count}" for name, count in hot["trends"].items()
    ]
    return sentence("hot_trends", lang=lang, counts=counts) if counts else ""


def blind_line(hot: Mapping[str, Any], lang: str) -> str:
    """Return how many cells and villages nobody visited for a year; empty for older records."""
    blind = hot.get("blind")
    if not blind:
        return ""
    villages = [f"{one['town']}{one['name']}" for one in blind["top"][:_SHOWN]]
    code = "hot_blind" if villages else "hot_blind_cells"
    facts = {k: blind[k] for k in ("days", "cells", "cells_used", "villages", "villages_used")}
    return sentence(code, lang=lang, names=villages, **facts)


def repeats_line(hot: Mapping[str, Any], lang: str) -> str:
    """Say whether one event brings others nearby; empty for older records."""
    found = hot.get("near_repeat")
    if not found:
        return ""
    facts = {name: found[name] for name in ("events", "least", "metres")}
    if not found["bands"]:
        return sentence("near_repeat_few", lang=lang, **facts)
    best = min(found["bands"], key=lambda row: (row["p_adjusted"], -(row["ratio"] or 0.0)))
    if not found["significant"]:
        return sentence("near_repeat_none", lang=lang, p=best["p_adjusted"], **facts)
    code = "near_repeat_same" if best["metres_from"] == 0 else "near_repeat"
    return sentence(
        code, lang=lang, near=best["metres_from"], far=best["metres"], first=best["days_from"],
        last=best["days"], pairs=best["pairs"], expected=best["expected"], ratio=best["ratio"],
        p=best["p_adjusted"], **facts,
    )  # fmt: skip


def overlays(hot: Mapping[str, Any], objects: pd.DataFrame, *, lang: str) -> tuple[MapZone, ...]:
    """Return the areas beside the hot cells: forecast, blind spots, Gi*; each with its switch."""
    found = [_overlay(FORECAST, "map_month", hot.get("month"), objects, lang=lang)]
    blind = hot.get("blind")
    if blind:
        found.append(
            _overlay(BLIND, "map_blind", blind["rings"], objects, lang=lang, **{
                name: blind[name] for name in ("days", "cells", "villages", "weight")})
        )  # fmt: skip
    gi_star = hot.get("gi_star")
    if gi_star:
        code = "map_gi_star_uneven" if gi_star["uneven"] else "map_gi_star"
        found.append(
            _overlay(GI_STAR, code, gi_star["rings"], objects, lang=lang, cells=gi_star["cells"])
        )
    return tuple(one for one in found if one is not None)


def _overlay(
    kind: str,
    code: str,
    rings: list[list[list[float]]] | None,
    objects: pd.DataFrame,
    *,
    lang: str,
    **facts: object,
) -> MapZone | None:
    """Return an area of a record with the objects in it; None where there is nothing."""
    if not rings:
        return None
    # Holes are rings as well: what lies in an odd number of rings lies in the area.
    shape: BaseGeometry = shapely.Polygon()
    for ring in rings:
        shape = shape.symmetric_difference(shapely.Polygon(ring))
    known = objects[objects["lon"].notna()]
    inside = shapely.contains_xy(shape, known["lon"].astype(float), known["lat"].astype(float))
    title = sentence(code, lang=lang, **facts)
    return MapZone(
        name=title, kind=kind, kind_title=title, places=int(inside.sum()),
        note=sentence(f"{code}_note", lang=lang, **facts),
        rings=tuple(tuple((x, y) for x, y in ring) for ring in rings), on=False,
    )  # fmt: skip
