"""One cell into a value by the kind of its column."""

from __future__ import annotations

import contextlib
import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers import codes
from layers.cells import fold, is_missing, text_of
from layers.problems import ValueProblem
from layers.schema import REGISTERS, Column
from layers.values import credit_check_digit, read_value

REAL_CODE = "914403001922038216"  # printed on the licence of a well-known firm
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def column(kind: str, **more: object) -> Column:
    """Return a column of *kind*."""
    return Column(name="c", title="列", kind=kind, **more)  # type: ignore[arg-type]


def problem_of(col: Column, raw: object) -> ValueProblem:
    """Return the problem that *raw* is."""
    with pytest.raises(ValueProblem) as caught:
        read_value(col, raw)
    return caught.value


@pytest.mark.parametrize(
    "raw",
    [None, "", "  ", "无", "/", "-", "——", "N/A", "n/a", "#N/A", "　", "暂无", float("nan"), "／"],
)
def test_words_for_nothing(raw: object) -> None:
    """What people write for nothing is nothing, and a problem where the column is required."""
    assert is_missing(raw)
    assert read_value(column("text"), raw) is None
    assert problem_of(column("text", required=True), raw).code == "missing"


@pytest.mark.parametrize("raw", [0, 0.0, "0", False, "一", "无锡路"])
def test_zero_is_something(raw: object) -> None:
    """Zero, no, and words that merely begin like nothing are values."""
    assert not is_missing(raw)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (1001.0, "1001"), (1001, "1001"), (1.5, "1.5"), (" 宏达 ", "宏达"), ("Ａ１２", "A12"),
        ("宏达（永兴）", "宏达（永兴）"), ("a\u3000b\n c", "a b c"),
        (dt.date(2026, 1, 2), "2026-01-02"),
        ("001", "001"), ("\ufeff甲", "甲"),
    ],
)  # fmt: skip
def test_text(raw: object, text: str) -> None:
    """Text is trimmed, its letters and digits half-width; a number loses the .0 of Excel."""
    assert read_value(column("text"), raw) == text


@pytest.mark.parametrize("raw", [9.1443e17, "9.1443E+17"])
def test_rounded_numbers_are_seen(raw: object) -> None:
    """A long number that Excel has rounded is a problem, not an id."""
    assert problem_of(column("text"), raw).code == "digits_lost"
    assert problem_of(column("credit_code"), raw).code == "digits_lost"
    assert problem_of(column("credit_code"), raw).kept is None


@pytest.mark.parametrize(
    "raw", [REAL_CODE, f" {REAL_CODE[:8]} {REAL_CODE[8:].lower()} ", "91350100M000100Y43"]
)
def test_credit_codes(raw: str) -> None:
    """Codes that exist pass, in any case and with spaces."""
    assert read_value(column("credit_code"), raw) == raw.replace(" ", "").upper()


@pytest.mark.parametrize(
    ("raw", "code", "kept"),
    [
        (REAL_CODE[:-1] + "7", "bad_credit_code", REAL_CODE[:-1] + "7"),
        (REAL_CODE[:-1], "credit_code_length", REAL_CODE[:-1]),
        ("9144030019220382I6", "credit_code_character", "9144030019220382I6"),
    ],
)
def test_wrong_credit_codes_are_kept(raw: str, code: str, kept: str) -> None:
    """A wrong code is a problem and is kept as written."""
    problem = problem_of(column("credit_code"), raw)
    assert (problem.code, problem.kept) == (code, kept)


