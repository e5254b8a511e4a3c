"""Priority zones of a folder: drawn ones, those that its roads are, and how far each is seen.

The kind of a zone stands in a column of its file (``kind``, 类型), else in the name of the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo import crs as datums
from geo.zones import zones_of
from layers.elevation import SUFFIXES as RASTERS
from layers.elevation import read_elevation
from layers.vectors import SUFFIXES, read_shapes
from scheduler.zone_rules import load_zone_rules
from xunge.area_layers import NAMES, first_column, nothing, with_systems

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    import pyproj
    from shapely.geometry.base import BaseGeometry

    from layers.codes import CodeTable
    from layers.elevation import Elevation
    from scheduler.zone_rules import Sight, ZoneRule
    from xunge.area_layers import Land

COLUMNS = ("id", "name", "kind", "buffer_m", "sight")
FILE_WORDS = ("重点区域", "优先区域", "zone")
RASTER_WORDS = ("高程", "dem", "dtm", "elevation")
CERTAIN_M = 2_000.0
"""Radius up to which a point says in which zones an object lies; a town's seat does not."""

_KINDS = ("kind", "类型", "类别", "区域类型", "zone_kind")
_BUFFERS = ("buffer_m", "缓冲米", "缓冲距离")
_IDS = ("id", "编号", "代码")
_ALSO = {"class": ("class", "highway", "fclass", "等级")}
"""Columns of road files that stand for one of the rules' columns."""

