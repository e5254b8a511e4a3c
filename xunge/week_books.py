"""Workbooks of a week: its plan, what is due, and the template of the results."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from maps.book_rows import ConflictRow, DueRow, LeftRow, PlanRow, PublishRow, ResultRow, TeamRow
from maps.due_book import due_workbook
from maps.messages import sentence
from maps.workbooks import plan_workbook, results_workbook
from xunge import words
from xunge.chance import chance_sentence
from xunge.due_list import calendar_notes, duty_rows
from xunge.hours import hours_sentence
from xunge.measures_week import alert_lines, told_lines
from xunge.meetings import meetings, merge_notes
from xunge.zone_words import zone_rows

if TYPE_CHECKING:
    from xunge.desktop import Desktop

PLAN_BOOK, DUE_BOOK = "plan.xlsx", "due.xlsx"
RESULTS_BOOK = "结果回填.xlsx"
RESULTS_BOOKS = {"zh": RESULTS_BOOK, "en": "results.xlsx"}


def workbooks(desk: Desktop) -> dict[str, bytes]:
    """Return the plan, the due list and the results template as Excel files, by name."""
    today = dt.date.fromisoformat(desk.record["monday"])
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        plan_workbook(
            base / PLAN_BOOK, plan=_plan_rows(desk), teams=_team_rows(desk), left=_left_rows(desk),
            today=dt.date.fromisoformat(desk.record["as_of"]), notes=_notes(desk),
            alerts=alert_lines(desk.record, desk.lang),
            zones=zone_rows(desk.knowledge, desk.zones, tables=desk.tables, lang=desk.lang),
            tables=desk.tables, lang=desk.lang,
        )  # fmt: skip
        due_workbook(
            base / DUE_BOOK, due=_due_rows(desk), conflicts=_conflict_rows(desk), today=today,
            publish=_publish_rows(desk),
            duties=duty_rows(desk.record, "desk", desk.lang),
            rounds=duty_rows(desk.record, "area", desk.lang),
            notes=[*told_lines(desk.record, desk.lang),
                   *calendar_notes(desk.record["calendar_unknown"], desk.lang)],
            alerts=alert_lines(desk.record, desk.lang), tables=desk.tables, lang=desk.lang,
        )  # fmt: skip
        results = RESULTS_BOOKS[desk.lang]
        results_workbook(
            base / results, rows=_result_rows(desk), tables=desk.tables, lang=desk.lang
        )
        return {name: (base / name).read_bytes() for name in (PLAN_BOOK, DUE_BOOK, results)}


def _plan_rows(desk: Desktop) -> list[PlanRow]:
    objects = desk.objects
    towns = desk.knowledge.area_names()
    rows, met = [], meetings(desk.record, desk.lang)
    for route, day, order, stop in desk.stops:
        visit = desk.visits[stop["visit"]]
        row = objects.get(visit["object"], {})
        rows.append(
            PlanRow(
                date=dt.date.fromisoformat(day["day"]),
                team=words.team_name(desk.record, day, desk.lang),
                vehicle=desk.plate(day),
                crew=desk.names(desk.crew(route["team_day"])), order=order,
                arrive=stop["start"], leave=stop["leave"], visit=visit["id"],
                object=visit["object"], name=visit["name"], kind=visit["kind"],
                address=row.get("address") or "", town=towns.get(row.get("town_code") or "", ""),
                due=None if visit["due"] is None else dt.date.fromisoformat(visit["due"]),
                why=desk.why(visit), meets=met.get(visit["id"], ""),
                zones="\n".join(
                    fact.sentence(desk.lang) for fact in desk.zones.get(visit["object"], ())
                ),
            )
        )  # fmt: skip
    return rows


def _team_rows(desk: Desktop) -> list[TeamRow]:
    rows = []
    for route in desk.record["plan"]["routes"]:
        day = desk.team_days[route["team_day"]]
        rows.append(
            TeamRow(
                date=dt.date.fromisoformat(day["day"]),
                team=words.team_name(desk.record, day, desk.lang),
                vehicle=desk.plate(day),
                crew=desk.names(desk.crew(route["team_day"])), visits=len(route["stops"]),
                metres=route["metres"], driving=route["seconds"], depart=route["depart"],
                back=route["back"],
            )
        )  # fmt: skip
    return rows


def _left_rows(desk: Desktop) -> list[LeftRow]:
    rows, names = [], words.record_names(desk.record, desk.tables, desk.lang)
    for left in desk.record["plan"]["unserved"]:
        visit = desk.visits[left["visit"]]
        if visit.get("part_of"):
            continue
        rows.append(
            LeftRow(
                visit=visit["id"], object=visit["object"], name=visit["name"], kind=visit["kind"],
                reason=words.left_out_sentence(left, desk.lang, names=names),
                relief=words.relief_sentence(left, names, desk.lang),
                due=None if visit["due"] is None else dt.date.fromisoformat(visit["due"]),
            )
        )  # fmt: skip
    return rows


def _notes(desk: Desktop) -> list[str]:
    """Return what the page of notes says besides counts: what excludes each other, or is merged."""
    names = words.record_names(desk.record, desk.tables, desk.lang)
    clash = words.conflict_sentence(desk.record, names, desk.lang)
    homes = [
        sentence("home_area", lang=desk.lang, team=words.team_label(int(team), desk.lang),
                 towns=words.listed(towns, desk.lang))
        for team, towns in desk.record.get("home_areas", {}).items()
    ]  # fmt: skip
    driving = words.travel_words(desk.record.get("travel", {}), desk.lang)
    if driving:
        driving = sentence("travel_note", lang=desk.lang, said=driving)
    chance = chance_sentence(desk.record, desk.lang)
    said = [clash, driving, chance, hours_sentence(desk.record, desk.lang)]
    said = [*told_lines(desk.record, desk.lang), *filter(None, said)]
    return [*said, *_radar_notes(desk), *homes, *merge_notes(desk.record, desk.lang)]


def _radar_notes(desk: Desktop) -> list[str]:
    """Return what the relapse radar found, the latest first."""
    hits = sorted(desk.record.get("radar", ()), key=lambda hit: (hit["found"], hit["new"]))
    names = desk.knowledge.objects["name"].to_dict()
    told = words.radar_sentences(desk.record, names, desk.lang)
    if not hits:
        return []
    count = sentence("radar_count", lang=desk.lang, count=len({hit["new"] for hit in hits}),
                     reports=sum(hit["kind"] == "report" for hit in hits))  # fmt: skip
    colon = sentence("map_colon", lang=desk.lang)
    new = dict.fromkeys(hit["new"] for hit in reversed(hits))
    return [count, *(f"{names.get(one, one)}{colon}{line}" for one in new for line in told[one])]


def _due_rows(desk: Desktop) -> list[DueRow]:
    planned = {
        ref: day for _, day, _, stop in desk.stops for ref in desk.visits[stop["visit"]]["refs"]
    }
    names = desk.knowledge.objects["name"].to_dict()
    rows = []
    for item in desk.record["due"]:
        day = planned.get(item["id"])
        rows.append(
            DueRow(
                object=item["object"], name=names.get(item["object"], item["object"]),
                kind=item.get("visit", item["kind"]), base=dt.date.fromisoformat(item["base"]),
                due=dt.date.fromisoformat(item["due"]),
                reasons=words.run_on(words.due_sentences(item, desk.lang), desk.lang),
                overdue_days=item["overdue_days"],
                planned_on=None if day is None else dt.date.fromisoformat(day["day"]),
                team="" if day is None else words.team_name(desk.record, day, desk.lang),
            )
        )  # fmt: skip
    return rows


def _conflict_rows(desk: Desktop) -> list[ConflictRow]:
    names = desk.knowledge.objects["name"].to_dict()
    rows = []
    # What waits for a decision comes first, what can be kept anyway last.
    order = sorted(
        desk.record.get("conflicts", ()), key=lambda one: (one["exempt"], not one["held"])
    )
    for one in order:
        rule, cap = one["rule"], one["cap"]
        code = "exempt" if one["exempt"] else "held" if one["held"] else "open"
        rows.append(
            ConflictRow(
                object=one["object"], name=names.get(one["object"], one["object"]),
                rule=words.floor_title(rule, desk.lang),
                rule_source=words.sourced(rule["source"], rule["status"], desk.lang),
                needed=one["needed"], cap=cap["cap"], made=cap["made"], left=one["left"],
                cap_source=words.sourced(cap["cap_source"], cap["cap_status"], desk.lang),
                what=sentence(f"conflict_{code}", lang=desk.lang),
            )
        )  # fmt: skip
    return rows


def _publish_rows(desk: Desktop) -> list[PublishRow]:
    return [
        PublishRow(
            visit=one["visit"], name=one["name"], visited=dt.date.fromisoformat(one["visited"]),
            due=dt.date.fromisoformat(one["due"]), late_days=one["late_days"],
            remark=sentence("publish_correction", lang=desk.lang) if one["corrects"] else "",
            source=words.sourced(one["source"], one["status"], desk.lang),
        )
        for one in desk.record.get("publications", ())
    ]  # fmt: skip


def _result_rows(desk: Desktop) -> list[ResultRow]:
    rows = []
    for _, day, _, stop in desk.stops:
        visit = desk.visits[stop["visit"]]
        if visit.get("part_of"):  # results are told once, for the whole joint visit
            continue
        rows.append(
            ResultRow(
                visit=visit["id"], date=dt.date.fromisoformat(day["day"]),
                team=words.team_name(desk.record, day, desk.lang), object=visit["object"],
                name=visit["name"], kind=visit["kind"],
            )
        )  # fmt: skip
    return rows
