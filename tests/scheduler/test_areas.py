"""Fixed areas of teams: balanced, compact, the same every time, and moving on."""

from __future__ import annotations

import datetime as dt
import random

from scheduler.areas import Town, area_prices, areas_of, homes
from scheduler.problem import TeamDay, Visit


def _grid(side: int, *, work: int = 10) -> list[Town]:
    return [
        Town(id=f"{x}{y}", x=x * 1_000, y=y * 1_000, work=work)
        for x in range(side)
        for y in range(side)
    ]


def test_every_town_has_one_area_and_the_work_is_balanced() -> None:
    """Areas share out all towns; the heaviest has at most one town more than its share."""
    source = random.Random(5)
    towns = [
        Town(id=f"T{at}", x=source.randrange(40_000), y=source.randrange(40_000),
             work=source.randrange(5, 40))
        for at in range(24)
    ]  # fmt: skip
    areas = areas_of(towns, count=4)
    assert sorted(id_ for area in areas for id_ in area) == sorted(town.id for town in towns)
    work = {town.id: town.work for town in towns}
    loads = [sum(work[id_] for id_ in area) for area in areas]
    assert max(loads) <= sum(loads) / 4 + max(work.values())
    source.shuffle(towns)
    assert areas_of(towns, count=4) == areas


def test_neighbours_share_an_area() -> None:
    """Two clusters of towns far apart are the two areas."""
    west = _grid(2)
    east = [Town(id=f"E{t.id}", x=t.x + 90_000, y=t.y, work=t.work) for t in west]
    found = areas_of([*west, *east], count=2)
    assert set(found) == {frozenset(t.id for t in west), frozenset(t.id for t in east)}


def test_more_teams_than_towns_leave_some_without_an_area() -> None:
    """An empty area is no home: its team goes everywhere at no price."""
    areas = areas_of(_grid(1), count=2)
    assert areas == (frozenset({"00"}), frozenset())
    assert areas_of([], count=2) == ()
    assert homes((), [1, 2], week=3, every=1) == {}


def test_areas_move_on_by_one_every_so_many_weeks() -> None:
    """In eight weeks teams keep their area, then each takes that of the next."""
    areas = (frozenset({"a"}), frozenset({"b"}), frozenset({"c"}))
    first = homes(areas, [3, 1, 2], week=0, every=8)
    assert first == {1: {"a"}, 2: {"b"}, 3: {"c"}}
    assert homes(areas, [1, 2, 3], week=7, every=8) == first
    assert homes(areas, [1, 2, 3], week=8, every=8) == {1: {"b"}, 2: {"c"}, 3: {"a"}}
    assert homes(areas, [1, 2, 3], week=24, every=8) == first


def test_a_visit_outside_the_area_has_its_price() -> None:
    """Inside nothing counts, nor where the town or the area is not known."""
    day = dt.date(2026, 11, 23)
    days = [
        TeamDay(id=f"D{team}", team=team, day=day, depot="S", vehicle=f"C{team}", seats=5,
                start=0, end=1, lunch=(0, 0, 0))
        for team in (1, 2, 3)
    ]  # fmt: skip
    visits = [Visit(id=id_, object=id_, place=0, kind="random", service=1) for id_ in "XYZ"]
    found = area_prices(
        visits, days, homes={1: frozenset({"a"}), 2: frozenset({"b"}), 3: frozenset()},
        towns={"X": "a", "Y": "c", "Z": ""}, price=600,
    )  # fmt: skip
    assert found == {("X", "D2"): 600, ("Y", "D1"): 600, ("Y", "D2"): 600}
