"""The compiled searches are kept on disk, where processes that start later read them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from scheduler import ordered, ordered_kernel, ruin, ruin_kernel

if TYPE_CHECKING:
    from collections.abc import Callable

pytest.importorskip("numba")

# Begun before all others: what is compiled here once is read by every process of the run.
pytestmark = [pytest.mark.early, pytest.mark.xdist_group("compiled")]


@pytest.mark.parametrize(
    ("get_ready", "entry"),
    [
        (lambda: ruin.get_ready(bound=True), ruin_kernel.search),
        (lambda: ruin.get_ready(bound=True), ruin_kernel.search_bound),
        (ordered.get_ready, ordered_kernel.search),
    ],
    ids=["plain", "bound", "ordered"],
)
def test_a_search_that_is_ready_is_on_the_disk(get_ready: Callable[[], None], entry: Any) -> None:  # noqa: ANN401
    """Whoever gets a search ready leaves it, compiled, in the cache."""
    get_ready()
    assert entry.signatures
    assert list(Path(entry.stats.cache_path).glob(f"*{entry.__name__}*.nbc"))
