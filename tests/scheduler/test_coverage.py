"""Rules of coverage: the optimum of brute force, due work and the key class first, honest gaps."""

from __future__ import annotations

import functools
import itertools
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.coverage import Group, Need, Officer, Reach, reach

if TYPE_CHECKING:
    from collections.abc import Sequence

DAY = 60  # a crew-day of one minute: days and minutes are the same number
SKILLS = ("", "mine", "fire")


def officer(
    id_: str, days: int, *skills: str, department: str = "A", lends: Sequence[Need] = ()
) -> Officer:
    """Return an officer with so many minutes."""
    return Officer(
        id=id_, department=department, specialities=frozenset(skills), days=days,
        lends=frozenset(lends),
    )  # fmt: skip


def group(count: int, skill: str = "", *, minutes: int = 1, **more: Any) -> Group:
    """Return objects of department A."""
    values = {"name": "g", "department": "A", **more}
    return Group(speciality=skill, seconds=60 * minutes, count=count, **values)


def covered(groups: Sequence[Group], officers: Sequence[Officer], **more: Any) -> Reach:
    """Return what can be covered, nothing being due unless it is said."""
    return reach(groups, officers=officers, **{"due": (), "day_seconds": DAY, "crew": 2, **more})


# Brute force: every minute of every visit gets a crew of distinct officers ------------------------


def _may_go(crew: Sequence[Officer], group: Group) -> bool:
    """Tell whether *crew* may make a visit: all at home and one who knows, or one lent to know."""
    guests = [one for one in crew if one.department != group.department]
    if not guests:
        return not group.speciality or any(group.speciality in one.specialities for one in crew)
    (first, *others) = guests
    lent = group.need in first.lends and group.speciality in {"", *first.specialities}
    return lent and not others


def _can_make(groups: Sequence[Group], counts: Sequence[int], staff: Sequence[Officer], crew: int,
              cars: int) -> bool:  # fmt: skip
    minutes = [one.minutes * count for one, count in zip(groups, counts, strict=True)]
    if sum(minutes) > cars:
        return False
    crews = {
        at: [
            team for team in itertools.combinations(range(len(staff)), crew)
            if _may_go([staff[i] for i in team], one)
        ]
        for at, one in enumerate(groups)
    }  # fmt: skip

    @functools.cache
    def fits(left: tuple[int, ...], todo: tuple[int, ...]) -> bool:
        at = next((at for at, minutes in enumerate(todo) if minutes), None)
        if at is None:
            return True
        rest = tuple(n - (i == at) for i, n in enumerate(todo))
        return any(
            all(left[i] > 0 for i in team)
            and fits(tuple(n - (i in team) for i, n in enumerate(left)), rest)
            for team in crews[at]
        )

    return fits(tuple(int(one.days) for one in staff), tuple(minutes))


def _brute(
    groups: Sequence[Group], due: int, staff: Sequence[Officer], crew: int, cars: int
) -> tuple[int, int, int]:
    """Return the best (due, key, weighted) of all combinations, in this order of importance."""
    best = (0, 0, 0)
    for counts in itertools.product(*(range(one.count + 1) for one in groups)):
        value = (
            sum(counts[:due]),
            sum(n for n, one in zip(counts[due:], groups[due:], strict=True) if one.first),
            sum(n * one.weight for n, one in zip(counts[due:], groups[due:], strict=True)),
        )
        if value > best and _can_make(groups, counts, staff, crew, cars):
            best = value
    return best


GROUPS = st.builds(
    group, st.integers(1, 2), st.sampled_from(SKILLS), minutes=st.integers(1, 2),
    department=st.sampled_from("AB"), first=st.booleans(), weight=st.integers(1, 3),
)  # fmt: skip
NEEDS = tuple(itertools.product("AB", SKILLS))
STAFF = st.lists(
    st.tuples(st.integers(0, 3), st.sets(st.sampled_from(SKILLS[1:])), st.sampled_from("AAB"),
              st.sets(st.sampled_from(NEEDS), max_size=2)),
    min_size=1, max_size=5,
).map(
    lambda rows: [officer(f"R{at}", days, *skills, department=department, lends=tuple(lends))
                  for at, (days, skills, department, lends) in enumerate(rows)]
)  # fmt: skip


@given(
    groups=st.lists(GROUPS, min_size=1, max_size=3), due=st.lists(GROUPS, max_size=1),
    staff=STAFF, crew=st.sampled_from((2, 2, 3)), cars=st.integers(0, 8),
)  # fmt: skip
@settings(deadline=None, max_examples=60)
def test_the_optimum_is_that_of_brute_force(
    groups: list[Group], due: list[Group], staff: list[Officer], crew: int, cars: int
) -> None:
    """Trying every combination of visits and every crew of every minute finds nothing better."""
    found = covered(groups, staff, due=due, crew=crew, car_days=cars)
    value = (
        sum(found.due),
        sum(n for n, one in zip(found.covered, groups, strict=True) if one.first),
        sum(n * one.weight for n, one in zip(found.covered, groups, strict=True)),
    )
    assert found.proven
    assert value == _brute([*due, *groups], len(due), staff, crew, cars)


