"""What keeps a crew from being formed, and the cheapest ways out, each of them tried out.

Costs are a product choice, in units that only order the reliefs: a larger crew in the same car or
a bigger car 1; an officer more for a day 2 each; a visit left to another day 3 each; an avoidance
that would have to be lifted 10 each: that one is named so that the person in charge sees it, and
never done. At equal cost the order is this one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations, islice
from typing import TYPE_CHECKING, Any

from scheduler.crewing import Bundle, staff
from scheduler.crews import avoided
from scheduler.problem import Inspector
from scheduler.schedule import crew_size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from scheduler.crews import Task

COSTS = {
    "relief_larger": 1, "relief_seats": 1, "relief_officer": 2, "relief_officer_skill": 2,
    "relief_visits": 3, "relief_avoidance": 10,
}  # fmt: skip
"""Cost of each relief, for one car, officer, visit or avoidance."""
_MORE_SEATS = 4
_TRIALS = 400
_NEW = "\0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Relief:
    """One way out: the code of a sentence, its data, and what it costs beside the others."""

    code: str
    cost: int
    detail: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {"code": self.code, "cost": self.cost, "detail": self.detail}


class NoCrew(ValueError):  # noqa: N818 - says what is missing
    """No crew can be formed for a team-day.

    Attributes
    ----------
    constraint
        What binds: ``avoidance``, ``speciality``, ``department`` or ``people``.
    missing
        The speciality or department.
    visits
        The fewest visits to take off the route so that the crew can be formed.
    reliefs
        Ways out, the cheapest first; each was tried and lets this crew be formed with those before.
    """

    code = "no_crew"

    def __init__(
        self,
        team_day: str,
        *,
        constraint: str,
        missing: str = "",
        visits: Sequence[str] = (),
        reliefs: Sequence[Relief] = (),
    ) -> None:
        self.team_day, self.constraint, self.missing = team_day, constraint, missing
        self.visits, self.reliefs = tuple(visits), tuple(reliefs)
        super().__init__(f"{team_day}: {constraint} {missing}".rstrip())

    def detail(self) -> dict[str, Any]:
        """Return plain JSON data for the visits that are left out: what binds, and the reliefs."""
        return {
            "team_day": self.team_day,
            "constraint": self.constraint,
            "missing": self.missing,
            "reliefs": [one.to_json() for one in self.reliefs],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """Turns routes into crews to form: what they need and who may be in them."""

    people: Mapping[str, Inspector]
    names: Mapping[str, Sequence[str]]
    min_crew: int

    def bundle(
        self, task: Task, *, lifted: frozenset[tuple[str, str]] = frozenset(), most: int = 0
    ) -> Bundle:
        """Return what the crew of *task* must be: least size first, up to what was promised.

        Parameters
        ----------
        lifted
            Avoidances (person, visit) that are not heeded.
        most
            Greatest size, whatever was promised and the car holds; 0 for the usual one.
        """
        day, promised = task.team_day, task.team_day.departments
        least = max(self.min_crew, len(task.departments))
        usual = min(day.seats, max(least, crew_size(promised)))
        return Bundle(
            id=day.id,
            day=day.day,
            size=(least, most or usual),
            departments=task.departments,
            specialities=task.specialities,
            candidates=tuple(
                id_
                for id_, one in self.people.items()
                if one.certified(day.day)
                and one.available(day.day)
                and (not promised or one.department in promised)
                and all((id_, visit) in lifted for visit in self.shunned(id_, task))
            ),
        )

    def shunned(self, person: str, task: Task) -> list[str]:
        """Return the visits of a route that a person has to keep away from."""
        return avoided(self.people[person], task.visits, names=self.names)


def diagnose(form: Form, tasks: Sequence[Task]) -> NoCrew:
    """Return the first crew that cannot be formed with those before it, what binds it, and reliefs.

    Raises
    ------
    ValueError
        If all crews can be formed.
    """
    before: list[Bundle] = []
    for task in tasks:
        bundle = form.bundle(task)
        if staff([*before, bundle], people=form.people) is None:
            return _Case(form, task, bundle, before).error()
        before.append(bundle)
    raise ValueError("all crews can be formed")


class _Case:
    """One crew that cannot be formed beside the crews before it."""

    def __init__(self, form: Form, task: Task, bundle: Bundle, before: Sequence[Bundle]) -> None:
        self._form, self._task, self._bundle, self._before = form, task, bundle, before

    def error(self) -> NoCrew:
        constraint, missing, visits = self._binding()
        finders: list[Callable[[], Relief | None]] = [
            self._seats, self._officers, self._visits, self._avoidance,
        ]  # fmt: skip
        reliefs = [found for finder in finders if (found := finder()) is not None]
        for one in reliefs:
            if one.code == "relief_visits":
                visits = one.detail["visits"]
        return NoCrew(
            self._bundle.id, constraint=constraint, missing=missing, visits=visits,
            reliefs=sorted(reliefs, key=lambda one: one.cost),
        )  # fmt: skip

    def _works(self, bundle: Bundle, extra: Sequence[Inspector] = ()) -> bool:
        people = {**self._form.people, **{one.id: one for one in extra}}
        return staff([*self._before, bundle], people=people) is not None

    def _binding(self) -> tuple[str, str, list[str]]:
        """Return what binds, what is missing and the visits concerned."""
        shunned = self._pairs()
        everyone = self._form.bundle(self._task, lifted=frozenset(shunned))
        if shunned and self._works(everyone):
            return "avoidance", "", sorted({visit for _, visit in shunned})
        for constraint, missing, easier, visits in self._easier():
            if self._works(easier):
                return constraint, missing, visits
        return "people", "", [visit.id for visit in self._task.visits]

    def _easier(self) -> Iterator[tuple[str, str, Bundle, list[str]]]:
        bundle, visits = self._bundle, self._task.visits
        for one in sorted(bundle.specialities):
            left = replace(bundle, specialities=bundle.specialities - {one})
            yield "speciality", one, left, [v.id for v in visits if one in v.specialities]
        for one in sorted(bundle.departments):
            rest = bundle.departments - {one}
            size = (max(self._form.min_crew, len(rest)), bundle.size[1])
            left = replace(bundle, departments=rest, size=size)
            yield "department", one, left, [v.id for v in visits if one in v.departments]

    def _pairs(self) -> list[tuple[str, str]]:
        """Return who has to keep away from which visit of the route and could go otherwise."""
        every = frozenset(
            (id_, visit.id) for id_ in self._form.people for visit in self._task.visits
        )
        able = self._form.bundle(self._task, lifted=every).candidates
        return [(id_, visit) for id_ in able for visit in self._form.shunned(id_, self._task)]

    def _seats(self) -> Relief | None:
        """Return the least crew beyond what was promised that can be formed, and its car."""
        have = self._task.team_day.seats
        for most in range(self._bundle.size[1] + 1, have + _MORE_SEATS + 1):
            if self._works(self._form.bundle(self._task, most=most)):
                code = "relief_larger" if most <= have else "relief_seats"
                return self._relief(code, 1, seats=most, have=have)
        return None

    def _officers(self) -> Relief | None:
        """Return the fewest officers more, of one department, with the fewest specialities."""
        own = self._bundle.departments or self._task.team_day.departments
        homes = sorted(own or {one.department for one in self._form.people.values()}) or [""]
        skills = [
            set_
            for size in range(len(self._bundle.specialities) + 1)
            for set_ in combinations(sorted(self._bundle.specialities), size)
        ]
        for number in range(1, self._bundle.size[0] + 1):
            trials = ((home, set_) for set_ in skills for home in combinations(homes, number))
            if number > len(homes):
                trials = ((tuple(homes[i % len(homes)] for i in range(number)), set_)
                          for set_ in skills)  # fmt: skip
            for home, set_ in islice(trials, _TRIALS):
                extra = [self._officer(at, one, set_) for at, one in enumerate(home)]
                if self._works(self._joined(extra), extra):
                    return self._hired(home, set_)
        return None

    def _hired(self, homes: Sequence[str], skills: Sequence[str]) -> Relief:
        code = "relief_officer_skill" if skills else "relief_officer"
        found: dict[str, Any] = {"officers": len(homes), "departments": sorted(set(homes)),
                                 "day": self._bundle.day.isoformat()}  # fmt: skip
        if skills:
            found["specialities"] = list(skills)
        return self._relief(code, len(homes), **found)

    def _officer(self, at: int, department: str, skills: Sequence[str]) -> Inspector:
        return Inspector(
            id=f"{_NEW}{at}", name="", department=department, specialities=frozenset(skills),
            certified_until=self._bundle.day,
        )  # fmt: skip

    def _joined(self, extra: Sequence[Inspector]) -> Bundle:
        ids = tuple(one.id for one in extra)
        return replace(self._bundle, candidates=(*self._bundle.candidates, *ids))

    def _visits(self) -> Relief | None:
        """Return the fewest visits without which the crew can be formed; the last ones go first."""
        visits = sorted(self._task.visits, key=lambda one: (one.mandatory, -one.order, one.id))
        subsets = (set_ for size in range(1, len(visits)) for set_ in combinations(visits, size))
        for set_ in islice(subsets, _TRIALS):
            left = tuple(one for one in self._task.visits if one not in set_)
            if self._works(self._form.bundle(replace(self._task, visits=left))):
                return self._left(sorted(one.id for one in set_))
        return self._left([one.id for one in self._task.visits])

    def _left(self, ids: list[str]) -> Relief:
        return self._relief("relief_visits", len(ids), visits=ids, count=len(ids))

    def _avoidance(self) -> Relief | None:
        """Return the fewest avoidances that would have to be lifted."""
        pairs = self._pairs()
        subsets = (set_ for size in (1, 2, 3) for set_ in combinations(pairs, size))
        objects = {visit.id: visit.object for visit in self._task.visits}
        for set_ in islice(subsets, _TRIALS):
            if self._works(self._form.bundle(self._task, lifted=frozenset(set_))):
                return self._relief(
                    "relief_avoidance", len(set_),
                    persons=sorted({id_ for id_, _ in set_}),
                    objects=sorted({objects[visit] for _, visit in set_}),
                )  # fmt: skip
        return None

    def _relief(self, code: str, number: int, **detail: Any) -> Relief:
        detail["team_day"] = self._bundle.id
        return Relief(code=code, cost=COSTS[code] * number, detail=detail)