Note = tuple[str, "Mapping[str, Any]"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ZoneLayer:
    """Zones with :data:`COLUMNS` and geometry, WGS-84, and what was noticed.

    ``sight`` marks those whose shape is what is seen from them; their buffer is 0.
    """

    zones: gpd.GeoDataFrame
    notes: tuple[Note, ...] = ()


def zone_files(
    folder: Path, *, tables: Mapping[str, CodeTable], taken: Iterable[Path]
) -> list[tuple[Path, str]]:
    """Return the map files of zones, each with the kind that its name says (empty for none).

    Parameters
    ----------
    taken
        Files that hold something else.
    """
    others = set(taken)
    words = _words(tables["zone_kind"])
    found = []
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in SUFFIXES or path in others:
            continue
        stem = path.stem.casefold()
        named = [word for word in words if word in stem]
        kind = words[max(named, key=len)] if named else ""
        if kind or any(word in stem for word in FILE_WORDS):
            found.append((path, kind))
    return found


def zone_layer(
    folder: Path,
    land: Land,
    *,
    roads: gpd.GeoDataFrame,
    taken: Iterable[Path],
    tables: Mapping[str, CodeTable],
) -> ZoneLayer:
    """Read the zones of a folder and work out how far they reach.

    Parameters
    ----------
    roads
        Lines of the folder's road file, with its columns.
    taken
        Map files that hold something else.

    Raises
    ------
    layers.vectors.VectorError, layers.elevation.ElevationError
        If a file cannot be used.
    """
    rules = load_zone_rules(land.settings.zones, tables=tables)
    parts, notes = [], list[Note]()
    for path, kind in zone_files(folder, tables=tables, taken=taken):
        drawn = with_systems(
            partial(read_shapes, path, crs=land.settings.places.map_crs or None), around=land.middle
        )
        rows, unknown = _rows(drawn, kind, path.stem, table=tables["zone_kind"])
        parts.append(rows)
        if unknown:
            notes.append(("zones_unknown", {"file": path.name, "kinds": unknown}))
        if drawn.attrs["repaired"]:
            notes.append(("areas_repaired", {"file": path.name, "n": drawn.attrs["repaired"]}))
    own = _joined(parts)
    lines = [
        _from_roads(roads, rule)
        for rule in rules.kinds.values()
        if rule.kind not in set(own["kind"])
    ]
    whole = _joined([own, *(part for part in lines if len(part))])
    known = set(tables["zone_kind"].codes)
    whole = whole[whole["kind"].isin(rules.kinds) | ~whole["kind"].isin(known)]
    zones, more = _reaching(whole.reset_index(drop=True), rules.kinds, folder, land, rules.sight)
    return ZoneLayer(zones=zones, notes=(*notes, *more))


def inside(
    objects: pd.DataFrame, zones: gpd.GeoDataFrame, *, crs: pyproj.CRS
) -> dict[str, tuple[str, ...]]:
    """Return ids of the zones in which each object lies, for those that lie in any.

    Only places known to 2 km count: what is known by its town alone lies nowhere in particular.
    """
    if zones.empty:
        return {}
    here = objects[pd.to_numeric(objects["radius_m"]) <= CERTAIN_M]
    found = zones_of(here["lon"].astype(float), here["lat"].astype(float), zones, crs=crs)
    return {str(id_): ids for id_, ids in zip(here["id"], found, strict=True) if ids}


def kinds_of(
    zones_by_object: Mapping[str, Sequence[str]], zones: gpd.GeoDataFrame
) -> dict[str, tuple[str, ...]]:
    """Return the kinds of zones in which each object lies."""
    kinds = dict(zip(zones["id"], zones["kind"], strict=True))
    return {
        id_: tuple(dict.fromkeys(kinds[zone] for zone in ids))
        for id_, ids in zones_by_object.items()
    }


def reached(zones: gpd.GeoDataFrame, *, crs: pyproj.CRS) -> list[BaseGeometry]:
    """Return the zones with their buffers as shapes in WGS-84, in their order."""
    return [
        _buffered(shape, float(metres), crs)
        for shape, metres in zip(zones.geometry, zones["buffer_m"], strict=True)
    ]


def _words(table: CodeTable) -> dict[str, str]:
    return {
        word.casefold(): row.code
        for row in table.rows
        for word in (row.code, row.title, *row.synonyms)
    }


def _rows(
    drawn: gpd.GeoDataFrame, kind: str, stem: str, *, table: CodeTable
) -> tuple[gpd.GeoDataFrame, list[str]]:
    """Return the zones of one file, and kinds that nobody knows."""
    blank = pd.Series("", index=drawn.index, dtype=object)
    said = first_column(drawn, _KINDS, default=blank)
    kinds = [(table.read(word) or word) if word else kind for word in said]
    names = first_column(drawn, NAMES, default=blank)
    numbers = [f"{stem}-{at}" for at in range(1, len(drawn) + 1)]
    ids = first_column(drawn, _IDS, default=pd.Series(numbers, index=drawn.index, dtype=object))
    called = [name or table.title_of(one) or stem for name, one in zip(names, kinds, strict=True)]
    rows = gpd.GeoDataFrame(
        {
            "id": [id_ or number for id_, number in zip(ids, numbers, strict=True)],
            "name": called,
            "kind": kinds,
            "buffer_m": pd.to_numeric(
                first_column(drawn, _BUFFERS, default=blank), errors="coerce"
            ),
            "sight": False,
        },
        geometry=drawn.geometry.to_numpy(),
        crs=drawn.crs,
    )
    return rows, sorted({one for one in kinds if one not in table.codes})


def _joined(parts: Sequence[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """Put zones below one another; ids that repeat get a number behind them."""
    full = [part for part in parts if len(part)]
    if not full:
        return nothing(*COLUMNS)
    frame = gpd.GeoDataFrame(pd.concat(full, ignore_index=True), crs="EPSG:4326")
    again = frame.groupby("id").cumcount()
    ids = [f"{id_}.{n}" if n else id_ for id_, n in zip(frame["id"], again, strict=True)]
    return frame.assign(id=ids)


def _from_roads(roads: gpd.GeoDataFrame, rule: ZoneRule) -> gpd.GeoDataFrame:
    """Return what of the road file is a zone of a kind, as one zone."""
    chosen = np.zeros(len(roads), dtype=bool)
    for column, value in rule.lines:
        for name in _ALSO.get(column, (column,)):
            if name in roads:
                words = roads[name].astype(str).str.removesuffix("_link")
                chosen |= (words == value).to_numpy(bool)
    if not chosen.any():
        return nothing(*COLUMNS)
    shape = shapely.union_all(roads.geometry.to_numpy()[chosen])
    return gpd.GeoDataFrame(
        {"id": [f"roads-{rule.kind}"], "name": [rule.title], "kind": [rule.kind],
         "buffer_m": [np.nan], "sight": [False]},
        geometry=[shape], crs="EPSG:4326",
    )  # fmt: skip


def _reaching(
    zones: gpd.GeoDataFrame, rules: Mapping[str, ZoneRule], folder: Path, land: Land, sight: Sight
) -> tuple[gpd.GeoDataFrame, list[Note]]:
    """Give every zone its buffer, or what is seen from it where there is an elevation raster."""
    drawn = zones["buffer_m"].notna()
    metres = [
        float(own) if given else _usual(shape, rules.get(kind))
        for own, given, shape, kind in zip(
            zones["buffer_m"], drawn, zones.geometry, zones["kind"], strict=True
        )
    ]
    zones = zones.assign(buffer_m=metres)
    wanted = [
        at for at, kind in enumerate(zones["kind"])
        if not drawn.iloc[at] and kind in rules and rules[kind].sight_m
    ]  # fmt: skip
    raster = _raster(folder)
    if raster is None or not wanted:
        return zones, []
    from geo.sightline import can_compile  # with numba, which takes its time

    if not can_compile():
        return zones, [("sight_slow", {"file": raster.name})]
    ground = _ground(
        raster, land, reach=max(rules[zones["kind"].iloc[at]].sight_m for at in wanted)
    )
    return _seen(zones, wanted, rules, ground, land, sight, file=raster.name)


def _seen(
    zones: gpd.GeoDataFrame, wanted: Sequence[int], rules: Mapping[str, ZoneRule],
    ground: Elevation, land: Land, sight: Sight, *, file: str,
) -> tuple[gpd.GeoDataFrame, list[Note]]:  # fmt: skip
    from geo.viewshed import observers_of, viewshed

    shapes, buffers = list(zones.geometry), zones["buffer_m"].tolist()
    flags, notes = [False] * len(zones), list[Note]()
    for at in wanted:
        rule, name = rules[zones["kind"].iloc[at]], zones["name"].iloc[at]
        points = observers_of(shapes[at], step_m=sight.step_m, crs=land.crs)
        view = viewshed(
            points, ground, observer_m=sight.observer_m, target_m=sight.target_m,
            reach_m=rule.sight_m, refraction=sight.refraction,
        )  # fmt: skip
        parts = [shapes[at], view.area]
        if len(view.blind):
            # Where nobody can tell what is seen, the usual distance counts.
            blind = _buffered(shapely.MultiPoint(view.blind), rule.line_buffer_m, land.crs)
            parts.append(blind)
            notes.append(
                (
                    "sight_blind",
                    {
                        "file": file,
                        "name": name,
                        "n": len(view.blind),
                        "of": len(points),
                        "metres": rule.line_buffer_m,
                    },
                )
            )
        shapes[at], buffers[at] = shapely.union_all(parts), 0.0
        flags[at] = True
        notes.append(("sight_used", {"file": file, "name": name, "n": view.observers,
                                     "reach": rule.sight_m}))  # fmt: skip
    seen = zones.assign(buffer_m=buffers, sight=flags)
    return seen.set_geometry(gpd.GeoSeries(shapes, crs="EPSG:4326")), notes


def _usual(shape: BaseGeometry, rule: ZoneRule | None) -> float:
    """Return the buffer of a zone for which its file names none."""
    if rule is None:
        return 0.0
    return float(rule.buffer_m if shapely.area(shape) > 0 else rule.line_buffer_m)


def _raster(folder: Path) -> Path | None:
    for path in sorted(folder.iterdir()):
        stem = path.stem.casefold()
        if path.suffix.lower() in RASTERS and any(word in stem for word in RASTER_WORDS):
            return path
    return None


def _ground(path: Path, land: Land, *, reach: float) -> Elevation:
    west, south, east, north = _buffered(land.border, reach, land.crs).bounds
    return read_elevation(
        path, bounds=(west, south, east, north), crs=land.settings.places.map_crs or None
    )


def _buffered(shape: BaseGeometry, metres: float, crs: pyproj.CRS) -> BaseGeometry:
    if metres <= 0:
        return shape
    flat = shapely.transform(
        shape, lambda xy: np.column_stack(datums.project(xy[:, 0], xy[:, 1], crs))
    )
    return shapely.transform(
        flat.buffer(metres), lambda xy: np.column_stack(datums.unproject(xy[:, 0], xy[:, 1], crs))
    )
