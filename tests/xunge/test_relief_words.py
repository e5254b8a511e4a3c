"""What would make room for a visit reaches people in words, with names for ids."""

from __future__ import annotations

from typing import Any

import pytest

from layers import codes
from xunge.words import (
    conflict_sentence,
    left_out_in_full,
    left_out_sentence,
    record_names,
    relief_sentence,
)

DAY = "2026-11-24-1"
RECORD: dict[str, Any] = {
    "people": {},
    "depots": [{"id": "ST1", "name": "执法大队"}],
    "team_days": [{"id": DAY, "day": "2026-11-24", "team": 1}],
    "visits": [
        {"id": "V1", "object": "E1", "name": "东方采石场"},
        {"id": "V2", "object": "E2", "name": "西山矿"},
    ],
    "conflict": {
        "code": "conflict_set", "proven": True, "minimal": True,
        "detail": {"visits": ["V1", "V2"], "count": 2},
    },
}  # fmt: skip
LEFT: dict[str, Any] = {
    "visit": "V1", "reason": "no_time_left", "detail": {
        "team_day": DAY, "minutes": 21, "excess_seconds": 1250, "reliefs": [
            {"code": "relief_speciality", "cost": 27,
             "detail": {"team_day": DAY, "specialities": ["mine"]},
             "also": [{"code": "relief_later",
                       "detail": {"team_day": DAY, "minutes": 30, "until": "18:00"}}]},
            {"code": "relief_drop", "cost": 30, "also": [],
             "detail": {"team_day": DAY, "visits": ["V2"], "count": 1}},
            {"code": "relief_team_skill", "cost": 54, "also": [], "detail": {
                "team_day": "2026-11-25+ST1.1", "day": "2026-11-25", "depot": "ST1", "seats": 4,
                "departments": ["应急管理局"], "specialities": ["mine"]}},
        ]},
}  # fmt: skip


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_reliefs_are_told_in_order_and_in_names(lang: str) -> None:
    """The relief column has all three, the map only the cheapest; no id and no blank is left."""
    names = record_names(RECORD, codes.TABLES, lang)
    told, reason = relief_sentence(LEFT, names, lang), left_out_sentence(LEFT, lang, names=names)
    assert told.index("18:00") < told.index("西山矿") < told.index("执法大队")
    short = left_out_in_full(LEFT, names, lang)
    assert short.startswith(reason)
    assert "18:00" in short
    assert "西山矿" not in short
    for text in (told, reason, short):
        assert not any(word in text for word in ("ST1", "V2", DAY, "—", "{", "[", "mine,"))


def test_steps_on_one_team_day_name_it_once() -> None:
    """What is needed at the same time is one sentence about one team."""
    told = relief_sentence(LEFT, record_names(RECORD, codes.TABLES, "zh"), "zh")
    assert told.startswith(
        "最省：周二第 1 组加派有“矿山”专业的持证人员，并该组晚 30 分钟收工（18:00）；也可："
    )


def test_carried_visits_wait_for_those_before_them() -> None:
    """Ways of a carried visit say how many with earlier tickets are made first."""
    detail = {"ticket_rank": 7, "before": 2, "reliefs": [
        {"code": "relief_fits", "cost": 0, "also": [],
         "detail": {"team_day": "2026-11-25+ST1.1", "minutes": 3}}]}  # fmt: skip
    left = {"visit": "V1", "reason": "carried", "detail": detail}
    assert relief_sentence(left, {}, "zh") == (
        "排在前面的 2 家顺延户安排之后，最省：2026-11-25 增派的组已有空当，可直接排入"
    )
    assert "earlier tickets" in left_out_in_full(left, {}, "en")


def test_full_teams_say_so() -> None:
    """Where the limit of the day binds, the reason does not speak of minutes."""
    left = {"visit": "V1", "reason": "no_time_left", "detail": {"full": True}}
    assert left_out_sentence(left, "zh") == "能查这一家的各组家数都已到当日上限"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_smallest_set_is_named(lang: str) -> None:
    """Visits that exclude each other are named, as many as there is room for."""
    names = record_names(RECORD, codes.TABLES, lang)
    assert "西山矿" in conflict_sentence(RECORD, names, lang)
    assert conflict_sentence(RECORD, names, lang, most=1).endswith("…")
    assert conflict_sentence({}, names, lang) == ""


JOINT: dict[str, Any] = {
    "visit": "V1", "reason": "no_common_time", "detail": {
        "others": ["V2"], "reliefs": [
            {"code": "relief_later", "cost": 4,
             "detail": {"team_day": DAY, "minutes": 20, "until": "17:50"},
             "also": [{"code": "relief_limit", "detail": {"team_day": DAY, "most": 5}},
                      {"code": "relief_meet", "detail": {
                          "day": "2026-11-24", "start": "15:10", "visits": ["V1", "V2"],
                          "team_days": [DAY, "2026-11-24+ST1.1"]}}]},
            {"code": "relief_before", "cost": 5, "detail": {
                "visits": ["V2"], "team_days": [DAY], "start": "09:00", "day": "2026-11-24"},
             "also": [{"code": "relief_limit", "detail": {"team_day": DAY, "most": 5}},
                      {"code": "relief_then", "detail": {"visits": ["V1"]}},
                      {"code": "relief_fits", "detail": {"team_day": DAY, "minutes": 3}}]},
        ]},
}  # fmt: skip


def test_a_meeting_is_told_with_its_hour_and_teams() -> None:
    """Ways of a joint visit say who works longer, and when and with whom all parts begin."""
    names = record_names(RECORD, codes.TABLES, "zh")
    told = relief_sentence(JOINT, names, "zh")
    assert told.startswith(
        "最省：周二第 1 组晚 20 分钟收工（17:50），并该组当日家数上限提到 5 家，并"
        "周二第 1 组、2026-11-24 增派的组于 15:10 同时开始；也可："
    )
    assert "先安排“西山矿”（周二第 1 组，09:00 开始）" in told
    assert "再安排“东方采石场”" in told
    english = relief_sentence(JOINT, record_names(RECORD, codes.TABLES, "en"), "en")
    assert "begin together at 15:10" in english


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_that_nothing_helps_is_said(lang: str) -> None:
    """Where ways were looked for and none was found, every place says so."""
    left = {"visit": "V1", "reason": "not_followed", "detail": {"others": ["V2"], "reliefs": []}}
    names = record_names(RECORD, codes.TABLES, lang)
    said = "放宽所列各项都排不下" if lang == "zh" else "nothing that is looked at would make room"
    assert relief_sentence(left, names, lang) == said
    assert said in left_out_in_full(left, names, lang)
