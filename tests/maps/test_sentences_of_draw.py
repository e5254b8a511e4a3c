"""Tests that draws and due dates can be told in words."""

from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from layers import cases
from maps.messages import sentence
from scheduler.due_rules import load_rules
from scheduler.revisit import due_items
from scheduler.workdays import Workdays

FOLDER = Path(__file__).parents[2] / "maps" / "messages"
DAY = dt.date(2026, 9, 23)
CODES = (
    # due dates
    "calendar_year_unknown", "bad_overlay", "bad_day_kind", "repeated_date", "bad_due_rules",
    "unknown_setting", "bad_setting", "missing_setting",
    *(f"status_{name}" for name in ("law", "page", "unverified", "product", "setting")),
    *(f"off_{name}" for name in ("weekend", "public_holiday", "local_rest")),
    *(f"base_{name}" for name in (
        "requested", "deadline", "failed_review", "issued", "closed", "discovered", "received",
        "unknown",
    )),
    # the draw
    "cap_reached", "cooldown", "closed", "suspended", "unplaced", "already_due",
    "excluded_by_order", "not_in_frame", "due_exceeds_share", "no_capacity", "target_not_met",
    "key_behind", "bad_frame", "repeated_id", "empty_id", "line_break", "unknown_stratum",
    "bad_weight", "bad_quota", "bad_caps", "bad_link", "broken_link", "changed_record",
    "second_draw", "short_chain", "bad_hash",
    *(f"stratum_{name}" for name in ("certainty", "weighted", "uniform", "carried")),
)  # fmt: skip


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_code_has_a_sentence_in_both_languages(lang: str) -> None:
    """No code of the draw and of due dates is left without words."""
    words: dict[str, Any] = {}
    for name in ("draw", "due"):
        words |= tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))
    assert not [code for code in CODES if not words.get(code, {}).get(lang)]
    assert all(f"fix_{lang}" in row for row in words.values() if "fix_zh" in row)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_reason_of_a_due_date_is_told_in_full(lang: str) -> None:
    """The sentences of real due items find all their data; nothing reads as a dash."""
    orders = [
        {"id": "O1", "object": "E1", "issued": DAY, "deadline": DAY, "state": "open", "count": 0},
        {"id": "O2", "object": "E2", "issued": DAY, "state": "open", "count": 0},
    ]
    sites = [
        {"id": "S1", "status": "closed", "closed": DAY, "relapses": 2},
        {"id": "S2", "status": "closed", "discovered": DAY, "relapses": 0},
    ]
    reports = [{"id": "R1", "received": DAY, "state": "open"}]
    items = due_items(
        pd.DataFrame(orders, columns=list(cases.ORDER_COLUMNS), dtype=object),
        sites=pd.DataFrame(sites, columns=list(cases.SITE_COLUMNS), dtype=object),
        visits=pd.DataFrame(columns=list(cases.VISIT_COLUMNS), dtype=object),
        reports=pd.DataFrame(reports, columns=list(cases.REPORT_COLUMNS), dtype=object),
        industries={"E1": "special_equipment"},
        today=dt.date(2026, 11, 23),
        workdays=Workdays(),
        rules=load_rules(),
    )
    told = []
    for item in items:
        told.append(sentence(f"base_{item.base_code}", lang=lang, date=item.base))
        for reason in (*item.reasons, *item.limit_reasons):
            data = {**reason.to_json(), **reason.detail, "start": reason.start}
            told.append(sentence(reason.code, lang=lang, **data))
    assert len(told) > 12
    assert not [text for text in told if "—" in text or "{" in text]
