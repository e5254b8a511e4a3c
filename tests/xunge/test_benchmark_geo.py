"""The benchmarks of places: their figures are right whatever the machine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from benchmarks import cells, columns, datums, roads, roads_cases, roads_peers
from benchmarks.columns_cases import kinds

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
