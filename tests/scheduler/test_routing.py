"""The search for routes: what ends it, and what may never decide about a plan."""

from __future__ import annotations

from scheduler.routing import Manner, _parameters


def test_no_step_of_the_search_has_a_clock_of_its_own() -> None:
    """A busy machine must not change a plan: only the safety net of the whole search is timed."""
    found = _parameters(90.0, Manner())
    assert found.time_limit.seconds == 90
    assert found.lns_time_limit.seconds == 90
