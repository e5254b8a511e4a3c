"""The section of alerts and suggested measures: what the rules say on the day of the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from layers.figures import plain
from layers.measures import load_measures
from maps.messages import sentence
from maps.report_parts import Run
from xunge.measures import CLOSURE, measures
from xunge.measures_show import area_name, record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xunge.measures import Item, Measures
    from xunge.reports.builder import Builder
    from xunge.reports.gather import Basis


def suggestions(b: Builder, basis: Basis) -> None:
    """Say what is alerted about, and how many measures are suggested on the day of the report.

    Every alert is a paragraph of its own; each figure leads to its rows.
    """
    b.head("report_head_measures")
    known = basis.knowledge
    rules = load_measures(basis.folder.path)
    found = measures(known, rules=rules, home=basis.folder.settings.bureau.home)
    if not found.alerts:
        b.say("report_alerts_none", until=b.facts.day)
    for item in found.alerts:
        _alert(b, item, found)
    if not found.suggested:
        b.say("report_measures_none", until=b.facts.day)
        return
    rows = _rows(b, basis, found)
    counts = found.counts()
    parts: list[Run] = []
    for code, count in counts.items():
        if parts:
            parts.append(Run(text="、" if b.lang == "zh" else ", "))
        title = rules.measure(code, lang=b.lang)
        linked = _linked(b, rows[rows["measure"] == title], title)
        parts += b.runs("report_measure_part", title=title, n=Run(text=plain(count), link=linked))
    everything = sentence("report_measures_title", lang=b.lang)
    link = _linked(b, rows, everything)
    b.say(
        "report_measures", until=b.facts.day, parts=tuple(parts),
        n=Run(text=plain(len(rows)), link=link),
        objects=Run(text=plain(len(found.objects)), link=link),
    )  # fmt: skip
    if CLOSURE in counts:
        title = rules.measure(CLOSURE, lang=b.lang)
        link = _linked(b, rows[rows["measure"] == title], title)
        b.say("report_measures_closure", objects=Run(text=plain(found.closures), link=link))
    b.note("report_measures_note")


def _linked(b: Builder, rows: pd.DataFrame, title: str) -> str:
    return b.link(rows, "suggestions", title)


def _alert(b: Builder, item: Item, found: Measures) -> None:
    english = b.lang == "en"
    title = item.rule.en if english else item.rule.title
    status = _status(item, b.lang)  # an English text leaves the Chinese source to its rows
    rows = pd.DataFrame(
        [
            {"id": one.id, "on": one.on, "name": item.subject(one), "register": one.register,
             "area": area_name(item, b.lang), "rule": title, "town": None,
             "source": f"{item.rule.source} · {status}"}
            for one in item.suggestion.evidence
        ],
        dtype=object,
    )  # fmt: skip
    b.say(
        "report_alert", area=area_name(item, b.lang), title=title,
        n=Run(text=plain(len(rows)), link=b.link(rows, "alerts", title)),
        clause=status if english else f"{item.rule.source}；{status}",
        measure=found.rules.measure(item.rule.measure, lang=b.lang),
    )  # fmt: skip


def _rows(b: Builder, basis: Basis, found: Measures) -> pd.DataFrame:
    """Return every suggestion as a row, in words."""
    objects = basis.knowledge.objects
    towns = dict(zip(objects["id"], objects["town_code"], strict=True))
    return pd.DataFrame([_row(b, item, found, towns) for item in found.suggested], dtype=object)


def _row(b: Builder, item: Item, found: Measures, towns: dict[str, Any]) -> dict[str, Any]:
    evidence: Sequence[str] = [record(one, b.lang) for one in item.suggestion.evidence]
    rule = item.rule
    return {
        "id": item.object, "name": item.name, "town": towns.get(item.object),
        "measure": found.rules.measure(rule.measure, lang=b.lang),
        "rule": rule.en if b.lang == "en" else rule.title,
        "source": f"{rule.source} · {_status(item, b.lang)}", "since": item.suggestion.since,
        "evidence": ("；" if b.lang == "zh" else "; ").join(evidence),
    }  # fmt: skip


def _status(item: Item, lang: str) -> str:
    return sentence(f"dossier_status_{item.rule.status}", lang=lang)
