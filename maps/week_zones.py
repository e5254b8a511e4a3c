"""Priority zones and grids on the planner's map: their data for the browser and their legend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from maps import compact, style

if TYPE_CHECKING:
    from collections.abc import Iterable

    from maps.week_view import MapZone


def drawn(zone: MapZone) -> dict[str, Any]:
    """Return one zone as the browser draws it; grids cover all of the ground and have no fill."""
    return {
        "name": zone.name,
        "kind": zone.kind,
        "title": zone.kind_title,
        "note": zone.note,
        "n": zone.places,
        "colour": style.zone_colour(zone.kind),
        "fill": zone.kind != style.GRID,
        "rings": [compact.steps(ring) for ring in zone.rings],
    }


def kinds(zones: Iterable[MapZone]) -> list[dict[str, Any]]:
    """Return the kinds of zones that there are, in the order of their first zone."""
    found: dict[str, list[MapZone]] = {}
    for zone in zones:
        found.setdefault(zone.kind, []).append(zone)
    return [
        {
            "kind": kind,
            "title": members[0].kind_title,
            "colour": style.zone_colour(kind),
            "count": len(members),
            "on": members[0].on,
        }
        for kind, members in found.items()
    ]
