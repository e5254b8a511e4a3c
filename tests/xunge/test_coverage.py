"""Coverage by grid worker: objects, visits, blind spots, gaps, overlaps; persons only if asked."""

from __future__ import annotations

import datetime as dt
import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import openpyxl
import pandas as pd
import pytest
import shapely

from geo.areas import town_polygons
from geo.crs import working_crs
from geo.grid import SquareGrid
from layers.codes import TABLES
from xunge.area_layers import nothing
from xunge.blind import blind_spots
from xunge.coverage import Coverage, measured, weights_of
from xunge.coverage_show import blind_remarks, remarks, write_book
from xunge.geography import Geography
from xunge.grid_owners import read_grids
from xunge.zone_words import map_grids

if TYPE_CHECKING:
    from pathlib import Path

CRS = working_crs(113.2, 26.1)
GRID = SquareGrid(CRS, size_m=500)
BORDER = shapely.box(113.1, 26.0, 113.3, 26.1)
TODAY = dt.date(2026, 11, 22)
AREAS = pd.DataFrame(
    {
        "id": ["431023101", "431023101201", "431023101202", "431023101203"],
        "name": ["马田镇", "邝家村", "梓木村", "关王村"],
        "level": ["town", "village", "village", "village"],
        "parent": ["431023", "431023101", "431023101", "431023101"],
        "lon": [113.2, 113.13, 113.2, 113.27], "lat": [26.05, 26.05, 26.05, 26.05],
    }
)  # fmt: skip


def _geography() -> Geography:
    villages = AREAS[AREAS["level"] == "village"]
    towns = AREAS[AREAS["level"] == "town"]
    return Geography(
        border=BORDER, border_known=True, roads=None, road_lines=nothing(), zones=nothing(),
        towns=town_polygons(BORDER, towns[["id", "name", "lon", "lat"]], crs=CRS),
        villages=town_polygons(BORDER, villages[["id", "name", "lon", "lat"]], crs=CRS),
        crs=CRS, grid=GRID, drawn_grids=nothing(), detour=(1.4, 35.0),
    )  # fmt: skip


def _register(*rows: dict[str, Any]) -> pd.DataFrame:
    blank = {"name": None, "unit": "马田镇应急办", "town": "马田镇", "villages": (), "cells": (),
             "worker": "张三", "phone": "13900000000"}  # fmt: skip
    return pd.DataFrame([{**blank, **row} for row in rows], dtype=object)


def _known(register: pd.DataFrame, *, day: dt.date = TODAY) -> Any:  # noqa: ANN401
    places = [("a", 113.13, "431023101201", "larger"), ("b", 113.1299, "431023101201", "low"),
              ("c", 113.2, "431023101202", "low"), ("d", 113.27, "431023101203", "low"),
              ("e", 113.2, "", "low")]  # fmt: skip
    objects = pd.DataFrame(
        [
            {"id": id_, "kind": "enterprise", "name": f"厂{id_}", "active": True, "lon": lon,
             "lat": 26.05, "radius_m": 50.0 if village else 8_500.0, "risk_grade": grade,
             "town_code": "431023101", "village_code": village,
             "cell": GRID.cells([lon], [26.05]).iloc[0]}
            for id_, lon, village, grade in places
        ]
    )  # fmt: skip
    visits = pd.DataFrame(
        {"object": ["a", "a", "c", "d"],
         "date": [TODAY, TODAY - dt.timedelta(days=3), TODAY - dt.timedelta(days=90), TODAY]}
    )  # fmt: skip
    return SimpleNamespace(
        day=day, objects=objects, visits=visits, registers={"grids": register, "areas": AREAS}
    )


REGISTER = _register(
    {"id": "W1", "name": "邝家网格", "villages": ("邝家",)},
    {"id": "W2", "name": "梓木网格", "villages": ("梓木村", "邝家村", "无名村")},
    {"id": "W3", "name": "空网格", "town": None},
)


def _measured(register: pd.DataFrame = REGISTER) -> Coverage:
    return measured(_known(register), _geography(), days=30, tables=TABLES)


def test_objects_visits_and_blind_cells_are_counted_by_grid() -> None:
    """Two visits to one firm are one firm visited; an old visit counts for the last day only."""
    grids = {row.grid: row for row in _measured().grids}
    one, two, nobody = grids["W1"], grids["W2"], grids[""]
    assert (one.objects, one.visited, one.visits, one.open, one.never) == (2, 1, 2, 1, 1)
    assert (one.weight, one.weight_open) == (5, 1)
    assert (one.cells_used, one.cells_open, one.last) == (1, 0, TODAY)
    assert (two.objects, two.visited, two.open, two.never, two.cells_open) == (1, 0, 1, 0, 1)
    assert (nobody.objects, nobody.visited) == (2, 1)
    assert sum(row.objects for row in grids.values()) == 5


def test_every_square_of_the_county_has_one_owner_or_none() -> None:
    """Cells add up to those of the county; the third village belongs to nobody."""
    from xunge.geography import cells_inside

    grids = _measured().grids
    assert sum(row.cells for row in grids) == len(cells_inside(_geography()))
    assert next(row for row in grids if not row.grid).cells > 0


