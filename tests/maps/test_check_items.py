"""The check lists of the record page."""

from __future__ import annotations

import pytest

from layers.codes import TABLES
from maps.check_items import _shipped, check_list


@pytest.mark.parametrize("industry", TABLES["industry"].codes)
def test_every_industry_has_a_list(industry: str) -> None:
    """Every industry of the code table has six to eight items and a line for the task table."""
    entry = _shipped("zh")["industry"][industry]
    assert 6 <= len(entry["items"]) <= 8
    assert len(set(entry["items"])) == len(entry["items"])
    assert 4 <= len(entry["focus"]) <= 18


@pytest.mark.parametrize("kind", TABLES["visit_kind"].codes)
def test_every_kind_of_visit_has_three_answers(kind: str) -> None:
    """Every kind of visit has three boxes to tick and at least five lines."""
    checks = check_list(kind, industry="machinery")
    assert len(checks.answers) == 3
    assert 5 <= len(checks.lines) <= 10


def test_hazards_of_the_order_come_first() -> None:
    """A re-inspection verifies the ordered hazards before anything else."""
    checks = check_list("reinspection", industry="smelting", hazards=("甲", "乙"))
    assert checks.lines[:2] == ("甲", "乙")


def test_a_closed_mine_is_looked_at_more_closely() -> None:
    """The revisit of a closed mine also asks for explosives, shaft and headframe."""
    mine = check_list("revisit", industry="coal_mine").lines
    other = check_list("revisit", industry="timber").lines
    assert len(mine) == len(other) + 3
    assert any("井口" in line for line in mine)


def test_unknown_codes_get_the_general_list() -> None:
    """A code that nobody knows is inspected like any other enterprise."""
    assert check_list("?", industry="?") == check_list("random", industry="other")


@pytest.mark.parametrize("part", ["industry", "kind"])
def test_the_english_lists_ask_the_same(part: str) -> None:
    """Every list has its English twin with as many lines, answers and numbers, and no Chinese."""
    chinese, english = _shipped("zh")[part], _shipped("en")[part]
    assert list(chinese) == list(english)
    for code, entry in chinese.items():
        twin = english[code]
        assert list(twin) == list(entry)
        for key, value in entry.items():
            if isinstance(value, list):
                assert len(twin[key]) == len(value), (code, key)
            elif isinstance(value, int):
                assert twin[key] == value
        assert str(twin).isascii()


def test_lists_come_in_the_language_asked_for() -> None:
    """The same visit gets the same number of lines in either language."""
    english = check_list("random", industry="food", lang="en")
    assert len(english.lines) == len(check_list("random", industry="food").lines)
    assert english.answers == ("yes", "no", "n/a")
