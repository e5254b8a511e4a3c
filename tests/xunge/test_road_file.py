"""Roads of a ledger folder: an extract of OpenStreetMap dropped in is cut, kept and driven on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import osmium
import pytest
import shapely

from layers.refusals import RuleSettingsError
from layers.vectors import VectorError
from xunge import road_file
from xunge.config import load
from xunge.geography import map_files
from xunge.road_file import read_road_file, thinned
from xunge.summary import facts
from xunge.week import open_folder

if TYPE_CHECKING:
    from pathlib import Path

    from tests.xunge.conftest import Office

CLASSES = {"县道": "tertiary", "村道": "unclassified"}


def _as_extract(lines: Path, extract: Path, *, shift: float = 0.0) -> None:
    """Write the lines of a GeoJSON file as an extract, those shifted aside as a second country."""
    nodes: dict[tuple[float, float], int] = {}
    ways = []
    for feature in json.loads(lines.read_text("utf-8"))["features"]:
        for off in {0.0, shift}:
            refs = [
                nodes.setdefault((round(x + off, 7), round(y, 7)), len(nodes) + 1)
                for x, y in feature["geometry"]["coordinates"]
            ]
            told = feature["properties"]
            tags = {"highway": CLASSES[told["class"]], "name": told["name"] or "村路"}
            ways.append(osmium.osm.mutable.Way(id=len(ways) + 1, nodes=refs, tags=tags))
    with osmium.SimpleWriter(str(extract)) as writer:
        for place, ref in nodes.items():
            writer.add_node(osmium.osm.mutable.Node(id=ref, location=place))
        for way in ways:
            writer.add_way(way)


def _moved(office: Office, name: str = "hunan-latest.osm.pbf", *, shift: float = 0.0) -> Path:
    """Put an extract in the place of the folder's road file."""
    lines = map_files(office.path)["roads"]
    extract = office.path / name
    _as_extract(lines, extract, shift=shift)
    lines.unlink()
    return extract


def test_an_extract_is_the_road_file_and_a_map_of_lines_comes_first(county: Office) -> None:
    """Whatever its name an extract holds roads; a file named so is preferred."""
    lines = map_files(county.path)["roads"]
    (county.path / "jiangxi-latest.osm.pbf").write_bytes(b"")
    assert map_files(county.path)["roads"] == lines
    lines.unlink()
    assert map_files(county.path)["roads"].name == "jiangxi-latest.osm.pbf"


def test_a_province_is_cut_to_the_county(county: Office) -> None:
    """Roads beyond the border and its margin are not read; those inside are drawn by class."""
    border = shapely.box(112.9, 26.0, 113.5, 26.4)
    extract = _moved(county, shift=2.0)
    roads, lines = read_road_file(extract, border, settings=load(county.path))
    assert roads.node_lon.max() < 114.0
    assert set(lines["class"]) == set(CLASSES.values())
    assert len(lines) <= len(roads.tail)
    assert lines.intersects(border).all()


def test_a_big_extract_is_read_once(county: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second reading is of what was kept; other bytes or rules are read anew, old ones go."""
    monkeypatch.setattr(road_file, "_BIG", 0)
    border = shapely.box(112.9, 26.0, 113.5, 26.4)
    extract = _moved(county)
    stages: list[str] = []

    def read() -> np.ndarray:
        stages.clear()
        told = load(county.path)
        return read_road_file(extract, border, settings=told, progress=stages.append)[0].seconds

    first = read()
    assert stages
    np.testing.assert_array_equal(read(), first)
    assert not stages
    with (county.path / "xunge.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n[roads.speeds]\ntertiary = 30\n")
    assert read().sum() > first.sum()
    assert stages
    assert len(list((county.path / road_file.STORE).iterdir())) == 1
    next((county.path / road_file.STORE).iterdir()).write_bytes(b"torn")
    assert read().sum() > first.sum()


def test_wrong_rules_and_files_are_told(county: Office) -> None:
    """A rule that does not exist stops before anything is done; a broken extract names itself."""
    extract = _moved(county)
    extract.write_bytes(b"no extract")
    with pytest.raises(VectorError, match=extract.name):
        read_road_file(extract, shapely.box(112, 26, 113, 27), settings=load(county.path))
    with (county.path / "xunge.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n[roads.turns]\nleft_s = 3\n")
    with pytest.raises(RuleSettingsError, match="bad_road_rules"):
        open_folder(county.path)


def test_a_week_is_driven_along_an_extract(county: Office) -> None:
    """A week planned on an extract drives along its roads and says what network that was."""
    _moved(county)
    result = county.week()
    told = facts(result)
    assert told["roads"]["junctions"] > 100
    assert told["far_from_roads"] == []
    legs = [leg for legs in result.record["legs"].values() for leg in legs]
    assert len(legs) > 5
    assert np.median([len(leg) for leg in legs]) > 10
    assert road_file.CREDITS in (result.out / "index.html").read_text("utf-8")


def test_a_map_of_many_roads_leaves_out_the_least(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tracks go first, then what is little; great roads stay however many there are."""
    monkeypatch.setattr(road_file, "_MOST_LINES", 4)
    line = shapely.LineString([(113, 26), (113.1, 26)])
    kinds = ["track", "primary", "service", "residential", "primary", "tertiary", "primary"]
    lines = gpd.GeoDataFrame({"class": kinds}, geometry=[line] * len(kinds), crs="EPSG:4326")
    assert set(thinned(lines)["class"]) == {"primary", "tertiary"}
    assert len(thinned(lines[:4])) == 4
    assert len(thinned(lines[["geometry"]])) == len(kinds)
