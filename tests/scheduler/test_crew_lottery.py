"""Crews are uniform over everything that is feasible: counted out on small weeks, all of them."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from scheduler.crew_chain import Walk, first_crews
from scheduler.crew_lottery import lots_of
from scheduler.crew_stream import Exhausted, Stream, stream_of_tickets
from scheduler.crew_urns import Urn, kinds_of
from scheduler.crewing import Bundle
from scheduler.problem import Inspector
from scheduler.tickets import Tickets

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MONDAY = dt.date(2026, 11, 23)
Week = tuple[dict[str, Inspector], list[Bundle], int | None]
Choice = tuple[frozenset[str], ...]


def officer(id_: str, department: str = "A", *skills: str) -> Inspector:
    """Return someone who may be in a crew."""
    return Inspector(id=id_, name="", department=department, specialities=frozenset(skills))


def crew(
    id_: str, candidates: Sequence[str], *, day: int = 0, size: int = 2,
    departments: str = "", skills: str = "",
) -> Bundle:  # fmt: skip
    """Return a crew to form; needs are written as letters."""
    return Bundle(
        id=id_, day=MONDAY + dt.timedelta(days=day), size=(size, size),
        departments=frozenset(departments), specialities=frozenset(skills),
        candidates=tuple(candidates),
    )  # fmt: skip


def small_week(seed: int) -> Week:
    """Return a week of up to three days with leave, avoidance, needs and a limit of days."""
    chance = random.Random(seed)
    people = {
        f"P{at}": officer(
            f"P{at}", chance.choice("AB"), *(s for s in "xy" if chance.random() < 0.4)
        )
        for at in range(chance.randint(4, 7))
    }
    bundles = []
    for day in range(chance.randint(1, 3)):
        present = [id_ for id_ in people if chance.random() < 0.9]
        for number in range(chance.randint(1, 2)):
            departments = "".join(one for one in "AB" if chance.random() < 0.3)
            skills = "".join(one for one in "xy" if chance.random() < 0.3)
            able = [id_ for id_ in present if chance.random() < 0.9]
            size = chance.choice([2, 2, 3])
            bundles.append(
                crew(f"T{day}{number}", able, day=day, size=size, departments=departments,
                     skills=skills)
            )  # fmt: skip
    return people, bundles, chance.choice([None, 1, 2, 2])


def feasible(week: Week) -> list[Choice]:
    """Return every way to form the crews of a week, found by trying all."""
    people, bundles, most = week
    fits = [
        [
            frozenset(chosen)
            for chosen in combinations(one.candidates, one.size[0])
            if one.departments <= {people[id_].department for id_ in chosen}
            and one.specialities <= frozenset().union(*(people[i].specialities for i in chosen))
        ]
        for one in bundles
    ]

    def ways(at: int, so_far: Choice) -> Iterator[Choice]:
        if at == len(bundles):
            yield so_far
            return
        busy = {i for one, c in zip(bundles, so_far, strict=False) if one.day == bundles[at].day
                for i in c}  # fmt: skip
        worked = Counter(i for c in so_far for i in c)
        for chosen in fits[at]:
            if not chosen & busy and all(most is None or worked[i] < most for i in chosen):
                yield from ways(at + 1, (*so_far, chosen))

    return list(ways(0, ()))


WEEKS = [
    week
    for week in map(small_week, range(90))
    if 1 < len(week[1]) < 5
    and sum(comb(len(one.candidates), one.size[0]) for one in week[1]) < 60
    and 4 <= len(feasible(week)) <= 40
][:10]
TIGHT: Week = (
    {f"P{at}": officer(f"P{at}") for at in range(4)},
    [crew(f"T{day}", [f"P{at}" for at in range(4)], day=day) for day in range(4)],
    2,
)
"""Everyone works on two of four days, no more and no less."""


def frequencies(week: Week, draws: int) -> Counter[Choice]:
    """Return how often each way to form the crews is drawn by the seeds from 0 on."""
    people, bundles, most = week
    lots = lots_of(bundles, people=people, max_days=most)
    found: Counter[Choice] = Counter()
    for seed in range(draws):
        crews: dict[str, frozenset[str]] = {}
        for lot in lots:
            stream = stream_of_tickets(
                seed=str(seed), round_id="r", stratum=lot.id, digest="sha256", crews=100_000
            )
            crews |= lot.draw(stream)
        found[tuple(crews[one.id] for one in bundles)] += 1
    return found


def fit(found: Counter[Choice], every: list[Choice]) -> float:
    """Return the p-value of chi-square against equal chances; nothing else may be drawn."""
    assert set(found) <= set(every)
    return float(stats.chisquare([found[one] for one in every]).pvalue)


# The draw -----------------------------------------------------------------------------------------


def test_every_feasible_week_has_the_same_chance() -> None:
    """The frequencies of all ways to form the crews fit equal chances, on ten small weeks."""
    assert len(WEEKS) == 10
    fits = [fit(frequencies(week, 300), feasible(week)) for week in WEEKS]
    assert min(fits) > 1e-4
    assert stats.kstest(fits, "uniform").pvalue > 0.001


def test_a_week_without_slack_is_uniform_too() -> None:
    """Where everyone has to work as much as they may, all ways still have the same chance."""
    every = feasible(TIGHT)
    assert len(every) == 90
    assert fit(frequencies(TIGHT, 600), every) > 0.001


def test_the_first_in_ticket_order_was_not_uniform() -> None:
    """The old rule, the first feasible crews in ticket order, gave some ways twice the chance.

    One officer each for T0 (of a, b, c) and T1 (of a, b) can be chosen in four ways; the old rule
    gave them 1/3, 1/3, 1/6 and 1/6 instead of 1/4.
    """
    people = {id_: officer(id_) for id_ in "abc"}
    bundles = [crew("T0", "abc", size=1), crew("T1", "ab", size=1)]
    every = feasible((people, bundles, None))
    found: Counter[Choice] = Counter()
    for seed in range(300):
        tickets = Tickets.of_stratum(seed=str(seed), round_id="r", stratum="crew:T0")
        order = {"T0": sorted("abc", key=tickets.of), "T1": list("ab" if seed % 2 else "ba")}
        made = first_crews(bundles, people=people, order=order, max_days=None)
        found[made["T0"], made["T1"]] += 1
    assert fit(found, every) < 1e-4
    rule = {one: 50 if one[0] == {"c"} else 100 for one in every}
    assert stats.chisquare([found[one] for one in every], list(rule.values())).pvalue > 0.001
    assert fit(frequencies((people, bundles, None), 1200), every) > 0.001


def test_equal_officers_are_drawn_at_the_first_try() -> None:
    """Where no rule tells officers apart nothing is ever refused, however little slack there is."""
    people = {f"P{at:02d}": officer(f"P{at:02d}") for at in range(40)}
    bundles = [crew(f"T{day}{n:02d}", list(people), day=day) for day in range(5) for n in range(16)]
    (lot,) = lots_of(bundles, people=people, max_days=4)
    stream = chance(3, crews=160)
    crews = lot.draw(stream)
    assert stream.left == 80
    worked = Counter(id_ for members in crews.values() for id_ in members)
    assert set(worked.values()) == {4}
    assert lot.draw(stream) != crews


def test_crews_that_share_nobody_are_drawn_apart() -> None:
    """Crews without a person in common are separate lots, and so are days without a limit."""
    people = {id_: officer(id_) for id_ in "abcdef"}
    bundles = [crew("T0", "abc"), crew("T1", "def"), crew("T2", "abc", day=1)]
    assert [[one.id for one in lot.bundles] for lot in lots_of(bundles, people=people, max_days=1)
            ] == [["T0", "T2"], ["T1"]]  # fmt: skip
    assert len(lots_of(bundles, people=people, max_days=2)) == 3
    assert len(lots_of(bundles, people=people, max_days=None)) == 3


def test_what_cannot_be_hit_is_given_up() -> None:
    """A draw stops after the number of crews that its stream allows."""
    people = {id_: officer(id_) for id_ in "ab"}
    (lot,) = lots_of([crew("T0", "ab"), crew("T1", "ab")], people=people, max_days=None)
    with pytest.raises(Exhausted):
        lot.draw(chance(1, crews=50))


def test_one_avoidance_does_not_make_a_kind_of_its_own() -> None:
    """Who differs by one crew of many is counted with the others and barred from that crew."""
    ids = [f"P{at:02d}" for at in range(20)]
    people = {id_: officer(id_) for id_ in ids}
    bundles = [crew(f"T{at}", ids[at == 3 :]) for at in range(8)]
    (kind,) = kinds_of(bundles, people)
    assert kind.barred == {("P00", "T3")}
    (lot,) = lots_of(bundles, people=people, max_days=4)
    assert all("P00" not in lot.draw(chance(seed, crews=10_000))["T3"] for seed in range(200))


def test_draws_with_exceptions_are_uniform() -> None:
    """Counting an exception with the others changes no chance, on a day and under the limit."""
    people = {id_: officer(id_) for id_ in "abcdefgh"}
    bundles = [crew(f"T{at}", "abcde"[at == 2 :], size=1) for at in range(5)]
    assert kinds_of(bundles, people)[0].barred == {("a", "T2")}
    every = feasible((people, bundles, None))
    assert len(every) == 96
    assert fit(frequencies((people, bundles, None), 960), every) > 0.001
    # Eight people fill four crews on each of two days, one day each; a may be in any but T00.
    bundles = [
        crew(f"T{day}{at}", "abcdefgh"[day + at == 0 :], day=day, size=1)
        for day in range(2) for at in range(4)
    ]  # fmt: skip
    assert kinds_of(bundles, people)[0].barred == {("a", "T00")}
    found = frequencies((people, bundles, 1), 560)
    where: Counter[int] = Counter()
    who: Counter[frozenset[str]] = Counter()
    for crews, times in found.items():
        where[crews.index(frozenset("a"))] += times
        who[crews[0]] += times
    assert set(where) == set(range(1, 8))
    assert len(who) == 7
    assert stats.chisquare(list(where.values())).pvalue > 0.001
    assert stats.chisquare(list(who.values())).pvalue > 0.001


@settings(deadline=None, max_examples=60)
@given(
    covers=st.lists(st.integers(0, 3), min_size=1, max_size=7),
    size=st.integers(1, 4),
    split=st.integers(1, 3),
)
def test_an_urn_numbers_every_crew_once(covers: list[int], size: int, split: int) -> None:
    """All numbers of an urn give all crews that cover the needs, each as often as it has ways."""
    by_cover: dict[tuple[int, int], int] = Counter(
        (cover, at % split) for at, cover in enumerate(covers)
    )
    members = {at: (n, cover, 1) for at, ((cover, _), n) in enumerate(by_cover.items())}
    urn = Urn(size, 3, members)
    every = [
        chosen for chosen in combinations(range(len(covers)), size)
        if {bit for i in chosen for bit in (1, 2) if covers[i] & bit} == {1, 2}
    ]  # fmt: skip
    assert urn.total == len(every)
    shapes = Counter(urn.shape(rank) for rank in range(urn.total))
    for shape, times in shapes.items():
        ways = 1
        for kind, count in shape:
            ways *= comb(members[kind][0], count)
        assert times == ways
        assert sum(count for _, count in shape) == size
    for kind, weights in urn.margins.items():
        assert sum(weights) == urn.total
        assert weights[0] == sum(
            times for shape, times in shapes.items() if kind not in dict(shape)
        )


# The stream ---------------------------------------------------------------------------------------


def chance(seed: int, *, crews: int) -> Stream:
    """Return a stream of the generator instead of tickets."""
    source = random.Random(seed)
    return Stream(lambda: source.getrandbits(256), crews=crews)


def test_a_stream_is_the_tickets_of_its_counter() -> None:
    """Words are tickets of 0, 1, 2 …; numbers are their first bits, refused where too large."""
    stream = stream_of_tickets(seed="s", round_id="r", stratum="x", digest="sm3", crews=1)
    tickets = Tickets.of_stratum(seed="s", round_id="r", stratum="x", digest="sm3")
    words = iter([tickets.of(str(at)) for at in range(60)])
    expected = []
    while len(expected) < 10:
        value = next(words) >> 253
        if value < 5:
            expected.append(value)
    assert [stream.below(5) for _ in range(10)] == expected
    with pytest.raises(ValueError, match="nothing"):
        stream.below(0)


def test_numbers_beyond_one_word() -> None:
    """A bound of more than 256 bits takes several words."""
    stream, bound = chance(5, crews=0), 3 << 400
    values = [stream.below(bound) for _ in range(200)]
    assert max(values) < bound
    assert max(values) > bound * 9 // 10


# The walk -----------------------------------------------------------------------------------------


def test_the_walk_keeps_the_rules_and_comes_close_to_uniform() -> None:
    """From the same start each way to form the crews is reached about equally often."""
    people, bundles, most = week = next(one for one in WEEKS if len(feasible(one)) > 15)
    every = feasible(week)
    start = {one.id: crew for one, crew in zip(bundles, every[0], strict=True)}
    found: Counter[Choice] = Counter()
    stream = chance(2, crews=0)
    for _ in range(400):
        walk = Walk(bundles, people=people, max_days=most, start=start)
        made = walk.go(40, stream)
        found[tuple(made[one.id] for one in bundles)] += 1
    assert fit(found, every) > 0.001


def test_crews_are_filled_from_nothing() -> None:
    """The walk finds crews that keep all rules by itself, whatever the small week."""
    for week in WEEKS:
        people, bundles, most = week
        walk = Walk(bundles, people=people, max_days=most)
        assert walk.fill(chance(8, crews=0))
        assert tuple(walk.crews[one.id] for one in bundles) in set(feasible(week))
    walk = Walk([crew("T0", "ab"), crew("T1", "ab")], people={id_: officer(id_) for id_ in "ab"},
                max_days=None)  # fmt: skip
    assert not walk.fill(chance(8, crews=0))


def test_the_walk_gets_around_where_there_is_no_slack() -> None:
    """Where only exchanges between days are left, the walk makes them and keeps the limit."""
    people, bundles, most = TIGHT
    every = feasible(TIGHT)
    start = {one.id: crew for one, crew in zip(bundles, every[0], strict=True)}
    walk, stream = Walk(bundles, people=people, max_days=most, start=start), chance(4, crews=0)
    seen = {tuple(walk.go(1, stream).values()) for _ in range(6000)}
    assert seen == set(every)
