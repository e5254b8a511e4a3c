"""The county itself: its real towns, villages and polygon, and chance that repeats itself."""

from __future__ import annotations

import hashlib
import json
import tomllib
import zlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyproj
import shapely
from scipy.spatial import cKDTree
from shapely.geometry import shape

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

CODE = "431023"
NAME = "永兴县"
WGS84 = "EPSG:4326"
PLANE = "EPSG:4547"  # CGCS2000, 3-degree zone, central meridian 114° E, no zone prefix
PLANE_PREFIXED = "EPSG:4526"  # the same with zone 38 in front of the easting
_SEAT_TOWN = "431023001"
_TRUSTED_M = 20_000.0


def rng_of(seed: int, part: str) -> np.random.Generator:
    """Return the generator of one part, so that a change in one part leaves the others alone."""
    return np.random.default_rng([seed, zlib.crc32(part.encode("utf-8"))])


def chance(seed: int, *words: str) -> float:
    """Return a number in [0, 1) that depends on the seed and the words alone."""
    text = "\n".join((str(seed), *words))
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return int.from_bytes(digest[:7], "big") / float(1 << 56)


@cache
def table(name: str) -> dict[str, Any]:
    """Return one of the word and rate tables of ``xunge/demo/data``, such as ``words``."""
    text = files("xunge.demo").joinpath("data", f"{name}.toml").read_text("utf-8")
    return tomllib.loads(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class County:
    """The county as the synthesis knows it.

    Attributes
    ----------
    polygon, plane
        Its outline in WGS-84 degrees and in metres of :data:`PLANE`.
    towns
        Columns code, name, lon, lat, x, y.
    villages
        Columns code, name, town, town_name, urban, known, lon, lat, x, y; ``known`` tells the
        villages with a real point that can be believed; the others have a hidden one that no
        ledger shows.
    """

    polygon: shapely.Polygon
    plane: shapely.Polygon
    towns: pd.DataFrame
    villages: pd.DataFrame

    def inside(self, x: Floats, y: Floats, *, margin_m: float = 0.0) -> NDArray[np.bool_]:
        """Tell which points (metres) lie in the county, at least *margin_m* from its border."""
        area = self.plane if margin_m == 0 else self.plane.buffer(-margin_m)
        shapely.prepare(area)
        return np.asarray(shapely.contains_xy(area, x, y), dtype=np.bool_)

    def holds(self, line: shapely.LineString) -> bool:
        """Tell whether the whole of *line* (metres) lies in the county."""
        shapely.prepare(self.plane)
        return bool(shapely.covers(self.plane, line))


def to_plane(lon: Floats, lat: Floats, *, crs: str = PLANE) -> tuple[Floats, Floats]:
    """Project WGS-84 degrees to metres."""
    x, y = _transformer(WGS84, crs).transform(lon, lat)
    return np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)


