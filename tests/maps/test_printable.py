"""Text from ledgers before it is printed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maps.printable import breakable, clean, mask_phone, mask_phones


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("13912341111", "139****1111"),
        ("139 1234 1111、13812342222", "139****1111、138****2222"),
        ("0735-5522345", "0735-***2345"),
        ("5522345", "***2345"),
        ("07355522345", "073****2345"),
        (None, ""),
        (float("nan"), ""),
    ],
)
def test_phone_cells_lose_their_middle(raw: object, shown: str) -> None:
    """A telephone cell keeps its last four digits and never all of them."""
    assert mask_phone(raw) == shown


def test_documents_keep_their_numbers() -> None:
    """Credit codes, identity-like numbers and order numbers in free text are not phones."""
    text = "91431023MA4L1234X7 永应急责改〔2026〕118号 431023199001011234"
    assert mask_phones(text) == text


@settings(deadline=None, max_examples=200)
@given(st.text(), st.integers(13_000_000_000, 19_999_999_999), st.text())
def test_no_mobile_number_survives(before: str, number: int, after: str) -> None:
    """Whatever stands around it, a bare mobile number is not printed in full."""
    shown = mask_phones(f"{before} {number} {after}")
    assert not re.search(rf"(?<![0-9A-Za-z]){number}(?![0-9A-Za-z])", shown)


@settings(deadline=None, max_examples=200)
@given(st.text())
def test_clean_text_can_be_encoded_and_stays_clean(text: str) -> None:
    """Clean text has one line, no control characters, fits UTF-8, and cleaning again is idle."""
    once = clean(text)
    once.encode("utf-8")
    assert "\n" not in once
    assert "\x00" not in once
    assert clean(once) == once


def test_direction_overrides_are_dropped() -> None:
    """A name cannot be disguised by a right-to-left override."""
    assert clean("厂\u202e名\ufffe") == "厂名"


def test_long_latin_runs_may_break() -> None:
    """A long run without blanks gets break opportunities and nothing else."""
    text = "X" * 40
    assert breakable(text).replace("\u200b", "") == text
    assert breakable(text) != text
    assert breakable("永兴县鑫源机械制造有限公司") == "永兴县鑫源机械制造有限公司"
