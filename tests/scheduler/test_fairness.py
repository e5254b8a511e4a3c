"""Tests of the fairness report: a fair draw passes it, a biased one does not."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.draw import draw
from scheduler.draw_record import STRATA, Candidate
from scheduler.fairness import measure
from scheduler.fairness_checks import Check, failing, means_p, wilson
from scheduler.fairness_history import Recorded, look_back, recorded
from scheduler.repeats import CrewDraw, repeats
from scheduler.rerun import Flags, Frame, Tickets, frame_of, pareto_chances, pick, true_chances
from scheduler.tickets import Tickets as Exact
from scheduler.tickets import first_equally, rank_equally

QUOTA = {"certainty": 3, "weighted": 14, "uniform": 6}


def record(
    size: int = 120, *, seed: str = "s", round_id: str = "2026-W48", **options: Any
) -> dict[str, Any]:
    """Return a draw of firms in all strata with the weights 1, 2, 4 and 8."""
    firms = [
        Candidate(
            id=f"企{i:04d}",
            weight=(1, 2, 4, 8)[i % 4],
            stratum=STRATA[0] if i % 12 == 0 else STRATA[2] if i % 17 == 0 else STRATA[1],
        )
        for i in range(size)
    ]
    quota = options.pop("quota", QUOTA)
    return draw(firms, seed=seed, round_id=round_id, quota=quota, **options).to_json()


def exact_tickets(frame: Frame, *, seed: str) -> list[np.ndarray]:
    """Return the tickets of the product's draw as numbers within 0 and 1."""
    found = []
    for name in STRATA:
        tickets = Exact.of_stratum(seed=seed, round_id="2026-W48", stratum=name)
        found.append(np.array([[tickets.of(id_) / 2**256 for id_ in frame.ids]]))
    return found


@settings(deadline=None, max_examples=150)
@given(
    st.lists(st.tuples(st.sampled_from(STRATA), st.integers(1, 9)), min_size=1, max_size=40),
    st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)),
    st.text("ab种7", max_size=6),
    st.integers(0, 3),
)
def test_floats_choose_what_whole_numbers_choose(
    firms: list[tuple[str, int]], quota: tuple[int, int, int], seed: str, carried: int
) -> None:
    """For the same tickets the re-run selects the very objects of the product's exact draw."""
    made = draw(
        [Candidate(id=f"E{i}", stratum=s, weight=w) for i, (s, w) in enumerate(firms)],
        seed=seed,
        round_id="2026-W48",
        quota=dict(zip(STRATA, quota, strict=True)),
        carried=[f"E{i}" for i in range(carried)],
    ).to_json()
    frame = frame_of(made)
    assert pick(frame, exact_tickets(frame, seed=seed))[0].tolist() == frame.drawn.tolist()


@settings(deadline=None, max_examples=60)
@given(st.lists(st.text("aB企é1", min_size=1, max_size=4), unique_by=str.upper), st.integers(0, 9))
def test_the_first_are_those_that_a_full_ranking_takes(ids: list[str], taken: int) -> None:
    """Choosing without ranking everyone gives the same objects in the same order."""
    taken = min(taken, len(ids))
    tickets = Exact.of_stratum(seed="s", round_id="r", stratum="uniform")
    pool = [Candidate(id=id_) for id_ in ids]
    full = sorted(
        rank_equally(pool, taken=taken, tickets=tickets), key=lambda r: (r.key, r.ticket, r.id)
    )
    assert first_equally(ids, taken=taken, tickets=tickets) == [one.id for one in full[:taken]]


def test_many_ids_are_chosen_from_the_smallest_tickets_alone() -> None:
    """The short cut for long lists finds exactly the smallest tickets."""
    ids = [f"E{i}" for i in range(3000)]
    tickets = Exact.of_stratum(seed="s", round_id="r", stratum="uniform")
    expected = sorted(ids, key=tickets.of)[:50]
    assert first_equally(ids, taken=50, tickets=tickets) == expected