@settings(deadline=None, max_examples=150)
@given(
    st.text(ALPHABET, min_size=17, max_size=17),
    st.integers(0, 16),
    st.integers(1, 30),
)
def test_check_digit_finds_every_single_slip(first: str, place: int, shift: int) -> None:
    """One changed character is always found out: the weights have inverses modulo 31."""
    good = first + credit_check_digit(first)
    assert read_value(column("credit_code"), good) == good
    other = ALPHABET[(ALPHABET.index(good[place]) + shift) % 31]
    slip = good[:place] + other + good[place + 1 :]
    assert problem_of(column("credit_code"), slip).code == "bad_credit_code"


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        ("3项", 3),
        ("１２", 12),
        (3.0, 3),
        ("约5", 5),
        ("1,200 人", 1200),
        ("1.2万", 12000),
        ("十二", 12),
        ("两", 2),
    ],
)
def test_integers(raw: object, number: int) -> None:
    """Counts are read with units, full-width digits and Chinese numerals."""
    value = read_value(column("integer"), raw)
    assert value == number
    assert isinstance(value, int)


@pytest.mark.parametrize(
    ("raw", "code"),
    [("若干", "bad_number"), (3.5, "not_whole"), ("-3", "negative"), ("3至5", "bad_number")],
)
def test_no_integers(raw: object, code: str) -> None:
    """What is no count is a problem."""
    assert problem_of(column("integer"), raw).code == code


@pytest.mark.parametrize(
    ("raw", "flag"),
    [("是", True), ("无", False), ("√", True), (0, False), ("No", False), (1.0, True)],
)
def test_flags(raw: object, flag: bool) -> None:
    """Yes and no are read in both languages; here 无 says no."""
    assert read_value(column("flag"), raw) is flag
    assert problem_of(column("flag"), "也许").code == "bad_flag"
    assert read_value(column("flag"), "-") is None


def test_lists() -> None:
    """A list is cut at any of its separators, trimmed, without repeats."""
    assert read_value(column("list"), "应急、消防，公安; 应急\n城管") == (
        "应急",
        "消防",
        "公安",
        "城管",
    )
    assert read_value(column("list"), 1001.0) == ("1001",)


def test_codes_in_both_languages() -> None:
    """A code is read by title, synonym and English, with brackets or its number before it."""
    behaviour = column("code", table="behaviour")
    words = ("K1", "无证无照", "K1 无证经营", "k1-无证无照", "无证无照（经营）")
    assert {read_value(behaviour, word) for word in words} == {"K1"}


def test_unknown_codes() -> None:
    """An unknown code is a problem; it goes on as other where there is that, else as nothing."""
    industry = problem_of(column("code", table="industry"), "待分类")
    grade = problem_of(column("code", table="risk_grade"), "AA")
    several = problem_of(column("codes", table="speciality"), "矿山、魔术、消防")
    assert (industry.code, industry.kept, grade.kept) == ("unknown_code", "other", None)
    assert (several.value, several.kept) == ("魔术", ("mine", "fire"))


def test_tables_of_the_bureau() -> None:
    """A bureau's own codes are read once it has added them."""
    tables = codes.extended({"industry": {"brewing": {"title": "酿酒", "service_min": 60}}})
    assert read_value(column("code", table="industry"), "酿酒", tables=tables) == "brewing"


CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=30), st.dates(),
    st.datetimes(), st.times(), st.timedeltas(),
)  # fmt: skip


@settings(deadline=None, max_examples=100)
@given(CELLS)
def test_no_cell_crashes(raw: object) -> None:
    """Whatever stands in a cell gives a value or a problem, in every column of every register."""
    for register in REGISTERS.values():
        for col in register:
            with contextlib.suppress(ValueProblem):
                read_value(col, raw)


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=20))
def test_text_settles_at_once(text: str) -> None:
    """Reading a text that has been read changes nothing; folding ignores white space and width."""
    try:
        once = text_of(text)
    except ValueProblem:
        return
    assert text_of(once) == once
    assert fold(f" {text} ") == fold(text)


@pytest.mark.parametrize("table", sorted(codes.TABLES))
def test_codes_are_read_by_both_titles(table: str) -> None:
    """Every code has a title in both languages and is read back from either."""
    known = codes.TABLES[table]
    for code in known.codes:
        for lang in ("zh", "en"):
            assert known.read(known.title_of(code, lang=lang)) == code
        assert known.title_of(code, lang="en").replace("ü", "u").isascii()
    assert known.read("") is None
    assert known.en.isascii()
