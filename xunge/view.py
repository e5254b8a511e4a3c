"""The planner's map of a week, built from its record and from what is known."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pandas as pd
import shapely

from layers.rows import records
from maps.messages import sentence
from maps.week_map import week_map
from maps.week_view import LeftOut, MapRoute, MapStop, WeekView
from scheduler.plan import clock
from xunge import words
from xunge.area_words import borders_sentence
from xunge.hot_words import blind_line, map_cells, repeats_line, trends_line
from xunge.hours import hours_words
from xunge.meetings import meetings
from xunge.requests import total_saving
from xunge.risk_words import risk_facts
from xunge.road_file import thinned

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layers.codes import CodeTable
    from maps.week_view import MapZone
    from xunge.geography import Geography
    from xunge.knowledge import Knowledge
    from xunge.zone_words import ZoneFact

SOON_DAYS = 7
_SIMPLIFY_DEGREES = 0.0005  # about 50 m: borders stay true at every zoom of a county


def map_page(
    record: Mapping[str, Any],
    knowledge: Knowledge,
    geography: Geography,
    *,
    tables: Mapping[str, CodeTable],
    lang: str,
    zones: Mapping[str, tuple[ZoneFact, ...]],
    shapes: tuple[MapZone, ...],
) -> str:
    """Return ``index.html``: the planner's map of the week, one file without any request.

    Parameters
    ----------
    zones
        Priority zones around each object; *shapes* are the zones themselves.
    """
    due = {item["id"]: item for item in record["due"]}
    view = WeekView(
        area=record["area"],
        week=record["week"],
        as_of=dt.date.fromisoformat(record["as_of"]),
        places=_places(record, knowledge, tables=tables, lang=lang, zones=zones),
        boundary=_geometry(geography.border) if geography.border_known else None,
        towns=_towns(geography),
        towns_approximate=bool(geography.towns["approximate"].astype(bool).any()),
        towns_note=borders_sentence(geography, lang),
        roads=_roads(geography),
        credits=str(geography.road_lines.attrs.get("credits", "")),
        stations=tuple((d["name"], d["lon"], d["lat"]) for d in record["depots"]),
        cells=map_cells(record, knowledge, lang=lang),
        zones=shapes,
        routes=_routes(record, due, tables=tables, lang=lang),
        unserved=_unserved(record, tables, lang),
        stats=_stats(record, lang),
        lang=lang,
    )
    return week_map(view)


def _geometry(shape: shapely.geometry.base.BaseGeometry) -> dict[str, Any]:
    plain = shapely.set_precision(shape.simplify(_SIMPLIFY_DEGREES), 1e-5)
    mapping: dict[str, Any] = shapely.geometry.mapping(plain)
    return mapping


def _towns(geography: Geography) -> dict[str, Any]:
    features = [
        {
            "type": "Feature",
            "properties": {"name": str(row["name"])},
            "geometry": _geometry(row["geometry"]),
        }
        for row in records(geography.towns)
    ]
    return {"type": "FeatureCollection", "features": features}


def _roads(geography: Geography) -> tuple[tuple[str, tuple[tuple[float, float], ...]], ...]:
    lines = []
    for row in records(thinned(geography.road_lines)):
        for line in shapely.get_parts(row["geometry"].simplify(0.0003)):
            points = tuple((round(x, 5), round(y, 5)) for x, y in line.coords)
            lines.append((str(row.get("class") or ""), points))
    return tuple(lines)


def _places(
    record: Mapping[str, Any],
    knowledge: Knowledge,
    *,
    tables: Mapping[str, CodeTable],
    lang: str,
    zones: Mapping[str, tuple[ZoneFact, ...]],
) -> pd.DataFrame:
    """Return every enterprise and site with its state, as the map wants them."""
    monday = dt.date.fromisoformat(record["monday"])
    first = _most_urgent(record["due"])
    echo = words.radar_sentences(record, knowledge.objects["name"].to_dict(), lang)
    risks = record.get("risk", {}).get("objects", {})
    last = knowledge.visits.groupby("object")["date"].max().to_dict()
    names = knowledge.area_names()
    open_sites = set(knowledge.sites[knowledge.sites["status"] == "open"]["id"])
    wanted = set(first) | {visit["object"] for visit in record["visits"]}
    rows = []
    for row in records(knowledge.objects):
        if row["kind"] == "report" and row["id"] not in wanted:
            continue
        item = first.get(row["id"])
        rows.append(
            {
                "id": row["id"],
                "name": row["name"],
                "kind": "enterprise" if row["kind"] == "enterprise" else "site",
                "industry": words.title(tables["industry"], row["industry"], lang),
                "risk": words.title(tables["risk_grade"], row["risk_grade"], lang),
                "lon": row["lon"],
                "lat": row["lat"],
                "level": row["level"] or "none",
                "radius_m": row["radius_m"],
                "town": names.get(row["town_code"] or "", ""),
                "state": _state(item, opened=row["id"] in open_sites, monday=monday),
                "due": dt.date.fromisoformat(item["due"]) if item else None,
                "overdue_days": item["overdue_days"] if item else 0,
                "reasons": [
                    *echo.get(row["id"], ()),
                    *(words.due_sentences(item, lang) if item else ()),
                ],
                "cell": row["cell"],
                "last_visit": last.get(row["id"]),
                "zones": tuple(fact.sentence(lang) for fact in zones.get(row["id"], ())),
                "risk_facts": risk_facts(risks[row["id"]], lang) if row["id"] in risks else (),
            }
        )
    return pd.DataFrame(rows)


def _most_urgent(items: list[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Return the due item of each object that is overdue longest or due first."""
    first: dict[str, Mapping[str, Any]] = {}
    for item in sorted(items, key=lambda i: (-i["overdue_days"], i["due"], i["id"])):
        first.setdefault(item["object"], item)
    return first


