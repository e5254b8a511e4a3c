"""Tests of tickets and exact ranks."""

from __future__ import annotations

import hashlib
import unicodedata
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.draw_record import Candidate
from scheduler.tickets import Ranked, Tickets, decimal, rank_weighted, ticket


def ranked(weights: list[int | Fraction], *, taken: int, seed: str = "s") -> list[Ranked]:
    """Return the objects 0, 1, 2 … with these weights, ranked."""
    pool = [Candidate(id=str(i), weight=weight) for i, weight in enumerate(weights)]
    tickets = Tickets.of_stratum(seed=seed, round_id="r", stratum="weighted")
    found = rank_weighted(pool, taken=taken, tickets=tickets)
    return sorted(found, key=lambda one: (one.key, one.ticket, one.id))


@pytest.mark.parametrize(
    ("seed", "id_", "digest"),
    [
        (
            "福彩2026134期 03 07 18 21 25 30",
            "永兴-0001",
            "e9b108d611bb5ee073fe1f1d5d56d7ef284bb0ed08a76ae105c46c755f851953",
        ),
        (
            "seed",
            "91431023ma4l000001",
            "995b91c3d55d81dacf170b1f94c959e0b06b8159dd631b09409b360e68fdb0bf",
        ),
    ],
)
def test_published_vectors(seed: str, id_: str, digest: str) -> None:
    """Tickets agree with ``sha256sum`` of the four names on four lines, computed elsewhere."""
    number = ticket(id_, seed=seed, round_id="2026-W48", stratum="uniform")
    assert f"{number:064x}" == digest


def test_the_definition_of_a_ticket() -> None:
    """The ticket is what anyone computes from its written definition."""
    text = "种子\n2026-W48\nweighted\nE-É1"
    expected = hashlib.sha256(unicodedata.normalize("NFC", text).encode("utf-8")).hexdigest()
    got = ticket("e-é1", seed="种子", round_id="2026-W48", stratum="weighted")
    assert f"{got:064x}" == expected


@settings(deadline=None, max_examples=100)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.text("ab种é", min_size=1))
def test_tickets_do_not_depend_on_the_unicode_form(seed: str, id_: str) -> None:
    """Composed and decomposed, lower and upper case ids have the same ticket."""
    one = ticket(id_, seed=seed, round_id="r", stratum="uniform")
    decomposed = unicodedata.normalize("NFD", id_)
    assert one == ticket(decomposed, seed=seed, round_id="r", stratum="uniform")
    assert one == ticket(id_.upper(), seed=seed, round_id="r", stratum="uniform")
    assert one != ticket(id_, seed=seed, round_id="r", stratum="weighted")
    assert 0 <= one < 2**256


@settings(deadline=None, max_examples=100)
@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=12), st.integers(0, 12), st.text(max_size=5)
)
def test_ranks_agree_with_exact_fractions(weights: list[int], taken: int, seed: str) -> None:
    """The whole-number keys order objects as the exact fractions of the definition do."""
    taken = min(taken, len(weights))
    rows = ranked(list(weights), taken=taken, seed=seed)

    def exact(one: Ranked) -> tuple[int, Fraction]:
        if one.pi == 1:
            return (0, Fraction(one.ticket))
        u = Fraction(one.ticket, 2**256)
        odds = one.pi / (1 - one.pi) if taken and one.pi else Fraction(one.weight)
        return (1, u / (1 - u) / odds)

    assert [one.id for one in rows] == [one.id for one in sorted(rows, key=exact)]
    assert sum(one.pi for one in rows) == taken


def test_objects_with_a_chance_above_one_are_certain() -> None:
    """π = n·w/Σw above 1 means taken; the rest share what is left."""
    rows = ranked([100, 1, 1, 2], taken=2)
    assert rows[0].id == "0"
    assert {one.id: one.pi for one in rows} == {
        "0": Fraction(1), "1": Fraction(1, 4), "2": Fraction(1, 4), "3": Fraction(1, 2),
    }  # fmt: skip


def test_weights_may_be_fractions() -> None:
    """Only the ratio of weights matters, exactly."""
    third = ranked([Fraction(1, 3), Fraction(1, 2), 1], taken=1)
    whole = ranked([2, 3, 6], taken=1)
    assert [(one.id, one.pi) for one in third] == [(one.id, one.pi) for one in whole]


def test_decimals_round_half_up() -> None:
    """Probabilities have twelve decimals."""
    assert decimal(Fraction(2, 3)) == "0.666666666667"
    assert decimal(Fraction(1, 2 * 10**12)) == "0.000000000001"
    assert decimal(Fraction(1)) == "1.000000000000"
