"""Illegal and closed sites as they truly are: clustered in part, relapsed in part."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from layers.rows import records
from xunge.demo import names
from xunge.demo.county import County, chance, rng_of, table, to_degrees
from xunge.demo.enterprises import place_near
from xunge.demo.roads import Road, road_points

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

COUNT = 120
OPEN_COUNT = 25
OPEN_JOINT_COUNT = 15
HANDED_OVER_COUNT = 7
RELAPSED = {"fuel": 5, "smelting": 4, "fireworks": 4, "noncoal_mine": 2, "timber": 1}
LARGE = ("应急管理局", "公安局", "消防救援大队", "生态环境分局", "市场监督管理局")
UNTOUCHED = "coal_mine"
"""Industry of the one site against which nothing was done, so that an alert is raised."""
HEAT_RADIUS_M = 2_500.0
HEAT = 1.8


def cluster_centres(county: County, *, seed: int) -> dict[str, Floats]:
    """Return the middle (metres) of each cluster of illegal sites by its industry."""
    rng = rng_of(seed, "clusters")
    villages, out = county.villages, {}
    for cluster in table("sites")["cluster"]:
        fits = villages[(villages["town"] == cluster["town"]) & villages["known"]]
        row = fits[~fits["urban"]].iloc[int(rng.integers(int((~fits["urban"]).sum())))]
        out[str(cluster["industry"])] = np.array([row["x"], row["y"]])
    return out


def heat(x: Floats, y: Floats, centres: dict[str, Floats]) -> Floats:
    """Return by what a hazard rate is multiplied near a cluster of illegal sites."""
    points = np.column_stack([x, y])
    near = [np.hypot(*(points - centre).T) < HEAT_RADIUS_M for centre in centres.values()]
    return np.where(np.any(near, axis=0), HEAT, 1.0)


def make_sites(
    county: County, roads: list[Road], *, seed: int, today: dt.date, firms: pd.DataFrame
) -> pd.DataFrame:
    """Return the 120 true sites in the order of their numbers.

    Returns
    -------
    DataFrame
        The columns of the register ``sites`` (behaviour in the ledger's words) with true ``lon,
        lat``, plus ``x, y``, ``town_code, village_code, known``, ``mobile``, ``origin`` (the site
        that relapsed) and ``propensity`` (chance that a revisit finds it at work again).
    """
    rng = rng_of(seed, "sites")
    frame = _originals(rng=rng)
    _place(frame, county, roads, cluster_centres(county, seed=seed), rng=rng)
    _date(frame, today, rng=rng)
    frame = pd.concat([frame, _relapses(frame, today, rng=rng)], ignore_index=True)
    frame = frame.sort_values(["discovered", "x"], kind="stable").reset_index(drop=True)
    _number(frame)
    _settle(frame, today, rng=rng)
    _tell(frame, firms, rng=rng)
    _coal(frame)
    frame["lon"], frame["lat"] = to_degrees(frame["x"].to_numpy(), frame["y"].to_numpy())
    frame["propensity"] = [
        round(0.02 + (0.13 if clustered else 0.05) * chance(seed, "relapse", str(site)), 4)
        for site, clustered in zip(frame["id"], frame["clustered"], strict=True)
    ]
    return frame


def _kinds() -> dict[str, dict[str, Any]]:
    return {str(kind["industry"]): kind for kind in table("sites")["kind"]}


def _originals(*, rng: np.random.Generator) -> pd.DataFrame:
    clusters = {c["industry"]: int(c["count"]) for c in table("sites")["cluster"]}
    rows = []
    for industry, kind in _kinds().items():
        count = int(kind["count"]) - RELAPSED.get(industry, 0)
        for i in range(count):
            clustered = i < clusters.get(industry, 0)
            mobile = i >= count - int(kind["mobile"])
            rows.append({"industry": industry, "clustered": clustered, "mobile": mobile})
    frame = pd.DataFrame(rows)
    frame["token"] = np.arange(len(frame))  # by which a relapse names its origin
    frame["origin_token"] = -1
    return frame.iloc[rng.permutation(len(frame))].reset_index(drop=True)


def _place(
    frame: pd.DataFrame, county: County, roads: list[Road], centres: dict[str, Floats],
    *, rng: np.random.Generator,
) -> None:  # fmt: skip
    """Put the clustered ones around their middle, the others near rural villages."""
    villages = county.villages
    weight = np.where(villages["urban"], 0.25, 1.0)
    rows = rng.choice(len(villages), size=len(frame), p=weight / weight.sum())
    around = villages[["x", "y"]].to_numpy()
    xy = place_near(around[rows], county, road_points(roads), rng=rng, roadside=0.3)
    for i in np.flatnonzero(frame["clustered"].to_numpy()):
        centre = centres[str(frame.at[i, "industry"])]
        radius, angle = 250.0 + 850.0 * rng.random() ** 1.4, rng.uniform(0, 2 * np.pi)
        xy[i] = centre + radius * np.array([np.cos(angle), np.sin(angle)])
        rows[i] = int(np.argmin(np.hypot(*(around - centre).T)))
    frame["x"], frame["y"] = xy[:, 0], xy[:, 1]
    for column, source in (
        ("village_code", "code"), ("village", "name"), ("town_code", "town"),
        ("town", "town_name"), ("urban", "urban"), ("known", "known"),
    ):  # fmt: skip
        frame[column] = villages[source].to_numpy()[rows]


def _date(frame: pd.DataFrame, today: dt.date, *, rng: np.random.Generator) -> None:
    """Date the discoveries over 30 months and the closures soon after."""
    ago = np.concatenate(
        [rng.integers(45, 900, len(frame) - 20), rng.integers(3, 60, 20)]
    )  # twenty fresh ones, which are the open ones
    lag = rng.integers(0, 21, len(frame))
    frame["discovered"] = [today - dt.timedelta(days=int(days)) for days in ago]
    frame["closed"] = [
        day + dt.timedelta(days=int(days)) if fresh < len(frame) - 20 else None
        for fresh, (day, days) in enumerate(zip(frame["discovered"], lag, strict=True))
    ]


def _relapses(frame: pd.DataFrame, today: dt.date, *, rng: np.random.Generator) -> pd.DataFrame:
    """Return new cases at the places of closed ones, some of them not closed yet."""
    rows = []
    for industry, count in RELAPSED.items():
        old = frame[(frame["industry"] == industry) & frame["closed"].notna() & ~frame["mobile"]]
        old = old[[(today - day).days > 60 for day in old["closed"]]]
        old = old.iloc[rng.permutation(len(old))[:count]]
        for _, origin in old.iterrows():
            gap = min(int(rng.integers(20, 240)), (today - origin["closed"]).days - 4)
            row = origin.to_dict()
            row["discovered"] = origin["closed"] + dt.timedelta(days=gap)
            row["closed"] = row["discovered"] + dt.timedelta(days=int(rng.integers(0, 15)))
            row["origin_token"], row["token"] = origin["token"], -1
            row["x"] += float(rng.normal(0.0, 40.0))
            row["y"] += float(rng.normal(0.0, 40.0))
            rows.append(row)
    out = pd.DataFrame(rows)
    newest = out["discovered"].sort_values(ascending=False, kind="stable").index[: OPEN_COUNT - 20]
    out["closed"] = out["closed"].where(~out.index.isin(newest), None)
    return out


def _number(frame: pd.DataFrame) -> None:
    """Give every case a number of its year, and every relapse its origin."""
    years = pd.Series([day.year for day in frame["discovered"]])
    serial = years.groupby(years).cumcount() + 1
    frame["id"] = [f"FF{year}-{number:03d}" for year, number in zip(years, serial, strict=True)]
    by_token = dict(zip(frame["token"], frame["id"], strict=True))
    frame["origin"] = [by_token[t] if t >= 0 else None for t in frame["origin_token"]]


def _settle(frame: pd.DataFrame, today: dt.date, *, rng: np.random.Generator) -> None:
    """Decide status and departments: as many open and joint ones as the county is to have."""
    frame["closed"] = [
        min(day, today - dt.timedelta(days=1)) if day is not None and day == day else None
        for day in frame["closed"]
    ]
    still_open = frame["closed"].isna()
    frame["status"] = np.where(still_open, "open", "closed")
    shut = rng.permutation(np.flatnonzero(~still_open))[:HANDED_OVER_COUNT]
    frame.loc[shut, "status"] = "handed_over"
    frame.loc[shut, "closed"] = None
    alone = rng.permutation(np.flatnonzero(still_open))[: OPEN_COUNT - OPEN_JOINT_COUNT]
    kinds, departments = _kinds(), []
    for i, row in enumerate(records(frame)):
        concerned = kinds[row["industry"]]["departments"]
        count = 1 if i in alone else int(rng.integers(2, 4))
        extra = ["交通运输局"] if row["mobile"] and count > 1 else []
        departments.append(tuple(dict.fromkeys([*concerned[:count], *extra])))
    # One case is so large that one car cannot hold everyone: some come in their own.
    large = next(i for i in np.flatnonzero(still_open) if len(departments[i]) > 1)
    departments[large] = LARGE
    frame["departments"] = departments


def _coal(frame: pd.DataFrame) -> None:
    """Let the newest open quarry be an illegal coal mine against which nothing was done yet."""
    quarries = frame.index[(frame["industry"] == "noncoal_mine") & (frame["status"] == "open")]
    if not len(quarries):
        return
    newest = int(quarries[-1])  # they are in the order of their discovery
    told = {
        "industry": UNTOUCHED, "name": f"{frame['village'].iloc[newest]}非法采煤点",
        "behaviour": "私采滥挖",
        "description": "露头浅层私挖煤炭，现场有简易井口1个，人员已离开，尚未处理",
    }  # fmt: skip
    for column, value in told.items():
        frame.at[newest, column] = value


def _tell(frame: pd.DataFrame, firms: pd.DataFrame, *, rng: np.random.Generator) -> None:
    """Write name, behaviour, plate, person and story of every case."""
    kinds, rows, plates = _kinds(), [], 0
    for row in records(frame):
        kind, mobile = kinds[row["industry"]], bool(row["mobile"])
        plates += mobile
        den = names.pick(kind["mobile_dens" if mobile else "dens"], rng=rng)
        story = str(kind["story"]).format(q=int(rng.integers(2, 40)), k=int(rng.integers(1, 5)))
        relapsed = isinstance(row["origin"], str)
        rows.append(
            {
                "name": f"{row['village']}{den}",
                "behaviour": "死灰复燃" if relapsed else names.pick(kind["behaviours"], rng=rng),
                "plate": f"湘L·0X{plates:03d}" if mobile else None,
                "last_seen": row["discovered"] if mobile else None,
                "person": f"{names.person(rng=rng)[0]}某某",
                "description": story + (f"；系{row['origin']}原址死灰复燃" if relapsed else ""),
            }
        )
    for column in rows[0]:
        frame[column] = [told[column] for told in rows]
    frame["enterprise"] = None
    linked = rng.permutation(np.flatnonzero(frame["industry"] == "smelting"))[:4]
    hosts = firms.index[firms["industry"].isin(["smelting", "building_materials"])]
    ids = firms["id"].tolist()
    for i in linked:
        frame.at[i, "enterprise"] = ids[int(rng.choice(hosts))]
