"""The sections of a report, each from the records of its period."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from layers.figures import Count, Ratio, plain
from layers.indicators import rates
from layers.indicators.measures import DONE, MEASURES
from layers.rows import where
from layers.schemes import BLANK, NONE, REST, UNCLEAR, UNKNOWN, classify
from maps.messages import sentence
from maps.report_parts import Run, Table

if TYPE_CHECKING:
    import datetime as dt

    from layers.indicators.facts import Period
    from xunge.reports.builder import Builder
    from xunge.reports.gather import Basis

COMPARED = (
    "checks", "enterprises", "hazards", "cases", "penalties", "fined", "suspended", "closed",
    "handovers", "reports", "accidents", "deaths",
)  # fmt: skip
"""Measures that are set against another period: each counts by the day of its record, so that an
earlier period reads today as it did then, but for late entries."""
SIMPLE_ALARM = 0.5
"""More than half simple cases is what the bulletin of Jiaxing 2018 finds fault with."""


def hazard_code(basis: Basis) -> str:
    """Return which hazards are counted: the ledger's, or those that visits report without one."""
    return "hazards" if "hazards" in basis.kept else "findings"


def short(b: Builder, day: dt.date) -> str:
    """Return the last day of a period as it follows the first, without what both share."""
    since = b.period.since
    if b.lang == "en" or day.year != since.year:
        return b.day_or(day)
    return f"{day.day}日" if day.month == since.month else f"{day.month}月{day.day}日"


def headline(b: Builder, basis: Basis) -> None:
    """Say in one sentence what was done (A7.7 of the sources' headline lines)."""
    b.head("report_head_all")
    hazards = hazard_code(basis)
    serious = "serious" if hazards == "hazards" else "serious_findings"
    names = ("checks", "enterprises", "site_checks", "sites_checked", "persons", "cases",
             "rectify_orders", "suspended", "closed", "penalties", "fined", "detained",
             "handovers")  # fmt: skip
    b.say(
        "report_headline", since=b.period.since, until=short(b, b.period.until),
        hazards=b.run(hazards), serious=b.run(serious), cars=b.run("vehicles"),
        **{name: b.run(name) for name in names},
    )  # fmt: skip
    if not b.figure("vehicles").count.value and b.figure("checks").count.value:
        b.note("report_no_vehicles")
    if b.figure("experts").count.value:
        found = b.figure("expert_findings")
        b.say("report_experts", experts=b.run("experts"), findings=b.run("expert_findings"),
              each=Ratio(over=found.count, under=b.figure("experts").count).text())  # fmt: skip
    _coverage(b)


def _coverage(b: Builder) -> None:
    firms = rates.coverage(b.facts, b.period)
    towns = rates.area_coverage(b.facts, b.period)
    some, all_ = (one.assign(town=one["town_code"]) for one in rates.covered(b.facts, b.period))
    seen, areas = (_areas(b, codes) for codes in rates.covered_areas(b.facts, b.period))
    share = b.share("coverage", firms, some, all_, "objects")
    town_share = b.share("area_coverage", towns, seen, areas, "areas")
    if firms.whole.value and towns.whole.value:
        rows = b.figure("enterprises").rows
        active = b.facts.objects["active"].astype(bool)
        known = where(rows, (bool(active.get(key, False)) for key in rows["subject"]))
        checked = Run(text=plain(firms.part.value), link=b.link(known, "visits", b.title("known")))
        told = {
            "firms": (firms.whole, all_, "objects", "coverage"),
            "towns": (towns.whole, areas, "areas", "area_coverage"),
            "seen": (towns.part, seen, "areas", "area_coverage"),
        }
        linked = {
            name: b.count(count, each, register, b.title(title))
            for name, (count, each, register, title) in told.items()
        }
        b.say("report_coverage", checked=checked, share=share, town_share=town_share, **linked)


def _areas(b: Builder, codes: list[str]) -> pd.DataFrame:
    """Return the rows of some areas; one that the register does not have by its code."""
    names = [b.facts.area_name(code) for code in codes]
    return pd.DataFrame({"id": codes, "name": names, "town": codes}, index=codes, dtype=object)