def towns(frame: Frame) -> dict[str, list[str]]:
    """Return a town for every object of a frame."""
    return {"town": [f"镇{i % 7}" for i in range(frame.size)]}


def beside(frame: Frame) -> dict[str, np.ndarray]:
    """Return the pairs next to each other in the list."""
    at = np.arange(frame.size)
    return {"list": np.column_stack([at[:-1], at[1:]])}


def test_the_product_is_fair() -> None:
    """Every check passes for the product's own draw, and groups are near their promise."""
    frame = frame_of(record())
    report = measure(frame, dimensions=towns(frame), pairs=beside(frame), seeds=4000, rounds=20)
    assert not failing(report.checks)
    assert {c.code for c in report.checks} == {
        "chances", "objects", "pairs", "again", "never", "gap",
    }  # fmt: skip
    assert all(abs(one.ratio - 1) < 0.05 for one in report.groups if one.ratio)
    assert report.wait == pytest.approx(report.wait_expected, rel=0.02)
    assert report.to_json()["failing"] == []


def exponential(frame: Frame, tickets: Tickets) -> Flags:
    """Draw by the popular keys ``-ln(u)/w``, which do not keep their promise."""
    weights = np.nan_to_num(frame.odds / (1 + frame.odds), nan=0.0)
    with np.errstate(divide="ignore"):
        keys = np.where(frame.strata == 1, -np.log(tickets[1]) / weights, np.inf)
    swapped = [tickets[0], np.zeros_like(keys), tickets[2]]
    rank = np.argsort(np.argsort(keys, axis=1), axis=1)
    swapped[1] = (rank + 0.5) / frame.size
    plain = dataclasses.replace(frame, odds=np.where(np.isnan(frame.odds), np.nan, 1.0))
    return pick(plain, swapped)


def test_exponential_keys_are_found_out() -> None:
    """A draw whose top class misses its promise by a fifth fails the check of the classes."""
    firms = [
        Candidate(id=f"E{i}", weight=w) for i, w in enumerate([1] * 5 + [2] * 3 + [4, 4, 8, 8])
    ]
    frame = frame_of(draw(firms, seed="s", round_id="r", quota={"weighted": 4}).to_json())
    assert not failing(measure(frame, seeds=4000).checks)
    report = measure(frame, seeds=4000, choose=exponential)
    assert ("chances", "class") in {(one.code, one.about) for one in failing(report.checks)}
    top = next(one for one in report.groups if one.name == "weighted 8")
    assert top.ratio == pytest.approx(0.739 / 0.914, abs=0.02)


def skipping(frame: Frame, tickets: Tickets) -> Flags:
    """Draw every k-th of the list from a random start."""
    step = frame.size // sum(frame.taken)
    start = (tickets[2][:, :1] * step).astype(int)
    return (np.arange(frame.size)[None, :] - start) % step == 0


def test_skip_numbers_are_found_out_by_neighbours() -> None:
    """Every k-th of a list gives equal chances, yet neighbours are never drawn together."""
    firms = [Candidate(id=f"E{i:03d}", stratum="uniform") for i in range(200)]
    frame = frame_of(draw(firms, seed="s", round_id="r", quota={"uniform": 20}).to_json())
    report = measure(frame, pairs=beside(frame), seeds=2000, choose=skipping)
    assert [one.about for one in failing(report.checks) if one.code == "pairs"] == ["list"]
    assert report.pairs[0].joint == 0
    assert report.pairs[0].expected > 1


def favouring(frame: Frame, tickets: Tickets) -> Flags:
    """Draw fairly, then spare the first town where it can be swapped for another firm."""
    chosen = pick(frame, tickets)
    for row, luck in zip(chosen, tickets[2][:, 0], strict=True):
        near = np.flatnonzero(row & (np.arange(frame.size) % 7 == 0))
        other = np.flatnonzero(~row & (np.arange(frame.size) % 7 == 1))
        if len(near) and luck < 0.3:
            row[near[0]], row[other[0]] = False, True
    return chosen