def to_degrees(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Bring metres of :data:`PLANE` back to WGS-84 degrees."""
    lon, lat = _transformer(PLANE, WGS84).transform(x, y)
    return np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)


@cache
def _transformer(source: str, target: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(source, target, always_xy=True)


def load_county(*, seed: int) -> County:
    """Read the shipped places and polygon; *seed* places the villages without a real point."""
    data = files("xunge.demo").joinpath("data")
    polygon = _polygon(json.loads(data.joinpath("county.geojson").read_text("utf-8")))
    plane = shapely.transform(polygon, lambda xy: np.column_stack(to_plane(xy[:, 0], xy[:, 1])))
    with data.joinpath("places.csv").open("r", encoding="utf-8") as file:
        places = pd.read_csv(file, dtype={"code": str, "parent": str})
    places["x"], places["y"] = to_plane(places["lon"].to_numpy(), places["lat"].to_numpy())
    towns = places[places["level"] == "town"].reset_index(drop=True)
    villages = places[places["level"] == "village"].reset_index(drop=True)
    villages = villages.rename(columns={"parent": "town"})
    villages["town_name"] = villages["town"].map(towns.set_index("code")["name"])
    villages["urban"] = villages["name"].str.endswith("社区")
    villages["known"] = _trusted(villages, towns)
    villages = _with_hidden_points(villages, towns, plane, rng=rng_of(seed, "hidden villages"))
    columns = ["code", "name", "lon", "lat", "x", "y"]
    extra = ["town", "town_name", "urban", "known"]
    return County(
        polygon=polygon, plane=plane, towns=towns[columns], villages=villages[columns + extra]
    )


def county_geojson() -> str:
    """Return the shipped polygon as GeoJSON text."""
    return files("xunge.demo").joinpath("data", "county.geojson").read_text("utf-8")


def _polygon(collection: dict[str, Any]) -> shapely.Polygon:
    outline = shape(collection["features"][0]["geometry"])
    if not isinstance(outline, shapely.Polygon):
        raise TypeError("the county outline is not one polygon")
    return outline


def _trusted(villages: pd.DataFrame, towns: pd.DataFrame) -> pd.Series[bool]:
    """Tell which village points to believe: the published ones hold some of wrong namesakes.

    A point is not believed where it lies far from the town seat, or where a village of the same
    name in another town has the same one and is nearer to its own seat.
    """
    seat = towns.set_index("code")[["x", "y"]].loc[villages["town"]].to_numpy()
    far = np.hypot(*(villages[["x", "y"]].to_numpy() - seat).T)
    ranked = villages.assign(far=far).sort_values("far", kind="stable")
    namesake = ranked.duplicated(["name", "lon", "lat"]).reindex(villages.index)
    believed: pd.Series[bool] = villages["lon"].notna() & (far <= _TRUSTED_M) & ~namesake
    return believed


def _with_hidden_points(
    villages: pd.DataFrame, towns: pd.DataFrame, plane: shapely.Polygon, *, rng: np.random.Generator
) -> pd.DataFrame:
    """Give each village without a point a plausible one in the nearest-seat area of its town."""
    out = villages.copy()
    seats = towns[["x", "y"]].to_numpy()
    taken = [tuple(xy) for xy in out.loc[out["known"], ["x", "y"]].to_numpy()]
    pool, owner, far = _candidates(seats, plane, rng=rng)
    index = {code: i for i, code in enumerate(towns["code"])}
    for row in np.flatnonzero(~out["known"].to_numpy()):
        town, urban = str(out.at[row, "town"]), bool(out.at[row, "urban"])
        reach = (200.0, 1_500.0) if urban and town == _SEAT_TOWN else (600.0, 6_500.0)
        fits = np.flatnonzero((owner == index[town]) & (far > reach[0]) & (far < reach[1]))
        some = rng.choice(fits, size=min(12, fits.size), replace=False)
        gaps = cKDTree(np.array(taken)).query(pool[some])[0]
        spot = pool[some[int(np.argmax(gaps))]]
        taken.append(tuple(spot))
        out.loc[row, ["x", "y"]] = spot
    lon, lat = to_degrees(out["x"].to_numpy(), out["y"].to_numpy())
    hidden = ~out["known"]
    out.loc[hidden, "lon"], out.loc[hidden, "lat"] = lon[hidden], lat[hidden]
    return out


def _candidates(
    seats: Floats, plane: shapely.Polygon, *, rng: np.random.Generator
) -> tuple[Floats, NDArray[np.intp], Floats]:
    """Scatter points over the county and near the seats; with the nearest seat and its distance."""
    west, south, east, north = plane.bounds
    wide = rng.uniform((west, south), (east, north), size=(12_000, 2))
    near = np.repeat(seats, 200, axis=0) + rng.normal(0.0, 900.0, size=(200 * len(seats), 2))
    points = np.vstack([wide, near])
    inner = plane.buffer(-700.0)
    shapely.prepare(inner)
    points = points[shapely.contains_xy(inner, points[:, 0], points[:, 1])]
    far, owner = cKDTree(seats).query(points)
    return points, np.asarray(owner, dtype=np.intp), np.asarray(far, dtype=np.float64)