def rectification(b: Builder, basis: Basis) -> None:
    """Say how hazards of the period are mended, and how old the open ones are."""
    b.head("report_head_hazards")
    if hazard_code(basis) == "findings":
        b.note("report_no_hazard_ledger")
        _reviews(b)
        return
    found = b.figure("hazards")
    told = b.figure("findings").count.value
    if told != found.count.value:
        b.note("report_hazard_gap", visits=plain(told), ledger=plain(found.count.value),
               gap=plain(abs(told - found.count.value)))  # fmt: skip
    left = found.rows[~found.rows["state"].isin(DONE)]
    rate = b.share_of("rectification", "rectified", "hazards")
    data = {name: b.run(name) for name in ("hazards", "on_the_spot", "time_limited", "rectified")}
    rest = Run(text=plain(len(left)), link=b.link(left, "hazards", b.title("open")))
    code = "report_hazards" if found.count.value else "report_hazards_none"
    b.say(code, until=b.facts.day, left=rest, rate=rate, **data)
    due = rates.due_hazards(b.facts, b.period)
    good = due[rates.in_time(due)]
    in_time = b.share("timeliness", rates.timeliness(b.facts, b.period), good, due, "hazards")
    if len(due):
        b.say(
            "report_timely", rate=in_time,
            due=Run(text=plain(len(due)), link=b.link(due, "hazards", b.title("due"))),
            in_time=Run(text=plain(len(good)), link=b.link(good, "hazards", b.title("in_time"))),
        )  # fmt: skip
    _open(b)
    _reviews(b)


def _open(b: Builder) -> None:
    everything = rates.open_hazards(b.facts)
    overdue = everything[everything["state"] == "overdue"]
    bands = [
        Run(text=plain(len(rows)), link=b.link(rows, "hazards", b.title("open")))
        for _, _, rows in rates.open_by_age(b.facts)
    ]
    b.say(
        "report_open" if len(everything) else "report_open_none", until=b.facts.day,
        open=Run(text=plain(len(everything)),
                 link=b.link(everything, "hazards", b.title("open"))),
        overdue=Run(text=plain(len(overdue)), link=b.link(overdue, "hazards", b.title("overdue"))),
        a=bands[0], b=bands[1], c=bands[2], d=bands[3],
    )  # fmt: skip


def _reviews(b: Builder) -> None:
    """Say which orders were re-inspected, of those of the same period that are due."""
    due = rates.due_orders(b.facts, b.period)
    seen = due[due["reviewed"].notna()]
    met = due[due["state"].isin(("met", "cancelled"))]
    done = b.share("reviewed", rates.review_rate(b.facts, b.period), seen, due, "orders")
    closed = b.share("closing", rates.closing_rate(b.facts, b.period), met, due, "orders")
    if not len(due):
        b.say("report_reviews_none")
        return
    b.say(
        "report_reviews", rate=done, closed=closed,
        due=Run(text=plain(len(due)), link=b.link(due, "orders", b.title("due_orders"))),
        done=Run(text=plain(len(seen)), link=b.link(seen, "orders", b.title("reviewed"))),
        met=Run(text=plain(len(met)), link=b.link(met, "orders", b.title("closing"))),
    )  # fmt: skip


def papers(b: Builder, basis: Basis) -> None:
    """Count the four kinds of document, and checks that have their record."""
    b.head("report_head_papers")
    names = ("records", "rectify_orders", "measure_orders", "opinions", "reviews")
    b.say("report_papers", **{name: b.run(name) for name in names})
    written, checks = rates.recorded(b.facts, b.period)
    rate = b.share("record", rates.record_rate(b.facts, b.period), written, checks, "visits")
    if (basis.facts.frames["orders"]["kind"] == "record").any() and len(checks):
        told = {
            name: Run(text=plain(len(rows)), link=b.link(rows, "visits", b.title("record")))
            for name, rows in (("checks", checks), ("written", written))
        }  # fmt: skip
        b.say("report_records", rate=rate, **told)


def cases(b: Builder, basis: Basis) -> None:
    """Say what was filed, punished, collected, seized and handed over."""
    b.head("report_head_cases")
    names = ("cases", "accident_cases", "other_cases", "concluded")
    b.say("report_cases", **{name: b.run(name) for name in names})
    filed, simple = b.figure("cases").count, b.figure("simple_cases").count
    if filed.value:
        share = b.share_of("simple", "simple_cases", "cases")
        b.say("report_simple", simple=b.run("simple_cases"), share=share)
        if simple.value > SIMPLE_ALARM * filed.value:
            b.note("report_simple_alarm", share=share.text)
    paid = rates.collection(b.facts, b.period)
    some, all_ = rates.fined(b.facts, b.period)
    paid_share = b.share("collection", paid, some, all_, "penalties")
    told = ("penalties", "fined", "detained")
    b.say("report_penalties" if paid.whole.value else "report_penalties_none", rate=paid_share,
          collected=b.count(paid.part, some, "penalties", b.title("collected")),
          **{name: b.run(name) for name in told})  # fmt: skip
    hazards = b.figure(hazard_code(basis)).count
    strike = Ratio(over=b.figure("penalties").count, under=hazards).text(times=100)
    if strike:
        b.say("report_strike", strike=strike)
    _seized(b)
    sent = ("to_departments", "criminal", "criminal_detained")
    b.say("report_handovers", **{name: b.run(name) for name in sent})
    remedies = ("hearings", "reconsiderations", "suits", "enforcements")
    if any(b.figure(name).count.value for name in remedies):
        b.say("report_remedies", **{name: b.run(name) for name in remedies})


