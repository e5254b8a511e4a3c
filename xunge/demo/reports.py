"""What the public reported, and what checking it brought."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from xunge.demo import names
from xunge.demo.county import table

COUNT = 150
OPEN_COUNT = 6
_CLASSES = {"accident": 0.06, "hazard": 0.44, "illegal": 0.32, "health": 0.08, "other": 0.1}
_OUTCOMES = {"substantiated": 0.46, "unsubstantiated": 0.39, "handed_over": 0.15}

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import NDArray


def make_reports(
    firms: pd.DataFrame, sites: pd.DataFrame, days: tuple[dt.date, ...], today: dt.date,
    *, rng: np.random.Generator,
) -> pd.DataFrame:  # fmt: skip
    """Return 150 reports with the columns of their register; six of them not yet checked.

    Some name an enterprise or a site, the others only a village.
    """
    when = np.sort(rng.integers(0, len(days) - 12, COUNT - OPEN_COUNT))
    fresh = np.sort(rng.integers(len(days) - 9, len(days), OPEN_COUNT))
    received = [days[i] for i in (*when, *fresh)]
    frame = pd.DataFrame({"received": received})
    frame["report_class"] = rng.choice(list(_CLASSES), size=COUNT, p=list(_CLASSES.values()))
    frame["outcome"] = rng.choice(list(_OUTCOMES), size=COUNT, p=list(_OUTCOMES.values()))
    lag = rng.integers(1, 12, COUNT)
    checked = [min(i + int(k), len(days) - 1) for i, k in zip(when, lag, strict=False)]
    frame["verified"] = pd.Series([days[i] for i in checked], dtype=object).reindex(range(COUNT))
    frame.loc[COUNT - OPEN_COUNT :, ["outcome"]] = None
    _point(frame, firms, sites, rng=rng)
    _ask(frame)
    frame["reporter"] = [
        names.person(rng=rng) if rng.random() < 0.3 else "匿名" for _ in range(COUNT)
    ]
    years = frame["received"].map(lambda day: day.year)
    serial = years.groupby(years).cumcount() + 1
    frame["id"] = [f"JB{year}-{number:03d}" for year, number in zip(years, serial, strict=True)]
    return frame


def _point(
    frame: pd.DataFrame, firms: pd.DataFrame, sites: pd.DataFrame, *, rng: np.random.Generator
) -> None:
    """Say what each report is about: a firm (the riskier the likelier), a site, or just a place."""
    weight = firms["propensity"].to_numpy() * (firms["operating_status"] == "operating").to_numpy()
    named: NDArray[np.intp] = rng.choice(len(firms), size=COUNT, p=weight / weight.sum())
    luck, contents = rng.random(COUNT), []
    texts = table("texts")["reports"]
    rows = []
    for i, kind in enumerate(frame["report_class"]):
        firm, day = firms.iloc[int(named[i])], frame.at[i, "received"]
        row = {"object": firm["id"], "town": firm["town"], "village": firm["village"],
               "address": None}  # fmt: skip
        place = str(firm["name"])
        known = sites[(sites["discovered"] <= day) & ~sites["mobile"]]
        if kind == "illegal" and luck[i] < 0.35 and len(known):
            site = known.iloc[int(rng.integers(len(known)))]
            row.update(object=site["id"], town=site["town"], village=site["village"])
            place = f"{site['town']}{site['village']}"
        elif luck[i] > 0.68:
            row.update(object=None, address=f"{firm['town']}{firm['village']}")
            place = f"{firm['town']}{firm['village']}"
        contents.append(names.pick(texts[kind], rng=rng).format(place=place))
        rows.append(row)
    for column in ("object", "town", "village", "address"):
        frame[column] = pd.Series([row[column] for row in rows], dtype=object)
    frame["content"] = contents


def _ask(frame: pd.DataFrame) -> None:
    """Let open reports ask for more: to be checked by night, or by the fire brigade as well."""
    frame["night"] = pd.Series([None] * COUNT, dtype=object)
    frame["departments"] = pd.Series([None] * COUNT, dtype=object)
    asked = False
    for i in frame.index[COUNT - OPEN_COUNT :]:
        if "夜间" in str(frame.at[i, "content"]):
            frame.at[i, "night"] = "是"
        elif not asked and isinstance(frame.at[i, "object"], str):
            frame.at[i, "departments"], asked = "消防救援大队", True


def report_visits(reports: pd.DataFrame, *, rng: np.random.Generator) -> pd.DataFrame:
    """Return the visits that checked the reports which named an object."""
    done = reports[reports["object"].notna() & reports["verified"].notna()]
    found = np.where(done["outcome"] == "substantiated", 1 + rng.poisson(0.8, len(done)), 0)
    return pd.DataFrame(
        {
            "date": done["verified"],
            "object": done["object"],
            "kind": "report",
            "findings": found,
            "serious_findings": rng.binomial(found, 0.08),
            "result": np.where(found > 0, "on_the_spot", "pass"),
            "note": [f"核查举报{report}" for report in done["id"]],
        }
    )
