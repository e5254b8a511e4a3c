"""What a report counts: the records as they were known on a day, with names for their codes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from layers.events import EventKind
from layers.indicators.facts import DATED, Facts, gather
from layers.rows import records
from layers.schemes import load_schemes
from maps.messages import sentence
from xunge.knowledge import department_names, know
from xunge.reports.rows import Telling

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from layers.indicators.facts import Period
    from xunge.knowledge import Knowledge
    from xunge.week import Folder

WORDS: dict[str, tuple[str, ...]] = {
    "@register": (*DATED, "objects", "areas", "suggestions", "alerts"),
    "@flag": ("yes", "no"),
    "@state": ("open", "overdue", "rectified", "cancelled", "met", "decided", "concluded", "due",
               "partly", "collected", "none", "held", "lifted", "sent", "received", "accepted",
               "returned", "done", "listed", "expired", "removed", "applied", "refused",
               "unaccepted_restart"),
}  # fmt: skip
RANKED = (
    EventKind.VISITED, EventKind.ORDERED, EventKind.REVIEW_REQUESTED, EventKind.REVIEWED,
    EventKind.CLOSED, EventKind.FOUND, EventKind.RECTIFIED, EventKind.STRUCK_OFF,
)  # fmt: skip
_PREFIX = {"@register": "sheet"}
# Code tables of the registers that have the words of these columns.
TABLES = {
    "@case_kind": "case_kind", "@procedure": "procedure", "@penalty_kind": "penalty_kind",
    "@handover_kind": "handover_kind", "@listing_kind": "listing_kind",
    "@remedy_kind": "remedy_kind", "@items": "closure_item",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Basis:
    """Facts of a folder on a day, and how its codes are told.

    Attributes
    ----------
    orders
        Number of each town, department and industry, in which tables and rows are sorted.
    names
        Titles of towns, departments and industries by what :attr:`orders` has.
    kept
        Registers with at least one record.
    """

    folder: Folder
    knowledge: Knowledge
    facts: Facts
    telling: Telling
    orders: Mapping[str, Mapping[Any, int]]
    names: Mapping[str, Mapping[Any, str]]
    kept: frozenset[str]

    @property
    def ranked_events(self) -> pd.DataFrame:
        """The events that a ranking reads: those of orders, hazards and visits."""
        events = self.knowledge.events
        return events[events["kind"].isin([kind.value for kind in RANKED])]


def basis(folder: Folder, *, day: dt.date, period: Period, lang: str = "") -> Basis:
    """Read all that is known on the evening of *day* from the open database.

    Parameters
    ----------
    period
        Days whose visits get the crew and vehicle of their plan, for the count of 人次 and 台次.
    lang
        Language of names and words; that of the settings where it is empty.
    """
    known = know(day, tables=folder.tables)
    frames = {name: frame for name in DATED if (frame := getattr(known, name, None)) is not None}
    frames["visits"] = with_crews(frames["visits"], period)
    areas = known.registers["areas"]
    facts = gather(frames, objects=known.objects, areas=areas, day=day)
    lang = lang or folder.settings.bureau.language
    departments = department_names(known)
    names: dict[str, dict[Any, str]] = {
        "town": _towns(areas),
        "unit_department": {
            row["id"]: row["short_name"] or row["name"]
            for row in records(known.registers["departments"])
        },
        "industry": {
            code: folder.tables["industry"].title_of(code, lang=lang)
            for code in folder.tables["industry"].codes
        },
    }
    facts = _one_name_a_department(facts, known)
    orders = {by: {key: n for n, key in enumerate(each)} for by, each in names.items()}
    telling = Telling(
        lang=lang, tables=folder.tables, towns=names["town"],
        departments={**departments, **names["unit_department"]},
        schemes=load_schemes(folder.path), words=_words(folder, lang),
    )  # fmt: skip
    kept = frozenset(name for name, frame in facts.frames.items() if len(frame))
    return Basis(folder=folder, knowledge=known, facts=facts, telling=telling, orders=orders,
                 names=names, kept=kept)  # fmt: skip


def _towns(areas: pd.DataFrame) -> dict[Any, str]:
    towns = areas[areas["level"] == "town"]
    return dict(zip(towns["id"], towns["name"], strict=True))


def _one_name_a_department(facts: Facts, known: Knowledge) -> Facts:
    """Let every record name its department by the id of the register, unknown ones as written."""
    ids: dict[str, str] = {}
    for row in records(known.registers["departments"]):
        for word in (row["id"], row["short_name"], row["name"]):
            if word:
                ids.setdefault(str(word), row["id"])
    frames = {
        name: frame.assign(
            unit_department=pd.Series(
                [None if v is None else ids.get(v, v) for v in frame["unit_department"]],
                index=frame.index, dtype=object,
            )
        )
        for name, frame in facts.frames.items()
    }  # fmt: skip
    return Facts(day=facts.day, frames=frames, objects=facts.objects, areas=facts.areas)


def _words(folder: Folder, lang: str) -> dict[str, dict[str, str]]:
    """Return the words of states and flags, and of code tables that other registers have."""
    words = {
        name: {
            code: sentence(f"report_{_PREFIX.get(name, 'word')}_{code}", lang=lang)
            for code in codes
        }
        for name, codes in WORDS.items()
    }
    for name, table in TABLES.items():
        if table in folder.tables:
            rows = folder.tables[table]
            words[name] = {code: rows.title_of(code, lang=lang) for code in rows.codes}
    return words


# Crews and vehicles -------------------------------------------------------------------------------


def with_crews(visits: pd.DataFrame, period: Period) -> pd.DataFrame:
    """Return visits with the crew and the vehicle of their plan, where the record names none.

    Results that come back from the field say what was found; who went, and in which car, stands
    in the plan of the week.
    """
    planned = dict(_planned(period))
    names = ("inspectors", "experts", "vehicles")
    filled = {}
    for name in names:
        known = visits[name] if name in visits else [None] * len(visits)
        filled[name] = pd.Series(
            [
                value if isinstance(value, tuple | list) and len(value)
                else planned.get(key, _NOBODY)[name]
                for key, value in zip(visits["id"], known, strict=True)
            ],
            index=visits.index, dtype=object,
        )  # fmt: skip
    return visits.assign(**filled)


_NOBODY: Mapping[str, tuple[str, ...]] = {"inspectors": (), "experts": (), "vehicles": ()}


def _planned(period: Period) -> Iterator[tuple[str, Mapping[str, tuple[str, ...]]]]:
    """Yield crew and vehicle of each visit, from the latest plan of each week of a period."""
    from xunge.web.ledger import frames

    monday = period.since - dt.timedelta(days=period.since.weekday())
    while monday <= period.until:
        year, week, _ = monday.isocalendar()
        plans = frames.events(EventKind.PLANNED, subject=f"{year}-W{week:02d}")
        if len(plans):
            yield from _crews(plans["data"].iloc[-1]["record"])
        monday += dt.timedelta(days=7)


def _crews(record: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, tuple[str, ...]]]]:
    cars = {day["id"]: day["vehicle"] for day in record["team_days"]}
    for route in record["plan"]["routes"]:
        day = route["team_day"]
        car, crew = cars[day], record["crews"].get(day, {})
        # An expert who comes alone, by own means, is a route without a vehicle of the bureau.
        own = car.startswith("expert:") or car not in record["vehicles"]
        who = {
            "inspectors": tuple(crew.get("inspectors", ())),
            "experts": tuple(crew.get("experts", ())), "vehicles": () if own else (car,),
        }  # fmt: skip
        for stop in route["stops"]:
            yield stop["visit"], who