def _seized(b: Builder) -> None:
    rows = b.facts.within("seizures", b.period)
    goods = rates.seized(b.facts, b.period)
    if not goods:
        return
    link = b.link(rows, "seizures", b.title("seized"))
    parts = "、".join(f"{b.told(one)}{one.unit}" for one in goods)
    b.say("report_seized", goods=Run(text=parts, link=link))


def reports(b: Builder, basis: Basis) -> None:
    """Say what the public reported, by the five classes, and what came of it."""
    b.head("report_head_reports")
    received = b.figure("reports")
    if not received.count.value:
        b.say("report_reports_none", rewards=b.run("rewards"))
        return
    verified = b.share_of("verification", "verified", "reports")
    true = b.share_of("substantiation", "substantiated", "reports")
    names = ("reports", "verified", "substantiated", "reports_handed_over", "rewards")
    b.say("report_reports", classes=_classes(b, received.rows), verified_rate=verified,
          true_rate=true, **{name: b.run(name) for name in names})  # fmt: skip


def _classes(b: Builder, rows: pd.DataFrame) -> tuple[Run, ...]:
    """Return the five classes with their counts, and those without a class where there are any."""
    table = b.telling.schemes.schemes["jiaxing2018.reports"].table
    read = [table.read(str(value)) if value else None for value in rows["report_class"]]
    runs: list[Run] = []
    for code in (*table.codes, None):
        found = where(rows, (one == code for one in read))
        if code is None and not len(found):
            continue
        title = table.title_of(code, lang=b.lang) if code else (
            sentence("report_unknown_class", lang=b.lang))  # fmt: skip
        count = Run(text=plain(len(found)), link=b.link(found, "reports", title))
        if runs:
            runs.append(Run(text="、" if b.lang == "zh" else ", "))
        runs += b.runs("report_class", title=title, n=count)
    return tuple(runs)


def closures(b: Builder, basis: Basis) -> None:
    """Say what was found and closed, and what came back."""
    b.head("report_head_closures")
    names = ("sites", "closed", "relapses", "supervised", "black_listed")
    b.say("report_closures", **{name: b.run(name) for name in names})
    if b.figure("closed").count.value and "closures" in basis.kept:
        full = b.share_of("full_rate", "closed_in_full", "closed")
        b.say("report_closed_full", full=b.run("closed_in_full"), rate=full)


def accidents(b: Builder, basis: Basis) -> None:
    """Say what happened, and how much of it illegal acts caused."""
    b.head("report_head_accidents")
    if not b.figure("accidents").count.value:
        b.say("report_accidents_none")
        return
    share = b.share_of("illegal_share", "illegal_accidents", "accidents")
    names = ("accidents", "deaths", "injured", "illegal_accidents")
    b.say("report_accidents", share=share, **{name: b.run(name) for name in names})


def growth(b: Builder, year: Period, basis: Basis) -> None:
    """Say how the figures changed against the same days of the year before."""
    b.head("report_head_growth")
    codes = [hazard_code(basis) if code == "hazards" else code for code in COMPARED]
    told = []
    for code in codes:
        now, before = b.figure(code).count, b.figure(code, year).count
        if not now.value and not before.value:
            continue
        change = b.change(now, before)
        told.append(
            b.runs("report_growth", title=b.title(code), now=b.run(code), change=change,
                   unit="" if now.unit == "元" or b.lang == "en" else now.unit,
                   before=b.run(code, year))
        )  # fmt: skip
    if told:
        b.join(*told)
    else:
        b.say("report_growth_none")