def _state(item: Mapping[str, Any] | None, *, opened: bool, monday: dt.date) -> str:
    if item is None:
        return "open" if opened else "plain"
    if item["overdue_days"] > 0:
        return "overdue"
    if dt.date.fromisoformat(item["due"]) < monday + dt.timedelta(days=SOON_DAYS):
        return "soon"
    return "revisit" if item["kind"] == "revisit" else "later"


def _routes(
    record: Mapping[str, Any],
    due: Mapping[str, Mapping[str, Any]],
    *,
    tables: Mapping[str, CodeTable],
    lang: str,
) -> tuple[MapRoute, ...]:
    visits = {visit["id"]: visit for visit in record["visits"]}
    days = {team_day["id"]: team_day for team_day in record["team_days"]}
    met = meetings(record, lang)
    routes = []
    for route in record["plan"]["routes"]:
        team_day = days[route["team_day"]]
        stops = []
        for n, stop in enumerate(route["stops"], start=1):
            visit = visits[stop["visit"]]
            stops.append(
                MapStop(
                    n=n, place=visit["object"], arrive=clock(stop["start"]),
                    leave=clock(stop["leave"]), name=visit["name"], lon=visit["lon"],
                    lat=visit["lat"], kind=words.title(tables["visit_kind"], visit["kind"], lang),
                    why=words.run_on(words.why_sentences(visit, due, lang), lang),
                    meets=met.get(visit["id"], ""),
                )
            )  # fmt: skip
        legs = record["legs"][route["team_day"]]
        routes.append(
            MapRoute(
                team=words.team_name(record, team_day, lang),
                day=dt.date.fromisoformat(team_day["day"]), km=round(route["metres"] / 1000, 1),
                hours=words.hours_text(route["back"] - route["depart"], lang),
                colour=team_day["team"] - 1, path=tuple((x, y) for leg in legs for x, y in leg),
                stops=tuple(stops), crew=_crew(record, route["team_day"], lang),
            )
        )  # fmt: skip
    return tuple(routes)


def _crew(record: Mapping[str, Any], team_day: str, lang: str) -> str:
    people = record["people"]
    crew = record["crews"].get(team_day, {"inspectors": []})
    members = crew["inspectors"] or crew.get("experts", ())
    return words.listed((people[one]["name"] for one in members), lang)


def _stats(record: Mapping[str, Any], lang: str) -> dict[str, str | int | float]:
    """Return figures: travel, hotspots and blind spots, joint visits, how well days are hidden."""
    found: dict[str, str | int | float] = {}
    said = words.travel_words(record.get("travel", {}), lang)
    if said:
        found[sentence("summary_travel", lang=lang)] = said
    told = (("trends", trends_line), ("blind", blind_line), ("repeats", repeats_line))
    for name, line in told:
        if line(record["hot"], lang):
            found[sentence(f"map_stat_{name}", lang=lang)] = line(record["hot"], lang)
    chance = record.get("unguessable")
    if chance:
        label = sentence("summary_unguessable", lang=lang)
        found[label] = f"{chance['entropy']:.2f} / {chance['most']:.2f}"
    if record.get("hours"):
        found[sentence("summary_even_hours", lang=lang)] = hours_words(record["hours"], lang)
    meeting = {v["meets"] for v in record["visits"] if v.get("meets")}
    served = {stop["visit"] for route in record["plan"]["routes"] for stop in route["stops"]}
    saved, merged = total_saving(record.get("merged", ())), len(record.get("merged", ()))
    if meeting & served:
        found[sentence("map_stat_meetings", lang=lang)] = len(meeting & served)
    if merged:
        hours = (saved.officer_seconds / 3600, saved.driving_seconds / 3600)
        found[sentence("map_stat_merged", lang=lang)] = f"{merged} ({saved.visits})"
        found[sentence("map_stat_saved", lang=lang)] = f"{hours[0]:.1f} / {hours[1]:.1f}"
    if record.get("apart"):
        found[sentence("map_stat_apart", lang=lang)] = len(record["apart"])
    return found


def _unserved(
    record: Mapping[str, Any], tables: Mapping[str, CodeTable], lang: str
) -> tuple[LeftOut, ...]:
    visits = {visit["id"]: visit for visit in record["visits"]}
    names = words.record_names(record, tables, lang)
    return tuple(
        LeftOut(
            name=visits[left["visit"]]["name"],
            reason=words.left_out_in_full(left, names, lang),
            place=visits[left["visit"]]["object"],
        )
        for left in record["plan"]["unserved"]
        if not visits[left["visit"]].get("part_of")
    )
