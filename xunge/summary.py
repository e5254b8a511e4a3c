"""The week in the terminal: counts, kilometres, what was left out and why."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from rich.table import Table

from layers import codes
from maps.messages import sentence
from xunge.due_list import calendar_notes
from xunge.hot_words import blind_line, repeats_line, trends_line
from xunge.hours import hours_words
from xunge.measures_week import alert_lines
from xunge.measures_week import brief as measures_brief
from xunge.requests import saved_json, total_saving
from xunge.risk_words import brief, verdict_sentences
from xunge.second_opinion import notes_of
from xunge.words import (
    conflict_sentence,
    left_out_in_full,
    listed,
    record_names,
    run_on,
    travel_words,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

    from xunge.week import WeekResult

_SHOWN = 12
_DUE = ("reinspection", "revisit", "report", "floor")


def facts(result: WeekResult) -> dict[str, Any]:
    """Return what the terminal shows as plain JSON data."""
    record = result.record
    routes = record["plan"]["routes"]
    visits = {visit["id"]: visit for visit in record["visits"]}
    made = [visits[stop["visit"]] for route in routes for stop in route["stops"]]
    served = [visit for visit in made if not visit.get("part_of")]
    days = {day["id"]: day for day in record["team_days"]}
    saved = total_saving(record.get("merged", ()))
    reasons = Counter(reason["code"] for visit in served for reason in visit["why"])
    overdue = {item["id"] for item in record["due"] if item["overdue_days"] > 0}
    planned = {ref for visit in served for ref in visit["refs"]}
    levels = record["levels"]
    found = {
        "status": result.status,
        "week": record["week"],
        "round": record["round"],
        "out": str(result.out),
        "seed": record["seed"],
        "parties": record["parties"],
        "visits": len(served),
        "drawn": reasons["drawn"],
        "due": sum(reasons[kind] for kind in _DUE),
        "joint": sum(visit["kind"] == "joint" for visit in served),
        "patrol": reasons["patrol"],
        "meetings": sum(bool(visit.get("meets")) for visit in served),
        "expert_times": sum(len(visit.get("experts", ())) for visit in served),
        "nights": sum(days[route["team_day"]].get("night", False) for route in routes),
        "merged": len(record.get("merged", ())),
        "apart": len(record.get("apart", ())),
        **saved_json(saved),
        "radar": len(record.get("radar", ())),
        "moved_up": moved_up(record),
        "overdue": len(overdue),
        "overdue_planned": len(overdue & planned),
        "team_days": len(routes),
        "km": round(sum(route["metres"] for route in routes) / 1000, 1),
        "hours_on_site": round(sum(visit["service"] for visit in made) / 3600, 1),
        "hours_driving": round(sum(route["seconds"] for route in routes) / 3600, 1),
        "hot_cells": len(record["hot"]["cells"]),
        "hot_trends": record["hot"].get("trends", {}),
        "near_repeat": {
            name: value
            for name, value in record["hot"].get("near_repeat", {}).items()
            if name != "bands"
        },
        "blind": {
            name: value for name, value in record["hot"].get("blind", {}).items() if name != "rings"
        },
        "placed": sum(count for level, count in levels.items() if level != "none"),
        "unplaced": levels.get("none", 0),
        "conflicts": sum(not one["exempt"] for one in record.get("conflicts", ())),
        "to_publish": len(record.get("publications", ())),
        "to_publish_late": sum(one["late_days"] > 0 for one in record.get("publications", ())),
        "calendar_unknown": list(record["calendar_unknown"]),
        "duties_overdue": sum(one["overdue_days"] > 0 for one in record.get("duties", ())),
        "measures": measures_brief(record),
        "carried": record["carried"],
        "left_out": [
            {**left, "name": visits[left["visit"]]["name"]}
            for left in record["plan"]["unserved"]
            if not visits[left["visit"]].get("part_of")
        ],
        "conflict": record.get("conflict"),
        "risk": brief(record),
        "reproducible": record["plan"]["reproducible"],
        "unguessable": record.get("unguessable"),
        "hours": record.get("hours"),
        "far_from_roads": record.get("far_from_roads", []),
        "roads": record.get("roads"),
    }
    found["travel"] = {**record.get("travel", {}), **(result.travel or {})}
    if result.intake is not None:
        ledgers = result.intake.ledgers
        found["ledger_rows"] = sum(file.rows for file in ledgers.files)
        found["ledger_bad"] = sum(file.bad for file in ledgers.files)
        found["ledger_warnings"] = len(ledgers.warnings)
        found["doubtful_places"] = result.intake.doubts
        found["corrected_places"] = result.intake.corrected
        if result.intake.online is not None:
            found["online"] = result.intake.online.record()
    return found


def moved_up(record: Mapping[str, Any]) -> int:
    """Return how many revisits are due by the end of the week for their risk or the radar."""
    codes_ = ("risk_based", "radar_match")
    return sum(
        item["reasons"][0]["code"] in codes_ and item["due"] <= record["days"][-1]
        for item in record["due"]
    )


def show(result: WeekResult, found: dict[str, Any], *, console: Console, lang: str) -> None:
    """Print the week for people."""

    def say(code: str, **data: object) -> str:
        return sentence(code, lang=lang, **data)

    console.print(say(f"week_{result.status}", week=found["week"]), style="bold", markup=False)
    for line in alert_lines(result.record, lang):
        console.print(line, style="bold red", markup=False, soft_wrap=True)
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(justify="left")
    table.add_column(justify="right")
    for code, value in _rows(found, lang):
        table.add_row(say(f"summary_{code}"), value)
    console.print(table)
    for line in notes_of(found["online"], lang=lang) if "online" in found else ():
        console.print(line, markup=False)
    for line in calendar_notes(found["calendar_unknown"], lang):
        console.print(line, markup=False)
    for told in (trends_line, blind_line, repeats_line):
        text = told(result.record["hot"], lang)
        if text:
            console.print(text, markup=False)
    if found["risk"]:
        risk = run_on(verdict_sentences(found["risk"], lang), lang)
        console.print(f"{say('summary_risk')}{say('map_colon')}{risk}", markup=False)
    left = found["left_out"]
    if left:
        console.print(f"{say('summary_left')} {len(left)}", style="bold", markup=False)
        names = record_names(result.record, codes.TABLES, lang)
        for one in left[:_SHOWN]:
            line = f"  {one['name']}{say('map_colon')}{left_out_in_full(one, names, lang)}"
            console.print(line, markup=False)
        if len(left) > _SHOWN:
            console.print(f"  … +{len(left) - _SHOWN}  (plan.xlsx)", markup=False)
        clash = conflict_sentence(result.record, names, lang, most=_SHOWN)
        if clash:
            console.print(clash, markup=False)
    page = result.out / "index.html"
    console.print(f"{say('summary_map')}: {page}", markup=False, soft_wrap=True)


def _rows(found: dict[str, Any], lang: str) -> list[tuple[str, str]]:
    rows = [
        ("visits", str(found["visits"])),
        ("drawn", str(found["drawn"])),
        ("due", str(found["due"])),
        ("joint", str(found["joint"])),
        ("patrol", str(found["patrol"])),
        ("overdue", f"{found['overdue']} ({found['overdue_planned']})"),
        ("teams", str(found["team_days"])),
        ("km", f"{found['km']:.0f}"),
        ("hours", f"{found['hours_on_site']:.0f} / {found['hours_driving']:.0f}"),
        ("hot", str(found["hot_cells"])),
        ("places", f"{found['placed']} / {found['unplaced']}"),
    ]
    if "ledger_rows" in found:
        bad, warned = found["ledger_bad"], found["ledger_warnings"]
        rows.append(("ledgers", f"{found['ledger_rows']} / {bad} / {warned}"))
        if found["doubtful_places"]:
            rows.append(("doubtful_places", str(found["doubtful_places"])))
        if found["corrected_places"]:
            rows.append(("corrected_places", str(found["corrected_places"])))
    if found["moved_up"]:
        rows.append(("moved_up", str(found["moved_up"])))
    if found["radar"]:
        rows.append(("radar", str(found["radar"])))
    if found["meetings"]:
        rows.append(("meetings", str(found["meetings"])))
    if found["expert_times"]:
        rows.append(("expert_times", str(found["expert_times"])))
    if found["nights"]:
        rows.append(("nights", str(found["nights"])))
    if found["merged"]:
        hours = (found["saved_officer_seconds"], found["saved_driving_seconds"])
        rows.append(("merged", f"{found['merged']} ({found['saved_visits']})"))
        rows.append(("saved", " / ".join(f"{one / 3600:.1f}" for one in hours)))
    if found["apart"]:
        rows.append(("apart", str(found["apart"])))
    if found["conflicts"]:
        rows.append(("conflicts", str(found["conflicts"])))
    if found["to_publish"]:
        rows.append(("to_publish", f"{found['to_publish']} ({found['to_publish_late']})"))
    if found["duties_overdue"]:
        rows.append(("duties", str(found["duties_overdue"])))
    rows += _measure_rows(found["measures"])
    if found["carried"]:
        rows.append(("carried", str(len(found["carried"]))))
    rows += _road_rows(found, lang)
    ways = found["travel"]
    if travel_words(ways, lang):
        rows.append(("travel", travel_words(ways, lang)))
    if "kept" in ways:
        rows.append(("travel_kept", f"{ways['kept']} / {ways['asked_pairs']}"))
    chance = found["unguessable"]
    if chance:
        rows.append(("unguessable", f"{chance['entropy']:.2f} / {chance['most']:.2f}"))
    if found["hours"]:
        rows.append(("even_hours", hours_words(found["hours"], lang)))
    rows.append(("seed", found["seed"]))
    rows.append(("parties", listed(found["parties"], lang) or sentence("seed_direct", lang=lang)))
    return rows


def _measure_rows(told: dict[str, Any] | None) -> list[tuple[str, str]]:
    """Return how many measures are suggested, how many of them are new, and who may be closed."""
    if not told or not told["count"]:
        return []
    first = told["new"] is None
    rows = [("measures_first" if first else "measures",
             str(told["count"]) if first else f"{told['count']} ({told['new']})")]  # fmt: skip
    if told["closures"]:
        rows.append(("closures", str(told["closures"])))
    return rows


def _road_rows(found: dict[str, Any], lang: str) -> list[tuple[str, str]]:
    """Return the network that was driven on, what of it was left out, and what was estimated."""
    rows, roads = [], found["roads"]
    if roads:
        told = (f"{roads['junctions']:,}", f"{roads['km']:,.0f}", f"{roads['left_out_km']:,.1f}")
        rows.append(("roads", " / ".join(told)))
        nameless = sentence("road_without_name", lang=lang)
        islands = [
            f"{one['name'] or nameless} {one['km']:.1f} km ({one['lon']:.4f}, {one['lat']:.4f})"
            for one in roads["islands"]
        ]
        if islands:
            rows.append(("islands", "\n".join(islands)))
    if found["far_from_roads"]:
        rows.append(("far", listed(found["far_from_roads"], lang)))
    return rows
