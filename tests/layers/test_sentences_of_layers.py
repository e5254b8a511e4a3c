"""Every code of the room `layers` has a sentence and an advice in both languages."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from layers.problems import Problem, ValueProblem

ROOT = Path(__file__).parents[2]
MESSAGES = tomllib.loads((ROOT / "maps" / "messages" / "layers.toml").read_text("utf-8"))
_CODE = re.compile(
    r'(?:(?:ValueProblem|refuse)\(\s*|(?<![a-z_])code=)"([a-z_]+)"|"((?:bad|mapping)_[a-z_]+)"'
)
_COMPUTED = {
    "bad_longitude", "bad_latitude", "duplicate_row", "duplicate_key", "incomplete_date",
    "same_credit_code", "near_duplicate", "missing_column",
}  # fmt: skip


def codes_raised() -> set[str]:
    """Return every code that stands in the room's modules."""
    texts = [path.read_text("utf-8") for path in sorted((ROOT / "layers").glob("*.py"))]
    return {a or b for text in texts for a, b in _CODE.findall(text)} | _COMPUTED


def test_every_code_has_its_words() -> None:
    """No code is without a sentence, and no sentence without its code."""
    assert set(MESSAGES) == codes_raised()


@pytest.mark.parametrize("code", sorted(MESSAGES))
def test_both_languages(code: str) -> None:
    """Chinese and English say the same data, and both say what to do."""
    words = MESSAGES[code]
    assert set(words) == {"zh", "en", "fix_zh", "fix_en"}
    fields = {key: set(re.findall(r"{(\w+)}", words[key])) for key in words}
    assert fields["zh"] == fields["en"]
    assert fields["fix_zh"] == fields["fix_en"]


def test_data_of_a_problem() -> None:
    """A problem gives its place, its value and its detail to the sentence."""
    problem = Problem(code="bad_date", file="f", row=3, column="日期", value="x", detail={"n": 1})
    assert problem.data()["row"] == 3
    assert problem.data()["n"] == 1
    assert MESSAGES["bad_date"]["zh"].format(**problem.data()) == "日期“x”不是可读的日期"
    assert isinstance(ValueProblem("bad_date", value="x"), ValueError)
