"""The relapse radar: what is near for certain enough, and what shares a name."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest

from geo.radar import SIGMAS, Hit, Sighting, chance_within, sweep

CLOSED, FOUND = dt.date(2026, 3, 1), dt.date(2026, 6, 1)
METRES = 1 / 111_320.0  # degrees of latitude


def seen(
    id_: str, on: dt.date, *, north_m: float = 0.0, radius_m: float = 30.0,
    marks: dict[str, str] | None = None,
) -> Sighting:  # fmt: skip
    """Return a sighting north of one point."""
    return Sighting(id=id_, on=on, lon=113.1, lat=26.1 + north_m * METRES, radius_m=radius_m,
                    marks=marks or {})  # fmt: skip


def found(
    closed: list[Sighting], new: list[Sighting], **own: Any
) -> list[Hit]:  # fmt: skip
    """Return hits with the shipped thresholds."""
    usual: dict[str, Any] = {
        "reach_m": 200.0, "chance": 0.5, "most_days": 1095,
        "matches": ("place", "person", "plate", "supplier", "enterprise"),
    }  # fmt: skip
    return sweep(closed, new, **{**usual, **own})


@pytest.mark.parametrize(
    ("distance", "one", "other"), [(50, 60, 80), (150, 100, 300), (400, 90, 0)]
)
def test_the_chance_is_that_of_two_wrong_points(distance: int, one: int, other: int) -> None:
    """The share of true pairs within reach, drawn around both points, is the chance."""
    rng = np.random.default_rng(5)
    shift = rng.normal(0, np.hypot(one, other) / SIGMAS, (200_000, 2)) + np.array([distance, 0.0])
    drawn = (np.hypot(*shift.T) <= 200).mean()
    told = chance_within(200.0, distance_m=distance, one_m=one, other_m=other)
    assert float(told) == pytest.approx(drawn, abs=0.005)


def test_exact_places_are_near_or_not() -> None:
    """Without any error the distance alone decides."""
    told = chance_within(200.0, distance_m=[199.0, 201.0], one_m=0.0, other_m=0.0)
    assert told.tolist() == [1.0, 0.0]


def test_a_new_den_next_to_a_closed_one_is_flagged() -> None:
    """40 m away with good coordinates: flagged with distance, error and chance."""
    (hit,) = found([seen("A", CLOSED)], [seen("B", FOUND, north_m=40)])
    assert (hit.new, hit.closed, hit.days, hit.matches) == ("B", "A", 92, ("place",))
    assert hit.distance_m == pytest.approx(40, abs=1)
    assert hit.radius_m == pytest.approx(np.hypot(30, 30))
    assert hit.chance is not None
    assert hit.chance > 0.999


def test_points_that_coincide_by_coarseness_are_not_near() -> None:
    """Two dens placed at the same village centre may be kilometres apart."""
    assert found([seen("A", CLOSED, radius_m=2400)], [seen("B", FOUND, radius_m=2400)]) == []


def test_far_or_earlier_or_too_late_is_no_relapse() -> None:
    """What is far, was found before the closing, or years after it, is not flagged."""
    closed = [seen("A", CLOSED)]
    assert found(closed, [seen("B", FOUND, north_m=900)]) == []
    assert found(closed, [seen("B", CLOSED)]) == []
    assert found(closed, [seen("B", CLOSED - dt.timedelta(days=5))]) == []
    assert found(closed, [seen("B", FOUND)], most_days=90) == []
    assert found(closed, [seen("A", FOUND)]) == []  # itself


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("plate", "湘L·0X123", "湘L0X123"),
        ("person", "欧阳 建国", "欧阳建国"),
        ("supplier", "郴州宏达贸易有限公司", "郴州宏达贸易有限公司 "),
        ("enterprise", "QY00012", "qy00012"),
    ],
)
def test_the_same_name_counts_wherever_it_is(kind: str, one: str, other: str) -> None:
    """Plates, people, suppliers and enterprises are compared as people write them."""
    new = [seen("B", FOUND, north_m=9000, marks={kind: other})]
    (hit,) = found([seen("A", CLOSED, marks={kind: one})], new)
    assert hit.matches == (kind,)
    assert hit.chance == pytest.approx(0.0, abs=1e-6)
    assert found([seen("A", CLOSED, marks={kind: one})], new, matches=("place",)) == []


@pytest.mark.parametrize("nobody", ["李某某", "张*", "不详", "王×", "无", "未知", "陈XX", "刘"])
def test_who_is_not_named_matches_nobody(nobody: str) -> None:
    """Masked and unknown names say nothing."""
    closed = [seen("A", CLOSED, marks={"person": nobody})]
    assert found(closed, [seen("B", FOUND, north_m=9000, marks={"person": nobody})]) == []


def test_what_names_the_closed_site_counts() -> None:
    """A report about it, or a ledger that says whose place it is."""
    (hit,) = found(
        [seen("FF1", CLOSED)], [seen("B", FOUND, north_m=5000, marks={"named": "FF0 FF1"})]
    )
    assert hit.matches == ("named",)


def test_something_without_a_place_can_still_match_by_name() -> None:
    """No coordinates: no distance, but the plate remains."""
    nowhere = Sighting(id="B", on=FOUND, lon=float("nan"), lat=float("nan"),
                       radius_m=float("nan"), marks={"plate": "湘L0X123"})  # fmt: skip
    (hit,) = found([seen("A", CLOSED, marks={"plate": "湘L0X123"})], [nowhere])
    assert (hit.matches, hit.distance_m, hit.radius_m, hit.chance) == (("plate",), None, None, None)


def test_the_best_match_comes_first() -> None:
    """Two closed sites: the one that shares place and plate before the one next door."""
    closed = [
        seen("A", CLOSED, north_m=60),
        seen("C", CLOSED, north_m=90, marks={"plate": "湘L0X123"}),
    ]
    hits = found(closed, [seen("B", FOUND, marks={"plate": "湘L0X123"})])
    assert [(hit.closed, hit.matches) for hit in hits] == [("C", ("place", "plate")),
                                                         ("A", ("place",))]  # fmt: skip