def test_a_spared_town_is_found_out() -> None:
    """Sparing one town now and then fails the check of the towns."""
    frame = frame_of(record())
    report = measure(frame, dimensions=towns(frame), seeds=2000, choose=favouring)
    assert ("chances", "town") in {(one.code, one.about) for one in failing(report.checks)}


def test_chances_of_pareto_are_those_that_seeds_show() -> None:
    """The integrated chances agree with a simulation and add up to the number drawn."""
    sizes, count = np.array([5, 3, 2, 2]), 4
    target = np.array([4, 8, 16, 32]) / 35
    true = pareto_chances(target / (1 - target), sizes=sizes, count=count)
    assert float(true @ sizes) == pytest.approx(count, abs=1e-6)
    source = np.random.default_rng(1)
    odds = np.repeat(target / (1 - target), sizes)
    u = source.random((40_000, 12))
    keys = u / (1 - u) / odds
    drawn = (keys <= np.sort(keys, axis=1)[:, 3:4]).mean(axis=0)
    shown = [float(part.mean()) for part in np.split(drawn, np.cumsum(sizes)[:-1])]
    assert shown == pytest.approx(true.tolist(), abs=0.006)
    assert np.abs(true - target).max() < 0.005


def test_published_chances_are_the_true_ones_of_a_larger_frame() -> None:
    """For dozens of draws the published chances are those of the method to four decimals."""
    frame = frame_of(record(600, quota={"weighted": 60, "uniform": 20}))
    true = true_chances(frame)
    assert true is not None
    assert float(np.abs(true - frame.promised).max()) < 1e-3


def test_a_draw_is_repeatable() -> None:
    """The same generator seed gives the same report."""
    frame = frame_of(record())
    assert measure(frame, seeds=300).to_json() == measure(frame, seeds=300).to_json()


def test_means_that_never_vary_must_be_what_was_promised() -> None:
    """A group that is always drawn equally often fails if that is not its promise."""
    samples = np.array([[3.0, 1.0], [3.0, 1.0], [3.0, 1.0]])
    assert means_p(samples, expected=np.array([3.0, 1.0]))[2] == 1
    assert means_p(samples, expected=np.array([2.0, 2.0]))[2] == 0


def test_more_checks_ask_for_smaller_p_values() -> None:
    """A p-value that fails alone passes among many (Bonferroni)."""
    low = Check(code="again", about="", p=0.0009)
    assert failing([low]) == [low]
    assert failing([low, Check(code="never", about="", p=0.5)]) == []


def test_binomial_limits() -> None:
    """Wilson's limits are those of the textbook: 1 of 10 gives 0.018 to 0.404."""
    assert wilson(1, trials=10) == pytest.approx((0.0179, 0.4042), abs=1e-3)
    assert wilson(0, trials=0) == (0, 1)


# The recorded history -----------------------------------------------------------------------------


def rounds(number: int, *, forged: bool = False, stay: bool = False) -> list[Recorded]:
    """Return rounds of one frame; forged ones are redrawn until the first town is spared."""
    found = []
    for at in range(number):
        tries = [
            record(seed="0" if stay else f"{at}.{k}", round_id="2026-W48" if stay else f"W{at}")
            for k in range(8 if forged else 1)
        ]
        found.append(min(tries, key=lambda one: sum(_spared(x["id"]) for x in one["selected"])))
    return [recorded(one, planned=[x["id"] for x in one["selected"]]) for one in found]


def _spared(id_: str) -> bool:
    return int(id_[1:]) % 5 == 0


FIRMS = [f"企{i:04d}" for i in range(120)]
WHERE = {
    "town": {id_: "远" if _spared(id_) else "近" for id_ in FIRMS},
    "distance": {id_: "far" if _spared(id_) else "near" for id_ in FIRMS},
}


def test_an_honest_history_passes() -> None:
    """Twelve rounds of the product pass every check, and no count is lost."""
    history = look_back(rounds(12), dimensions=WHERE, far="far", seeds=1000)
    assert not failing(history.checks)
    assert history.draws == 12 * sum(QUOTA.values())
    for dimension in ("stratum", "class", "town"):
        of = [one for one in history.groups if one.dimension == dimension]
        assert sum(one.drawn for one in of) == history.draws
    assert history.ever + len(history.never) == history.objects == 120
    assert sum(history.gaps.values()) == history.draws - history.ever


