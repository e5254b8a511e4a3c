"""The enterprises as they truly are, before any clerk wrote them down."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from layers import codes
from layers.rows import records
from xunge.demo import names
from xunge.demo.county import County, chance, rng_of, table, to_degrees
from xunge.demo.roads import Road, road_points

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FULL_COUNT = 4027
"""Objects that the model county counted (汨罗, 2023)."""
_MAJOR_COUNT = 214
DOUBLES = 28
"""Firms of the full county that stand twice in the ledger."""
_RING_M = (200.0, 1_500.0)
_ROADSIDE_SHARE = 0.85
_RISK_FACTOR = {"major": 1.5, "larger": 1.25, "general": 1.0, "low": 0.7}
_HEAVY = ("coal_mine", "noncoal_mine", "smelting", "fireworks", "chemicals")
_HOURS = {
    "retail": ["08:00-21:00", "8:30-20:30", "07:30-22:00", "9：00—21：00"],
    "food": ["10:00-21:30", "06:30-14:00", "9:00~21:00", "10：00－22：00"],
    "workshop": ["08:00-18:00", "8:30-17:30", "07:00-19:00"],
    "fuel": ["06:00-22:00", "00:00-24:00"],
}
_LISTED = {"black_list": 0.001, "dishonest": 0.0025, "abnormal": 0.008}
_LISTED_DAYS = 330
_DAY_HOURS = ["08:30-17:30", "8:00-18:00", "08:00-17:00", "8：30—17：30"]


def make_enterprises(
    county: County, roads: list[Road], *, seed: int, count: int = FULL_COUNT
) -> pd.DataFrame:
    """Return the true enterprises, in the order of the ledger.

    Returns
    -------
    DataFrame
        The columns of the register ``enterprises`` with codes (industry, risk_grade, …) and true
        ``lon, lat`` in WGS-84, plus ``x, y`` (metres), ``village_code``, ``town_code``,
        ``known`` (the village has a real point), ``private`` and ``propensity`` (expected number
        of hazards found by a visit).
    """
    rng = rng_of(seed, "enterprises")
    frame = pd.DataFrame({"industry": _industries(count, rng=rng)})
    frame["village"] = _villages(frame["industry"], county, rng=rng)
    frame = frame.sort_values("village", kind="stable").reset_index(drop=True)
    _describe_places(frame, county, roads, rng=rng)
    _grade(frame, count, rng=rng)
    _name(frame, rng=rng)
    _run(frame, rng=rng)
    frame["id"] = [f"YX{i:05d}" for i in range(1, count + 1)]
    _move_in(frame, rng=rng)
    _double(frame, rng=rng)
    frame["lon"], frame["lat"] = to_degrees(frame["x"].to_numpy(), frame["y"].to_numpy())
    frame["propensity"] = _propensity(frame, seed=seed)
    return frame


def list_firms(frame: pd.DataFrame, *, seed: int, today: dt.date) -> pd.DataFrame:
    """Return the enterprises with their credit standing in words and the day of listing.

    A handful is on a list. Which ones depends on the seed and on each firm alone.
    """
    open_ = (frame["operating_status"] == "operating") & frame["duplicate_of"].isna()
    lots = sorted((chance(seed, "listed", str(id_)), str(id_)) for id_ in frame.loc[open_, "id"])
    standing: dict[str, tuple[str, dt.date]] = {}
    for code, share in _LISTED.items():
        row = next(row for row in codes.TABLES["standing"].rows if row.code == code)
        for _ in range(max(1, round(share * len(frame)))):
            id_ = lots.pop(0)[1]
            word = (row.title, *row.synonyms)[int(chance(seed, "standing", id_) * 3)]
            days = int(_LISTED_DAYS * chance(seed, "day of listing", id_))
            standing[id_] = word, today - dt.timedelta(days=days)
    found = [standing.get(str(id_), (None, None)) for id_ in frame["id"]]
    words, days_ = (
        pd.Series(cells, frame.index, dtype=object) for cells in zip(*found, strict=True)
    )
    return frame.assign(standing_text=words, listed=days_)


def share_out(weights: dict[str, float], count: int) -> dict[str, int]:
    """Share *count* out by weight, the largest remainders getting what is left."""
    exact = {key: weight * count / sum(weights.values()) for key, weight in weights.items()}
    whole = {key: int(value) for key, value in exact.items()}
    rest = sorted(exact, key=lambda key: whole[key] - exact[key])
    for key in rest[: count - sum(whole.values())]:
        whole[key] += 1
    return whole


def _economy() -> dict[str, dict[str, Any]]:
    economy: dict[str, dict[str, Any]] = table("industries")["industry"]
    return economy


def _industries(count: int, *, rng: np.random.Generator) -> NDArray[np.str_]:
    sizes = share_out({code: float(row["count"]) for code, row in _economy().items()}, count)
    listed = np.repeat(list(sizes), list(sizes.values()))
    return rng.permutation(listed)


def _villages(
    industries: pd.Series[str], county: County, *, rng: np.random.Generator
) -> NDArray[np.intp]:
    """Choose the row of a village for every enterprise, by town, industry and kind of village."""
    out = np.zeros(len(industries), dtype=np.intp)
    share: dict[str, float] = table("industries")["town_share"]
    towns = county.villages["town"]
    urban = county.villages["urban"].to_numpy()
    size = rng.gamma(2.0, 0.5, len(towns))
    for code, row in _economy().items():
        town = towns.map({t: w * row["towns"].get(t, 1.0) for t, w in share.items()}).to_numpy()
        pull = np.where(urban, 6.0 * row["urban"], 1.0 - 0.6 * row["urban"])
        weight = size * pull
        weight = weight / pd.Series(weight).groupby(towns).transform("sum").to_numpy() * town
        mine = np.flatnonzero(industries.to_numpy() == code)
        out[mine] = rng.choice(len(towns), size=mine.size, p=weight / weight.sum())
    return out


def _describe_places(
    frame: pd.DataFrame, county: County, roads: list[Road], *, rng: np.random.Generator
) -> None:
    rows = frame["village"].to_numpy()
    villages = county.villages
    xy = place_near(villages[["x", "y"]].to_numpy()[rows], county, road_points(roads), rng=rng)
    frame["x"], frame["y"] = xy[:, 0], xy[:, 1]
    frame["village_code"] = villages["code"].to_numpy()[rows]
    frame["town_code"] = villages["town"].to_numpy()[rows]
    frame["town"] = villages["town_name"].to_numpy()[rows]
    frame["urban"] = villages["urban"].to_numpy()[rows]
    frame["known"] = villages["known"].to_numpy()[rows]
    frame["village"] = villages["name"].to_numpy()[rows]


def place_near(
    centres: Floats, county: County, beside: Floats, *, rng: np.random.Generator,
    ring_m: tuple[float, float] = _RING_M, roadside: float = _ROADSIDE_SHARE,
) -> Floats:  # fmt: skip
    """Place one point near each centre: *ring_m* away, mostly beside a road, inside the county.

    Parameters
    ----------
    centres, beside
        Shape (n, 2) and (m, 2), metres; ``beside`` are points along the roads.
    """
    spots, undone = centres.copy(), np.arange(len(centres))
    tree = cKDTree(beside)
    near = tree.query_ball_point(centres, ring_m[1] - 60.0, return_sorted=True)
    for _ in range(60):
        angle = rng.uniform(0.0, 2 * np.pi, undone.size)
        radius = np.sqrt(rng.uniform(ring_m[0] ** 2, ring_m[1] ** 2, undone.size))
        radius = np.maximum(radius * rng.beta(2.0, 1.5, undone.size), ring_m[0])
        tried = centres[undone] + radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
        choice, aside = rng.random(undone.size), rng.normal(0.0, 45.0, (undone.size, 2))
        for k in np.flatnonzero(rng.random(undone.size) < roadside):
            around = near[undone[k]]
            if around:
                tried[k] = beside[around[int(choice[k] * len(around))]] + aside[k]
        far = np.hypot(*(tried - centres[undone]).T)
        good = (far >= ring_m[0]) & (far <= ring_m[1])
        good &= county.inside(tried[:, 0], tried[:, 1], margin_m=30.0)
        spots[undone[good]] = tried[good]
        undone = undone[~good]
        if not undone.size:
            break
    return spots


def _grade(frame: pd.DataFrame, count: int, *, rng: np.random.Generator) -> None:
    """Give every enterprise its risk grade and its class of supervision."""
    economy = _economy()
    whole = round(_MAJOR_COUNT * count / FULL_COUNT)
    major = share_out({code: float(row["major"]) for code, row in economy.items()}, whole)
    grade = rng.choice(["general", "low"], size=len(frame), p=[0.62, 0.38]).astype(object)
    kind = np.full(len(frame), "general", dtype=object)
    for code, row in economy.items():
        mine = rng.permutation(np.flatnonzero(frame["industry"].to_numpy() == code))
        top, rest = mine[: major[code]], mine[major[code] :]
        larger = rng.random(rest.size) < row["larger"]
        grade[top], grade[rest[larger]] = "major", "larger"
        kind[rest[rng.random(rest.size) < row["scattered"]]] = "scattered"
        kind[top] = "key"
        if code in _HEAVY:
            kind[rest[larger & (rng.random(rest.size) < 0.8)]] = "key"
    frame["risk_grade"], frame["enterprise_class"] = grade, kind


def _name(frame: pd.DataFrame, *, rng: np.random.Generator) -> None:
    economy, taken, out = _economy(), set[str](), []
    private = rng.random(len(frame)) < frame["industry"].map(
        {code: row["private"] for code, row in economy.items()}
    )
    frame["private"] = private.astype(int)
    for row in records(frame):
        patterns = economy[row["industry"]]["patterns"]
        name = ""
        while not name or name in taken:
            name = names.firm(
                patterns, town=row["town"], village=row["village"],
                private=row["private"], rng=rng,
            )  # fmt: skip
        taken.add(name)
        out.append(name)
    frame["name"] = out
    numbers = rng.choice(31**3, size=len(frame), replace=False)
    frame["credit_code"] = [
        names.credit_code(int(number), private=flag)
        for number, flag in zip(numbers, frame["private"], strict=True)
    ]


def _run(frame: pd.DataFrame, *, rng: np.random.Generator) -> None:
    """Fill in how the enterprises are run: status, hours, people."""
    economy, count = _economy(), len(frame)
    frame["department"] = frame["industry"].map({c: r["department"] for c, r in economy.items()})
    frame["operating_status"] = rng.choice(
        ["operating", "suspended", "closed"], size=count, p=[0.932, 0.045, 0.023]
    )
    closed_key = (frame["operating_status"] == "closed") & (frame["risk_grade"] == "major")
    frame.loc[closed_key, "operating_status"] = "suspended"
    frame["opening_hours"] = [
        names.pick(_HOURS.get(code, _DAY_HOURS), rng=rng) if rng.random() < 0.35 else None
        for code in frame["industry"]
    ]
    low = frame["industry"].map({c: r["employees"][0] for c, r in economy.items()}).to_numpy()
    high = frame["industry"].map({c: r["employees"][1] for c, r in economy.items()}).to_numpy()
    frame["employees"] = np.round(low + (high - low) * rng.beta(1.2, 4.0, count)).astype(int)
    frame["contact"] = [names.person(rng=rng) for _ in range(count)]
    frame["phone"] = [names.phone(int(n)) for n in rng.permutation(10_000)[:count]]


def _move_in(frame: pd.DataFrame, *, rng: np.random.Generator) -> None:
    """Put some small firms into the yards of larger ones (厂中厂): same place, a few metres off."""
    yards = np.flatnonzero(
        frame["industry"].isin(["machinery", "building_materials", "timber", "smelting"])
        & (frame["operating_status"] != "closed")
    )
    tenants = np.flatnonzero(frame["industry"].isin(["workshop", "machinery", "retail"]))
    tenants = rng.permutation(tenants)[: round(60 * len(frame) / FULL_COUNT)]
    frame["parent"], ids = None, frame["id"].tolist()
    for tenant in tenants:
        near = yards[(frame["town_code"].to_numpy()[yards] == frame.at[tenant, "town_code"])]
        near = near[near != tenant]
        if not near.size:
            continue
        host = int(rng.choice(near))
        offset = rng.normal(0.0, 12.0, 2)
        if not isinstance(frame.at[host, "parent"], str):
            shared = ["village", "village_code", "urban", "known"]
            frame.loc[tenant, shared] = frame.loc[host, shared]
            frame.loc[tenant, ["x", "y"]] = frame.loc[host, ["x", "y"]].to_numpy() + offset
            frame.loc[tenant, "parent"] = ids[host]


def _double(frame: pd.DataFrame, *, rng: np.random.Generator) -> None:
    """Turn some entries into second entries of another firm, as happens when ledgers are merged.

    Half of them carry the same credit code; the others a shortened name and no code.
    """
    frame["duplicate_of"] = None
    hosts = set(frame["parent"].dropna())
    plain = frame["parent"].isna() & ~frame["id"].isin(hosts)
    plain &= ~frame["risk_grade"].isin(["major", "larger"])
    plain &= frame["enterprise_class"] != "key"
    chosen = rng.permutation(np.flatnonzero(plain))[: 2 * round(DOUBLES * len(frame) / FULL_COUNT)]
    own = ["id", "duplicate_of", "contact", "phone", "employees"]
    copied = [column for column in frame.columns if column not in own]
    first, second = np.array_split(chosen, 2)
    ids = frame["id"].tolist()
    for number, (source, entry) in enumerate(zip(first, second, strict=True)):
        frame.loc[entry, copied] = frame.loc[source, copied]
        frame.at[entry, "duplicate_of"] = ids[source]
        if number % 2:
            name = str(frame.at[source, "name"])
            short = name.removeprefix("永兴县").removeprefix("永兴").removesuffix("有限公司")
            frame.at[entry, "name"] = short if short != name else f"{name}（个体）"
            frame.at[entry, "credit_code"] = None


def _propensity(frame: pd.DataFrame, *, seed: int) -> Floats:
    """Return the expected hazards of a visit: industry, grade and a frailty of the firm's own."""
    rates = {row.code: float(row.data["base_rate"]) for row in codes.TABLES["industry"].rows}
    frailty = np.array([-np.log1p(-chance(seed, "frailty", str(i))) for i in frame["id"]])
    mean = frame["industry"].map(rates) * frame["risk_grade"].map(_RISK_FACTOR)
    return np.asarray(0.75 * mean * (0.35 + 0.65 * frailty), dtype=np.float64).round(4)
