"""What was known about an enterprise on the evening before a day, as numbers for a model.

Nothing of the day itself or later enters. Own visits count up to the day before; what all visits
together teach (types, strictness of inspectors, surroundings) is learnt up to the end of the month
before. Reports by the public are no feature: nobody shall read from a weight that there was one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from geo.risk import prior_of, shrunk
from geo.risk_record import OwnRecord
from geo.risk_visits import MEASURES
from geo.strictness import fit_strictness

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo.risk_visits import Visits

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

PARTS = {
    "record": ("ratio", "recent", "serious", "mean", "worst"),
    "last": ("last", "last_serious"),
    "since": ("since", "visits", "new"),
    "type": ("type",),
    "place": ("near", "district", "area"),
    "kin": ("kin",),
    "size": ("size",),
}
"""Features by what they are about: reasons are told by these parts."""
FEATURES = tuple(name for part in PARTS.values() for name in part)
NEAR_M, DISTRICT_M = 500.0, 2000.0
"""Reach of what was found at others nearby: scale of a Gaussian, metres."""
_PAST_DAYS = 365
_PRIOR_SERIOUS = 1.0  # serious finds expected elsewhere that weigh as much as the prior
_LONG_DAYS = 1500.0


def features(visits: Visits, targets: pd.DataFrame) -> pd.DataFrame:
    """Return what was known about each target on the evening before its day.

    Parameters
    ----------
    targets
        Columns object (one of the ids of *visits*), on (date), type, area, kin, x, y and size
        (people, NaN where unknown).

    Returns
    -------
    DataFrame indexed as *targets*, columns :data:`FEATURES`
        Logarithms mostly; NaN where something is unknown or there was no visit yet.
    """
    object_ = visits.ids.get_indexer(pd.Index(targets["object"])).astype(np.int64)
    if (object_ < 0).any():
        raise KeyError(str(targets["object"].iloc[int(np.argmin(object_))]))
    day = np.array([one.toordinal() for one in targets["on"]], np.int64)
    month = np.array([one.replace(day=1).toordinal() for one in targets["on"]], np.int64)
    found = np.full((len(targets), len(FEATURES)), np.nan)
    for cut in np.unique(month):
        chosen = np.flatnonzero(month == cut)
        past = Past(visits, cut=int(cut), last=int(day[chosen].max()))
        found[chosen] = past.read(object_[chosen], day[chosen], targets.iloc[chosen])
    return pd.DataFrame(found, columns=list(FEATURES), index=targets.index)


class Past:
    """What targets of one month may know.

    Parameters
    ----------
    cut
        First day of the month: lessons of all visits before it.
    last
        Last day of a target: own visits before it.
    """

    def __init__(self, visits: Visits, *, cut: int, last: int) -> None:
        self.visits, self.cut = visits, cut
        self.learnt = visits.before(cut)
        rows = max(visits.before(last), self.learnt)
        past, known = visits.groups_until(self.learnt), visits.groups_until(rows)
        self.fits = {
            name: fit_strictness(getattr(visits, name)[: self.learnt], past) for name in MEASURES
        }
        self.due = {name: fit.expected(known, rows=rows) for name, fit in self.fits.items()}
        self.priors = {
            name: prior_of(
                getattr(visits, name)[: self.learnt], due[: self.learnt],
                object_=visits.object[: self.learnt],
            )
            for name, due in self.due.items()
        }  # fmt: skip
        self.own = OwnRecord(visits, self.due, cut=cut)

    def read(self, object_: Ints, day: Ints, rows: pd.DataFrame) -> Floats:
        """Return the features of targets, columns in the order of :data:`FEATURES`."""
        own = self.own.read(object_, day)
        usual = self.fits["severity"].overall or 1.0
        severity, serious = (self.priors[name] for name in MEASURES)
        size = pd.to_numeric(rows["size"], errors="coerce").to_numpy(float)
        found = {
            "ratio": np.log(shrunk(own["severity"], own["due"], prior=severity)),
            "recent": np.log(shrunk(own["recent"], own["recent_due"], prior=severity)),
            "serious": np.log(shrunk(own["serious"], own["serious_due"], prior=serious)),
            "mean": (own["log"] + np.log1p(usual)) / (own["visits"] + 1),
            "worst": np.where(own["visits"] > 0, np.log1p(own["worst"]), np.nan),
            "last": np.log((own["last"] + usual) / (own["last_due"] + usual)),
            "last_serious": own["last_serious"],
            "since": np.log(np.clip(day - own["last_day"], 1, _LONG_DAYS)),
            "visits": np.log1p(own["visits"]),
            "new": (own["visits"] == 0).astype(float),
            "type": self._type(rows["type"]),
            "near": self._near(object_, rows, metres=NEAR_M),
            "district": self._near(object_, rows, metres=DISTRICT_M),
            "area": self._alike("area", object_, rows),
            "kin": self._alike("kin", object_, rows),
            "size": np.log1p(size),
        }
        return np.column_stack([found[name] for name in FEATURES])

    def _type(self, types: pd.Series[str]) -> Floats:
        logs = np.log(self.fits["serious"].factors["type"])
        known = dict(zip(self.visits.names["type"], logs, strict=True))
        return np.array([known.get(one, 0.0) for one in types], float)

    def _alike(self, name: str, object_: Ints, rows: pd.DataFrame) -> Floats:
        """Return the log ratio of the group to which each target belongs, without its own."""
        keys = self.visits.keys[name]
        group = keys.get_indexer(pd.Index(rows[name]))
        of = self.visits.alike[name][: self.learnt]
        inside = of >= 0
        own = self.own.read(object_, np.full(len(object_), self.cut))
        seen, due = (
            np.append(np.bincount(of[inside], values[: self.learnt][inside], len(keys)), 0.0)
            for values in (self.visits.serious, self.due["serious"])
        )
        others = np.maximum(seen[group] - own["serious"], 0.0) + _PRIOR_SERIOUS
        expected = np.maximum(due[group] - own["serious_due"], 0.0) + _PRIOR_SERIOUS
        return np.where(group >= 0, np.log(others / expected), 0.0)

    def _near(self, object_: Ints, rows: pd.DataFrame, *, metres: float) -> Floats:
        """Return the log ratio around each target in the year before, without its own.

        Visits are gathered in squares of a fifth of the reach, which hardly changes the sums.
        """
        visits, learnt = self.visits, self.learnt
        recent = visits.day[:learnt] >= self.cut - _PAST_DAYS
        kept = np.flatnonzero(recent & np.isfinite(visits.x[:learnt]))
        at = rows[["x", "y"]].to_numpy(float)
        placed = np.flatnonzero(np.isfinite(at).all(axis=1))
        found = np.zeros(len(rows))
        if not len(kept) or not len(placed):
            return found
        side = metres / 5
        points = np.column_stack([visits.x[kept], visits.y[kept]])
        squares, inverse = np.unique(np.floor(points / side), axis=0, return_inverse=True)
        values = np.column_stack([visits.serious[kept], self.due["serious"][kept]])
        sums = _sums(inverse.ravel(), values, count=len(squares))
        own = _sums(visits.object[kept], values, count=len(visits.ids))[object_]
        middles = (squares + 0.5) * side
        lists = cKDTree(middles).query_ball_point(at[placed], 2.5 * metres, return_sorted=True)
        home = (np.floor(at / side) + 0.5) * side
        for i, near in zip(placed, lists, strict=True):
            weight = _fade(middles[near] - at[i], metres)
            others = (weight[:, None] * sums[near]).sum(axis=0) - own[i] * _fade(
                home[i : i + 1] - at[i], metres
            )
            seen, due = np.maximum(others, 0.0) + _PRIOR_SERIOUS
            found[i] = np.log(seen / due)
        return found


def _sums(place: Ints, values: Floats, *, count: int) -> Floats:
    return np.column_stack([np.bincount(place, column, count) for column in values.T])


def _fade(apart: Floats, metres: float) -> Floats:
    return np.asarray(np.exp(-(apart**2).sum(axis=1) / (2 * metres**2)), np.float64)
