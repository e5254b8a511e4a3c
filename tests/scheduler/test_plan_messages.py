"""Every code of the planner has a sentence in both languages whose placeholders are known."""

from __future__ import annotations

import tomllib
from pathlib import Path
from string import Formatter

import pytest

from scheduler.plan import REASONS
from scheduler.rules import NOTICES, RULES

WORDS = tomllib.loads(
    (Path(__file__).parents[2] / "maps" / "messages" / "plan.toml").read_text("utf-8")
)
CREW = [
    "crew_missing", "crew_unknown", "crew_too_small", "crew_too_large", "crew_leader",
    "crew_unknown_person", "crew_uncertified", "crew_on_leave", "crew_avoidance",
    "crew_department", "crew_speciality", "crew_double_booked", "crew_days_relaxed",
    "expert_no_seat", "expert_none",
]  # fmt: skip
CONTRADICTIONS = [
    "visit_repeated", "team_day_repeated", "unknown_depot", "vehicle_repeated",
    "drawn_not_mandatory",
]  # fmt: skip


@pytest.mark.parametrize(
    "code", [*REASONS, *(rule.code for rule in (*RULES, *NOTICES)), *CREW, *CONTRADICTIONS]
)
def test_code_has_sentences(code: str) -> None:
    """A code that people may meet is said in Chinese and in English with the same data."""
    words = WORDS[code]
    chinese, english = (
        {name for _, name, _, _ in Formatter().parse(words[lang]) if name} for lang in ("zh", "en")
    )
    assert chinese == english
    assert bool(words.get("fix_zh")) == bool(words.get("fix_en"))


def test_no_sentence_without_a_code() -> None:
    """No sentence speaks of a code that does not exist."""
    known = {*REASONS, *(rule.code for rule in (*RULES, *NOTICES)), *CREW, *CONTRADICTIONS}
    assert set(WORDS) == known
