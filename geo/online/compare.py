"""The offline answer beside that of a service: which of the two is taken, and why.

Both have a point and a radius in which the place is thought to lie. Where the circles touch, the
answers agree and the smaller circle is taken. Where they do not, they contradict each other, which
is always said, and the offline answer stays unless it was a guess: an address whose names were read
one by one is rarely in another town, while services like to find a place of the same name
elsewhere. The row is then of low confidence either way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo.crs import distance_m

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from geo.online.service import Found

    Row = dict[Any, Any]

OTHER = ("source", "other_lon", "other_lat", "other_level", "other_radius_m", "apart_m")
"""Columns that :func:`compared` adds: whose point was taken, the one that was not, the distance."""

OFFLINE = "offline"
_SURE = ("high", "medium")
_POINT = ("lon", "lat", "level", "radius_m")
_NOWHERE = {"lon": np.nan, "lat": np.nan, "level": "", "radius_m": np.nan}


def compared(
    answers: pd.DataFrame, found: Mapping[Hashable, Found], *, service: str, home: str
) -> pd.DataFrame:
    """Return answers with the better one of both for every row of *found*.

    Parameters
    ----------
    answers
        As of :func:`geo.geocode.geocode`.
    found
        What the service says, by index of the row; rows that it does not know are not in it.
    home
        Code of the user's county or prefecture, empty for none: a point for which the offline
        resolver has none at all is of low confidence if the service names another county.

    Returns
    -------
    DataFrame
        As *answers*, with :data:`OTHER` behind. The note of a row says ``online_agrees``,
        ``online_confirms`` (the offline point is the finer one), ``online_alone``,
        ``online_against_taken`` or ``online_against_kept``.
    """
    rows = []
    for index, row in zip(answers.index, answers.to_dict("records"), strict=True):
        one = found.get(index)
        rows.append(
            _unasked(row) if one is None else _weighed(row, one, service=service, home=home)
        )
    return pd.DataFrame(rows, columns=[*answers.columns, *OTHER], index=answers.index)


def _unasked(row: Row) -> Row:
    return {**row, "source": OFFLINE, **_other(_NOWHERE), "apart_m": np.nan}


def _weighed(row: Row, one: Found, *, service: str, home: str) -> Row:
    """Decide one row."""
    confidence, code, taken = str(row["confidence"]), "online_alone", True
    apart = float("nan")
    if row["level"] == "none":
        strange = bool(home and one.county and not one.county.startswith(home))
        confidence = "low" if strange else "medium"
    else:
        apart = float(distance_m(row["lon"], row["lat"], one.lon, one.lat).round())
        if apart <= row["radius_m"] + one.radius_m:
            taken = one.radius_m < row["radius_m"]
            code = "online_agrees" if taken else "online_confirms"
            confidence = _confirmed(confidence, str(row["level"]))
        else:
            taken = confidence not in _SURE
            code = "online_against_taken" if taken else "online_against_kept"
            confidence = "low"
    offline = {name: row[name] for name in _POINT}
    online = {name: getattr(one, name) for name in _POINT}
    return {
        **row,
        **(online if taken else offline),
        "county": row["county"] or (one.county if taken else ""),
        "confidence": confidence,
        "note": (*row["note"], code),
        "source": service if taken else OFFLINE,
        **_other(offline if taken else online),
        "apart_m": apart,
    }


def _other(point: Mapping[str, Any]) -> dict[str, Any]:
    return {f"other_{name}": value for name, value in point.items()}


def _confirmed(confidence: str, level: str) -> str:
    """Return the confidence of a point that both agree on.

    Agreement on no more than the county confirms the county, not the point.
    """
    return "medium" if confidence == "low" or level == "county" else confidence
