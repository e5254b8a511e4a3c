"""The search over one order: optimal where all orders can be tried, legal always, reproducible."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler import ordered
from scheduler.calls import Call, Crew, Day, NoCrew, Part, Prices, Served
from scheduler.ordered import search, search_for

ROOT = Path(__file__).parents[2]


def _parts(rng: np.random.Generator) -> tuple[Part, ...]:
    count = int(rng.choice([1, 1, 1, 2, 2, 3]))
    found = [Part(ability=str(rng.choice(["a", "b"])), service=int(rng.integers(0, 30)))]
    for _ in range(count - 1):
        least = int(rng.choice([0, 0, 10]))
        most = least + int(rng.choice([0, 0, 15]))
        ability, service = str(rng.choice(["a", "b"])), int(rng.integers(0, 30))
        found.append(Part(ability=ability, service=service, least=least, most=most))
    return tuple(found)


def _day(seed: int, *, calls: int, crews: int = 3) -> Day:
    """Return a random day; its drives do not obey the triangle inequality."""
    rng = np.random.default_rng(seed)
    places = calls + 1
    drives = rng.integers(0, 60, (places, places))
    np.fill_diagonal(drives, 0)
    some = []
    for at in range(calls):
        opens = int(rng.integers(0, 150))
        due = opens + int(rng.integers(0, 40))
        some.append(Call(id=f"V{at}", place=at + 1, opens=opens, due=due, parts=_parts(rng)))
    return Day(
        calls=tuple(some),
        crews=tuple(
            Crew(
                id=f"T{k}", place=0, start=int(rng.integers(0, 40)),
                abilities=frozenset({"a", "b"}) if k < 3 else frozenset({"ab"[k % 2]}),
            )
            for k in range(crews)
        ),
        drives=drives,
        prices=Prices(driving=int(rng.integers(1, 3)), lateness=int(rng.integers(1, 3)), largest=1),
    )  # fmt: skip


def _faults(day: Day, served: Served) -> list[str]:
    """Return what is wrong with routes, worked out from their starts and nothing else."""
    crews = {crew.id: crew for crew in day.crews}
    calls = {call.id: call for call in day.calls}
    found: list[str] = []
    starts: dict[tuple[str, int], int] = {}
    driving, late = 0, [0]
    for id_, stops in served.routes.items():
        place, free = crews[id_].place, crews[id_].start
        for stop in stops:
            call = calls[stop.call]
            part = call.parts[stop.part]
            leg = int(day.drives[place, call.place])
            if stop.start < max(free + leg, call.opens):
                found.append(f"{stop} starts before its time")
            if part.ability not in crews[id_].abilities:
                found.append(f"{id_} is not able to do {stop}")
            if (stop.call, stop.part) in starts:
                found.append(f"{stop} twice")
            starts[stop.call, stop.part] = stop.start
            driving += leg
            late.append(max(0, stop.start - call.due))
            place, free = call.place, stop.start + part.service
        driving += int(day.drives[place, crews[id_].place])
        if len({stop.call for stop in stops}) < len(stops):
            found.append(f"{id_} makes two parts of one visit")
    for call in day.calls:
        moments = [starts.get((call.id, at), -(10**6)) for at in range(len(call.parts))]
        if min(moments) < 0:
            found.append(f"{call.id} is not served")
        for part, (one, two) in zip(call.parts[1:], itertools.pairwise(moments), strict=True):
            if not part.least <= two - one <= part.most:
                found.append(f"{call.id}: {two - one} between its parts")
    if (served.driving, served.lateness, served.largest) != (driving, sum(late), max(late)):
        found.append("wrong figures")
    price = day.prices
    cost = price.driving * driving + price.lateness * sum(late) + price.largest * max(late)
    return found if served.cost == cost else [*found, "wrong cost"]


def _least_cost(day: Day) -> int:
    """Return the least cost over every order and every assignment, by plain simulation."""
    least = 10**9
    choices = []
    for call in day.calls:
        able = [
            [k for k, crew in enumerate(day.crews) if part.ability in crew.abilities]
            for part in call.parts
        ]
        choices.append([some for some in itertools.product(*able) if len({*some}) == len(some)])
    for order in itertools.permutations(range(len(day.calls))):
        for crews in itertools.product(*choices):
            least = min(least, _cost(day, order, crews))
    return least


def _cost(day: Day, order: tuple[int, ...], crews: tuple[tuple[int, ...], ...]) -> int:
    place = [crew.place for crew in day.crews]
    free = [crew.start for crew in day.crews]
    driving, late = 0, [0]
    for v in order:
        call = day.calls[v]
        starts = [
            max(call.opens, free[k] + int(day.drives[place[k], call.place])) for k in crews[v]
        ]
        for _ in starts:  # the rules one by one until none moves a start any more
            for at in range(1, len(starts)):
                starts[at] = max(starts[at], starts[at - 1] + call.parts[at].least)
                starts[at - 1] = max(starts[at - 1], starts[at] - call.parts[at].most)
        for k, part, start in zip(crews[v], call.parts, starts, strict=True):
            driving += int(day.drives[place[k], call.place])
            late.append(max(0, start - call.due))
            place[k], free[k] = call.place, start + part.service
    driving += sum(
        int(day.drives[at, crew.place]) for at, crew in zip(place, day.crews, strict=True)
    )
    price = day.prices
    return price.driving * driving + price.lateness * sum(late) + price.largest * max(late)


@pytest.mark.parametrize("seed", range(8))
def test_small_days_are_solved_exactly(seed: int) -> None:
    """Where all orders and assignments can be tried, none is cheaper than what is found."""
    day = _day(seed, calls=4)
    served = search(day, seed=1, iterations=20_000 if ordered.available() else 3_000)
    assert _faults(day, served) == []
    assert served.cost == _least_cost(day)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    day=st.builds(_day, st.integers(0, 10**6), calls=st.integers(1, 25), crews=st.integers(3, 8)),
    iterations=st.sampled_from([0, 1, 300, 3_000]),
)
def test_routes_are_legal(day: Day, iterations: int) -> None:
    """Whatever the day and the effort: served once, in time, by able crews, with right figures."""
    assert _faults(day, search(day, seed=iterations, iterations=iterations)) == []


def test_more_moves_are_not_dearer() -> None:
    """The search improves on serving visits in turn, and tells the cost that it returns."""
    day, told = _day(5, calls=25, crews=5), []
    begun = search(day, seed=1, iterations=0)
    served = search(day, seed=1, iterations=20_000, tell=lambda *one: told.append(one))
    assert served.cost < begun.cost
    assert told[-1] == (1.0, served.cost)
    assert [cost for _, cost in told] == sorted((cost for _, cost in told), reverse=True)


def test_a_seed_and_a_number_of_moves_decide() -> None:
    """The same seed gives the same routes, another seed other ones."""
    day = _day(7, calls=25, crews=5)
    one, same, other = (search(day, seed=seed, iterations=2_000) for seed in (1, 1, 2))
    assert one == same
    assert one.routes != other.routes


def test_time_sets_the_temperature_and_the_end() -> None:
    """By a clock: the search ends when the time is over, and each look at the clock counts."""
    day, ticks = _day(3, calls=12), itertools.count()
    shares: list[float] = []
    served = search_for(
        day, seed=1, seconds=10, clock=lambda: float(next(ticks)),
        tell=lambda share, _: shares.append(share),
    )  # fmt: skip
    assert shares == [pytest.approx(at / 10) for at in range(1, 11)]
    assert served.moves == 10 * 2_000
    assert _faults(day, served) == []


def test_visits_that_no_crews_can_serve_are_named() -> None:
    """A visit that needs more able crews than there are is named, together with all others."""
    double = tuple(Part(ability="a", service=1) for _ in range(2))
    calls = (
        Call(id="fine", place=0, opens=0, due=0, parts=double[:1]),
        Call(id="two", place=0, opens=0, due=0, parts=double),
        Call(id="none", place=0, opens=0, due=0, parts=(Part(ability="z", service=1),)),
    )
    crews = (
        Crew(id="K", place=0, abilities=frozenset("a")),
        Crew(id="L", place=0, abilities=frozenset()),
    )
    with pytest.raises(NoCrew) as caught:
        search(Day(calls=calls, crews=crews, drives=np.zeros((1, 1), int)), seed=0, iterations=1)
    assert sorted(caught.value.rows) == ["none", "two"]


@pytest.mark.parametrize("drive", [-1, 1 << 30])
def test_what_does_not_fit_exact_integers_is_refused(drive: int) -> None:
    """Negative and gigantic drives are refused before the search."""
    with pytest.raises(ValueError, match="must"):
        ordered.arrays(
            Day(
                calls=(
                    Call(id="V", place=1, opens=0, due=0, parts=(Part(ability="", service=0),)),
                ),
                crews=(Crew(id="K", place=0, abilities=frozenset({""})),),
                drives=np.array([[0, drive], [0, 0]]),
            )
        )


def test_a_day_without_visits_is_served() -> None:
    """Nothing to do costs nothing, by moves and by time."""
    crew = Crew(id="K", place=0, abilities=frozenset())
    day = Day(calls=(), crews=(crew,), drives=np.zeros((1, 1), int))
    assert search(day, seed=0, iterations=10).cost == 0
    assert search_for(day, seed=0, seconds=60).routes == {}


def test_compiled_and_plain_python_agree() -> None:
    """The functions are one text: run without the compiler they give the same routes."""
    code = (
        "import sys\n"
        "if sys.argv[1] == 'plain': sys.modules['numba'] = None\n"
        "sys.path.insert(0, sys.argv[2])\n"
        "from test_ordered import _day\n"
        "from scheduler import ordered\n"
        "assert ordered.available() == (sys.argv[1] == 'compiled')\n"
        "for at in range(4):\n"
        "    print(ordered.search(_day(at, calls=20, crews=6), seed=at, iterations=3_000))\n"
    )

    def run(how: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", code, how, str(Path(__file__).parent)],
            capture_output=True, text=True, check=True, cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        return done.stdout

    pytest.importorskip("numba")
    assert run("compiled") == run("plain") != ""
