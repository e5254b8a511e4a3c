"""The labelled addresses: frozen as drawn, labels that exist, splits that do not meet."""

from __future__ import annotations

import itertools
from functools import cache

import pytest

from benchmarks import addresses
from benchmarks.address_atlas import Atlas, Label, town_stem, upper_stem, village_parts
from benchmarks.address_kinds import KINDS
from geo.gazetteer import Gazetteer

DRAWN = ("tune", "test")


@cache
def _china() -> Gazetteer:
    return Gazetteer.load()


@cache
def _atlas() -> Atlas:
    return Atlas(_china())


@pytest.mark.parametrize("split", DRAWN)
def test_a_set_is_frozen_as_it_is_drawn(split: str) -> None:
    """The first addresses of every kind are drawn again as they stand in the file."""
    frozen = addresses.read(split)
    for kind in ("official", "typo_sound", "old_town", "two_kinds"):
        again = addresses.draw(split, most=2, kinds=(kind,))
        assert again == [one for one in frozen if one.kind == kind][:2]


@pytest.mark.parametrize("split", DRAWN)
def test_every_kind_is_drawn_in_number(split: str) -> None:
    """All kinds in the number that is promised, at least two thousand addresses, none twice."""
    found = addresses.read(split)
    counts = {kind: sum(one.kind == kind for one in found) for kind in KINDS}
    assert counts == {kind: addresses.count_of(kind) for kind in KINDS}
    assert len({(one.home, one.address) for one in found}) == len(found) >= 2000


@pytest.mark.parametrize("split", [*DRAWN, "hand"])
def test_labels_exist_and_are_nested(split: str) -> None:
    """Every code is in the gazetteer; a finer one lies in the coarser; fits begin as the label."""
    for one in addresses.read(split):
        codes = [code for code in (one.county, one.town, one.village) if code]
        assert all(code in _china() for code in (*codes, *one.fits))
        assert all(fine.startswith(coarse) for coarse, fine in itertools.pairwise(codes))
        assert not (one.village and one.fits)
        if codes:
            assert all(code.startswith(codes[-1]) for code in one.fits)


def test_the_splits_share_no_county() -> None:
    """What is measured is drawn from other counties than what is tuned on."""
    named = {split: {one.county for one in addresses.read(split) if one.county} for split in DRAWN}
    assert not named["tune"] & named["test"]
    assert len(named["tune"] | named["test"]) > 2000


def test_many_are_written_by_hand() -> None:
    """At least three hundred different ones, over at least sixty counties in all of China."""
    found = addresses.read("hand")
    assert len({one.address for one in found}) == len(found) >= 300
    assert len({one.county for one in found}) >= 60
    assert len({one.county[:2] for one in found}) == 31
    drawn = {one.address for split in DRAWN for one in addresses.read(split)}
    assert not drawn.intersection(one.address for one in found)


def test_kinds_are_described() -> None:
    """Every kind has its line in the README and its sentence in the code."""
    text = (addresses.FOLDER / "README.md").read_text("utf-8")
    assert [kind for kind in KINDS if f"`{kind}`" not in text] == []
    assert all(one.__doc__ for one in KINDS.values())


def test_names_fall_into_stem_and_kind() -> None:
    """The oracle's own reading of names."""
    assert upper_stem("麻阳苗族自治县") == "麻阳"
    assert upper_stem("城区") == "城区"
    assert town_stem("便江街道") == "便江"
    assert village_parts("邝家村委会") == ("邝家", "rural")
    assert village_parts("杉青港村村民委员会") == ("杉青港", "rural")
    assert village_parts("塘门口社区居委会") == ("塘门口", "urban")
    assert village_parts("牧业队") == ("牧业队", "")


def test_the_oracle_says_what_the_words_name() -> None:
    """One place that fits is the label; of several only what they share; none is no label."""
    said = {"county": "永兴县", "town": "马田镇", "village": "邝家村"}
    kuangjia = Label("431023", "431023101", "431023101217", ())
    assert _atlas().label(said, home="", mended=False) == kuangjia
    assert _atlas().label({"village": "邝家村"}, home="431023", mended=False) == kuangjia
    twins = _atlas().label({"village": "泉塘村"}, home="431023", mended=False)
    assert twins is not None
    assert (twins.county, twins.town, len(twins.fits)) == ("431023", "", 2)
    misspelt = {**said, "town": "马天镇"}
    assert _atlas().label(misspelt, home="", mended=False) is None
    assert _atlas().label(misspelt, home="", mended=True) == kuangjia
    assert _atlas().label({"town": "没有这个镇"}, home="431023", mended=False) is None
