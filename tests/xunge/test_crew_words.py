"""What keeps a crew from being formed reaches people with its reliefs, in names they know."""

from __future__ import annotations

from typing import Any

import pytest

from layers import codes
from xunge.words import left_out_in_full, left_out_sentence, record_names, relief_sentence

RECORD = {
    "people": {"R08": {"name": "李军"}},
    "visits": [{"id": "V1", "object": "E1", "name": "东方采石场"}],
}
LEFT: dict[str, Any] = {
    "visit": "V1", "reason": "no_crew", "detail": {
        "team_day": "2026-11-23-1", "constraint": "speciality", "missing": "mine", "reliefs": [
            {"code": "relief_officer_skill", "cost": 2, "detail": {
                "team_day": "2026-11-23-1", "day": "2026-11-23", "officers": 1,
                "departments": ["应急管理局"], "specialities": ["mine"]}},
            {"code": "relief_visits", "cost": 3, "detail": {
                "team_day": "2026-11-23-1", "visits": ["V1"], "count": 1}},
            {"code": "relief_avoidance", "cost": 10, "detail": {
                "team_day": "2026-11-23-1", "persons": ["R08"], "objects": ["E1"]}},
        ]},
}  # fmt: skip


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_reliefs_are_told_in_names(lang: str) -> None:
    """The relief column names visits and people, the cheapest first; the map has only that one."""
    names = record_names(RECORD, codes.TABLES, lang)
    told = relief_sentence(LEFT, names, lang)
    reason = left_out_sentence(LEFT, lang, names=names)
    assert "东方采石场" in told
    assert "李军" in told
    assert told.index("东方采石场") > told.index("2026-11-23")
    for text in (told, reason):
        assert not any(word in text for word in ("mine", "V1", "R08", "—", "{"))
    short = left_out_in_full(LEFT, names, lang)
    assert short.startswith(reason)
    assert "李军" not in short


def test_reasons_without_reliefs_keep_their_advice() -> None:
    """Other reasons are told as before."""
    left = {"visit": "V1", "reason": "no_day", "detail": {}}
    assert relief_sentence(left, {}, "zh") == "放宽可检查日期，或在该日增派一组"
    assert left_out_in_full(left, {}, "zh") == left_out_sentence(left, "zh")
    old = {"visit": "V1", "reason": "no_crew", "detail": {"constraint": "people", "missing": ""}}
    assert "组不成" in left_out_sentence(old, "zh")
