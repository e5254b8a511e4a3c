"""How clean a record was of a place at first: nothing later than its first discovery counts."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from scheduler.relapse_record import GAP_DAYS, MEMORY_DAYS, Record, recency

FOUND = [(100, "a"), (130, "b"), (130, "a"), (400, "c"), (700, "b")]


def record(found: list[tuple[int, str]]) -> Record:
    """Return a record of what was found, in the order of time."""
    made = Record()
    for on, place in found:
        made.found(place, on)
    return made


def test_a_record_is_clean_of_a_place_until_its_first_discovery() -> None:
    """Counted from the first discovery anywhere; what happens there later changes nothing."""
    whole = record(FOUND)
    assert [whole.clean_days(place) for place in "abc"] == [0, 30, 300]


def test_nothing_later_changes_what_was_known() -> None:
    """As of any discovery the figures are those of the record cut off there."""
    whole = record(FOUND)
    for end in range(1, len(FOUND) + 1):
        cut = record(FOUND[:end])
        for _, place in FOUND[:end]:
            assert cut.clean_days(place) == whole.clean_days(place)


def test_one_old_site_does_not_make_the_record_old() -> None:
    """After a year without any discovery the record begins anew; a day less, and it goes on."""
    old = record([(0, "old"), (GAP_DAYS + 1, "x"), (GAP_DAYS + 51, "y")])
    assert [old.clean_days(place) for place in ("old", "x", "y")] == [0, 0, 50]
    assert record([(0, "old"), (GAP_DAYS, "x")]).clean_days("x") == GAP_DAYS


def test_discoveries_come_in_order_and_places_must_be_known() -> None:
    """Out of order, or a place where nothing was found: an error, no figure."""
    with pytest.raises(ValueError, match="in order of time"):
        record([(5, "a"), (4, "b")])
    with pytest.raises(KeyError):
        record(FOUND).clean_days("nowhere")


def test_what_led_to_the_closing_is_not_told_twice() -> None:
    """Of the days on which a place was found the last one is left out."""
    whole = record(FOUND)
    assert [whole.before_last(place) for place in ("a", "b", "c", "z")] == [[100], [130], [], []]


def test_what_was_heard_counts_less_with_its_age() -> None:
    """Once on the day itself counts one, a memory ago its e-th part; nothing heard is nothing."""
    assert recency([]) == 0.0
    assert recency([0, int(MEMORY_DAYS)]) == pytest.approx(1 + np.exp(-1))
    assert all(recency([a]) > recency([b]) for a, b in itertools.pairwise((0, 3, 40, 800)))
