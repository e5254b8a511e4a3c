"""What is due in words: the list, its counts, and the sum behind one due date."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from layers.rows import records
from maps.book_rows import DutyRow
from maps.messages import sentence
from scheduler.escalation import overdue_first
from xunge import words

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from scheduler.due_items import DueItem
    from xunge.knowledge import Knowledge

SOON_DAYS = 7
"""Within how many days something counts as soon due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What objects and areas are called, and in which areas each object lies."""

    names: Mapping[str, str]
    areas: Mapping[str, str]
    within: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, knowledge: Knowledge) -> Names:
        """Return the names of everything that can be due."""
        known = knowledge.objects
        within = {
            id_: tuple(code for code in codes if isinstance(code, str) and code)
            for id_, *codes in zip(
                known["id"], known["town_code"], known["village_code"], strict=True
            )
        }
        for row in records(knowledge.registers["areas"]):
            above = (row["parent"],) if row["parent"] else ()
            within[row["id"]] = (*above, row["id"])
        names = dict(zip(known["id"], known["name"], strict=True))
        return cls(names={**knowledge.area_names(), **names}, areas=knowledge.area_names(),
                   within=within)  # fmt: skip

    def name(self, item: DueItem) -> str:
        """Return what the object of an item is called."""
        return self.names.get(item.object) or item.object

    def area(self, item: DueItem) -> str:
        """Return the town of an item's object; empty where there is none."""
        codes = self.within.get(item.object, ())
        return next((self.areas[code] for code in codes if code in self.areas), "")

    def lies_in(self, item: DueItem, wanted: Collection[str]) -> bool:
        """Tell whether an item's object lies in one of some areas, by code or name."""
        codes = self.within.get(item.object, ())
        return any(code in wanted or self.areas.get(code) in wanted for code in codes)


