"""Rules of the sentences: each code has words in both languages, and each word its data."""

from __future__ import annotations

import ast
import datetime as dt
from functools import cache
from pathlib import Path
from string import Formatter

import pandas as pd
import pytest

from maps import messages

ROOT = Path(messages.__file__).parents[1]
ROOMS = ("layers", "geo", "scheduler", "maps", "xunge")
# What is called with a code first and reaches a reader as a sentence, beside errors of that kind.
FIRST = {"RuleSettingsError", "advice", "sentence"}
# What is called with code="…" and reaches a reader as a sentence.
SPEAKERS = {
    "BadView",
    "Issue",
    "Problem",
    "UnknownAsset",
    "UnreadableFile",
    "ValueProblem",
}


def _fields(pattern: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(pattern) if name}


@cache
def _trees(room: str) -> tuple[ast.Module, ...]:
    return tuple(ast.parse(path.read_text("utf-8")) for path in sorted((ROOT / room).rglob("*.py")))


@cache
def _coded_errors() -> frozenset[str]:
    """Return the errors of all rooms that are called with a code first."""
    classes = [
        node
        for room in ROOMS
        for tree in _trees(room)
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    ]
    return frozenset(
        node.name
        for node in classes
        if any(isinstance(base, ast.Name) and base.id == "CodedError" for base in node.bases)
    )


def _codes_in(tree: ast.Module) -> set[str]:
    """Return every literal code that a file hands to one of those that speak."""
    codes: set[str] = set()
    first = FIRST | _coded_errors()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        values = [word.value for word in node.keywords if word.arg == "code"]
        values = values if name in SPEAKERS | first else []
        if name in first:
            values += node.args[:1]
        codes |= {str(v.value) for v in values if isinstance(v, ast.Constant) and v.value}
    return codes


@pytest.mark.parametrize("room", ROOMS)
def test_every_code_that_is_raised_has_a_sentence(room: str) -> None:
    """A code that stands in the source has words in messages/*.toml."""
    assert {"BackupError", "WeekError"} <= _coded_errors()
    codes = {code for tree in _trees(room) for code in _codes_in(tree)}
    missing = []
    for code in sorted(codes):
        try:
            messages.message(code)
        except messages.UnknownCode as unknown:
            missing.append(unknown.code)
    assert not missing


@pytest.mark.parametrize("message", messages.load().values(), ids=lambda message: message.code)
def test_both_languages_say_the_same(message: messages.Message) -> None:
    """Chinese and English stand side by side and speak of the same data."""
    assert message.zh.strip()
    assert message.en.strip() or message.code.startswith("sheet_unit_")  # 3 visits: no unit
    assert _fields(message.zh) == _fields(message.en)
    assert bool(message.fix_zh) == bool(message.fix_en)
    assert _fields(message.fix_zh) == _fields(message.fix_en)


def test_unknown_code_reads_as_itself() -> None:
    """In production no problem is hidden because its words are missing."""
    assert messages.sentence("no_such_code") == "no_such_code"
    assert messages.sentence("no_such_code", b=2, a=None) == "no_such_code (a=—, b=2)"
    assert messages.advice("no_such_code") == ""
    with pytest.raises(KeyError):
        messages.message("no_such_code")


@pytest.mark.parametrize(
    ("pattern", "lang", "data", "text"),
    [
        ("{a}", "zh", {}, "—"),
        ("{a}", "zh", {"a": float("nan")}, "—"),
        ("{a}", "zh", {"a": pd.NaT}, "—"),
        ("{a}", "zh", {"a": pd.NA}, "—"),
        ("{a}", "zh", {"a": dt.date(2026, 11, 23)}, "2026-11-23"),
        ("{a}", "zh", {"a": ("甲", "乙")}, "甲、乙"),
        ("{a}", "en", {"a": {"b", "a"}}, "a, b"),
        ("{a}", "zh", {"a": True}, "是"),
        ("{a}", "zh", {"a": 3.0}, "3"),
        ("{a:.1f} km", "zh", {"a": 3.14159}, "3.1 km"),
        ("{a:.1f}", "zh", {"a": "三"}, "三"),
        ("{a}", "zh", {"a": "{b}{c}"}, "{b}{c}"),
    ],
)
def test_data_become_words(pattern: str, lang: str, data: dict[str, object], text: str) -> None:
    """Values read as a person would write them, and are never patterns themselves."""
    assert messages.fill(pattern, lang=lang, data=data) == text


def test_a_datum_may_be_called_code() -> None:
    """The detail of a problem may use any name, even that of an argument."""
    assert messages.sentence("no_such_code", code="x") == "no_such_code (code=x)"
