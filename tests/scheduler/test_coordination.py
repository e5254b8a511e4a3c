"""Tests of tickets in common: fewer visits at the gate, every department's chances its own."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from scheduler.coordination import METHODS, Comparison, begin, compare
from scheduler.draw import draw
from scheduler.draw_record import STRATA, Candidate
from scheduler.guessers import ring_samples
from scheduler.overlap import generated, share_out
from scheduler.rerun import frame_of, frame_with, pick
from scheduler.tickets import Tickets


@pytest.fixture(scope="module")
def found() -> Comparison:
    """Return a comparison of three departments over 1,200 firms."""
    weights, strata = generated(1200, random=3)
    registers = share_out(weights, strata, departments=3, overlap=0.4, random=3)
    return compare(registers, rounds=26, years=20, random=3)


def candidates(ids: range, *, department: int) -> list[Candidate]:
    """Return what one department thinks of some firms."""
    return [
        Candidate(
            id=f"企{i:03d}", weight=Fraction(1 + (i * (department + 2)) % 5),
            stratum=STRATA[0] if i % (9 + department) == 0 else STRATA[1],
        )
        for i in ids
    ]  # fmt: skip


@pytest.mark.parametrize("permanent", ["", "永久号码 2026"])
def test_the_simulation_draws_what_the_exact_draw_draws(permanent: str) -> None:
    """With the tickets of the record the simulated departments draw its very objects."""
    quota = {"certainty": 2, "weighted": 6, "uniform": 3}
    for department, ids in enumerate((range(70), range(40, 120), range(90))):
        for number in range(6):
            round_id = f"2026-W{number}"
            record = draw(
                candidates(ids, department=department), seed="种", round_id=round_id, quota=quota,
                permanent=permanent,
            ).to_json()  # fmt: skip
            frame = frame_of(record)
            tickets = []
            for name in STRATA:
                own = Tickets.of_stratum(
                    seed="种", round_id=round_id, stratum=name, permanent=permanent
                )
                tickets.append(np.array([[own.of(id_) / 2**256 for id_ in frame.ids]]))
            assert (pick(frame, tickets)[0] == frame.drawn).all()


def test_a_ring_is_numbers_less_a_start() -> None:
    """A permanent ticket is how far the number lies above the round's start, in every round."""
    ids = [f"企{i}" for i in range(50)]
    rounds = [Tickets.of_stratum(seed="s", round_id=f"{i}", stratum="uniform", permanent="p")
              for i in range(3)]  # fmt: skip
    first, *others = ([t.of(id_) for id_ in ids] for t in rounds)
    for other in others:
        assert len({(a - b) % 2**256 for a, b in zip(first, other, strict=True)}) == 1


def test_departments_keep_their_own_chances(found: Comparison) -> None:
    """Whatever the tickets, each department draws its classes as it promised, shared or not."""
    assert [one.method for one in found.methods] == list(METHODS)
    for one in found.methods:
        assert one.visits == pytest.approx(found.visits)
        assert one.exact


def test_rare_classes_do_not_cry_wolf() -> None:
    """Classes of one firm that is hardly ever drawn are tested together with others."""
    source = np.random.default_rng(1)
    for random in range(3):
        weights = [*source.integers(1, 60, 90).tolist(), *[1] * 60]
        registers = share_out(
            weights, np.ones(150, dtype=np.intp), departments=3, overlap=0.3, random=random
        )
        found = compare(registers, rounds=8, years=24, random=random)
        assert all(one.exact for one in found.methods)


def test_common_tickets_save_most_of_what_can_be_saved(found: Comparison) -> None:
    """Gate visits come near the sum of the greatest chances; without coordination they do not."""
    blind, fresh, ring = (found.of(name) for name in METHODS[:3])
    assert blind.gate == pytest.approx(found.blind, rel=0.02)
    for one in (fresh, ring):
        assert found.least * 0.97 < one.gate < 0.85 * found.blind
        assert one.saved_shared > 5 * blind.saved_shared
        assert 0.75 < one.reached <= 1.03
    assert fresh.guesses.other is not None
    assert fresh.guesses.other > 0.7


def test_permanent_numbers_cost_samples_and_even_chances(found: Comparison) -> None:
    """Who knows the numbers faces few samples and uneven chances; fresh tickets have neither."""
    fresh, ring, turning = (found.of(name) for name in METHODS[1:])
    assert ring.guesses.possible < fresh.guesses.possible / 1.5
    assert fresh.guesses.uneven == 0
    assert ring.guesses.uneven is not None
    assert ring.guesses.uneven > 0.2
    assert ring.guesses.numbers_one is not None
    assert fresh.guesses.past_one is not None
    assert ring.guesses.numbers_one > fresh.guesses.past_one + 0.05
    assert fresh.spread == pytest.approx(1, abs=0.1)
    assert ring.spread > fresh.spread + 0.1
    assert turning.again < 0.6 * turning.again_blind
    assert turning.never < fresh.never
    assert turning.guesses.numbers == 1


def test_equal_chances_on_a_ring_have_as_many_samples_as_firms() -> None:
    """An equal draw from fixed numbers has one sample for each arc of the ring."""
    frame = frame_with(np.full(200, 2), weights=[1] * 200, taken=(0, 0, 10))
    assert 10 ** ring_samples(frame, random=1) == pytest.approx(200)
    numbers = np.random.default_rng(2).random(200)
    starts = np.linspace(0, 1, 20_001)[:-1]
    tickets = (numbers[None, :] - starts[:, None]) % 1.0
    drawn = pick(frame, [tickets, tickets, tickets])
    assert len({row.tobytes() for row in drawn}) <= 200


def test_equal_registers_become_one_visit_each() -> None:
    """Departments with the same frame and the same tickets draw the same firms."""
    weights, strata = generated(200, random=1)
    registers = share_out(weights, strata, departments=2, overlap=1, random=1)
    first = registers.departments[0]
    same = replace(registers, departments=(first, replace(first, name="2")))
    for method in METHODS[1:]:
        one, other = begin(same, method, source=np.random.default_rng(1))(20)
        assert (one == other).all()


def test_own_departments_are_kept_and_the_overlap_is_as_asked() -> None:
    """Firms stay on their own department's register; about the asked share is on others too."""
    weights, strata = generated(1000, random=5)
    home = ["应急" if i % 2 else "消防" if i % 4 else "住建" if i % 8 else "" for i in range(1000)]
    registers = share_out(weights, strata, departments=3, overlap=0.3, random=5, home=home)
    assert [one.name for one in registers.departments] == ["应急", "消防", "住建"]
    for one in registers.departments:
        own = [i for i, name in enumerate(home) if name == one.name]
        assert set(own) <= set(one.firms.tolist())
    assert float(registers.shared.mean()) == pytest.approx(0.3, abs=0.05)
    with pytest.raises(ValueError, match="nothing"):
        share_out(weights, strata, departments=1, overlap=0.3, random=5)
    alone = share_out(weights, strata, departments=2, overlap=0, random=5)
    assert not alone.shared.any()
