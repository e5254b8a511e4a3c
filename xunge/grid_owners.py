"""The grids of a folder: what each row of the register looks after, and what nobody does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import shapely

from geo.drawn_areas import join_codes
from geo.owners import Ground, cell_kind, cell_shapes, owners
from layers.rows import records
from xunge.area_layers import CODES, NAMES, first_column
from xunge.zone_layers import CERTAIN_M

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd
    from shapely.geometry.base import BaseGeometry

    from geo.owners import Owner
    from xunge.geography import Geography

_GRID_CODES = ("网格编号", "网格编码", *CODES)
_GRID_NAMES = ("网格名称", *NAMES)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GridBook:
    """The register of grids as ground.

    Attributes
    ----------
    register
        Frame of the register.
    grounds
        One for every row that has ground, in order of their ids.
    notes
        Codes of sentences with their data: names that fit nothing, grids without ground.
    """

    register: pd.DataFrame
    grounds: tuple[Ground, ...]
    notes: tuple[tuple[str, Mapping[str, Any]], ...]


def read_grids(register: pd.DataFrame, *, areas: pd.DataFrame, geography: Geography) -> GridBook:
    """Work out the ground of every grid of the register.

    Parameters
    ----------
    areas
        Register of towns and villages: names of grids are looked up in it.
    """
    if register.empty:
        return GridBook(register=register, grounds=(), notes=())
    shapes, loose = _shapes(geography.drawn_grids, register)
    names = {
        level: dict(zip(rows["id"].astype(str), rows["name"].astype(str), strict=True))
        for level in ("town", "village")
        for rows in [areas[areas["level"] == level]]
    }
    grounds, unknown, bare = [], list[str](), list[str]()
    for row in records(register):
        ground, lost = _ground(row, shapes.get(row["id"]), names)
        unknown += lost
        if ground.shape is None and not (ground.cells or ground.villages or ground.towns):
            bare.append(str(row["name"] or row["id"]))
        else:
            grounds.append(ground)
    said: list[tuple[str, list[str]]] = [
        ("grids_unknown", unknown), ("grids_bare", bare), ("grids_loose", loose)
    ]  # fmt: skip
    return GridBook(
        register=register, grounds=tuple(grounds),
        notes=tuple((code, {"n": len(one), "names": one[:10]}) for code, one in said if one),
    )  # fmt: skip


def owners_of_objects(objects: pd.DataFrame, book: GridBook) -> dict[str, Owner]:
    """Return the owner of every object; polygons and cells count for points known to 2 km."""
    sure = (objects["radius_m"].astype(float) <= CERTAIN_M).to_numpy(bool)
    found = owners(
        objects["lon"].astype(float).where(sure).to_numpy(),
        objects["lat"].astype(float).where(sure).to_numpy(),
        villages=[code or None for code in objects["village_code"]],
        towns=[code or None for code in objects["town_code"]], grounds=book.grounds,
    )  # fmt: skip
    return dict(zip(objects["id"].astype(str), found, strict=True))


def shape_of(ground: Ground, geography: Geography) -> BaseGeometry:
    """Return the ground of a grid as one shape, WGS-84; empty where no border is known."""
    if ground.shape is not None:
        return ground.shape
    if ground.cells:
        return shapely.union_all(cell_shapes(ground.cells))
    layer = geography.villages if ground.villages else geography.towns
    wanted = layer["id"].isin(ground.villages or ground.towns).to_numpy(bool)
    return shapely.union_all(layer.geometry.to_numpy()[wanted])


def _ground(
    row: Mapping[str, Any], shape: BaseGeometry | None, names: Mapping[str, Mapping[str, str]]
) -> tuple[Ground, list[str]]:
    """Return the ground of a row, and the names of villages and cells in it that fit nothing."""
    town = _code(row["town"] or "", names["town"], level="town")
    within = {
        code: name for code, name in names["village"].items() if not town or code.startswith(town)
    }
    villages = {text: _code(text, within, level="village") for text in row["villages"]}
    cells = {text: cell_kind(text) is not None for text in row["cells"]}
    lost = [text for text, code in villages.items() if not code]
    lost += [text for text, known in cells.items() if not known]
    if row["town"] and not town:
        lost.append(row["town"])
    alone = not villages and not cells and shape is None
    ground = Ground(
        id=row["id"], shape=shape, cells=tuple(text for text, known in cells.items() if known),
        villages=tuple(code for code in villages.values() if code),
        towns=(town,) if town and alone else (),
    )  # fmt: skip
    return ground, lost


def _code(text: str, known: Mapping[str, str], *, level: str) -> str:
    if not text:
        return ""
    (found,) = join_codes([text], [text], known=known, level=level, look_up=lambda name: "")
    return found or ""


def _shapes(
    drawn: gpd.GeoDataFrame, register: pd.DataFrame
) -> tuple[dict[str, BaseGeometry], list[str]]:
    """Return drawn grids by id, and polygons that fit no row of the register."""
    if drawn.empty:
        return {}, []
    names = first_column(drawn, _GRID_NAMES)
    codes = first_column(drawn, _GRID_CODES, default=names)
    by_name = {str(name): id_ for id_, name in zip(register["id"], register["name"], strict=True)}
    ids, found, loose = set(register["id"]), dict[str, list[Any]](), list[str]()
    for code, name, shape in zip(codes, names, drawn.geometry, strict=True):
        id_ = code if code in ids else by_name.get(name)
        if id_ is None:
            loose.append(name or code)
        else:
            found.setdefault(id_, []).append(shape)
    return {id_: shapely.union_all(parts) for id_, parts in found.items()}, loose
