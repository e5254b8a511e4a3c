"""Inspections with known outcomes, as visits: Chicago's food inspections and HUD's housing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geo.risk_backtest import Case, case_of
from geo.risk_visits import read_visits

if TYPE_CHECKING:
    from pathlib import Path

_METRES = 111_320.0  # of a degree of latitude
_FAILED = 60  # HUD: a score below it is a failure


def chicago(inspections: Path, model: Path) -> Case:
    """Read the canvass inspections of retail food; the inspector's name stands in *model*.

    Serious is a critical violation. A critical counts 5, a serious 3, a minor one 1.
    """
    table = pd.read_csv(inspections, parse_dates=["Inspection_Date"])
    names = pd.read_csv(model, usecols=["Inspection_ID", "sanitarian"])
    table = table.drop_duplicates("Inspection_ID").merge(
        names.drop_duplicates("Inspection_ID"), on="Inspection_ID", how="left"
    )
    chosen = (table["LICENSE_DESCRIPTION"] == "Retail Food Establishment") & table[
        "Latitude"
    ].notna()
    table = table[chosen].reset_index(drop=True)
    frame = pd.DataFrame(
        {
            "id": table["Inspection_ID"].astype(str), "object": table["License"].astype(str),
            "on": table["Inspection_Date"].dt.date, "kind": "canvass",
            "type": _food_type(table["Facility_Type"]) + "/" + table["Risk"].fillna(""),
            "inspectors": [(n,) if isinstance(n, str) else () for n in table["sanitarian"]],
            "severity": 5.0 * table["criticalCount"] + 3.0 * table["seriousCount"]
            + table["minorCount"],
            "serious": table["criticalCount"] > 0,
            "area": [f"W{ward:.0f}" for ward in table["WARD"].fillna(0)],
            "kin": table["DBA_Name"].fillna("").str.upper(), "size": np.nan,
            **_metres(table["Longitude"], table["Latitude"]),
        }
    )  # fmt: skip
    return _case(frame)


def hud(path: Path) -> Case:
    """Read the inspections of housing, 2013 on; severity is what is missing from 100 points."""
    table = pd.read_csv(path, parse_dates=["date"])
    years = table["date"].dt.year
    table = table[(years >= 2013) & (years <= 2020)].reset_index(drop=True)
    frame = pd.DataFrame(
        {
            "id": [f"{i:06d}" for i in range(len(table))], "object": table["id"].astype(str),
            "on": table["date"].dt.date, "kind": "inspection", "type": table["kind"],
            "inspectors": [()] * len(table),
            "severity": (100.0 - table["score"]).clip(lower=0),
            "serious": table["score"] < _FAILED,
            "area": table["state_name"].fillna(""), "kin": None, "size": np.nan,
            **_metres(table["longitude"], table["latitude"]),
        }
    )  # fmt: skip
    return _case(frame)


def _case(frame: pd.DataFrame) -> Case:
    visits = read_visits(frame, ids=frame["object"])
    return case_of(visits, frame, labelled=np.ones(len(frame), bool))


def _food_type(kinds: pd.Series[str]) -> pd.Series[str]:
    text = kinds.fillna("").str.lower()
    words = ("restaurant", "grocery", "school", "bakery")
    found = pd.Series("other", index=kinds.index)
    for word in reversed(words):
        found = found.mask(text.str.contains(word), word)
    return found


def _metres(lon: pd.Series[float], lat: pd.Series[float]) -> dict[str, pd.Series[float]]:
    middle = np.cos(np.radians(lat.median()))
    return {"x": lon * _METRES * middle, "y": lat * _METRES}


PUBLISHED = (
    "pastSerious", "pastCritical", "timeSinceLast", "ageAtInspection",
    "consumption_on_premises_incidental_activity", "tobacco", "temperatureMax", "heat_burglary",
    "heat_sanitation", "heat_garbage",
)  # fmt: skip
"""Features of the published model beside the inspector."""
_MOST = {"pastSerious": 1, "pastCritical": 1, "heat_burglary": 70, "heat_sanitation": 70,
         "heat_garbage": 50}  # fmt: skip
WEATHER = ("temperatureMax",)


def published(model: Path) -> pd.DataFrame:
    """Read the table of the published model: its 18,712 inspections, with its own scores."""
    table = pd.read_csv(model, parse_dates=["Inspection_Date"])
    return table[table["xgb_published"].notna()].reset_index(drop=True)


def published_features(table: pd.DataFrame, *, inspector: str, weather: str) -> pd.DataFrame:
    """Return the features as the published model takes them.

    Parameters
    ----------
    inspector, weather
        ``with`` or ``without`` those columns.
    """
    found = table[list(PUBLISHED)].astype(float)
    for name, most in _MOST.items():
        found[name] = found[name].clip(upper=most)
    found["ageAtInspection"] = (found["ageAtInspection"] > 4).astype(float)
    if weather == "without":
        found = found.drop(columns=list(WEATHER))
    if inspector == "with":
        found = found.join(pd.get_dummies(table["sanitarian"], dtype=float))
    return found
