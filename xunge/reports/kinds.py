"""The six reports: which sections each has, over which days."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from layers.campaigns.campaign import load_campaigns
from maps.messages import sentence
from xunge.reports import campaign_parts, lists, measure_parts, periods, ranking_parts, sections
from xunge.reports.builder import Builder
from xunge.reports.gather import basis
from xunge.reports.periods import ReportError

if TYPE_CHECKING:
    from collections.abc import Callable

    from layers.campaigns.campaign import Campaign
    from layers.indicators.facts import Period
    from maps.report_parts import Report
    from xunge.reports.gather import Basis
    from xunge.week import Folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a report is about: its days, the day up to which records count, campaign and phase."""

    kind: str
    period: Period
    as_of: dt.date
    stem: str
    campaign: Campaign | None = None
    phase: str = ""


def subject(folder: Folder, kind: str, *, day: dt.date, campaign: str = "") -> Subject:
    """Return what the report of *kind* that is due on *day* is about.

    Raises
    ------
    ReportError
        If a stage or final report has no campaign, or one that has not begun.
    layers.campaigns.campaign.CampaignError
        If a file of a campaign makes no sense.
    """
    ends = folder.settings.reports.month_ends
    if kind == "weekly":
        period = periods.week(day)
        year, week, _ = period.until.isocalendar()
        return Subject(kind=kind, period=period, as_of=period.until, stem=f"{year}-W{week:02d}")
    if kind == "monthly":
        period = periods.month(day, ends=ends)
        return Subject(kind=kind, period=period, as_of=period.until, stem=f"{period.until:%Y-%m}")
    if kind == "exposure":
        period = periods.two_months(day)
        stem = f"{period.since:%Y-%m}—{period.until:%m}"
        return Subject(kind=kind, period=period, as_of=day, stem=stem)
    if kind == "closures":
        return Subject(kind=kind, period=periods.year_to(day), as_of=day, stem=day.isoformat())
    one = chosen(folder, day=day, wanted=campaign)
    if kind == "stage":
        phase, period = periods.phase(one, day)
    else:
        phase, period = "", periods.whole(one, day)
    stem = f"{one.id} {phase}".strip()
    return Subject(kind=kind, period=period, as_of=day, stem=stem, campaign=one, phase=phase)


def chosen(folder: Folder, *, day: dt.date, wanted: str) -> Campaign:
    """Return the campaign that is named, else the only one that has begun by *day*."""
    found = load_campaigns(folder.path)
    names = "、".join(found)
    if wanted:
        if wanted not in found:
            raise ReportError("report_unknown_campaign", value=wanted, names=names or "—")
        return found[wanted]
    begun = [one for one in found.values() if one.since <= day]
    if not begun:
        raise ReportError("report_no_campaign", day=day)
    if len(begun) > 1:
        raise ReportError("report_several_campaigns", names="、".join(one.id for one in begun))
    return begun[0]


def compose(folder: Folder, about: Subject, *, lang: str = "") -> Report:
    """Put a report together, in the language of the settings where *lang* is empty.

    Raises
    ------
    ReportError
        If the settings or the campaign name a classification scheme that does not exist.
    """
    known = basis(folder, day=about.as_of, period=about.period, lang=lang)
    builder = Builder(
        facts=known.facts, period=about.period, telling=known.telling, orders=known.orders
    )
    campaign = about.campaign
    for scheme in filter(None, (folder.settings.reports.scheme, campaign and campaign.scheme)):
        if scheme not in known.telling.schemes.schemes:
            raise ReportError("report_no_scheme", value=scheme,
                              names="、".join(known.telling.schemes.schemes))  # fmt: skip
    _PARTS[about.kind](builder, known, about)
    if about.kind not in ("exposure", "closures"):
        sections.missing(builder, known)
        builder.note("report_definitions")
    lang, name = builder.lang, folder.settings.bureau.name
    until = about.period.until
    facts = {
        "bureau": name, "year": until.isocalendar()[0] if about.kind == "weekly" else until.year,
        "month": until.month, "week": until.isocalendar()[1], "phase": about.phase,
        "campaign": campaign.name(lang=lang) if campaign else "",
    }  # fmt: skip
    title = sentence(f"report_title_{about.kind}", lang=lang, **facts)
    named = about.kind in ("weekly", "monthly")
    subtitle = sentence(
        "report_subtitle", lang=lang, since=builder.day_or(about.period.since),
        until=sections.short(builder, until), as_of=sections.short(builder, about.as_of),
        name=sentence(f"report_name_{about.kind}", lang=lang, **facts) if named else "",
    )  # fmt: skip
    return builder.report(title=title, subtitle=subtitle)


def _weekly(b: Builder, known: Basis, about: Subject) -> None:
    for section in _COMMON:
        section(b, known)
    measure_parts.suggestions(b, known)
    b.head("report_head_tables")
    sections.by_town(b, known)
    sections.by_department(b, known)
    sections.indicators(b, known, before=about.period.just_before(),
                        year=about.period.year_before())  # fmt: skip


def _monthly(b: Builder, known: Basis, about: Subject) -> None:
    for section in _COMMON:
        section(b, known)
    measure_parts.suggestions(b, known)
    year = about.period.year_before()
    sections.growth(b, year, known)
    ranking_parts.ranking(b, known, until=about.period.until)
    b.head("report_head_tables")
    sections.by_town(b, known)
    sections.by_department(b, known)
    sections.by_industry(b, known)
    sections.by_scheme(b, known, known.folder.settings.reports.scheme)
    ends = known.folder.settings.reports.month_ends
    before = periods.month(about.period.since - dt.timedelta(days=1), ends=ends)
    sections.indicators(b, known, before=before, year=year)


def _campaign(b: Builder, known: Basis, about: Subject) -> None:
    if about.campaign is None:
        raise ReportError("report_no_campaign", day=about.as_of)
    for section in _COMMON:
        section(b, known)
    campaign_parts.progress_of(b, known, about.campaign)
    campaign_parts.documents(b, about.campaign)
    sections.growth(b, about.period.year_before(), known)
    b.head("report_head_tables")
    sections.by_town(b, known)
    sections.by_department(b, known)
    sections.by_industry(b, known)
    sections.by_scheme(b, known, about.campaign.scheme or known.folder.settings.reports.scheme)
    sections.indicators(b, known, before=None, year=about.period.year_before())


_COMMON: tuple[Callable[[Builder, Basis], None], ...] = (
    sections.headline, sections.rectification, sections.papers, sections.cases, sections.reports,
    sections.closures, sections.accidents,
)  # fmt: skip
_PARTS: dict[str, Callable[[Builder, Basis, Subject], None]] = {
    "weekly": _weekly, "monthly": _monthly, "stage": _campaign, "final": _campaign,
    "exposure": lambda b, known, _: lists.exposure(b, known),
    "closures": lambda b, known, _: lists.closures(b, known),
}  # fmt: skip