def indicators(b: Builder, basis: Basis, *, before: Period | None, year: Period | None) -> None:
    """Put every measure with its comparison into the workbook."""
    rest = b.lines.copy()
    b.lines.clear()
    kept = hazard_code(basis) == "hazards"
    skipped = {"findings", "serious_findings"} if kept else _OF_THE_LEDGER
    for code in MEASURES:
        if code not in skipped:
            b.line(code, before=before, year=year)
    b.lines.extend(rest)


_OF_THE_LEDGER = {
    "hazards", "serious", "on_the_spot", "time_limited", "rectified", "self_checked",
}  # fmt: skip
TOWN_CODES = ("checks", "enterprises", "rectify_orders", "suspended", "closed", "cases", "fined",
              "reports")  # fmt: skip
DEPARTMENT_CODES = ("checks", "rectify_orders", "cases", "penalties", "fined", "handovers")


def by_town(b: Builder, basis: Basis) -> None:
    """Put measures by town into a table; towns without any show 0."""
    codes = (*TOWN_CODES[:2], hazard_code(basis), *TOWN_CODES[2:])
    b.split(sentence("report_table_town", lang=b.lang), codes, by="town",
            keys=list(basis.orders["town"]), names=basis.names["town"])  # fmt: skip


def by_department(b: Builder, basis: Basis) -> None:
    """Put measures by leading department into a table."""
    codes = (DEPARTMENT_CODES[0], hazard_code(basis), *DEPARTMENT_CODES[1:])
    active = {key for code in codes for key in b.figure(code).by("unit_department")}
    known = [key for key in basis.orders["unit_department"] if key in active]
    other = sorted(key for key in active if key is not None and key not in known)
    b.split(sentence("report_table_department", lang=b.lang), codes, by="unit_department",
            keys=[*known, *other], names=basis.names["unit_department"])  # fmt: skip


def by_industry(b: Builder, basis: Basis) -> None:
    """Put measures by industry into a table."""
    codes = ("checks", "enterprises", hazard_code(basis), "rectify_orders", "suspended", "fined")
    b.split(sentence("report_table_industry", lang=b.lang), codes, by="industry",
            keys=list(basis.orders["industry"]), names=basis.names["industry"])  # fmt: skip


def by_scheme(b: Builder, basis: Basis, scheme: str) -> None:
    """Count cases and sites by a classification scheme; what it cannot hold has its own rows."""
    schemes = b.telling.schemes
    one = schemes.schemes[scheme]
    frames = {"cases": ("cases", "behaviours"), "sites": ("sites", "behaviour")}
    read = {
        name: classify(b.figure(code).rows[column], scheme=scheme, schemes=schemes)
        for name, (code, column) in frames.items()
    }
    rows = []
    for code in (*one.table.codes, *REST):
        cells = [_class_cell(b, frames[name][0], values, code) for name, values in read.items()]
        if code in REST and all(cell.text == "0" for cell in cells):
            continue
        title = _REST_WORDS.get(code)
        words = sentence(title, lang=b.lang) if title else (
            f"{code} {one.table.title_of(code, lang=b.lang)}")  # fmt: skip
        rows.append((Run(text=words), *cells))
    head = [sentence(code, lang=b.lang) for code in ("report_class_column", "report_cases_column",
                                                     "report_sites_column")]  # fmt: skip
    title = sentence("report_table_scheme", lang=b.lang, scheme=one.name(lang=b.lang))
    b.blocks.append(Table(title=title, header=tuple(head), rows=tuple(rows)))
    b.note("report_scheme_note")
    if not one.complete:
        b.note("report_scheme_short", expected=one.expected, known=len(one.table.codes))


_REST_WORDS = {
    UNCLEAR: "report_rest_unclear", NONE: "report_rest_none", UNKNOWN: "report_rest_unknown",
    BLANK: "report_rest_blank",
}  # fmt: skip


def _class_cell(b: Builder, code: str, values: pd.Series, wanted: str) -> Run:
    figure = b.figure(code)
    chosen = where(figure.rows, (wanted in codes for codes in values))
    count = Count(value=len(chosen), unit=figure.measure.unit)
    return b.count(count, chosen, figure.measure.register, b.title(code))


def missing(b: Builder, basis: Basis) -> None:
    """Say which ledgers are not kept, so that a 0 is not read as more than it says."""
    told = ("hazards", "cases", "penalties", "handovers", "accidents", "seizures")
    empty = [sentence(f"report_ledger_{name}", lang=b.lang) for name in told
             if name not in basis.kept]  # fmt: skip
    if empty:
        b.note("report_missing", names=tuple(empty))
