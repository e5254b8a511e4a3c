"""Suggested measures in the record of a week: how many, how many new, and every alert."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from layers.events import EventKind
from layers.measures import Alert, load_measures
from maps.messages import sentence
from xunge.measures import measures
from xunge.measures_show import area_words
from xunge.words import listed

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from pathlib import Path

    from xunge.knowledge import Knowledge
    from xunge.measures import Item, Measures

_NAMED = 3  # records of an alert that its sentence names


def on_record(knowledge: Knowledge, *, folder: Path, home: str, monday: dt.date) -> dict[str, Any]:
    """Return what is suggested on the eve of a week as plain JSON data.

    What is new is what the last recorded week before *monday* did not suggest, so that a fact which
    was entered late is new as well; None where no such week has a list.
    """
    from xunge.web.ledger import frames

    found = measures(knowledge, rules=load_measures(folder), home=home)
    last = frames.last_event(EventKind.PLANNED, before=monday)
    told = None if last is None else last["data"]["record"].get("measures")
    known = {tuple(key) for key in told["suggested"]} if told else set()
    keys = [item.key for item in found.suggested]
    return {
        "count": len(keys), "objects": len(found.objects), "closures": found.closures,
        "before": last["subject"] if last is not None and told else None,
        "new": len(set(keys) - known) if told else None,
        "suggested": [list(key) for key in keys],
        "alerts": [_alert(item, found) for item in found.alerts],
    }  # fmt: skip


def _alert(item: Item, found: Measures) -> dict[str, Any]:
    rule, evidence = item.rule, item.suggestion.evidence
    return {
        "rule": rule.code, "county": isinstance(rule, Alert) and rule.level == "county",
        "area": item.object, "name": item.name, "title": rule.title,
        "title_en": rule.en, "measure": found.rules.measure(rule.measure),
        "measure_en": found.rules.measure(rule.measure, lang="en"),
        "since": evidence[-1].on.isoformat(), "count": len(evidence),
        "records": [item.subject(one) or one.id for one in evidence[:_NAMED]],
    }  # fmt: skip


def brief(record: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the list of a recorded week without its single measures; None where it has none."""
    told = record.get("measures")
    return told and {name: value for name, value in told.items() if name != "suggested"}


def alert_lines(record: Mapping[str, Any], lang: str) -> list[str]:
    """Return every alert about an area in one sentence."""
    english = "_en" if lang == "en" else ""
    lines = []
    for one in (record.get("measures") or {}).get("alerts", ()):
        area = one["name"] or area_words(one["area"], county=one["county"], lang=lang)
        names = listed(one["records"], lang)
        if one["count"] > len(one["records"]):
            names = f"{names}…"
        lines.append(
            sentence("measures_alert", lang=lang, area=area, title=one[f"title{english}"],
                     count=one["count"], records=names, since=one["since"],
                     measure=one[f"measure{english}"])
        )  # fmt: skip
    return lines


def told_lines(record: Mapping[str, Any], lang: str) -> list[str]:
    """Return how much is suggested and how much of it is new; nothing where nothing is."""
    told = record.get("measures")
    if not told or not told["count"]:
        return []
    code = "measures_told" if told["new"] is None else "measures_told_new"
    return [
        sentence(code, lang=lang, week=told["before"],
                 **{name: told[name] for name in ("count", "objects", "closures", "new")})
    ]  # fmt: skip
