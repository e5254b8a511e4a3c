"""Suggested measures and alerts in words: for the terminal and for the workbook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

from layers.measures import Alert
from maps.measures_book import MeasureRow, RecordRow, measures_workbook
from maps.messages import sentence
from xunge.dossier_view import register_title
from xunge.measures import CLOSURE, WHOLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from rich.console import Console

    from layers.measure_facts import Evidence
    from xunge.measures import Item, Measures

SHOWN = 40
"""How many objects the terminal lists unless all are asked for."""
_RECORDS = 12  # of one suggestion in the terminal and in a cell; the workbook has a sheet of all


def show(
    found: Measures, sources: Mapping[Evidence, str], *, console: Console, lang: str, most: int
) -> None:
    """Print counts by measure, what is suggested by object, then the alerts about areas."""

    def put(text: str, style: str = "") -> None:
        console.print(text, style=style or None, markup=False, soft_wrap=True)

    put(heading(found, lang), "bold")
    put(sentence("dossier_measures_note", lang=lang))
    for line in _counts(found, lang):
        put(line)
    objects = found.objects
    last = ""
    for item in found.suggested:
        if item.object not in objects[:most]:
            break
        if item.object != last:
            town = f" · {item.town}" if item.town else ""
            put(f"\n{item.name} {item.object}{town}", "bold")
            last = item.object
        _print(put, item, found, sources, lang)
    if len(objects) > most:
        put("\n" + sentence("measures_more", lang=lang, count=len(objects) - most))
    if not objects:
        put(sentence("measures_none", lang=lang))
    put("\n" + sentence("measures_alerts", lang=lang), "bold")
    for item in found.alerts:
        put(area_name(item, lang), "bold red")
        _print(put, item, found, sources, lang)
    if not found.alerts:
        put(sentence("measures_no_alerts", lang=lang))


def heading(found: Measures, lang: str) -> str:
    """Return how much is suggested, in one sentence."""
    return sentence(
        "measures_heading", lang=lang, date=found.day, objects=len(found.objects),
        count=len(found.suggested), closures=found.closures, alerts=len(found.alerts),
    )  # fmt: skip


def area_name(item: Item, lang: str) -> str:
    """Return what the area of an alert is called: its name, else its code."""
    county = isinstance(item.rule, Alert) and item.rule.level == "county"
    return item.name or area_words(item.object, county=county, lang=lang)


def area_words(code: str, *, county: bool, lang: str) -> str:
    """Return what an area without a name is called: by its code, a county as a whole."""
    if not county:
        return code
    whole = sentence("measures_whole", lang=lang)
    return whole if code == WHOLE else f"{whole} {code}"


def _counts(found: Measures, lang: str) -> Iterator[str]:
    counts = found.counts()
    said = [(found.rules.measure(code, lang=lang), count) for code, count in counts.items()]
    wide = max((cell_len(title) for title, _ in said), default=0)
    for title, count in said:
        yield f"  {title}{' ' * (wide - cell_len(title))}  {count:>4}"


def _print(
    put: Callable[..., None], item: Item, found: Measures, sources: Mapping[Evidence, str],
    lang: str,
) -> None:  # fmt: skip
    row = _row(item, found, lang)
    since = sentence("measures_since", lang=lang, since=row.since) if row.since else ""
    put(f"  ■ {row.measure} · {row.rule}  {since}".rstrip(), "red" if row.urgent else "")
    put(f"    {row.source} · {row.status}")
    evidence = item.suggestion.evidence
    for one in evidence[:_RECORDS]:
        told = " ".join(filter(None, (record(one, lang), item.subject(one))))
        at = sources.get(one, "")
        put(f"    - {told}" + (f"（{at}）" if at and lang == "zh" else f" ({at})" if at else ""))
    if len(evidence) > _RECORDS:
        more = sentence("measures_more_records", lang=lang, count=len(evidence) - _RECORDS)
        put(f"    {more}")


def record(one: Evidence, lang: str) -> str:
    """Return a record of the evidence: its ledger, its id and its day."""
    return f"{register_title(one.register, lang)} {one.id} {one.on.isoformat()}"


def _row(item: Item, found: Measures, lang: str) -> MeasureRow:
    rule, alert = item.rule, item.kind == "area"
    evidence = item.suggestion.evidence
    told = [" ".join(filter(None, (record(one, lang), item.subject(one)))) for one in evidence]
    if len(told) > _RECORDS:
        more = sentence("measures_more_records", lang=lang, count=len(told) - _RECORDS)
        told = [*told[:_RECORDS], more]
    return MeasureRow(
        object=item.object, name=area_name(item, lang) if alert else item.name,
        kind=sentence(f"measures_kind_{item.kind}", lang=lang), town=item.town,
        measure=found.rules.measure(rule.measure, lang=lang),
        rule=rule.en if lang == "en" else rule.title, source=rule.source,
        status=sentence(f"dossier_status_{rule.status}", lang=lang),
        since=item.suggestion.since, evidence="\n".join(told),
        urgent=alert or rule.measure == CLOSURE,
    )  # fmt: skip


def write_book(
    found: Measures, path: Path, sources: Mapping[Evidence, str], *, lang: str
) -> Path:  # fmt: skip
    """Write everything as a workbook."""
    rows = {item.key: _row(item, found, lang) for item in (*found.suggested, *found.alerts)}
    records = [
        RecordRow(
            object=item.object, name=rows[item.key].name, rule=rows[item.key].rule,
            register=register_title(one.register, lang), id=one.id, on=one.on,
            subject=item.subject(one), source=sources.get(one, ""),
        )
        for item in (*found.alerts, *found.suggested) for one in item.suggestion.evidence
    ]  # fmt: skip
    notes = (sentence("dossier_measures_note", lang=lang),
             sentence("measures_note_rules", lang=lang))  # fmt: skip
    return measures_workbook(
        path, measures=[rows[item.key] for item in found.suggested],
        alerts=[rows[item.key] for item in found.alerts], evidence=records,
        notes=[heading(found, lang), *notes], lang=lang,
    )  # fmt: skip
