"""Which ranking would have found more: every method tried on the past it could not know.

Windows roll over the second half of the history. At the first day of each, every method ranks the
enterprises that are then visited in it, from what was known the evening before. Naive are chance
and the last visit; the one to beat is the record of the enterprise itself (:mod:`geo.risk`).
"""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from geo.risk_features import features
from geo.risk_model import KINDS, Calibration, calibration_of, fit_model

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from geo.risk_visits import Visits

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

WINDOWS = 8
LEAST_VISITS = 2_000
"""Labelled visits below which no model is trained."""
LEAST_SERIOUS = 100
"""Serious findings below which no model is trained."""
_CALIBRATED_FROM = 30  # serious findings among earlier predictions

LOT, LAST, OWN, EB = "lot", "last", "own", "eb"
METHODS = (LAST, OWN, EB, *KINDS)
"""Last visit; own record; own record with the rate of the type; models."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Case:
    """A history to try rankings on.

    Attributes
    ----------
    visits
        All visits.
    labelled
        Places among them of the visits whose outcome is to be foretold (inspections).
    frame
        The visits' rows with the columns of targets, in the order of *visits*.
    features
        One row for each of *labelled*, as of the evening before.
    """

    visits: Visits
    labelled: Ints
    frame: pd.DataFrame
    features: pd.DataFrame


def case_of(visits: Visits, frame: pd.DataFrame, *, labelled: NDArray[np.bool_]) -> Case:
    """Prepare a history.

    Parameters
    ----------
    frame
        What *visits* were read from, with the column size.
    labelled
        By row of *frame*.
    """
    ordered = frame.iloc[visits.rows].reset_index(drop=True)
    chosen = np.flatnonzero(labelled[visits.rows])
    return Case(
        visits=visits, labelled=chosen, frame=ordered,
        features=features(visits, ordered.iloc[chosen]),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Foretold:
    """What each method said of the visits of one window before it began.

    Attributes
    ----------
    start
        First day of the window.
    rows
        Places of the visits in the case's frame; the first of each enterprise.
    scores
        By method, higher first to be visited.
    chances
        By method the calibrated chance of a serious finding; not for chance and the last visit.
    """

    start: dt.date
    rows: Ints
    scores: Mapping[str, Floats]
    chances: Mapping[str, Floats]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How a method did against another, over windows: mean difference and its standard error."""

    method: str
    against: str
    mean: float
    error: float
    windows: int

    @property
    def better(self) -> bool:
        """Tell whether it is better by more than one standard error."""
        return self.windows >= WINDOWS // 2 and self.mean > self.error > 0


