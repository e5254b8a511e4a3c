"""The benchmarks of places: their figures are right whatever the machine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from benchmarks import cells, columns, datums, geocode, roads, roads_cases, roads_peers
from benchmarks.addresses import Labelled
from benchmarks.columns_cases import kinds
from benchmarks.geocode_engines import Given
from geo.gazetteer import Gazetteer

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_conversions_are_measured_there_and_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every datum and area has a row of ours within 1e-6 m; an absent peer is named."""
    file = tmp_path / "datums.json"
    datums.main(["--points", "2000", "--repeat", "1", "--json", str(file)])
    found = json.loads(file.read_text("utf-8"))
    own = [one for one in found if one["library"] == datums.OWN]
    assert {(one["datum"], one["area"]) for one in own} == {
        (datum, area) for datum in ("gcj02", "bd09") for area in datums.AREAS
    }
    assert all(one["round_trip_m"] <= 1e-6 for one in own)
    _, absent = datums.ways()
    assert ("not installed" in capsys.readouterr().out) == bool(absent)


def test_cells_are_measured_beside_h3_alone(tmp_path: Path) -> None:
    """Every kind of cell has its row in both areas; hexagons are those of the library."""
    file = tmp_path / "cells.json"
    cells.main(["--points", "2000", "--repeat", "1", "--json", str(file)])
    found = json.loads(file.read_text("utf-8"))
    rows = {(one["area"], one["cells"]) for one in found if one["kind"] == "cells"}
    assert rows == {(area, name) for area in cells.AREAS for name in cells.ways(area)}
    assert [one["value"] for one in found if one["kind"] == "measure"] == [0]


def test_columns_are_measured_by_kind(tmp_path: Path) -> None:
    """Every kind has its row, every table a verdict."""
    file = tmp_path / "columns.json"
    columns.main(["--rows", "20", "--seeds", "1", "--json", str(file)])
    found = json.loads(file.read_text("utf-8"))
    assert {one["columns"] for one in found} == {kind.name for kind in kinds()} | {"all kinds"}
    assert all(sum(one[v] for v in columns.VERDICTS) == one["tables"] for one in found)


def test_roads_are_measured_at_size_and_absent_peers_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both searches give the same matrix of a made-up network; absent peers are told."""
    for peer in roads_peers.PEERS:
        monkeypatch.delenv(f"XUNGE_{peer.upper()}", raising=False)
    extract, file = tmp_path / "made.osm.pbf", tmp_path / "roads.json"
    assert roads_cases.write_network(extract, junctions=400, seed=1) == 400
    roads.main([str(extract), "--places", "20", "--size", "900", "--json", str(file)])
    found = {one["kind"]: one for one in json.loads(file.read_text("utf-8"))}
    assert found["own"]["unreachable"] == found["own"]["far"] == 0
    assert found["size"]["differing"] == 0
    assert 700 < found["size"]["nodes"] <= 900
    told = capsys.readouterr().out
    assert all(f"{peer} is not there" in told for peer in roads_peers.PEERS)


def test_addresses_are_measured_by_kind_and_by_command(tmp_path: Path) -> None:
    """Every kind has its row; the command answers as the resolver does; costs are positive."""
    file = tmp_path / "geocode.json"
    geocode.main(
        ["--splits", "tune", "--most", "60", "--speed", "40", "--peers", "--json", str(file)]
    )
    found = json.loads(file.read_text("utf-8"))
    rows = [one for one in found if one["kind"] == "geocode"]
    assert [one["addresses"] for one in rows] == ["all of tune", "official"]
    assert all(0.9 <= one["county"] <= 1 for one in rows)
    commands = [one for one in found if one["kind"] == "command"]
    assert [one["n"] for one in commands if not one["home"]] == [60]
    assert [one["n"] for one in commands if one["home"]] >= [1]
    assert all(one["same_as_resolver"] == one["n"] for one in commands)
    (cost,) = (one for one in found if one["kind"] == "cost")
    assert cost["engine"] == "xunge"
    assert min(cost["rss_mib"], cost["per_cpu_s_1"], cost["load_cpu_s"]) > 0


def test_an_open_level_is_judged_by_what_is_claimed() -> None:
    """To stop is right; to name one of several is right only as a guess or with another beside."""
    fits = ("431023101217", "431023102200")
    case = Labelled(kind="x", home="", address="a", county="431023", town="", village="", fits=fits)
    for given, right in (
        (Given(county="431023", confidence="high"), True),
        (Given(county="431023", town="431023101", confidence="high"), False),
        (Given(county="431023", town="431023101", confidence="medium"), False),
        (Given(county="431023", town="431023101", confidence="low"), True),
        (Given(county="431023", town="431023101", confidence="medium",
               alternatives=fits[1:]), True),
        (Given(county="431023", town="431023109", confidence="low"), False),
    ):  # fmt: skip
        said = geocode.judge(case, given)
        assert said["county"] is True
        assert said["open"] is right
        assert said["village"] is None
    assert not geocode.wrong_at_high(case, Given(county="431023", confidence="high"))
    assert geocode.wrong_at_high(case, Given(county="430681", confidence="high"))
    assert not geocode.wrong_at_high(case, Given(county="430681", confidence="medium"))


def test_names_of_peers_become_codes() -> None:
    """A name counts under the names above it, and a village by its stem."""
    names = geocode.Names(Gazetteer.load())
    given = Given(
        province="湖南省", city="郴州市", county="永兴县", town="马田镇", village="邝家村"
    )
    assert names.coded(given)[2:5] == ("431023", "431023101", "431023101217")
    assert names.coded(Given(province="河北省", county="永兴县")).county == ""
    assert names.coded(Given(county="鼓楼区")).county == ""
    assert names.coded(Given(city="东莞市")).county == "441900"
