"""The ranking of a month: scores, places, ties, and whom the rules on the last three name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layers import cases
from layers.figures import Count, Rate
from layers.indicators import rates
from layers.indicators.facts import Facts, gather
from layers.indicators.ranking import bottoms, forbidden, rank
from maps.messages import sentence
from maps.report_parts import Run, Table
from xunge.reports import periods
from xunge.sections import words

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from layers.indicators.ranking import Standing
    from xunge.reports.builder import Builder
    from xunge.reports.gather import Basis


def ranking(b: Builder, basis: Basis, *, until: dt.date) -> None:
    """Rank towns over the month, with the rules on the last three over the months of the year.

    Each month is ranked as it was known on its last evening, so that a place once told stays.
    """
    settings = basis.folder.settings.reports
    measures = tuple(words(settings.ranking))
    if not measures:
        return
    b.head("report_head_ranking")
    bad = forbidden(measures)
    if bad:
        names = tuple(sentence(f"report_score_{name}", lang=b.lang) for name in bad)
        b.note("ranking_forbidden", names=names)
    units = list(basis.orders["town"])
    months = {
        name: rank(_as_of(b, basis, period.until), period, units=units, measures=measures)
        for name, period in periods.months_of_year(until, ends=settings.month_ends)
    }
    latest = months[list(months)[-1]]
    _table(b, basis, latest, measures, _links(b))
    _alarms(b, basis, months)
    unranked = [basis.names["town"][one.unit] for one in latest if one.score is None]
    if unranked:
        b.note("ranking_unranked", names=tuple(unranked))
    b.note("ranking_rule")


def _as_of(b: Builder, basis: Basis, day: dt.date) -> Facts:
    """Return what the ranking counts as it was known on an earlier evening."""
    if day >= b.facts.day:
        return b.facts
    told = cases.known(basis.ranked_events, day)
    frames = {
        "orders": cases.order_states(told, day),
        "hazards": cases.hazard_states(told, day, tables=basis.folder.tables),
        "visits": cases.visits_as_of(told, day),
    }  # fmt: skip
    return gather(frames, objects=b.facts.objects, areas=b.facts.areas, day=day)


def _links(b: Builder) -> dict[tuple[str, str], str]:
    """Return the anchor of what each town is scored on: its orders and hazards that fell due."""
    due = {
        "closure": (rates.due_orders(b.facts, b.period), "orders", "due_orders"),
        "timeliness": (rates.due_hazards(b.facts, b.period), "hazards", "due"),
    }
    found: dict[tuple[str, str], str] = {}
    for measure, (rows, register, title) in due.items():
        anchor = b.link(rows, register, b.title(title))
        found |= {
            (measure, town): f"{anchor}_{b.orders['town'][town]}"
            for town in set(rows["town"].dropna()) & set(b.orders["town"])
        }
    return found


def _table(
    b: Builder, basis: Basis, standings: Sequence[Standing], measures: Sequence[str],
    links: Mapping[tuple[str, str], str],
) -> None:  # fmt: skip
    rows = []
    for one in standings:
        if one.score is None:
            continue
        tie = sentence("ranking_tied", lang=b.lang, n=one.tied) if one.tied > 1 else ""
        last = sentence("ranking_last", lang=b.lang) if one.last else ""
        scores = [
            Run(text=_percent(one.scores[name]), link=links.get((name, one.unit), ""))
            for name in measures
        ]
        rows.append(
            (Run(text=basis.names["town"][one.unit]), *scores,
             Run(text=_percent(one.score, digits=2)), Run(text=str(one.place)),
             Run(text=" ".join(filter(None, (tie, last)))))
        )  # fmt: skip
    head = (
        sentence("report_by_town", lang=b.lang),
        *(sentence(f"report_score_{name}", lang=b.lang) for name in measures),
        *(sentence(f"ranking_{name}", lang=b.lang) for name in ("score", "place", "remark")),
    )
    width = len(head)
    b.blocks.append(
        Table(title=sentence("report_table_ranking", lang=b.lang), header=head, rows=tuple(rows),
              wordy=frozenset((0, width - 1)))
    )  # fmt: skip


def _percent(score: float | None, *, digits: int = 1) -> str:
    if score is None:
        return "—"
    whole = 1_000_000
    return Rate(
        part=Count(value=round(score * whole), unit="%"), whole=Count(value=whole, unit="%")
    ).percent(digits=digits) + "%"  # fmt: skip


def _alarms(b: Builder, basis: Basis, months: dict[str, tuple[Standing, ...]]) -> None:
    found = bottoms(months)
    if not found:
        b.say("ranking_nobody")
        return
    for alarm in ("one_month", "two_in_a_row", "three_in_all"):
        named = [one for one in found if one.alarm == alarm]
        if named:
            parts = [
                sentence("ranking_named", lang=b.lang, name=basis.names["town"][one.unit],
                         months=tuple(str(int(month[-2:])) for month in one.months))
                if alarm == "three_in_all" else basis.names["town"][one.unit]
                for one in named
            ]  # fmt: skip
            b.say(f"ranking_{alarm}", names=("、" if b.lang == "zh" else ", ").join(parts))