def test_overlaps_gaps_and_what_fits_nothing_are_said() -> None:
    """The village that two grids claim, the name nobody knows, the grid without ground."""
    found = _measured()
    ((pair, (cells, objects)),) = found.shared.items()
    assert (pair, objects) == (("W1", "W2"), 2)
    assert cells > 0
    assert {code for code, _ in found.notes} == {"grids_unknown", "grids_bare"}
    said = "\n".join(remarks(found, lang="zh"))
    assert "W1–W2" in said
    assert "无名村" in said
    assert "空网格" in said


def test_names_of_persons_are_in_the_workbook_and_nowhere_else(tmp_path: Path) -> None:
    """JSON and map carry the unit; the worker's name needs asking for, the phone is nowhere."""
    found = _measured()
    open_json = json.dumps(found.to_json(persons=False), ensure_ascii=False)
    assert "马田镇应急办" in open_json
    assert "张三" not in open_json
    assert "张三" in json.dumps(found.to_json(persons=True), ensure_ascii=False)
    shapes = map_grids(found, _geography(), lang="zh")
    assert [shape.name for shape in shapes] == ["邝家网格", "梓木网格"]
    assert not any(shape.on for shape in shapes)
    assert "张三" not in str(shapes)
    path = tmp_path / "网格覆盖.xlsx"
    write_book(found, path, lang="zh")
    book = openpyxl.load_workbook(path)
    cells = [str(cell.value) for page in book for row in page.iter_rows() for cell in row]
    assert "张三" in cells
    assert not any("13900000000" in cell for cell in cells)


def test_drawn_grids_join_by_id_or_name_and_loose_polygons_are_told() -> None:
    """A polygon goes before the village of the register."""
    import geopandas as gpd

    drawn = gpd.GeoDataFrame(
        {"网格编号": ["W9", ""], "网格名称": ["", "没有的网格"]},
        geometry=[shapely.box(113.12, 26.0, 113.14, 26.1), BORDER], crs="EPSG:4326",
    )  # fmt: skip
    register = _register({"id": "W1", "villages": ("邝家村",)}, {"id": "W9", "town": None})
    ground = _geography()
    values = {name: getattr(ground, name) for name in Geography.__dataclass_fields__}
    ground = Geography(**{**values, "drawn_grids": drawn})
    book = read_grids(register, areas=AREAS, geography=ground)
    assert dict(book.notes)["grids_loose"]["names"] == ["没有的网格"]
    grids = {
        row.grid: row for row in measured(_known(register), ground, days=30, tables=TABLES).grids
    }
    assert grids["W9"].objects == 2
    assert grids["W1"].objects == 0


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_without_a_register_that_is_said(lang: str) -> None:
    """No grids, no figures, one sentence."""
    empty = _register({"id": "W1"})[:0]
    assert len(remarks(_measured(empty), lang=lang)) == 1


def test_villages_and_cells_with_objects_and_no_visit_are_blind() -> None:
    """Whoever looks after them; what is known by its town alone is in neither and is counted."""
    for register in (REGISTER, REGISTER[:0]):
        blind = _measured(register).blind
        assert [(spot.id, spot.objects, spot.weight) for spot in blind.villages] == [
            ("431023101202", 1, 1)
        ]
        assert [spot.id for spot in blind.cells] == [GRID.cells([113.2], [26.05]).iloc[0]]
        assert blind.villages[0].last == TODAY - dt.timedelta(days=90)
        assert (blind.cells_used, blind.villages_used) == (3, 3)
        assert (blind.vague, blind.nowhere) == (1, 1)


def test_blind_spots_are_sorted_by_risk_and_a_visit_ends_them() -> None:
    """The same places without any visit: the larger risk first; one visit to any member counts."""
    known = _known(REGISTER)
    weights = weights_of(known.objects, TABLES)
    none = known.visits[:0]
    since = TODAY - dt.timedelta(days=29)
    blind = blind_spots(known.objects, none, since=since, weights=weights).villages
    assert blind[0].id == "431023101201"
    assert [spot.weight for spot in blind] == sorted((s.weight for s in blind), reverse=True)
    assert [spot.never for spot in blind] == [2, 1, 1]
    visit = pd.DataFrame({"object": ["b"], "date": [since]})
    after = blind_spots(known.objects, visit, since=since, weights=weights).villages
    assert "431023101201" not in {spot.id for spot in after}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_blind_villages_are_named_without_a_register_of_grids(lang: str, tmp_path: Path) -> None:
    """In words, in the workbook and in the JSON."""
    found = _measured(REGISTER[:0])
    said = "\n".join(blind_remarks(found, lang=lang))
    assert "梓木村" in said
    assert found.to_json(persons=False)["blind"]["villages"][0]["name"] == "梓木村"
    path = tmp_path / "book.xlsx"
    write_book(found, path, lang=lang)
    book = openpyxl.load_workbook(path)
    assert "梓木村" in {cell.value for row in book.worksheets[2].iter_rows() for cell in row}