@dataclass(frozen=True, slots=True, kw_only=True)
class DueList:
    """Everything due on a day.

    Attributes
    ----------
    items
        All of them, overdue first, the oldest before all others.
    days
        Those due within so many days are listed, the others counted.
    kinds
        The kinds that were asked for; empty for all.
    unknown_years
        Years whose public holidays are not known.
    """

    today: dt.date
    items: tuple[DueItem, ...]
    names: Names
    days: int
    unknown_years: tuple[int, ...]
    kinds: Collection[str] = ()

    @property
    def listed(self) -> list[DueItem]:
        """What is overdue or due within the days that are asked for."""
        last = self.today + dt.timedelta(days=self.days)
        return [item for item in self.items if item.overdue_days or item.due <= last]

    def counts(self) -> dict[str, dict[str, Any]]:
        """Return by kind how many are overdue, due soon and later, and the oldest delay."""
        last = self.today + dt.timedelta(days=self.days)
        found: dict[str, dict[str, Any]] = {}
        for item in self.items:
            row = found.setdefault(item.kind, {"overdue": 0, "soon": 0, "later": 0, "oldest": 0})
            late, soon = item.overdue_days > 0, item.due <= last
            row["overdue" if late else "soon" if soon else "later"] += 1
            row["oldest"] = max(row["oldest"], item.overdue_days)
        return dict(sorted(found.items(), key=lambda one: (-one[1]["oldest"], one[0])))

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data: counts, and every listed item with its sum."""
        return {
            "date": self.today.isoformat(), "days": self.days, "counts": self.counts(),
            "calendar_unknown": list(self.unknown_years),
            "items": [
                {**item.to_json(), "name": self.names.name(item), "area": self.names.area(item)}
                for item in self.listed
            ],
        }  # fmt: skip


def due_list(
    items: Sequence[DueItem],
    *,
    names: Names,
    today: dt.date,
    days: int,
    unknown_years: tuple[int, ...],
    kinds: Collection[str] = (),
    areas: Collection[str] = (),
) -> DueList:
    """Return the items of some kinds in some areas, all where none are named.

    Parameters
    ----------
    areas
        Codes or names of towns and villages.
    """
    kept = [
        item for item in items
        if (not kinds or item.kind in kinds) and (not areas or names.lies_in(item, areas))
    ]  # fmt: skip
    return DueList(
        today=today, items=tuple(overdue_first(kept)), names=names, days=days,
        unknown_years=unknown_years, kinds=kinds,
    )  # fmt: skip


def kind_title(kind: str, lang: str) -> str:
    """Return a kind of due item in words."""
    return sentence(f"kind_{kind}", lang=lang)


def calendar_notes(years: Sequence[int], lang: str) -> list[str]:
    """Return the warning about years whose holidays are not known; nothing where all are."""
    if not years:
        return []
    told = ", ".join(str(year) for year in years)
    return [sentence("calendar_year_unknown", lang=lang, year=told)]


def sum_lines(item: Mapping[str, Any], lang: str, *, today: dt.date | None = None) -> list[str]:
    """Return the sum that makes a due date: base, every rule with its days and clause, the result.

    Parameters
    ----------
    item
        As :meth:`scheduler.due_items.DueItem.to_json` makes it.
    today
        Day from which the days left are counted; None for something settled.
    """

    def say(code: str, **data: object) -> str:
        return sentence(code, lang=lang, **data)

    lines = [f"{item['base']}  {_base(item, lang)}"]
    lines += [_link(reason, lang) for reason in item["reasons"]]
    due = dt.date.fromisoformat(item["due"])
    lines.append(say("due_sum", due=item["due"], weekday=words.weekday(due, lang)))
    if item["limit"]:
        lines.append(say("due_limit_rule" if item["kind"] == "revisit" else "due_limit"))
        lines += [_link(reason, lang) for reason in item["limit_reasons"]]
    if today is None:
        return lines
    if item["overdue_days"]:
        lines.append(say("due_late", days=item["overdue_days"], since=item["overdue_since"]))
    else:
        lines.append(say("due_left", days=(due - today).days, opens=item["opens"]))
    if item["level"]:
        level = item["level"]
        lines.append(say("due_level", **{**level, "source": words.sourced(
            level["source"], level["status"], lang)}))  # fmt: skip
    if item["held"]:
        lines.append(say("due_held"))
    return lines


def _base(item: Mapping[str, Any], lang: str) -> str:
    return sentence(f"base_{item['base_code']}", lang=lang, date=item["base"])


def _link(reason: Mapping[str, Any], lang: str) -> str:
    """Return one link: signed days, the date it leads to, the rule, how far it was verified."""
    data = {
        **words.radar_words(reason, lang), **{key: reason[key] for key in reason if key != "detail"}
    }  # fmt: skip
    data["start"] = data.pop("from")
    said = sentence(data.pop("code"), lang=lang, **data)
    status = words.bracketed(sentence(f"status_{reason['status']}", lang=lang), lang)
    days = sentence("due_days", lang=lang, days=f"{reason['days']:+d}")
    return f"{days:>8} → {reason['to']}  {said}{status}"


def level_title(item: DueItem, lang: str) -> str:
    """Return how far an item has escalated; empty where it has not."""
    if item.level is None:
        return ""
    return (item.level.en or item.level.title) if lang == "en" else item.level.title


def duty_rows(record: Mapping[str, Any], place: str, lang: str) -> list[DutyRow]:
    """Return what a week's record has due without a visit, at the ``desk`` or in the ``area``s."""
    return [
        DutyRow(
            id=item["id"], kind=kind_title(item["kind"], lang), name=item["name"],
            area=item["area"], base=dt.date.fromisoformat(item["base"]),
            due=dt.date.fromisoformat(item["due"]), overdue_days=item["overdue_days"],
            reasons=words.run_on(words.due_sentences(item, lang), lang),
        )
        for item in record.get("duties", ())
        if item["place"] == place
    ]  # fmt: skip
