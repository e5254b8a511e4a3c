"""Counts know their unit, rates stay below one, growth has a base."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.figures import Count, Growth, Rate, Ratio, UnitError, money, total

UNITS = ("家", "家次", "起", "处", "处次", "人次", "台次", "件", "元")


def _n(value: float, unit: str = "起") -> Count:
    return Count(value=value, unit=unit)


@given(st.sampled_from(UNITS), st.sampled_from(UNITS), st.integers(0, 99), st.integers(0, 99))
def test_only_the_same_unit_is_added(one: str, other: str, a: int, b: int) -> None:
    """家 and 家次, 起 and 处, 人次 and 台次 never become one figure."""
    if one == other:
        assert (_n(a, one) + _n(b, other)).value == a + b
        return
    with pytest.raises(UnitError):
        _n(a, one) + _n(b, other)
    with pytest.raises(UnitError):
        Rate(part=_n(0, one), whole=_n(b, other))
    with pytest.raises(UnitError):
        Growth(now=_n(a, one), before=_n(b, other))


def test_a_total_of_nothing_is_zero_and_more_than_stays_more_than() -> None:
    """No records are 0, not blank; 余 in a part makes the sum an at-least."""
    assert total([], unit="处") == _n(0, "处")
    some = [Count(value=1200, unit="箱", at_least=True), _n(2, "箱")]
    assert total(some, unit="箱") == Count(value=1202, unit="箱", at_least=True)


def test_the_rates_of_jiaxing_come_out_as_published() -> None:
    """98.88 % rectified, 94.77 % collected, 46.11 % of reports true, 42.6 % of checks recorded."""
    rates = [(14727, 14894, 2), (3193.34, 3369.41, 2), (89, 193, 2), (4284, 10060, 1)]
    shown = [Rate(part=_n(a), whole=_n(b)).percent(digits=d) for a, b, d in rates]
    assert shown == ["98.88", "94.77", "46.11", "42.6"]
    assert Ratio(over=_n(2002, "项"), under=_n(573, "家次")).text() == "3.49"
    assert Ratio(over=_n(14500, "次"), under=_n(612600)).text(times=100) == "2.37"


def test_a_rate_without_a_whole_is_blank_and_above_one_refused() -> None:
    """1327 reviews of 1306 orders are no rate; none of none is not 0 %."""
    empty = Rate(part=_n(0), whole=_n(0))
    assert (empty.share, empty.percent()) == (None, "")
    with pytest.raises(ValueError, match="no part"):
        Rate(part=_n(1327), whole=_n(1306))


def test_growth_is_told_apart_from_multiples() -> None:
    """1310 after 462 is +183.55 % and 2.84 times; a base of 0 gives neither."""
    growth = Growth(now=_n(1310), before=_n(462))
    assert (growth.change, growth.percent(), growth.times()) == ("more", "183.55", "2.84")
    assert Growth(now=_n(124), before=_n(134)).percent() == "7.46"
    assert Growth(now=_n(3), before=_n(0)).change == "first"
    assert Growth(now=_n(3), before=_n(0)).percent() == ""
    assert Growth(now=_n(0), before=_n(0)).change == "nothing"
    assert Growth(now=_n(5), before=_n(5)).change == "same"


@pytest.mark.parametrize(
    ("yuan", "words"),
    [(0, "0元"), (550, "550元"), (47000, "4.7万元"), (33_694_100, "3369.41万元"),
     (9_999.5, "9999.5元"), (10_000.01, "1.000001万元"), (200_000, "20万元")],
)  # fmt: skip
def test_money_is_written_to_the_fen(yuan: float, words: str) -> None:
    """Parts add up to their total as written, as nothing is rounded."""
    assert "".join(money(yuan)) == words
