"""Trend classes: a watch until fresh events confirm it, steady at the edges, quiet on chance."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from geo.crs import working_crs
from geo.grid import SquareGrid
from geo.hotspot import evidence
from geo.trend import LEAST_PERIODS, TRENDS, CellHistory, Period, class_of, runs_of, trends

GRID = SquareGrid(working_crs(113.1, 26.1))
SIDE = 20
ROW, COL = (plane.ravel() for plane in np.mgrid[:SIDE, :SIDE])
CELLS = pd.Index(GRID.names(COL, ROW))


def _cell(hot: str, observed: list[float] | float = 0.0, expected: float = 0.5) -> CellHistory:
    """Return a history from a picture: ``#`` hot, ``+`` only a neighbour is, ``.`` neither."""
    count = len(hot)
    seen = np.broadcast_to(np.asarray(observed, np.float64), count).copy()
    due = np.full(count, expected)
    return CellHistory(
        hot=np.array([c == "#" for c in hot]), near=np.array([c in "#+" for c in hot]),
        observed=seen, expected=due, squares=due**2 / 9, phi=0.0,
    )  # fmt: skip


def test_what_is_hot_for_the_first_time_is_a_watch() -> None:
    """However high it stands: of many cells the luckiest one does, too."""
    assert class_of(_cell("." * 13 + "#", [0.0] * 13 + [9.0])) == "watch"


def test_events_after_the_first_sight_confirm_and_those_before_do_not() -> None:
    """Two a month where half of one is due confirm; the same number before the sight does not."""
    after = [0.0] * 8 + [5.0] + [2.0] * 5
    before = [2.0] * 8 + [5.0] + [0.0] * 5
    assert class_of(_cell("." * 8 + "######", after)) == "confirmed"
    assert class_of(_cell("." * 8 + "######", before)) == "watch"


def test_one_fresh_period_is_not_enough() -> None:
    """However much it holds: it takes two."""
    assert class_of(_cell("." * 12 + "##", [0.0] * 12 + [4.0, 6.0])) == "watch"


@pytest.mark.parametrize(
    ("early", "late", "named"),
    [(2.0, 2.0, "persistent"), (1.0, 4.0, "intensifying"), (4.0, 1.0, "diminishing")],
)
def test_the_later_half_tells_where_it_is_heading(early: float, late: float, named: str) -> None:
    """As many as before: persistent; four times as many, or as few: rising, falling."""
    assert class_of(_cell("#" * 14, [early] * 7 + [late] * 7)) == named


def test_a_confirmed_hotspot_of_half_a_year_is_not_persistent_yet() -> None:
    """Persistent takes 90 % of the last twelve periods."""
    assert class_of(_cell("." * 7 + "#" * 7, 2.0)) == "confirmed"
    assert class_of(_cell("." * 2 + "#" * 12, 2.0)) == "persistent"


def test_one_period_away_or_a_hot_neighbour_does_not_end_a_hotspot() -> None:
    """The edge of a cluster comes and goes; the class does not."""
    for picture in ("..######.#####", "..###+++++####", "..############"):
        assert [run.start for run in runs_of(_cell(picture, 2.0))] == [2]
        assert class_of(_cell(picture, 2.0)) == "persistent"


def test_two_periods_away_end_it_and_what_comes_back_is_sporadic() -> None:
    """Again after it was gone: sporadic; a neighbour alone does not begin it anew."""
    found = runs_of(_cell("###...++..####", 2.0))
    assert [(run.start, run.stop) for run in found] == [(0, 3), (10, 14)]
    assert class_of(_cell("###...++..####", 2.0)) == "sporadic"


def test_what_is_gone_is_historical_if_it_was_confirmed() -> None:
    """An unconfirmed watch that went away leaves nothing behind."""
    assert class_of(_cell("######" + "." * 8, 2.0)) == "historical"
    assert class_of(_cell("######" + "." * 8, 0.0)) == "none"
    assert class_of(_cell("." * 14)) == "none"


def test_dispersion_makes_confirmation_harder() -> None:
    """Where single cells differ by themselves, the same fresh events are no proof."""
    plain = _cell("." * 8 + "######", [0.0] * 8 + [5.0] + [1.2] * 5)
    wild = CellHistory(hot=plain.hot, near=plain.near, observed=plain.observed,
                       expected=plain.expected, squares=plain.expected**2, phi=4.0)  # fmt: skip
    assert (class_of(plain), class_of(wild)) == ("confirmed", "watch")


def _periods(rate: np.ndarray, *, months: int, seed: int) -> list[Period]:
    random = np.random.default_rng(seed)
    exposure = np.full(SIDE**2, 4.0)
    total, periods = np.zeros(SIDE**2), []
    for month in range(months):
        counts = random.poisson(rate[month] if rate.ndim == 2 else rate).astype(float)
        total = total + counts
        due = exposure * total.sum() / exposure.sum()
        found = evidence(pd.Series(total, index=CELLS), pd.Series(due, index=CELLS), grid=GRID)
        periods.append(Period(found=found, counts=pd.Series(counts, index=CELLS)))
    return periods


def test_chance_is_not_confirmed() -> None:
    """Of ten maps of pure chance at most one has a cell beyond a watch (a true rate of 1 %)."""
    rate = np.full(SIDE**2, 0.1)
    claimed = 0
    for seed in range(10):
        found = trends(_periods(rate, months=14, seed=seed), grid=GRID)["trend"]
        claimed += bool((~found.isin(("watch", "none"))).any())
    assert claimed <= 1


def test_a_cluster_that_begins_is_confirmed_and_its_cells_have_one_class_each() -> None:
    """Five times the rate from the fifth month on: most of its cells are more than a watch."""
    inside = (ROW - 10) ** 2 + (COL - 10) ** 2 <= 4
    rate = np.full((18, SIDE**2), 0.1)
    rate[4:, inside] *= 5
    found = trends(_periods(rate, months=18, seed=3), grid=GRID)
    assert set(found["trend"]) <= set(TRENDS)
    known = found["trend"].isin(("confirmed", "intensifying", "persistent"))
    hit = known.reindex(CELLS, fill_value=False).to_numpy()
    assert hit[inside].mean() > 0.6
    assert hit[~inside].mean() < 0.02
    assert found.loc[known, "since"].min() >= 4
    assert found.index.is_monotonic_increasing


def test_fewer_than_twelve_periods_are_refused() -> None:
    """Whoever asks is told how many it takes."""
    with pytest.raises(ValueError, match="11 periods"):
        trends(_periods(np.full(SIDE**2, 0.1), months=LEAST_PERIODS - 1, seed=1), grid=GRID)