def windows_of(case: Case, *, count: int = WINDOWS) -> list[dt.date]:
    """Return the edges of *count* windows of equal length over the second half of the labelled."""
    days = case.visits.day[case.labelled]
    if len(days) < 2:
        return []
    first, end = int(days[len(days) // 2]), int(days[-1]) + 1
    edges = np.unique(np.linspace(first, end, count + 1).round().astype(int))
    return [dt.date.fromordinal(int(edge)) for edge in edges]


def foretell(
    case: Case, edges: Sequence[dt.date], *, kinds: Sequence[str] = KINDS, seed: int = 0
) -> list[Foretold]:
    """Let every method rank the visits of each window from what was known before it.

    Parameters
    ----------
    edges
        First days of the windows, and the day after the last one.
    kinds
        Models to train for each window; none where too little was serious before it.
    """
    found = []
    for start, end in itertools.pairwise(edges):
        rows = _inside(case, start, end)
        if len(rows):
            found.append(foretell_rows(case, rows, start=start, kinds=kinds, seed=seed))
    return _all_calibrated(case, found)


def foretell_rows(
    case: Case, rows: Ints, *, start: dt.date, kinds: Sequence[str] = KINDS, seed: int = 0
) -> Foretold:
    """Rank some visits of the case's frame from what was known on the evening before *start*."""
    known = features(case.visits, case.frame.iloc[rows].assign(on=start))
    before = np.flatnonzero(case.visits.day[case.labelled] < start.toordinal())
    past = case.labelled[before]
    serious = case.visits.serious[past]
    scores, chances = _naive(known, rate=float(serious.mean()) if len(past) else 0.1)
    if 0 < serious.sum() < len(serious):
        month = np.full(len(rows), start.month)
        for kind in kinds:
            model = fit_model(kind, case.features.iloc[before], case.visits, rows=past, seed=seed)
            chances[kind] = scores[kind] = model.chance(known, month=month)
    return Foretold(start=start, rows=rows, scores=scores, chances=chances)


def calibrations(case: Case, found: Sequence[Foretold]) -> dict[str, Calibration]:
    """Return by method how its chances are to be calibrated, from all windows."""
    raw: dict[str, list[tuple[Floats, Floats]]] = {}
    for one in found:
        for name in one.chances:
            raw.setdefault(name, []).append((one.scores[name], case.visits.serious[one.rows]))
    fitted = {}
    for name, pairs in raw.items():
        chance, serious = (np.concatenate(part) for part in zip(*pairs, strict=True))
        enough = serious.sum() >= _CALIBRATED_FROM
        fitted[name] = calibration_of(chance, serious) if enough else Calibration()
    return fitted


def _all_calibrated(case: Case, found: Sequence[Foretold]) -> list[Foretold]:
    """Calibrate the chances of each window by the windows before it."""
    done = []
    for i, one in enumerate(found):
        by = calibrations(case, found[:i])
        chances = {
            name: by.get(name, Calibration())(chance) for name, chance in one.chances.items()
        }
        done.append(Foretold(start=one.start, rows=one.rows, scores=one.scores, chances=chances))
    return done


def _inside(case: Case, start: dt.date, end: dt.date) -> Ints:
    """Return the labelled visits of a window, the first of each enterprise."""
    day = case.visits.day[case.labelled]
    rows = case.labelled[(day >= start.toordinal()) & (day < end.toordinal())]
    _, first = np.unique(case.visits.object[rows], return_index=True)
    return rows[np.sort(first)]


def _naive(known: pd.DataFrame, *, rate: float) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Rank by the last visit, and by the record together with the rate of the type."""
    last = known["last"].fillna(0.0).to_numpy(float)
    record = (known["ratio"] + known["type"]).to_numpy(float)
    chance = np.clip(rate * np.exp(record), 0.0, 1.0)
    own = known["ratio"].to_numpy(float)
    return {LAST: last, OWN: own, EB: chance}, {EB: chance}


def judge(
    score: Floats,
    *,
    serious: Floats,
    severity: Floats,
    day: Ints,
    group: Ints | None = None,
    share: float = 0.25,
) -> dict[str, float]:
    """Judge a ranking by what the visits then found.

    Returns
    -------
    dict
        ``pairs``: share of pairs of a serious and another visit ranked right (the area under the
        ROC curve); ``caught``, ``severity``: share of the serious findings and of all severity in
        the *share* ranked first; ``earlier``: mean days by which serious findings come earlier
        than in random order, if the visits are made in the order of the ranking on the same days;
        ``within``: the same where each *group* (inspector) keeps its own days.
    """
    found = {"earlier": _earlier(score, serious, day, np.zeros(len(day), np.int64))}
    if group is not None:
        found["within"] = _earlier(score, serious, day, group)
    order = np.argsort(-score, kind="stable")[: max(1, int(share * len(score)))]
    ranks = rankdata(score)
    hits, others = serious.sum(), len(serious) - serious.sum()
    return {
        "pairs": float((ranks[serious == 1].sum() - hits * (hits + 1) / 2) / (hits * others)),
        "caught": float(serious[order].sum() / hits),
        "severity": float(severity[order].sum() / max(severity.sum(), 1e-9)),
        **found,
    }


def judged(case: Case, found: Sequence[Foretold], *, group: Ints | None = None) -> pd.DataFrame:
    """Return one row for each window and method: start, method, visits, serious, and its figures.

    Windows without a serious finding, or with nothing else, tell nothing and are left out.
    """
    rows = []
    for one in found:
        serious = case.visits.serious[one.rows]
        if not 0 < serious.sum() < len(serious):
            continue
        for name, score in one.scores.items():
            figures = judge(
                score, serious=serious, severity=case.visits.severity[one.rows],
                day=case.visits.day[one.rows], group=None if group is None else group[one.rows],
            )  # fmt: skip
            rows.append({"start": one.start, "method": name, "visits": len(serious),
                         "serious": int(serious.sum()), **figures})  # fmt: skip
    return pd.DataFrame(rows)


def compare(table: pd.DataFrame, method: str, against: str, *, on: str = "pairs") -> Comparison:
    """Compare two methods window by window, windows weighing by their serious findings."""
    if table.empty:
        return Comparison(method=method, against=against, mean=0.0, error=0.0, windows=0)
    wide = table.pivot_table(index="start", columns="method", values=on)
    if method not in wide or against not in wide:
        return Comparison(method=method, against=against, mean=0.0, error=0.0, windows=0)
    apart = (wide[method] - wide[against]).dropna()
    weight = table[table["method"] == method].set_index("start")["serious"].reindex(apart.index)
    mean, error = averaged(apart.to_numpy(float), weight.to_numpy(float))
    return Comparison(method=method, against=against, mean=mean, error=error, windows=len(apart))


def against_chance(table: pd.DataFrame, method: str, *, on: str = "pairs") -> Comparison:
    """Compare a method with a ranking by lot, which has half of the pairs right."""
    own = table[table["method"] == method] if len(table) else table
    if own.empty:
        return Comparison(method=method, against=LOT, mean=0.0, error=0.0, windows=0)
    mean, error = averaged(own[on].to_numpy(float) - 0.5, own["serious"].to_numpy(float))
    return Comparison(method=method, against=LOT, mean=mean, error=error, windows=len(own))


def averaged(values: Floats, weight: Floats) -> tuple[float, float]:
    """Return a weighted mean and its standard error; the error is 0 of a single value."""
    if not len(values):
        return 0.0, 0.0
    mean = float(np.average(values, weights=weight))
    if len(values) < 2:
        return mean, 0.0
    share = weight / weight.sum()
    spread = (share**2 * (values - mean) ** 2).sum() * len(values) / (len(values) - 1)
    return mean, float(np.sqrt(spread))


def pooled(case: Case, found: Sequence[Foretold], method: str) -> tuple[Floats, Floats]:
    """Return the chances that a method gave in all windows, and 1 where it was serious."""
    told = [one for one in found if method in one.chances]
    chances = [one.chances[method] for one in told]
    serious = [case.visits.serious[one.rows] for one in told]
    return np.concatenate([[], *chances]), np.concatenate([[], *serious])


def calibration_error(chance: Floats, serious: Floats, *, bins: int = 10) -> float:
    """Return the mean distance of foretold and found over bins of equal size."""
    order = np.argsort(chance, kind="stable")
    return float(
        sum(
            abs(chance[part].mean() - serious[part].mean()) * len(part)
            for part in np.array_split(order, bins) if len(part)
        ) / len(chance)
    )  # fmt: skip


def _earlier(score: Floats, serious: Floats, day: Ints, group: Ints) -> float:
    """Return mean days gained over random order; every group keeps its days."""
    gained = 0.0
    for one in np.unique(group):
        own = np.flatnonzero(group == one)
        order = own[np.argsort(-score[own], kind="stable")]
        days = np.sort(day[own])
        gained += float((days.mean() - days)[serious[order] == 1].sum())
    return gained / float(serious.sum())


def best_kind(table: pd.DataFrame, kinds: Sequence[str]) -> tuple[str, list[Comparison]]:
    """Return the model to use, or the record alone, and how each compares with the record.

    Of several models that are better, a later one is taken only if it also beats the earlier one.
    """
    against = [compare(table, kind, EB) for kind in kinds]
    chosen = EB
    for one in against:
        if one.better and (chosen == EB or compare(table, one.method, chosen).better):
            chosen = one.method
    return chosen, against
