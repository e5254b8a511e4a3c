"""The middle that hours of teams are drawn to: as few as can be have to move."""

from __future__ import annotations

import numpy as np

from scheduler import balance


def test_the_middle_leaves_least_outside_the_zone() -> None:
    """No other hours have teams less far outside the zone in sum."""
    for seed in range(200):
        rng = np.random.default_rng(seed)
        hours = rng.integers(0, 60, int(rng.integers(2, 9))).tolist()
        zone = int(rng.integers(0, 20))

        def outside(middle: int, hours: list[int] = hours, zone: int = zone) -> int:
            return sum(max(0, abs(one - middle) - zone) for one in hours)

        found = balance.middle(hours, zone=zone)
        assert outside(found) == min(outside(one) for one in range(-20, 80))


def test_nobody_has_to_move_where_all_fit_into_the_zone() -> None:
    """Hours within the zone draw nothing: the middle is between the least and the most."""
    assert balance.middle([90, 100, 108], zone=9) == 99
