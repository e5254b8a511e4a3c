"""The dictionary of the resolver, the characters it folds, and names that are one edit away."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geo.characters import alike, fold
from geo.dictionary import flat, of_words
from geo.mending import one_edit, one_edit_starts

ALPHABET = "永兴县马田镇邝家村𠮷"
LETTERS = st.text(alphabet=ALPHABET, min_size=1, max_size=6)
STEMS = st.text(alphabet="甲乙丙丁", min_size=3, max_size=6)


def _units(text: str) -> np.ndarray:
    return np.frombuffer(text.encode("utf-16-le"), dtype="<u2")


@given(
    words=st.lists(LETTERS, min_size=1, max_size=20), text=st.text(alphabet="永兴县马田镇邝家村𠮷")
)
def test_every_entry_is_found_wherever_it_begins(words: list[str], text: str) -> None:
    """The dictionary finds what a search word by word finds, and nothing else."""
    dictionary = of_words([(word, k) for k, word in enumerate(words)])
    found = dictionary.find(fold(_units(text)))
    starts, raw = dictionary.value_starts, text.encode("utf-16-le")
    seen = {
        (int(start), words[value])
        for start, entry in zip(found.start, found.entry, strict=True)
        for value in dictionary.values[starts[entry] : starts[entry + 1]]
    }
    expected = {
        (k // 2, word)
        for word in words
        for k in range(0, len(raw), 2)
        if raw.startswith(word.encode("utf-16-le"), k)
    }
    assert seen == expected


def test_entries_that_are_too_long_are_left_out() -> None:
    """An entry of more than 31 units is no entry; the others are not disturbed."""
    dictionary = of_words([("永" * 40, 0), ("永" * 31, 1)])
    found = dictionary.find(_units("永" * 45))
    assert set(found.size.tolist()) == {31}
    assert len(found.start) == 15


@given(
    text=st.text(alphabet="甲乙丙丁", max_size=7),
    stem=st.text(alphabet="甲乙丙丁", min_size=3, max_size=6),
)
def test_names_one_edit_away(text: str, stem: str) -> None:
    """A start is given exactly where a name that ends there is one edit from the stem.

    A stem with something in front (老 + 马田) is not misspelt: it is found as it is.
    """
    units, first, size = flat([stem])
    end = np.array([len(text)], dtype=np.int32)
    floor = np.zeros(1, dtype=np.int32)
    start = int(one_edit_starts(_units(text + "村"), end, floor, units, first, size)[0])
    near = [
        k
        for k in range(max(len(text) - len(stem) - 1, 0), len(text))
        if one_edit(text[k:], stem) and not text[k:].endswith(stem)
    ]
    assert (start in near) if near else start == -1


def test_characters_are_brought_to_one_form() -> None:
    """Traditional, other ways of writing, digits; positions stay."""
    written, plain = "馬田鎮邨墟1０〇", "马田镇村圩一０零"
    assert fold(_units(written)).tobytes() == fold(_units(plain)).tobytes()
    assert len(fold(_units(written))) == len(written)


def test_what_is_easily_mistaken() -> None:
    """Characters of one sound, or one part apart in shape, are alike; others are not."""
    assert alike("投", "头")
    assert alike("程", "陈")
    assert alike("茶", "荼")
    assert not alike("周", "邝")
    assert not alike("①", "周")
