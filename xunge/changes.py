"""What changed when a week was planned again, in words: the page of changes and the terminal."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from maps.change_list import ChangeRow, change_page
from maps.messages import sentence
from xunge import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from layers.codes import CodeTable

PAGES = {"zh": "变更单.html", "en": "changes.html"}
KINDS = ("moved", "displaced", "new", "taken_in", "left_out", "cancelled", "retimed")
_SPANS = ("moved", "displaced", "retimed", "new", "taken_in", "left_out", "cancelled")


def page_of(record: Mapping[str, Any], tables: Mapping[str, CodeTable], lang: str) -> str:
    """Return the page of changes of a record that was planned again."""
    replan = record["replan"]
    return change_page(
        rows_of(record, tables, lang),
        title=sentence("change_title", lang=lang, week=record["week"],
                       revision=replan["revision"]),
        notes=tuple(_notes(record, lang)), crews=tuple(_crews(record, lang)), lang=lang,
    )  # fmt: skip


def rows_of(
    record: Mapping[str, Any], tables: Mapping[str, CodeTable], lang: str
) -> list[ChangeRow]:
    """Return every change in words, moved ones first."""
    visits = {visit["id"]: visit for visit in record["visits"]}
    days = {day["id"]: day for day in record["team_days"]}
    left = {one["visit"]: one for one in record["plan"]["unserved"]}
    names = words.record_names(record, tables, lang)
    due = {item["id"]: item for item in record["due"]}
    rows = []
    for change in sorted(record["replan"]["changes"], key=lambda one: _SPANS.index(one["kind"])):
        visit = visits[change["visit"]]
        gone = left.get(change["visit"])
        why = (
            words.left_out_in_full(gone, names, lang)
            if change["kind"] == "left_out" and gone is not None
            else words.run_on(words.why_sentences(_plain(visit), due, lang), lang)
        )
        rows.append(
            ChangeRow(
                kind=change["kind"], name=visit["name"], visit=visit["id"],
                before=_spot(change["before"], days, lang),
                after=_spot(change["after"], days, lang), why=why,
            )
        )  # fmt: skip
    return rows


def _plain(visit: Mapping[str, Any]) -> dict[str, Any]:
    """Return a visit without the reasons that the columns of the table say already."""
    kept = [reason for reason in visit["why"] if reason["code"] not in ("moved", "retimed")]
    return {**visit, "why": kept}


def _spot(spot: Mapping[str, Any] | None, days: Mapping[str, Mapping[str, Any]], lang: str) -> str:
    if spot is None:
        return ""
    day = days[spot["team_day"]]
    on = dt.date.fromisoformat(day["day"])
    start = f"{spot['start'] // 3600:02d}:{spot['start'] % 3600 // 60:02d}"
    return sentence(
        "change_spot", lang=lang, day=day["day"], weekday=words.weekday(on, lang), start=start,
        team=words.team_label(day["team"], lang),
    )  # fmt: skip


def _notes(record: Mapping[str, Any], lang: str) -> Iterator[str]:
    replan = record["replan"]
    yield sentence("change_as_of", lang=lang, as_of=replan["as_of"])
    if replan["reason"]:
        yield sentence("change_reason", lang=lang, reason=replan["reason"])
    moved = replan["counts"].get("moved", 0)
    yield sentence(
        "change_summary", lang=lang, surviving=replan["surviving"], moved=moved,
        share=f"{replan['moved_share']:.1%}",
    )  # fmt: skip
    if replan["free_cost"]:
        extra = replan["cost"] / replan["free_cost"] - 1
        code = "change_cost" if extra > 0 else "change_cost_less"
        yield sentence(code, lang=lang, extra=f"{extra:.1%}", free_moved=replan["free_moved"])


def _crews(record: Mapping[str, Any], lang: str) -> Iterator[str]:
    replan, causes = record["replan"], record["replan"]["causes"]
    days = {day["id"]: day for day in record["team_days"]}

    def where(id_: str) -> dict[str, str]:
        return {"day": days[id_]["day"], "team": words.team_label(days[id_]["team"], lang)}

    for one in causes["cars"]:
        name = record["vehicles"].get(one["id"], one["id"])
        yield sentence("change_cause_car", lang=lang, name=name, days=_days(one, lang))
    for one in causes["absent"]:
        name = record["people"].get(one["id"], {"name": one["id"]})["name"]
        yield sentence("change_cause_person", lang=lang, name=name, days=_days(one, lang))
    for id_, car in sorted(replan["spare_cars"].items()):
        plate = record["vehicles"].get(car, car)
        yield sentence("change_cause_spare", lang=lang, car=plate, **where(id_))
    for id_ in causes["lost"]:
        yield sentence("change_cause_lost", lang=lang, **where(id_))
    for id_ in replan["crews_drawn"]:
        crew = record["crews"][id_]
        people = words.listed((record["people"][one]["name"] for one in crew["inspectors"]), lang)
        yield sentence("change_cause_crew", lang=lang, crew=people, **where(id_))


def _days(one: Mapping[str, Any], lang: str) -> str:
    return words.listed(one["days"], lang)
