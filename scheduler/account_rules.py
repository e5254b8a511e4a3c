"""The rules about visits that are left out: each is accounted for, and for a reason that is true.

They do their own arithmetic and know no solver, like the other rules of :mod:`scheduler.rules`.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, ClassVar

from scheduler.links import KINDS
from scheduler.openings import Openings
from scheduler.plan import REASONS
from scheduler.violation import Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scheduler.plan import Plan, Unserved
    from scheduler.problem import Problem, Visit
    from scheduler.spans import Place

NOBODY = REASONS[: REASONS.index("locked") + 1]
"""Reasons that say that no team could make the visit even with nothing else to do."""
NO_ROOM = REASONS[REASONS.index("over_limit") : REASONS.index("no_time_left") + 1]
"""Reasons that say that the visit fits nowhere beside what is made."""


class MandatoryAccounted:
    """A mandatory visit is served, or listed as unserved with a known reason."""

    code: ClassVar[str] = "mandatory_lost"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return mandatory visits that vanished or were left out without a reason."""
        served = plan.served()
        listed = {left.visit for left in plan.left if left.reason in REASONS}
        return [
            Violation(rule=self.code, visit=visit.id)
            for visit in problem.visits
            if visit.mandatory and visit.id not in served and visit.id not in listed
        ]


class AccountedOnce:
    """Every visit is either on a route or in the list of unserved ones, once."""

    code: ClassVar[str] = "not_accounted_once"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return visits that are in neither place, in both, or listed twice."""
        served = plan.served()
        listed = Counter(left.visit for left in plan.left)
        return [
            Violation(rule=self.code, visit=visit.id,
                      detail={"served": visit.id in served, "listed": listed[visit.id]})
            for visit in problem.visits
            if (visit.id in served) + listed[visit.id] != 1
        ]  # fmt: skip


class ReasonKnown:
    """Every visit that is left out has a reason, and a known one."""

    code: ClassVar[str] = "reason_unknown"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return visits left out for a reason that there is not."""
        return [
            Violation(rule=self.code, visit=left.visit, detail={"reason": left.reason})
            for left in plan.left
            if left.reason not in REASONS
        ]


class ReasonTrue:
    """Where it is said that nobody could make a visit, no team-day could make it alone."""

    code: ClassVar[str] = "reason_untrue"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return visits said to be impossible that some team-day could make on its own."""
        visits = {visit.id: visit for visit in problem.visits}
        claims = [one for one in plan.left if one.reason in NOBODY and one.visit in visits]
        if not claims:
            return []
        alone = Openings(_with_stations(problem), {})
        wrong = []
        for claim in claims:
            place = alone.cheapest(visits[claim.visit], ignore=frozenset(KINDS))
            if place is not None or (
                claim.reason == "locked" and claim.visit not in problem.locked
            ):
                wrong.append(Violation(rule=self.code, visit=claim.visit,
                                       team_day=place.team_day if place else "",
                                       detail={"reason": claim.reason}))  # fmt: skip
        return wrong


class NoRoomLeft:
    """Where it is said that there is no room for a visit, it fits nowhere as things are."""

    code: ClassVar[str] = "room_was_left"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return visits that a team-day could make beside all that it makes."""
        wrong = []
        for claim, places in _places(plan, problem, reasons=NO_ROOM):
            if places:
                wrong.append(Violation(rule=self.code, visit=claim.visit,
                                       team_day=places[0].team_day,
                                       detail={"reason": claim.reason}))  # fmt: skip
        return wrong


class WorthWeighed:
    """A visit is left out as not worth it only if making it counts at least as much."""

    code: ClassVar[str] = "worth_it"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return optional visits that could be made for less than they are worth."""
        prizes: dict[str, int] = {}
        for visit in problem.visits:
            name = visit.meets or visit.id
            prizes[name] = prizes.get(name, 0) + visit.prize
        names = {visit.id: visit.meets or visit.id for visit in problem.visits}
        wrong = []
        for claim, places in _places(plan, problem, reasons=("not_worth_it",)):
            prize, cost = prizes[names[claim.visit]], sum(place.cost for place in places)
            if places and cost < prize:
                detail = {"prize": prize, "cost": cost}
                wrong.append(Violation(rule=self.code, visit=claim.visit,
                                       team_day=places[0].team_day, detail=detail))  # fmt: skip
        return wrong


class TicketOrder:
    """Drawn visits are carried to the next week from the last ticket on, none before its turn."""

    code: ClassVar[str] = "ticket_order"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return carried visits whose tickets are not the last ones of the queue, in its order."""
        carried = [
            one for one in plan.left if one.reason == "carried" and "ticket_rank" in one.detail
        ]
        carried.sort(key=lambda one: int(one.detail["ticket_rank"]))
        wrong = []
        for at, one in enumerate(carried):
            kept = carried[0].detail.get("kept", 0)
            turn = (kept, kept + at + 1)
            twice = at > 0 and carried[at - 1].detail["ticket_rank"] == one.detail["ticket_rank"]
            stated = one.detail.get("kept", kept), one.detail.get("queue", turn[1])
            if twice or stated != turn:
                detail = {"ticket_rank": one.detail["ticket_rank"]}
                wrong.append(Violation(rule=self.code, visit=one.visit, detail=detail))
        return wrong


class MandatoryNotWeighed:
    """A mandatory visit is never left out because the driving is not worth it."""

    code: ClassVar[str] = "mandatory_weighed"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return mandatory visits that were weighed against driving."""
        mandatory = {visit.id for visit in problem.visits if visit.mandatory}
        return [
            Violation(rule=self.code, visit=left.visit)
            for left in plan.left
            if left.reason == "not_worth_it" and left.visit in mandatory
        ]


def _places(
    plan: Plan, problem: Problem, *, reasons: tuple[str, ...]
) -> Iterator[tuple[Unserved, list[Place]]]:
    """Yield what is left out for one of *reasons*, with the cheapest places to make it after all.

    A joint visit has a place for each part, and is told once. Team-days for whose visits no crew
    could be formed are closed.
    """
    visits = {visit.id: visit for visit in problem.visits}
    claims = [one for one in plan.left if one.reason in reasons and one.visit in visits]
    if not claims:
        return
    closed = {one.detail.get("team_day", "") for one in plan.left if one.reason == "no_crew"}
    openings = Openings.of_plan(plan, _with_stations(problem), closed=closed)
    parts: dict[str, list[Visit]] = {}
    for visit in problem.visits:
        if visit.meets:
            parts.setdefault(visit.meets, []).append(visit)
    told: set[str] = set()
    for claim in claims:
        visit = visits[claim.visit]
        if not visit.meets:
            place = openings.cheapest(visit)
            yield claim, [] if place is None else [place]
        elif visit.meets not in told:
            told.add(visit.meets)
            yield claim, openings.meeting(parts[visit.meets]) or []


def _with_stations(problem: Problem) -> Problem:
    """Return *problem* with those team-days only whose stations it knows."""
    homes = {depot.id for depot in problem.depots}
    return problem.replace(team_days=tuple(
        day for day in problem.team_days if {day.depot, day.finish or day.depot} <= homes
    ))  # fmt: skip
