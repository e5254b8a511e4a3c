"""Relapses of the folder's closed sites: what its record shows, and when to look again."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.spatial import cKDTree

from geo.crs import project, working_crs
from layers import cases
from layers.codes import extended
from layers.events import EventKind
from layers.rows import records
from scheduler.relapse import Past, RelapseModel, Spells, fit, past_of
from scheduler.relapse_record import Record, recency
from scheduler.revisit_dates import YEAR, ClosedSites, schedule, spread_out, weekly_pace
from scheduler.revisit_rules import load_revisit_rules
from scheduler.suggestions import Suggestion
from xunge import radar
from xunge.folder_key import key_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from layers.codes import CodeTable
    from scheduler.due_rules import DueRules
    from scheduler.revisit_rules import Dates
    from xunge.config import Settings
    from xunge.knowledge import Knowledge

    Floats = NDArray[np.float64]

FEATURES = ("open_days", "near", "reports", "lately", "clean_days")
NEAR_M = 200.0
"""Other sites within so many metres raise the hazard (product choice)."""
_MEMORY_DAYS = 365.0  # of what was found near by
_AHEAD_DAYS = 90  # of the chance that a reason tells


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """One closing of a site and what followed: a relapse, or nothing until the last day known.

    ``place`` is the first of the sites that carry on one another; ``told`` the day on which its end
    was known, which for a relapse may be later than ``until``; ``clean_days`` for how long the
    record of illegal sites ran before the place was first found in it. All else is as of the
    closing.
    """

    site: str
    place: str
    industry: str
    closed: dt.date
    until: dt.date
    told: dt.date
    relapsed: bool
    open_days: int
    near: float
    reports: int
    lately: float
    clean_days: int


def spells_of(
    knowledge: Knowledge, *, rules: DueRules, links: Mapping[str, str] | None = None
) -> list[Spell]:
    """Return every closing in the record, as known on the day of *knowledge*.

    Nobody sees when a site starts again. Where visits saw it closed before it was found again, the
    relapse is taken to be halfway between the last of them and the day it was found.

    Parameters
    ----------
    links
        By site the closed one that it carries on (:func:`xunge.radar.links`): both are one place.
    """
    kinds = (EventKind.DISCOVERED, EventKind.CLOSED, EventKind.HANDED_OVER)
    visits = visit_days(knowledge, rules=rules)
    told = _Told(knowledge)
    found: list[Spell] = []
    running: dict[str, Spell] = {}
    since: dict[str, dt.date] = {}
    record = Record()
    for event in records(cases.known_on(knowledge.events, knowledge.day, *kinds)):
        site, on, kind = str(event["subject"]), event["on"], event["kind"]
        if site not in told.industries:  # an enterprise that was closed for good
            continue
        place = _first(site, links or {})
        one = running.get(place)
        if kind == EventKind.CLOSED:
            if one is None:
                if site not in since:  # closed before anybody entered that it was found
                    record.found(place, on.toordinal())
                running[place] = told.spell(
                    site, place, began=since.get(site, on), closed=on, record=record
                )
            continue
        if kind == EventKind.DISCOVERED:
            since[site] = on
            record.found(place, on.toordinal())
        if one is not None and (kind == EventKind.DISCOVERED or one.site == site):
            relapsed = kind == EventKind.DISCOVERED
            until = _began(one.closed, on, visits.get(one.site, ())) if relapsed else on
            ended = running.pop(place)
            found.append(replace(ended, until=until, told=on, relapsed=relapsed))
    found += [replace(one, until=knowledge.day, told=knowledge.day) for one in running.values()]
    return sorted(found, key=lambda one: (one.place, one.closed))


def _first(site: str, links: Mapping[str, str]) -> str:
    """Return the first site of a chain of relapses; a link leads back in time."""
    while site in links:
        site = links[site]
    return site


class _Told:
    """What the record tells of closings besides their dates."""

    def __init__(self, knowledge: Knowledge) -> None:
        sites = knowledge.objects[knowledge.objects["kind"] == "site"]
        self.industries = {str(k): v or "other" for k, v in sites["industry"].items()}
        self._reported = _reports_by_object(knowledge)
        self._near = _Around(knowledge)

    def spell(
        self, site: str, place: str, *, began: dt.date, closed: dt.date, record: Record
    ) -> Spell:
        """Return the spell that a closing begins; *record* knows what was found until then."""
        year = began - dt.timedelta(days=int(YEAR))
        told = [day for day in self._reported.get(site, ()) if day <= closed]
        heard = [*record.before_last(place), *(day.toordinal() for day in told)]
        return Spell(
            site=site, place=place, industry=self.industries[site], closed=closed, until=closed,
            told=closed, relapsed=False, open_days=(closed - began).days,
            near=self._near(site, closed),
            reports=sum(year < day for day in told),
            lately=recency([closed.toordinal() - day for day in heard]),
            clean_days=record.clean_days(place),
        )  # fmt: skip


def visit_days(knowledge: Knowledge, *, rules: DueRules) -> dict[str, list[dt.date]]:
    """Return by object the days of the visits that can satisfy a revisit, earliest first."""
    visits = knowledge.visits
    counted = visits[
        visits["kind"].isin(rules.window.kinds)
        & ~visits["result"].isin(rules.window.ignored_results)
    ]
    found: dict[str, list[dt.date]] = {}
    for object_, day in zip(counted["object"], counted["date"], strict=True):
        found.setdefault(str(object_), []).append(day)
    return {object_: sorted(days) for object_, days in found.items()}


class _Around:
    """How much was found around a site, what is old counting less."""

    def __init__(self, knowledge: Knowledge) -> None:
        objects = knowledge.objects
        placed = objects[(objects["kind"] == "site") & objects["lon"].notna()]
        self._rows = {str(id_): i for i, id_ in enumerate(placed["id"])}
        lon, lat = placed["lon"].to_numpy(float), placed["lat"].to_numpy(float)
        found = knowledge.discoveries[knowledge.discoveries["object"].isin(placed["id"])]
        self._where = np.array([self._rows[str(one)] for one in found["object"]], dtype=np.int64)
        self._days = np.array([day.toordinal() for day in found["on"]], dtype=float)
        self._near: Any = []
        if len(placed):
            points = np.column_stack(project(lon, lat, working_crs(lon.mean(), lat.mean())))
            self._near = cKDTree(points).query_ball_point(points, NEAR_M)

    def __call__(self, site: str, on: dt.date) -> float:
        """Return what was found around *site* until a day, at other sites."""
        row = self._rows.get(site)
        if row is None:
            return 0.0
        age = on.toordinal() - self._days
        others = [i for i in self._near[row] if i != row]
        counted = np.isin(self._where, others) & (age >= 0)
        return float(np.exp(-age[counted] / _MEMORY_DAYS).sum())


def _reports_by_object(knowledge: Knowledge) -> dict[str, list[dt.date]]:
    reports = knowledge.reports
    found: dict[str, list[dt.date]] = {}
    for object_, day in zip(reports["object"], reports["received"], strict=True):
        if object_:
            found.setdefault(str(object_), []).append(day)
    return found


def _began(closed: dt.date, found: dt.date, visits: Sequence[dt.date]) -> dt.date:
    """Return when a site is taken to have started again."""
    last = max((day for day in visits if closed < day < found), default=None)
    return found if last is None else last + (found - last) / 2


def as_arrays(spells: Sequence[Spell]) -> Spells:
    """Return spells as the fit reads them; they stand in the order of site and time."""
    number = {place: i for i, place in enumerate(dict.fromkeys(one.place for one in spells))}
    kinds = tuple(sorted({one.industry for one in spells}))
    return Spells(
        site=np.array([number[one.place] for one in spells], dtype=np.int64),
        kind=np.array([kinds.index(one.industry) for one in spells], dtype=np.int64),
        days=np.array([(one.until - one.closed).days for one in spells], dtype=float),
        relapsed=np.array([one.relapsed for one in spells], dtype=bool),
        entered=np.zeros(len(spells)), features=features_of(spells), kinds=kinds, names=FEATURES,
    )  # fmt: skip


def features_of(spells: Sequence[Spell]) -> Floats:
    """Return :data:`FEATURES` of each spell as the prior knows them."""
    rows = [[np.log1p(getattr(one, name)) for name in FEATURES] for one in spells]
    return np.array(rows, dtype=float).reshape(len(spells), len(FEATURES))


def suggestions(
    knowledge: Knowledge,
    *,
    today: dt.date,
    settings: Settings,
    due_rules: DueRules,
) -> list[Suggestion]:
    """Return dates for the next visit to sites that are closed now: the radar's and the hazard's.

    A place that was closed several times under several ids is visited by its hazard once, under
    the last of them.
    """
    rules = load_revisit_rules(settings.revisits)
    found = radar.echoes(knowledge, rules=rules.radar)
    visits = visit_days(knowledge, rules=due_rules)
    closed = knowledge.sites[knowledge.sites["status"] == "closed"]
    made = radar.moved_up(
        found, closed=dict(zip(closed["id"], closed["closed"], strict=True)),
        last_visits={object_: days[-1] for object_, days in visits.items()}, today=today,
        rules=rules.radar,
    )  # fmt: skip
    if rules.dates.use == "off":
        return made
    spells = spells_of(knowledge, rules=due_rules, links=radar.links(found))
    last = {one.place: i for i, one in enumerate(spells)}
    now = [
        i for i in last.values()
        if spells[i].site in set(closed["id"]) and not spells[i].relapsed
        and (today - spells[i].closed).days <= rules.dates.most_days
    ]  # fmt: skip
    if not now:
        return made
    arrays = as_arrays(spells)
    model = fit(arrays)
    past = past_of(arrays, model)
    here = [spells[i] for i in now]
    sites = _closed_sites(
        here, Past(relapses=past.relapses[now], expected=past.expected[now]), model=model,
        visits=visits, harm=rules.harm, today=today,
    )  # fmt: skip
    a_year = rules.dates.visits_a_year or visits_asked(
        [(today - one.closed).days for one in here], rules=due_rules
    )
    titles = extended(settings.codes)["industry"]
    return made + _suggested(
        here, sites, model=model, usual=arrays.features.mean(axis=0), a_year=a_year,
        rules=rules.dates, key=key_of(knowledge.events), today=today, titles=titles,
    )  # fmt: skip


def visits_asked(ages: Sequence[int], *, rules: DueRules) -> int:
    """Return how many revisits the steps ask for in the coming year, at least one a site."""
    return sum(max(1, sum(age < step.days <= age + YEAR for step in rules.steps)) for age in ages)


def _closed_sites(
    spells: Sequence[Spell],
    past: Past,
    *,
    model: RelapseModel,
    visits: Mapping[str, Sequence[dt.date]],
    harm: Mapping[str, float],
    today: dt.date,
) -> ClosedSites:
    seen = [
        max((day for day in visits.get(one.site, ()) if one.closed < day <= today), default=None)
        for one in spells
    ]
    return ClosedSites(
        ids=[f"{one.site}|{day or one.closed}" for one, day in zip(spells, seen, strict=True)],
        rate=model.rate([one.industry for one in spells], features_of(spells)), past=past,
        age=np.array([(today - one.closed).days for one in spells], dtype=float),
        seen=np.array([0 if day is None else (day - one.closed).days
                       for one, day in zip(spells, seen, strict=True)], dtype=float),
        harm=np.array([harm.get(one.industry, 1.0) for one in spells]),
    )  # fmt: skip


def _suggested(
    spells: Sequence[Spell],
    sites: ClosedSites,
    *,
    model: RelapseModel,
    usual: Floats,
    a_year: int,
    rules: Dates,
    key: str,
    today: dt.date,
    titles: CodeTable,
) -> list[Suggestion]:
    found = schedule(sites, model=model, visits_a_year=a_year, rules=rules, key=key)
    chance = model.chance(
        sites.rate, past=sites.past, days=sites.age + _AHEAD_DAYS, since=sites.age
    )
    weeks = spread_out(
        sites.harm * chance, late=found.days <= sites.age, weekly=weekly_pace(a_year, rules)
    )
    factor = sites.past.factor(model)
    effects = np.exp((features_of(spells) - usual) * np.array([model.effects[n] for n in FEATURES]))
    made = []
    for i in np.flatnonzero(np.isfinite(found.days)).tolist():
        one = spells[i]
        after = (today - one.closed).days + 7 * int(weeks[i])
        day = one.closed + dt.timedelta(days=after if weeks[i] >= 0 else round(found.days[i]))
        detail = {
            "day": (day - one.closed).days, "ahead": _AHEAD_DAYS,
            "chance": round(float(chance[i]), 4), "relapses": int(sites.past.relapses[i]),
            "factor": round(float(factor[i]), 2), "industry": one.industry,
            "industry_title": titles.title_of(one.industry),
            "industry_title_en": titles.title_of(one.industry, lang="en"),
            "class_factor": round(model.kinds.get(one.industry, 1.0), 2),
            "prior_share": round(model.prior_share["level"], 3),
            "clean_days": one.clean_days, **_told_factors(effects[i]),
            "record_relapses": model.relapses, "record_spells": model.spells,
            "a_year": a_year, "site_a_year": round(float(found.a_year[i]), 1),
            "scalar": round(found.scalar, 4), "weeks": max(0, int(weeks[i])),
        }  # fmt: skip
        made.append(
            Suggestion(site=one.site, closed=one.closed, day=day, code="risk_based",
                       source=rules.source, status=rules.status, detail=detail)
        )  # fmt: skip
    return made


def _told_factors(effects: Floats) -> dict[str, float]:
    """Return by how much what a reason may name raises the hazard, against the average closing."""
    by_name = dict(zip(FEATURES, effects.tolist(), strict=True))
    return {f"{name}_factor": round(by_name[name], 2) for name in ("clean_days", "lately")}