@given(groups=st.lists(GROUPS, min_size=1, max_size=4), staff=STAFF, more=st.integers(0, 3))
@settings(deadline=None, max_examples=30)
def test_more_staff_never_covers_less(groups: list[Group], staff: list[Officer], more: int) -> None:
    """Another officer of a speciality that is there, or more days, lose nobody."""
    same = [group(one.count, one.speciality, minutes=one.minutes) for one in groups]
    people = [officer(one.id, int(one.days), *one.specialities) for one in staff]
    before = covered(same, people)
    after = covered(same, [*people, officer("new", more)])
    longer = covered(same, [officer(o.id, int(o.days) + more, *o.specialities) for o in people])
    assert sum(after.covered) >= sum(before.covered)
    assert sum(longer.covered) >= sum(before.covered)
    if not before.impossible:
        assert longer.missing.person_days <= before.missing.person_days


@given(groups=st.lists(GROUPS, min_size=1, max_size=4), staff=STAFF)
@settings(deadline=None, max_examples=30)
def test_nothing_is_missing_exactly_when_all_are_reached(
    groups: list[Group], staff: list[Officer]
) -> None:
    """Days are missing where somebody who could be reached is not, and only there."""
    found = covered(groups, staff)
    short = sum(
        one.count - found.covered[at] for at, one in enumerate(groups) if at not in found.impossible
    )
    assert (short > 0) == (found.missing.person_days > 0) == bool(found.binding)


def test_fewer_visits_left_by_the_caps_cover_no_more() -> None:
    """A group that caps shrink is covered at most as far as before."""
    staff = [officer("R1", 3, "fire"), officer("R2", 3)]
    reached = [sum(covered([group(count, "fire")], staff).covered) for count in (5, 3, 1, 0)]
    assert reached == [3, 3, 1, 0]


def test_what_is_missing_is_what_would_do() -> None:
    """Four visits take 8 officer days; 4 are there, and only one of them knows mines."""
    staff = [officer("R1", 1, "mine"), officer("R2", 3)]
    found = covered([group(4, "mine")], staff)
    assert found.covered == (1,)
    assert found.missing.person_days == 4
    assert found.missing.specialists == {"mine": 3.0}
    assert found.missing.crew_days == 2
    assert found.binding == ("officers", "speciality:mine")
    more = [*staff, officer("R3", 3, "mine"), officer("R4", 1)]
    assert covered([group(4, "mine")], more).covered == (4,)


def test_nobody_sits_twice_in_one_crew() -> None:
    """Ten days of one officer and one of another make one crew-day, not five."""
    assert covered([group(5)], [officer("R1", 10), officer("R2", 1)]).covered == (1,)


def test_due_work_comes_before_the_key_class_and_that_before_all_others() -> None:
    """Three crew-days go to one due visit and two key ones although general ones are lighter."""
    staff = [officer("R1", 3), officer("R2", 3)]
    demand = [group(9, weight=8), group(9, first=True)]
    found = covered(demand, staff, due=[group(1)])
    assert (found.due, found.covered) == ((1,), (0, 2))


@pytest.mark.parametrize(
    ("staff", "code"),
    [
        ([officer("R1", 3), officer("R2", 3)], "no_speciality"),
        ([officer("R1", 3, "mine"), officer("R2", 3, department="B")], "no_department"),
        ([], "no_department"),
    ],
)
def test_who_is_in_nobodys_reach_has_a_reason(staff: list[Officer], code: str) -> None:
    """Without the speciality, or without officers for a crew, days would not help."""
    found = covered([group(2, "mine")], staff)
    assert found.impossible == {0: code}
    assert found.covered == (0,)
    assert found.missing.person_days == 0


def test_another_department_lends_a_speciality() -> None:
    """The guest anchors the visit, an officer of the department goes along; more are no harm."""
    guest = officer("R2", 5, "mine", department="B", lends=[("A", "mine")])
    assert covered([group(4, "mine")], [officer("R1", 2), guest]).covered == (2,)
    more = [officer("R1", 2), guest, officer("R3", 1, "mine")]
    assert covered([group(4, "mine")], more).covered == (3,)


def test_cars_can_be_what_is_short() -> None:
    """Officers for four crew-days and cars for three leave one visit out."""
    staff = [officer("R1", 4), officer("R2", 4)]
    found = covered([group(4)], staff, car_days=3)
    assert (found.covered, found.binding, found.missing.car_days) == ((3,), ("cars",), 1)
    assert found.missing.person_days == 0
