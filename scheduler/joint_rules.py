"""The rules about visits that depend on each other, and about how many of some may be made.

They do their own arithmetic and know no solver, like the other rules of :mod:`scheduler.rules`.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from scheduler.problem import DAY_SECONDS
from scheduler.violation import Known, Violation

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Hashable, Iterable

    from scheduler.plan import Plan
    from scheduler.problem import Problem


class _Made(NamedTuple):
    """A visit as it is made: on which day, by whom, as which stop, and when it starts."""

    visit: str
    day: dt.date
    team_day: str
    at: int
    start: int

    @property
    def moment(self) -> int:
        """Start on the clock of all days."""
        return self.day.toordinal() * DAY_SECONDS + self.start


class PartsTogether:
    """The parts of a joint visit start at one moment, each with its own team, or none is made."""

    code: ClassVar[str] = "not_together"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return joint visits of which a part is missing, or whose parts do not meet."""
        made = _made(plan, problem)
        parts: dict[str, list[str]] = {}
        for visit in problem.visits:
            if visit.meets:
                parts.setdefault(visit.meets, []).append(visit.id)
        wrong = []
        for name, ids in parts.items():
            there = [made[id_] for id_ in ids if id_ in made]
            meet = len({(one.day, one.start) for one in there}) == 1
            apart = len({one.team_day for one in there}) == len(ids)
            if there and not (meet and apart):
                detail = {"meets": name, "made": len(there), "parts": len(ids)}
                wrong.append(Violation(rule=self.code, team_day=there[0].team_day,
                                       visit=there[0].visit, detail=detail))  # fmt: skip
        return wrong


class OrderKept:
    """A visit that follows another starts so long after it as was said, and never without it."""

    code: ClassVar[str] = "order_broken"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return visits that come too soon or too late after another, or without it."""
        made = _made(plan, problem)
        wrong = []
        for visit in problem.visits:
            if visit.follows is None or visit.id not in made:
                continue
            first = made.get(visit.follows.visit)
            least, most = visit.follows.least, visit.follows.most
            gap = None if first is None else made[visit.id].moment - first.moment
            if gap is None or gap < least or (most is not None and gap > most):
                detail = {"other": visit.follows.visit, "gap": gap, "least": least, "most": most}
                wrong.append(Violation(rule=self.code, team_day=made[visit.id].team_day,
                                       visit=visit.id, detail=detail))  # fmt: skip
        return wrong


class RoundOneDay:
    """What is made of an unannounced round is made on one day."""

    code: ClassVar[str] = "round_split"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return rounds that go on over several days."""
        rounds: dict[str, list[_Made]] = {}
        made = _made(plan, problem)
        for visit in problem.visits:
            if visit.round and visit.id in made:
                rounds.setdefault(visit.round, []).append(made[visit.id])
        days = {name: sorted({one.day for one in some}) for name, some in rounds.items()}
        return [
            Violation(rule=self.code, detail={
                "round": name, "days": [day.isoformat() for day in some],
            })
            for name, some in days.items()
            if len(some) > 1
        ]  # fmt: skip


class GateOneStop:
    """What is made at one gate on a day are neighbouring stops of one team.

    Joint visits, to which several cars come, are no part of that stop.
    """

    code: ClassVar[str] = "gate_split"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return gates to which several teams go on a day, or one team twice."""
        gates: dict[tuple[str, dt.date], list[_Made]] = {}
        made = _made(plan, problem)
        for visit in problem.visits:
            if visit.gate and not visit.meets and visit.id in made:
                gates.setdefault((visit.gate, made[visit.id].day), []).append(made[visit.id])
        return [
            Violation(rule=self.code, team_day=some[0].team_day, visit=some[0].visit,
                      detail={"gate": gate, "day": day.isoformat()})
            for (gate, day), some in gates.items()
            if not _neighbours(some)
        ]  # fmt: skip


class LimitsKept:
    """Of some visits no more are made than allowed, in the week, on a day, or by a team-day."""

    code: ClassVar[str] = "limit_exceeded"

    def violations(self, plan: Plan, problem: Problem) -> list[Violation]:
        """Return limits that are exceeded, each wherever it is."""
        made = _made(plan, problem)
        wrong = []
        for limit in problem.limits:
            there = [made[id_] for id_ in sorted(limit.visits) if id_ in made]
            keys: Iterable[Hashable] = {
                "week": (None for _ in there),
                "day": (one.day for one in there),
                "team_day": (one.team_day for one in there),
            }[limit.within]
            for key, count in Counter(keys).items():
                if count > limit.most:
                    detail = {"limit": limit.code, "made": count, "most": limit.most}
                    place = key if limit.within == "team_day" and isinstance(key, str) else ""
                    wrong.append(Violation(rule=self.code, team_day=place, detail=detail))
        return wrong


def _made(plan: Plan, problem: Problem) -> dict[str, _Made]:
    """Return every visit that is made, by id."""
    found: dict[str, _Made] = {}
    for route, team_day in Known(plan, problem).routes():
        for at, stop in enumerate(route.stops):
            found[stop.visit] = _Made(stop.visit, team_day.day, route.team_day, at, stop.start)
    return found


def _neighbours(some: list[_Made]) -> bool:
    places = [one.at for one in some]
    one_team = len({one.team_day for one in some}) == 1
    return one_team and max(places) - min(places) == len(places) - 1
