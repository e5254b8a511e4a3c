"""Lists for publication: typical cases of two months, and sites that were closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from layers.figures import Count, money
from layers.indicators.measures import FINES, narrowed
from layers.rows import records, where
from maps.messages import sentence
from maps.report_parts import Run, Table
from xunge.reports.rows import Field

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xunge.reports.builder import Builder
    from xunge.reports.gather import Basis

HEAVY = ("suspension", "revocation", "detention")
"""Penalties that are typical whatever the sum (product choice)."""


def exposure(b: Builder, basis: Basis) -> None:
    """List the cases of the period that the settings call typical: fined, suspended or closed."""
    least = basis.folder.settings.reports.exposure_yuan
    rows = sorted(_exposed(b, basis, least), key=lambda row: (row[0].text, row[1].text))
    limit = b.told(Count(value=least, unit="元"))
    b.say("exposure_intro" if rows else "exposure_none", n=str(len(rows)), least=limit,
          since=b.period.since, until=b.period.until)  # fmt: skip
    if rows:
        b.blocks.append(
            _list(b, "exposure", rows, ("date", "name", "town", "behaviour", "measure"))
        )
    b.note("exposure_note")


def _exposed(b: Builder, basis: Basis, least: float) -> Iterator[tuple[Run, ...]]:
    behaviours = _behaviours(b, basis.folder.settings.reports.scheme)
    for row in records(b.facts.within("penalties", b.period)):
        amount = row["amount"] or 0
        if row["kind"] not in HEAVY and not (row["kind"] in FINES and amount >= least):
            continue
        measure = b.telling.cell(row["kind"], _KIND)
        if amount:
            measure = f"{measure}{''.join(money(float(amount)))}"
        yield _line(b, row, row["decided"], behaviours.get(row["case"]) or "", measure)
    for row in records(b.figure("suspended").rows):
        yield _line(b, row, row["issued"], "", sentence("exposure_suspended", lang=b.lang))
    sites = {row["id"]: row["behaviour"] for row in records(b.facts.frames["sites"])}
    for row in records(b.figure("closed").rows):
        told = b.telling.cell(sites.get(row["site"]), _BEHAVIOUR)
        yield _line(b, row, row["closed"], told or "", sentence("exposure_closed", lang=b.lang))


def _behaviours(b: Builder, scheme: str) -> dict[Any, str]:
    """Return what each case is about, by the codes of one scheme where it has some."""
    own = set(b.telling.schemes.schemes[scheme].table.codes)
    told = {}
    for row in records(b.facts.frames["cases"]):
        codes = tuple(row["behaviours"] or ())
        told[row["id"]] = b.telling.cell(
            tuple(code for code in codes if code in own) or codes, _BEHAVIOUR
        )
    return told


def _line(
    b: Builder, row: dict[str, Any], day: Any, behaviour: str, measure: str  # noqa: ANN401
) -> tuple[Run, ...]:  # fmt: skip
    town = b.telling.towns.get(row["town"], "")
    return tuple(
        Run(text=text) for text in (day.isoformat(), row["name"], town, behaviour, measure)
    )


def closures(b: Builder, basis: Basis) -> None:
    """List the sites closed this year and those of before that are not published yet."""
    frame = b.facts.frames["closures"]
    known = where(frame, (day is not None and day <= b.facts.day for day in frame["closed"]))
    new = [day >= b.period.since for day in known["closed"]]
    waiting = [day is None or day != day for day in known["published"]]
    chosen = where(known, (a or c for a, c in zip(new, waiting, strict=True)))
    fresh = where(chosen, (day >= b.period.since for day in chosen["closed"]))
    full = narrowed(chosen, b.figure("closed_in_full").measure)
    published = chosen[chosen["published"].notna()]
    b.say(
        "closures_intro", year=str(b.period.until.year), n=str(len(chosen)),
        fresh=str(len(fresh)), older=str(len(chosen) - len(fresh)), full=str(len(full)),
        published=str(len(published)), waiting=str(len(chosen) - len(published)),
    )  # fmt: skip
    if not len(chosen):
        return
    rows = [_closed(b, row) for row in sorted(records(chosen), key=_by_day)]
    names = ("closed", "name", "town", "behaviour", "full", "missing", "published")
    b.blocks.append(_list(b, "closures", rows, names))
    b.note("closures_note")


def _by_day(row: dict[str, Any]) -> tuple[Any, str]:
    return row["closed"], str(row["site"])


def _closed(b: Builder, row: dict[str, Any]) -> tuple[Run, ...]:
    sites = b.facts.frames["sites"]
    behaviour = sites.loc[sites["id"] == row["site"], "behaviour"]
    told = b.telling.cell(behaviour.iloc[0], _BEHAVIOUR) if len(behaviour) else ""
    missing = b.telling.cell(row["missing"], _ITEMS) or ""
    word = "yes" if row["full"] else "no"
    published = row["published"].isoformat() if row["published"] is not None else "—"
    cells = (
        row["closed"].isoformat(), row["name"], b.telling.towns.get(row["town"], ""), told or "",
        b.telling.words["@flag"][word], missing, published,
    )  # fmt: skip
    return tuple(Run(text=str(cell)) for cell in cells)


def _list(b: Builder, kind: str, rows: list[tuple[Run, ...]], names: tuple[str, ...]) -> Table:
    head = tuple(sentence(f"{kind}_{name}", lang=b.lang) for name in names)
    return Table(title=sentence(f"report_table_{kind}", lang=b.lang), header=head,
                 rows=tuple(rows), wordy=frozenset(range(len(head))))  # fmt: skip


_KIND = Field(name="kind", zh="种类", en="Kind", table="@penalty_kind")
_BEHAVIOUR = Field(name="behaviour", zh="违法行为", en="Behaviour", table="@scheme")
_ITEMS = Field(name="missing", zh="未完成项", en="Missing items", table="@items")
