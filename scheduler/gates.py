"""Several visits at one gate as one stop (厂中厂): bundled before a search, single again after it.

A bundle is a visit of its own: services follow each other without a pause in a fixed order, the
window lets every one start within its own, days are those that all have in common. What cannot be
bundled with the others makes a bundle of its own, on another day.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

from scheduler.links import shared_gate, tied
from scheduler.problem import Limit
from scheduler.reasons import alone
from scheduler.schedule import Timetable

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from scheduler.plan import Unserved
    from scheduler.problem import Problem, Sequences, Visit

_NEVER = (1, 0)  # a window in which nothing starts


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundles:
    """A problem whose gates are bundled, and the visits of each bundle in order, by its id."""

    whole: Problem
    problem: Problem
    members: Mapping[str, tuple[Visit, ...]]

    @property
    def bundle_of(self) -> dict[str, str]:
        """Id of the bundle of every visit that is in one."""
        return {one.id: id_ for id_, some in self.members.items() for one in some}

    def packed(self, ids: Iterable[str]) -> list[str]:
        """Return *ids* with bundles, each once, in the place of their first visits."""
        bundles = self.bundle_of
        return list(dict.fromkeys(bundles.get(id_, id_) for id_ in ids))

    def routes(self, sequences: Mapping[str, Sequence[Visit]]) -> Sequences:
        """Return routes of visits as routes of bundles."""
        known = {visit.id: visit for visit in self.problem.visits}
        found: Sequences = {}
        for id_, stops in sequences.items():
            single = {stop.id: stop for stop in stops}
            found[id_] = [single.get(name) or known[name] for name in self.packed(single)]
        return found


def bundle(problem: Problem, *, drawn: Sequence[str] = (), together: bool = True) -> Bundles:
    """Return *problem* with one visit for what can be made at each gate in one stop.

    Of *drawn* visits no two share a bundle: each gives way by its own ticket. Visits that are tied
    to others in another way stay single. Bundles of one gate are made on different days. Where they
    are not to be *together*, every visit is a bundle of its own.
    """
    gates: dict[str, list[Visit]] = {}
    others = tied(problem.replace(visits=tuple(replace(v, gate="") for v in problem.visits)))
    for visit in problem.visits:
        if visit.gate and not visit.meets:
            gates.setdefault(visit.gate, []).append(visit)
    table, apart = Timetable(problem), list[Limit]()
    members: dict[str, tuple[Visit, ...]] = {}
    singles = {visit.id: visit for visit in problem.visits}
    for gate, some in gates.items():
        loose = [visit for visit in some if visit.id not in others]
        found: list[tuple[Visit, ...]] = [(visit,) for visit in loose]
        if together:
            found = _groups(loose, problem, drawn=frozenset(drawn), timetable=table)
        for group in found:
            if len(group) > 1:
                one = _composite(group)
                members[one.id] = group
                for visit in group:
                    del singles[visit.id]
        names = {_composite(group).id if len(group) > 1 else group[0].id for group in found}
        names |= {visit.id for visit in some if visit.id in others}
        if len(names) > 1:
            apart.append(Limit(code=f"gate {gate}", visits=frozenset(names), within="day"))
    if not members and not apart:
        return Bundles(whole=problem, problem=problem, members={})
    visits = [*singles.values(), *(_composite(group) for group in members.values())]
    return Bundles(
        whole=problem,
        members=members,
        problem=_translated(problem, members, visits=visits, apart=apart),
    )


def unbundle(bundles: Bundles, sequences: Mapping[str, Sequence[Visit]]) -> Sequences:
    """Return routes with the single visits of every bundle, one after the other."""
    gates = {visit.id: visit.gate for visit in bundles.whole.visits}
    return {
        id_: [
            one if one.gate == gates[one.id] else replace(one, gate=gates[one.id])
            for stop in stops
            for one in bundles.members.get(stop.id, (stop,))
        ]
        for id_, stops in sequences.items()
    }


def one_stop_a_day(bundles: Bundles, sequences: Mapping[str, Sequence[Visit]]) -> Sequences:
    """Return routes on which every gate is one stop a day: the longest one, if there are more."""
    days = {day.id: day.day for day in bundles.whole.team_days}
    gates = {visit.id: shared_gate(visit) for visit in bundles.whole.visits}
    runs: dict[tuple[str, dt.date], list[list[str]]] = {}
    for id_, stops in sequences.items():
        for gate, run in groupby(stops, key=lambda one: gates[one.id]):
            if gate:
                runs.setdefault((gate, days[id_]), []).append([one.id for one in run])
    kept = {id_ for some in runs.values() for id_ in max(some, key=len)}
    return {
        id_: [one for one in stops if one.id in kept or not gates[one.id]]
        for id_, stops in sequences.items()
    }


def unbundle_left(
    bundles: Bundles, known: Mapping[str, Unserved], *, drawn: Sequence[str] = ()
) -> dict[str, Unserved]:
    """Return why visits are left out as far as that is known of each of them.

    Of a bundle that is carried it is known of its drawn visit; the others may fit alone.
    """
    tickets = frozenset(drawn)
    found: dict[str, Unserved] = {}
    for id_, left in known.items():
        if id_ not in bundles.members:
            found[id_] = left
        for one in bundles.members.get(id_, ()):
            if one.id in tickets and left.reason == "carried":
                found[one.id] = replace(left, visit=one.id)
    return found


def _groups(
    some: Sequence[Visit], problem: Problem, *, drawn: frozenset[str], timetable: Timetable
) -> list[tuple[Visit, ...]]:
    """Return the visits of a gate in as few groups as can be made, mandatory ones first."""
    groups: list[tuple[Visit, ...]] = []
    for visit in sorted(some, key=lambda one: (not one.mandatory, -one.prize, one.order, one.id)):
        if alone(visit, problem, timetable=timetable) is not None:
            continue
        for at, group in enumerate(groups):
            tickets = visit.id in drawn and any(one.id in drawn for one in group)
            more = _in_order((*group, visit))
            if not tickets and _can_be_made(more, problem, timetable=timetable):
                groups[at] = more
                break
        else:
            groups.append((visit,))
    return groups


def _can_be_made(group: tuple[Visit, ...], problem: Problem, *, timetable: Timetable) -> bool:
    """Tell whether a team-day could make *group* as one stop, within all locks and limits."""
    ids = {visit.id for visit in group}
    locks = {problem.locked[id_] for id_ in ids if id_ in problem.locked}
    if len(locks) > 1 or any(len(limit.visits & ids) > limit.most for limit in problem.limits):
        return False
    one = _composite(group)
    if one.window[0] > one.window[1] or (all(v.days for v in group) and not one.days):
        return False
    days = problem.team_days
    open_ = tuple(day for day in days if (not locks or day.id in locks) and one.allowed(day.day)
                  and day.max_visits >= len(group))  # fmt: skip
    there = problem.replace(team_days=open_, locked={})
    return alone(one, there, timetable=timetable) is None


def _in_order(group: tuple[Visit, ...]) -> tuple[Visit, ...]:
    """Return the order in which visits are made: what closes first comes first."""
    return tuple(sorted(group, key=lambda one: (one.window[1], one.window[0], one.id)))


def _composite(group: tuple[Visit, ...]) -> Visit:
    """Return a group as one visit; its parts start one after the other without a pause."""
    first, opens, closes, spent = group[0], 0, 10**9, 0
    for visit in group:
        opens, closes = max(opens, visit.window[0] - spent), min(closes, visit.window[1] - spent)
        spent += visit.service
    limited = [frozenset(visit.days) for visit in group if visit.days]
    days = sorted(frozenset.intersection(*limited)) if limited else []
    dues = [visit.due for visit in group if visit.due]
    return replace(
        first,
        id="+".join(sorted(visit.id for visit in group)),
        service=spent,
        window=(opens, closes) if not limited or days else _NEVER,
        days=tuple(days),
        departments=frozenset().union(*(visit.departments for visit in group)),
        specialities=frozenset().union(*(visit.specialities for visit in group)),
        equipment=frozenset().union(*(visit.equipment for visit in group)),
        mandatory=any(visit.mandatory for visit in group),
        prize=sum(visit.prize for visit in group),
        load=sum(visit.load for visit in group),
        order=min(visit.order for visit in group),
        due=min(dues, default=None),
    )


def _translated(
    problem: Problem,
    members: Mapping[str, tuple[Visit, ...]],
    *,
    visits: Sequence[Visit],
    apart: Sequence[Limit],
) -> Problem:
    """Return *problem* with bundles in its prices, locks and limits too.

    A bundle counts once: limits, and the most visits of a day where they can bind, are lowered by
    what the largest bundle counts too little.
    """
    surplus = max((len(some) for some in members.values()), default=1) - 1
    days = tuple(
        day if day.max_visits >= len(problem.visits)
        else replace(day, max_visits=max(1, day.max_visits - surplus))
        for day in problem.team_days
    )  # fmt: skip
    name = {one.id: id_ for id_, some in members.items() for one in some}
    prices: dict[tuple[str, str], int] = {}
    for (visit, day), price in problem.prices.items():
        key = (name.get(visit, visit), day)
        prices[key] = prices.get(key, 0) + price
    limits = []
    for limit in problem.limits:
        ids = frozenset(name.get(id_, id_) for id_ in limit.visits)
        most = limit.most - max(
            (len({one.id for one in members[id_]} & limit.visits) - 1
             for id_ in ids if id_ in members), default=0,
        )  # fmt: skip
        limits.append(replace(limit, visits=ids, most=max(1, most)))
    return problem.replace(
        visits=tuple(replace(visit, gate="") for visit in visits),
        team_days=days,
        prices=prices,
        locked={name.get(visit, visit): day for visit, day in problem.locked.items()},
        limits=(*limits, *apart),
    )
