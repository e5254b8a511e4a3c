"""Departments, officers, helpers, experts, cars and stations of the synthetic bureau."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from layers.rows import records
from xunge.demo import names
from xunge.demo.county import County, rng_of, table

if TYPE_CHECKING:
    import numpy as np

OFFICERS = 36
EXPIRED = 2
_FIRST_PHONE = 9_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """The registers of people and means, each as a frame with the columns of its register."""

    departments: pd.DataFrame
    inspectors: pd.DataFrame
    experts: pd.DataFrame
    vehicles: pd.DataFrame
    stations: pd.DataFrame

    @property
    def officers(self) -> pd.DataFrame:
        """The inspectors who may inspect, without helpers."""
        return self.inspectors[self.inspectors["role"] == "执法人员"]


def make_staff(county: County, *, seed: int, today: dt.date, firms: pd.DataFrame) -> Staff:
    """Return the people and means of the bureau.

    *today* decides certificates and leave; *firms* supplies the enterprises that some must avoid.
    """
    rng = rng_of(seed, "people")
    people = table("people")
    return Staff(
        departments=_departments(people, rng=rng),
        inspectors=_inspectors(people, today, firms, rng=rng),
        experts=_experts(people["experts"], today, firms, rng=rng),
        vehicles=_vehicles(people["station"], today),
        stations=_stations(people["station"], county),
    )


def _departments(people: dict[str, Any], *, rng: np.random.Generator) -> pd.DataFrame:
    listed = [(d, True) for d in people["department"]] + [(d, False) for d in people["office"]]
    return pd.DataFrame(
        [
            {
                "id": f"D{i:02d}", "name": row["name"], "short_name": row["short"],
                "may_inspect": may, "contact": names.person(rng=rng),
                "phone": names.phone(_FIRST_PHONE + i),
            }
            for i, (row, may) in enumerate(listed, start=1)
        ]
    )  # fmt: skip


def _inspectors(
    people: dict[str, Any], today: dt.date, firms: pd.DataFrame, *, rng: np.random.Generator
) -> pd.DataFrame:
    rows = [
        {"department": d["name"], "role": "执法人员", "specialities": speciality}
        for d in people["department"]
        for speciality in d["specialities"]
    ] + [
        {"department": h["department"], "role": h["role"], "specialities": None}
        for h in people["helper"]
        for _ in range(int(h["count"]))
    ]
    frame = pd.DataFrame(rows)
    frame["id"] = [f"R{i:02d}" for i in range(1, len(frame) + 1)]
    frame["name"] = _distinct_people(len(frame), rng=rng)
    officer = frame["role"] == "执法人员"
    frame["certificate"] = [
        f"4310231{i:05d}" if may else None for i, may in enumerate(officer, start=1)
    ]
    expiry = [today + dt.timedelta(days=int(d)) for d in rng.integers(90, 1_500, len(frame))]
    for late, i in enumerate(rng.permutation(int(officer.sum()))[:EXPIRED]):
        expiry[int(i)] = today - dt.timedelta(days=21 + 120 * late)
    frame["certificate_expiry"] = [
        day if may else None for day, may in zip(expiry, officer, strict=True)
    ]
    frame["leave"] = _leave(frame["department"].tolist(), today, rng=rng)
    frame["avoid"] = _avoid(len(frame), firms, 7, rng=rng)
    frame["station"] = ["S2" if i in (4, 9, 17) else "S3" if i in (6, 12) else "S1"
                        for i in range(len(frame))]  # fmt: skip
    frame["phone"] = [names.phone(_FIRST_PHONE + 100 + i) for i in range(len(frame))]
    return frame


def _distinct_people(count: int, *, rng: np.random.Generator) -> list[str]:
    people: dict[str, None] = {}
    while len(people) < count:
        people[names.person(rng=rng)] = None
    return list(people)


def _leave(departments: list[str], today: dt.date, *, rng: np.random.Generator) -> list[str | None]:
    """Give six people of different departments leave in the coming weeks, as people write it."""
    monday = today + dt.timedelta(days=7 - today.weekday())
    out: list[str | None] = [None] * len(departments)
    away: set[str] = set()
    for i in rng.permutation(len(departments)):
        if departments[i] in away or len(away) == 6:
            continue
        first = monday + dt.timedelta(days=int(rng.integers(-4, 18)))
        last = first + dt.timedelta(days=int(rng.integers(0, 6)))
        texts = (
            f"{first}~{last}",
            f"{first:%Y.%m.%d}至{last:%Y.%m.%d}",
            f"{first.year}年{first.month}月{first.day}日-{last.year}年{last.month}月{last.day}日",
        )
        out[int(i)] = texts[len(away) % 3]
        away.add(departments[i])
    return out


def _avoid(
    count: int, firms: pd.DataFrame, some: int, *, rng: np.random.Generator
) -> list[str | None]:
    out: list[str | None] = [None] * count
    weighty = firms["id"].to_numpy()[firms["enterprise_class"] == "key"]
    for style, i in enumerate(rng.permutation(count)[:some]):
        chosen = [str(rng.choice(weighty)), str(rng.choice(firms["id"].to_numpy()))]
        out[int(i)] = "、；,"[style % 3].join(chosen[: 1 + style % 2])
    return out


def _experts(
    experts: dict[str, Any], today: dt.date, firms: pd.DataFrame, *, rng: np.random.Generator
) -> pd.DataFrame:
    domains = experts["domains"]
    frame = pd.DataFrame({"domains": domains})
    frame["id"] = [f"Z{i:02d}" for i in range(1, len(domains) + 1)]
    frame["name"] = _distinct_people(len(domains), rng=rng)
    frame["employer"] = [names.pick(experts["employers"], rng=rng) for _ in domains]
    frame["leave"] = _leave([str(i) for i in range(len(domains))], today, rng=rng)
    frame["avoid"] = _avoid(len(domains), firms, 3, rng=rng)
    frame["phone"] = [names.phone(_FIRST_PHONE + 200 + i) for i in range(len(domains))]
    return frame


def _vehicles(stations: list[dict[str, Any]], today: dt.date) -> pd.DataFrame:
    rows = [(s["id"], seats, None) for s in stations for seats in s["vehicles"]]
    rows += [(s["id"], car["seats"], car["department"])
             for s in stations for car in s.get("own", ())]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["station", "seats", "department"])
    frame["id"] = [f"C{i:02d}" for i in range(1, len(rows) + 1)]
    frame["plate"] = [f"湘L·0Z{i:03d}" for i in range(1, len(rows) + 1)]
    monday = today + dt.timedelta(days=7 - today.weekday())
    wednesday = monday + dt.timedelta(days=2)
    frame["unavailable"] = [f"{wednesday}~{wednesday + dt.timedelta(days=1)}" if i == 3 else None
                            for i in range(len(rows))]  # fmt: skip
    return frame


def _stations(stations: list[dict[str, Any]], county: County) -> pd.DataFrame:
    places = {t["code"]: (t["lon"], t["lat"], t["name"]) for t in records(county.towns)}
    return pd.DataFrame(
        [
            {
                "id": s["id"], "name": s["name"], "address": s["address"],
                "lon": round(places[s["town"]][0], 6),
                "lat": round(places[s["town"]][1], 6),
                "datum": "WGS84", "town": places[s["town"]][2],
            }
            for s in stations
        ]
    )  # fmt: skip
