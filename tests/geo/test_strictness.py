"""What a visit makes one expect: types and inspectors are told apart."""

from __future__ import annotations

import numpy as np
import pytest

from geo.risk_visits import read_visits
from geo.strictness import fit_strictness, link
from tests.geo.risk_cases import STRICT, TYPES, history


def test_strictness_is_found_although_inspectors_see_other_firms() -> None:
    """Factors of types and inspectors come out near those that made the severities."""
    frame = history(visits=6000, spread=0.0)
    visits = read_visits(frame, ids=frame["object"])
    fit = fit_strictness(visits.severity, visits.groups)
    for group, truth in (("inspectors", STRICT), ("type", TYPES)):
        found = dict(zip(visits.names[group], fit.factors[group], strict=True))
        names = sorted(truth)
        for one in names[1:]:
            wanted = truth[one] / truth[names[0]]
            assert found[one] / found[names[0]] == pytest.approx(wanted, rel=0.12)


def test_expectations_add_up_to_what_was_found() -> None:
    """Over each type and each inspector the expected severity is about the observed one."""
    frame = history(visits=4000)
    visits = read_visits(frame, ids=frame["object"])
    fit = fit_strictness(visits.severity, visits.groups)
    due = fit.expected(visits.groups, rows=len(visits))
    for name in ("type", "inspectors"):
        links = visits.groups[name]
        assert links.sums(due) == pytest.approx(links.sums(visits.severity), rel=0.03)


def test_a_crew_counts_by_shares() -> None:
    """Of two people each has half of the visit, and one who is named twice is one person."""
    links = link([("a", "b"), ("b", "b"), ()], names=["a", "b"])
    logs = links.logs(np.array([np.e, np.e**3]), rows=3)
    assert logs.tolist() == [2.0, 3.0, 0.0]
    assert links.sums(np.array([4.0, 1.0, 9.0])).tolist() == [2.0, 3.0]
    assert links.of(np.array([1])).member.tolist() == [1]


def test_little_is_drawn_to_one() -> None:
    """Who made one visit is not called strict or lenient for it; without findings all is 1."""
    groups = {"inspectors": link([("a",)] * 30 + [("new",)], names=["a", "new"])}
    fit = fit_strictness(np.array([1.0] * 30 + [9.0]), groups)
    assert 1.0 < fit.factors["inspectors"][1] < 1.5
    nothing = fit_strictness(np.zeros(31), groups)
    assert nothing.overall == 0
    assert nothing.factors["inspectors"].tolist() == [1.0, 1.0]
