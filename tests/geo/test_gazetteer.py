"""The gazetteer and its builder."""

from __future__ import annotations

import csv
import lzma
from pathlib import Path

import pytest

from geo import gazetteer_build
from geo.gazetteer import DATA, Gazetteer, GazetteerError, Place

SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "gazetteer"


@pytest.fixture(scope="module")
def china() -> Gazetteer:
    """Return the shipped gazetteer."""
    return Gazetteer.load()


def test_all_five_levels_are_there(china: Gazetteer) -> None:
    """The list has every province, city, county and town of 2023, and Yongxing's villages."""
    levels = [place.level for place in china]
    assert [levels.count(level) for level in ("province", "city", "county", "town")] == [
        31, 342, 2978, 41352,
    ]  # fmt: skip
    assert len(china.towns("431023")) == 16
    assert len(china.villages("431023")) == 281


def test_codes_lead_up_and_down(china: Gazetteer) -> None:
    """A village knows its town, county and full name; a town lists its villages."""
    village = china.place("431023001233")
    assert (village.name, village.level, village.parent) == ("塘门口村", "village", "431023001")
    assert china.county(village.code).name == "永兴县"
    assert china.full_name(village.code) == "湖南省郴州市永兴县便江街道塘门口村"
    assert village in china.villages_of("431023001")
    assert "431023001233" in china
    assert "431023001999" not in china


def test_pseudo_cities_are_not_spoken(china: Gazetteer) -> None:
    """市辖区 stands in the list, not in a full name."""
    assert china.full_name("110101001") == "北京市东城区东华门街道"


def test_points_carry_their_source(china: Gazetteer) -> None:
    """A point says where it is from, a place without one says nothing."""
    for place in china.towns("431023"):
        assert place.source in ("adcode", "geonames", "adcode+geonames", "villages")
    for village in china.villages("431023"):
        assert (village.lon is None) == (village.source == "")
    assert china.county("431023").source == "towns"


def test_far_village_points_are_doubtful(china: Gazetteer) -> None:
    """A village point more than 15 km from its town seat is flagged."""
    far = china.place("431023104219")
    assert far.km_to_seat == pytest.approx(33.8)
    assert far.doubtful
    assert not china.place("431023104209").doubtful


def test_unknown_codes_are_refused(china: Gazetteer) -> None:
    """A code that is not in the list raises an error that carries it."""
    with pytest.raises(GazetteerError) as caught:
        china.place("999999")
    assert caught.value.value == "999999"
    assert china.villages("999999") == ()


def test_it_stays_small() -> None:
    """All files of the gazetteer together stay below 8 MB."""
    assert sum(file.stat().st_size for file in DATA.parent.iterdir()) < 8_000_000


def test_agrees_with_the_shared_list(china: Gazetteer) -> None:
    """Names and points of Yongxing are those of the source file."""
    source = SHARED / "yongxing_431023.csv"
    if not source.exists():
        pytest.skip("../shared/data/gazetteer is not on this machine")
    with source.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["level"] in ("town", "village")]
    assert len(rows) == 16 + 281
    for row in rows:
        place = china.place(row["code"])
        assert place.name == row["name"]
        if row["lon_wgs84"]:
            assert place.lon == pytest.approx(float(row["lon_wgs84"]), abs=1e-5)


def _write(path: Path, header: str, rows: list[str]) -> Path:
    path.write_bytes(lzma.compress("\n".join([header, *rows, ""]).encode()))
    return path


def test_builder_is_deterministic(tmp_path: Path) -> None:
    """The same sources give the same bytes; medians fill in where a point is missing."""
    towns = _write(
        tmp_path / "towns.csv.xz",
        "code,name,county,lon,lat,source,agree_km",
        ["431023001,便江街道,431023,113.1,26.1,adcode,", "431023101,马田镇,431023,,,,"],
    )
    villages = _write(
        tmp_path / "villages.csv.xz",
        "code,name,town,lon,lat,km_to_town_seat",
        [
            "431023101001,甲村,431023101,112.91,26.11,",
            "431023101002,乙村,431023101,112.92,26.12,",
            "431023101003,丙村,431023101,112.99,26.19,",
            "431023001001,丁村,431023001,,,",
        ],
    )
    outs = [tmp_path / "a.zip", tmp_path / "b.zip"]
    for out in outs:
        gazetteer_build.build(towns, villages, out)
    assert outs[0].read_bytes() == outs[1].read_bytes()
    built = Gazetteer.load(outs[0])
    assert built.place("431023101") == Place("431023101", "马田镇", 112.92, 26.12, "villages")
    assert built.place("431023").source == "towns"
    assert [v.name for v in built.villages("431023")] == ["丁村", "甲村", "乙村", "丙村"]
