"""The hierarchy finds what a plain search finds, to the last digit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import dijkstra

from geo import hierarchy_kernel
from geo.hierarchy import NONE, Seeds, contract, many_to_many
from geo.roads import fastest

if TYPE_CHECKING:
    import pytest
    from scipy.sparse import csr_array


def _plain(matrix: csr_array[np.float64]) -> np.ndarray:
    found = dijkstra(matrix)
    return np.where(np.isfinite(found), found, NONE).astype(np.int64)


def _alone(states: np.ndarray) -> Seeds:
    begin = np.arange(len(states) + 1)
    return Seeds(begin, states.astype(np.int32), np.zeros(len(states), np.int64))


def _random(seed: int, *, states: int, links: int) -> csr_array[np.float64]:
    rng = np.random.default_rng(seed)
    tail, head = rng.integers(0, states, (2, links))
    keep = tail != head
    weight = rng.integers(1, 50, links).astype(float)[keep]
    return fastest(tail[keep], head[keep], weight, size=states)[0]


@given(st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=40)
def test_all_pairs_equal_a_plain_search(seed: int) -> None:
    """On random one-way graphs with ties, unreachable states and lonely ones."""
    states = seed % 40 + 1
    matrix = _random(seed, states=states, links=seed % 7 * states // 2 + 1)
    links = matrix.tocoo()
    built = contract(links.row, links.col, links.data.astype(np.int64), states=states)
    everywhere = _alone(np.arange(states))
    np.testing.assert_array_equal(many_to_many(built, everywhere, everywhere), _plain(matrix))


def test_searches_begin_at_several_states_with_a_head_start() -> None:
    """The best of all beginnings and ends counts, each with what it costs."""
    matrix = _random(7, states=60, links=150)
    links = matrix.tocoo()
    built = contract(links.row, links.col, links.data.astype(np.int64), states=60)
    sources = Seeds(np.array([0, 2, 3]), np.array([3, 9, 9], np.int32), np.array([5, 0, 1]))
    targets = Seeds(np.array([0, 2]), np.array([20, 41], np.int32), np.array([0, 7]))
    whole = _plain(matrix)
    one = [whole[3, 20] + 5, whole[9, 20], whole[3, 41] + 12, whole[9, 41] + 7]
    assert many_to_many(built, sources, targets)[0, 0] == min(one)
    assert many_to_many(built, sources, targets)[1, 0] == min(whole[9, 20], whole[9, 41] + 7) + 1


def test_a_core_that_is_too_dense_is_searched_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    """States that would need too many links stay; ways through them are found all the same."""
    ranks = []
    plain = getattr(hierarchy_kernel.contract, "py_func", hierarchy_kernel.contract)

    def spied(links: np.ndarray, count: int, rank: np.ndarray) -> int:
        made = int(plain(links, count, rank))
        ranks.append(rank)
        return made

    monkeypatch.setattr(hierarchy_kernel, "_MOST_LINKS", 6)
    monkeypatch.setattr(hierarchy_kernel, "contract", spied)
    matrix = _random(3, states=60, links=400)
    links = matrix.tocoo()
    built = contract(links.row, links.col, links.data.astype(np.int64), states=60)
    assert 10 < (ranks[-1] == 60).sum() < 60
    everywhere = _alone(np.arange(60))
    np.testing.assert_array_equal(many_to_many(built, everywhere, everywhere), _plain(matrix))
