"""What is outstanding on a day: orders, closed sites, reports and frequency floors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from layers.codes import extended
from scheduler import needs, revisit
from scheduler.caps import load_caps
from scheduler.due.reckoning import Reckoning
from scheduler.due.reinspection import restarts
from scheduler.due_rules import load_rules
from scheduler.escalation import escalated, load_levels
from scheduler.floors import load_floors
from scheduler.past import Past
from scheduler.periods import load_periods
from scheduler.suggestions import bring_forward
from scheduler.workdays import Workdays
from xunge.knowledge import department_names
from xunge.relapses import suggestions

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from layers.codes import CodeTable
    from scheduler.caps import Caps
    from scheduler.due_items import DueItem
    from scheduler.needs import Need
    from scheduler.periods import Period
    from xunge.config import Settings
    from xunge.knowledge import Knowledge


def workdays_of(settings: Settings) -> Workdays:
    """Return the working days of the bureau."""
    return Workdays(overlay=settings.days_off, chinese=settings.bureau.calendar == "china")


def caps_of(settings: Settings) -> Caps:
    """Return the caps of the bureau; the cooldown of [draw] holds where [caps] names none."""
    return load_caps({"cooldown_days": settings.draw.cooldown_days, **settings.caps})


def past_of(
    knowledge: Knowledge,
    *,
    today: dt.date,
    settings: Settings,
    tables: Mapping[str, CodeTable],
    planned: pd.DataFrame | None = None,
) -> Past:
    """Return the visits up to *today*, with those of *planned* that nobody has reported yet."""
    frames = [frame for frame in (knowledge.visits, planned) if frame is not None and len(frame)]
    visits = pd.concat(frames, ignore_index=True) if frames else knowledge.visits
    lead = settings.bureau.lead_department
    names = department_names(knowledge)
    called = {word for word, name in names.items() if name == names.get(lead, lead)}
    return Past.of(visits, today=today, agency={lead, *called}, tables=tables)


def floor_needs(
    knowledge: Knowledge,
    *,
    past: Past,
    workdays: Workdays,
    settings: Settings,
    tables: Mapping[str, CodeTable],
) -> list[Need]:
    """Return every enterprise under a frequency floor, met or not."""
    return needs.needs(
        knowledge.registers["enterprises"], orders=knowledge.orders, past=past,
        floors=load_floors(settings.floors, tables=tables), caps=caps_of(settings),
        workdays=workdays, tables=tables,
    )  # fmt: skip


def outstanding(
    knowledge: Knowledge,
    *,
    today: dt.date,
    workdays: Workdays,
    settings: Settings,
    floored: Sequence[Need] | None = None,
) -> list[DueItem]:
    """Return all re-inspections, revisits, reports and floors due now or later, by due date.

    What needs no visit is in :mod:`xunge.duties`.

    Parameters
    ----------
    floored
        What :func:`floor_needs` returned; found here where it is not given.
    """
    tables = extended(settings.codes)
    if floored is None:
        past = past_of(knowledge, today=today, settings=settings, tables=tables)
        floored = floor_needs(
            knowledge, past=past, workdays=workdays, settings=settings, tables=tables
        )
    rules = load_rules(settings.due)
    items = case_items(
        knowledge, periods=load_periods(settings.periods, tables=tables),
        with_=Reckoning(today=today, workdays=workdays, rules=rules),
    )  # fmt: skip
    items = bring_forward(
        items,
        suggestions(knowledge, today=today, settings=settings, due_rules=rules),
        today=today, workdays=workdays, rules=rules,
    )  # fmt: skip
    floors = load_floors(settings.floors, tables=tables)
    items += needs.floor_items(floored, floors=floors, workdays=workdays, today=today)
    return revisit.in_order(escalated(items, levels=load_levels(settings.escalation)))


def case_items(
    knowledge: Knowledge, *, periods: Sequence[Period], with_: Reckoning
) -> list[DueItem]:
    """Return the visits that orders, closed sites, reports and restarts ask for, by due date."""
    industries = industries_of(knowledge)
    items = revisit.due_items(
        knowledge.orders, sites=knowledge.sites, visits=knowledge.visits,
        reports=knowledge.reports, industries=industries, periods=periods,
        blacklisted=blacklisted(knowledge), today=with_.today, workdays=with_.workdays,
        rules=with_.rules,
    )  # fmt: skip
    return revisit.in_order(
        [*items, *restarts(knowledge.restarts, industries=industries, with_=with_)]
    )


def industries_of(knowledge: Knowledge) -> dict[str, str]:
    """Return the industry of every object that has one, by id."""
    known = knowledge.objects["industry"].dropna()
    return {str(key): str(value) for key, value in known.items()}


def blacklisted(knowledge: Knowledge) -> frozenset[str]:
    """Return the ids of the sites that are on the black list, or whose enterprise is."""
    firms, sites = knowledge.registers["enterprises"], knowledge.registers["sites"]
    told = knowledge.listings
    listed = set(firms[firms["standing"] == "black_list"]["id"])
    listed |= set(told[(told["kind"] == "black_list") & (told["state"] == "listed")]["object"])
    here = sites["enterprise"].isin(listed) | sites["id"].isin(listed)
    return frozenset(sites[here]["id"])