def test_a_history_of_convenient_redraws_fails() -> None:
    """A bureau that draws until the far town is spared is found out by its towns."""
    history = look_back(rounds(12, forged=True), dimensions=WHERE, far="far", seeds=1000)
    assert ("chances", "town") in {(one.code, one.about) for one in failing(history.checks)}
    town = next(one for one in history.groups if one.name == "远")
    assert town.ratio is not None
    assert town.ratio < 0.8


def test_the_same_objects_every_week_fail() -> None:
    """A seed that is used again draws the same objects, which no chance would."""
    history = look_back(rounds(8, stay=True), dimensions=WHERE, far="far", seeds=500)
    assert {"first", "again"} <= {one.code for one in failing(history.checks)}


def test_forged_tickets_fail() -> None:
    """Tickets that are not uniform cannot come from SHA-256."""
    honest = rounds(3)
    forged = [
        dataclasses.replace(one, tickets={k: v**1.5 for k, v in one.tickets.items()})
        for one in honest
    ]
    assert "tickets" in {one.code for one in failing(look_back(forged, seeds=300).checks)}


def test_far_firms_left_out_of_the_plan_fail() -> None:
    """Drawing far firms and then not planning them is found out."""
    spared = [
        dataclasses.replace(one, planned=frozenset(x for x in one.drawn if not _spared(x)))
        for one in rounds(6)
    ]
    history = look_back(spared, dimensions=WHERE, far="far", seeds=500)
    assert "far" in {one.code for one in failing(history.checks)}
    assert next(one for one in history.planned if one.name == "far").planned == 0


def test_never_drawn_objects_carry_the_chance_of_that() -> None:
    """The list of objects never drawn tells in how many rounds, and how likely that was."""
    found = rounds(3)
    history = look_back(found, seeds=300)
    one = history.never[0]
    pis = [float(r.frame.promised[r.frame.ids.index(one.id)]) for r in found]
    assert one.rounds == 3
    assert one.chance == pytest.approx(np.prod([1 - pi for pi in pis]))


# Crews --------------------------------------------------------------------------------------------


def crews(number: int, *, loyal: bool) -> list[CrewDraw]:
    """Return crews of two out of twelve for the same five firms, round after round."""
    source = np.random.default_rng(3)
    people = {f"R{i:02d}": ("安监" if i % 2 else "消防", frozenset({"fire"})) for i in range(12)}
    found = []
    for at in range(number):
        for team in range(5):
            pair = [2 * team, 2 * team + 1]
            if not loyal:
                pair = [2 * int(source.integers(0, 6)), 2 * int(source.integers(0, 6)) + 1]
            found.append(
                CrewDraw(
                    round_id=f"W{at}", day=f"d{team}", size=2, candidates=people,
                    departments=frozenset({"安监", "消防"}), specialities=frozenset({"fire"}),
                    taken=frozenset(f"R{i:02d}" for i in pair), objects=frozenset({f"E{team}"}),
                )
            )  # fmt: skip
    return found


def test_the_same_inspectors_at_the_same_firms_are_found_out() -> None:
    """Pairs that always meet again are far more than chance makes; drawn ones are not."""
    fair, loyal = repeats(crews(6, loyal=False)), repeats(crews(6, loyal=True))
    assert fair.check.p > 0.01
    assert loyal.check.p < 1e-4
    assert loyal.repeats == 5 * 5 * 2
    assert loyal.worst[0][2] == 6
    assert fair.expected == pytest.approx(loyal.expected)


def test_nobody_met_twice_needs_no_chance() -> None:
    """A single round cannot repeat a meeting."""
    alone = repeats(crews(1, loyal=True))
    assert (alone.meetings, alone.repeats, alone.check.p) == (0, 0, 1)
