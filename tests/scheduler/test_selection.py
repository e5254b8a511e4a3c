"""Tests that drawing without all ranks gives what the draw with its whole record gives."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.events import canonical_json
from scheduler.candidates import FrameError, frame_json, ordered
from scheduler.draw import draw
from scheduler.draw_record import STRATA, Candidate
from scheduler.selection import frame_text, select

WEIGHTS = (1, 2, 4, 8, 1000, Fraction(1, 2), Fraction(7, 3))


@settings(deadline=None, max_examples=200)
@given(
    st.lists(
        st.tuples(st.sampled_from(STRATA), st.sampled_from(WEIGHTS), st.sampled_from(["", "停"])),
        min_size=1, max_size=60,
    ),
    st.tuples(st.integers(0, 9), st.integers(0, 20), st.integers(0, 9)),
    st.text("ab种7", max_size=5),
    st.sampled_from(["", "永久"]),
    st.sampled_from(["sha256", "sm3"]),
)  # fmt: skip
def test_the_same_objects_chances_and_hash(
    firms: list[tuple[str, int | Fraction, str]],
    quota: tuple[int, int, int],
    seed: str,
    permanent: str,
    digest: str,
) -> None:
    """Selected objects in their order, chances and frame hash are those of the whole record."""
    frame = [
        Candidate(
            id=f"企 {i}\t\"\\{'é' * (i % 2)}", stratum=stratum, weight=weight, why=f"w{i % 3}",
            reason_excluded="suspended" if out else "", detail={"名": out} if out else {},
        )
        for i, (stratum, weight, out) in enumerate(firms)
    ]  # fmt: skip
    asked = dict(zip(STRATA, quota, strict=True))
    record = draw(
        frame, seed=seed, round_id="2026-W48", quota=asked, permanent=permanent, digest=digest
    )
    found = select(
        frame, seed=seed, round_id="2026-W48", quota=asked, permanent=permanent, digest=digest
    )
    assert found.selected == record.selected
    assert record.dumps() == canonical_json(record.to_json())
    assert found.frame_hash == record.terms.frame_hash
    kinds = {one["id"]: (one["stratum"], one["weight"]) for one in record.frame["eligible"]}
    assert {id_: found.chances[kind] for id_, kind in kinds.items()} == record.probability


def test_a_large_frame_whose_limit_has_to_be_raised() -> None:
    """Thousands of objects, few of them below the first limit: nobody is missed."""
    frame = [
        Candidate(id=f"E{i:05d}", weight=(1, 2, 4, 8)[i % 4], stratum=STRATA[1 + (i % 9 == 0)])
        for i in range(6000)
    ]
    for taken in (1, 7, 60, 900):
        quota = {"weighted": taken, "uniform": taken // 2}
        for seed in ("a", "b", "c"):
            record = draw(frame, seed=seed, round_id="R", quota=quota)
            assert select(frame, seed=seed, round_id="R", quota=quota).selected == record.selected


def test_the_frame_is_written_as_canonical_json() -> None:
    """The text that is hashed is that of the record's frame, character by character."""
    frame = ordered([
        Candidate(id="企\u2028乙", why="grade"), Candidate(id='A"\x07', weight=Fraction(1, 3)),
        Candidate(id="z", reason_excluded="cooldown", detail={"b": 1.5, "a": ["企"]}),
    ])  # fmt: skip
    assert frame_text(frame) == canonical_json(frame_json(frame))
    assert frame_text([]) == canonical_json(frame_json([]))


def test_a_bad_frame_is_refused() -> None:
    """What the draw refuses is refused here too."""
    with pytest.raises(FrameError):
        select([Candidate(id="a"), Candidate(id="A")], seed="s", round_id="R", quota={})
