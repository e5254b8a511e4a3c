"""The risk of every enterprise as of a week: its record, a model where one is better, factors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo.risk import enterprise_risk
from geo.risk_backtest import (
    EB,
    LEAST_SERIOUS,
    LEAST_VISITS,
    OWN,
    Case,
    Comparison,
    Foretold,
    against_chance,
    best_kind,
    calibrations,
    case_of,
    foretell,
    judged,
    windows_of,
)
from geo.risk_features import Past, features
from geo.risk_model import KINDS, Logistic, fit_model
from geo.risk_visits import read_visits
from layers.rows import records
from scheduler.risk_weights import risk_factor
from xunge.risk_facts import enterprises_of, visits_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from fractions import Fraction

    import pyproj

    from layers.codes import CodeTable
    from xunge.knowledge import Knowledge
    from xunge.sections import RiskSettings

_SEED = 0
_LEAST_PART = 0.15  # of the log-odds: what adds less is no reason
_MOST_PARTS = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trial:
    """How the rankings did on the folder's own past.

    Attributes
    ----------
    case, found, table
        The history, what was foretold in each window, and the figures.
    method, code
        What is used, ``eb`` or a model; why: ``risk_too_few``, ``risk_as_set``,
        ``risk_not_better`` or ``risk_better``.
    compared
        Each model against the record.
    proof
        What is used against a ranking by lot, of the record without the rate of the type: what
        factors stand on.
    """

    case: Case
    found: list[Foretold]
    table: pd.DataFrame
    method: str
    code: str
    compared: tuple[Comparison, ...]
    proof: Comparison

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data: what is used, and why."""
        serious = self.case.visits.serious[self.case.labelled]
        return {
            "method": self.method, "code": self.code, "visits": len(serious),
            "serious": int(serious.sum()), "windows": self.proof.windows,
            "proof": _compared(self.proof),
            "compared": [_compared(one) for one in self.compared],
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Risk:
    """Risk of all enterprises.

    Attributes
    ----------
    trial
        What the method and its factors stand on.
    table
        By enterprise: visits, observed, expected, ratio, low, high, weight of
        :func:`geo.risk.enterprise_risk`; ``chance`` of a serious finding (NaN without a model);
        ``relative`` risk against the same grade.
    factors
        What risk does to weights in the draw, by enterprise where it does anything.
    parts
        By enterprise what speaks for and against it, strongest first; empty without a model.
    terms
        Weights of the features of a logistic model on their standardised scale.
    """

    trial: Trial
    table: pd.DataFrame
    factors: Mapping[str, Fraction]
    parts: Mapping[str, tuple[tuple[str, float], ...]] = field(default_factory=dict)
    terms: Mapping[str, float] = field(default_factory=dict)

    def to_json(self, *, most: float) -> dict[str, Any]:
        """Return plain JSON data: the verdict, and a compact line for each enterprise."""
        return {
            **self.trial.to_json(), "draw_factor": most, "weighted": len(self.factors),
            "terms": dict(self.terms),
            "objects": {
                str(row["index"]): _line(
                    row, self.factors.get(row["index"]), self.parts.get(row["index"], ())
                )
                for row in records(self.table.reset_index(names="index"))
                if row["visits"] or row["index"] in self.factors or self.parts
            },
        }  # fmt: skip


def _compared(one: Comparison) -> dict[str, Any]:
    return {
        "method": one.method, "against": one.against, "mean": round(one.mean, 4),
        "error": round(one.error, 4), "windows": one.windows, "better": one.better,
    }  # fmt: skip


def _line(
    row: Mapping[str, Any], factor: Fraction | None, parts: tuple[tuple[str, float], ...]
) -> dict[str, Any]:
    line: dict[str, Any] = {
        "visits": int(row["visits"]),
        **{
            name: round(float(row[name]), 2)
            for name in ("observed", "expected", "ratio", "low", "high", "relative")
        },
    }  # fmt: skip
    if factor is not None:
        line["factor"] = str(factor)
    if not np.isnan(row["chance"]):
        line |= {"chance": round(float(row["chance"]), 3),
                 "parts": [[name, round(value, 2)] for name, value in parts]}  # fmt: skip
    return line


def try_rankings(
    knowledge: Knowledge, *, crs: pyproj.CRS, model: str, tables: Mapping[str, CodeTable]
) -> Trial:
    """Try the record and the models on the folder's own past, and say which is used.

    Parameters
    ----------
    model
        ``auto`` tries all models, ``eb`` none, else the one that is named.
    """
    firms = enterprises_of(knowledge, crs=crs)
    frame = visits_of(knowledge, firms, tables=tables)
    visits = read_visits(frame, ids=firms["object"])
    case = case_of(visits, frame, labelled=frame["labelled"].to_numpy(bool))
    serious = visits.serious[case.labelled].sum()
    kinds = KINDS if model == "auto" else tuple(kind for kind in KINDS if kind == model)
    enough = len(case.labelled) >= LEAST_VISITS and serious >= LEAST_SERIOUS
    found = foretell(case, windows_of(case), kinds=kinds if enough else (), seed=_SEED)
    table = judged(case, found)
    method, compared = best_kind(table, kinds if enough else ())
    code = "risk_better" if method != EB else "risk_not_better"
    if not kinds:
        code = "risk_as_set"
    elif not enough:
        code = "risk_too_few"
    return Trial(
        case=case, found=found, table=table, method=method, code=code, compared=tuple(compared),
        proof=against_chance(table, OWN if method == EB else method),
    )  # fmt: skip


def assess_risk(
    knowledge: Knowledge,
    *,
    crs: pyproj.CRS,
    today: dt.date,
    settings: RiskSettings,
    tables: Mapping[str, CodeTable],
) -> Risk:
    """Work out the risk of every enterprise from what is known on the evening before *today*."""
    trial = try_rankings(knowledge, crs=crs, model=settings.model, tables=tables)
    firms = enterprises_of(knowledge, crs=crs)
    table = _records(trial.case, today)
    table["chance"] = np.nan
    parts: dict[str, tuple[tuple[str, float], ...]] = {}
    terms: dict[str, float] = {}
    if trial.method != EB:
        case, kind = trial.case, trial.method
        model = fit_model(kind, case.features, case.visits, rows=case.labelled, seed=_SEED)
        model = model.calibrated(calibrations(case, trial.found)[kind])
        known = features(case.visits, firms.assign(on=today))
        month = np.full(len(firms), today.month)
        table["chance"] = pd.Series(model.chance(known, month=month), index=firms.index)
        parts = _strongest(model.parts(known, month=month))
        if isinstance(model.model, Logistic):
            names = known.columns
            terms = {
                name: round(float(weight), 4)
                for name, weight in zip(names, model.model.weights, strict=True)
            }
    table["relative"] = _relative(table, firms)
    most = settings.draw_factor if trial.proof.better else 1.0
    factors = {
        str(id_): factor for id_, relative in table["relative"].items()
        if (factor := risk_factor(relative, most=most)) != 1
    }  # fmt: skip
    return Risk(trial=trial, table=table, factors=factors, parts=parts, terms=terms)


def _records(case: Case, today: dt.date) -> pd.DataFrame:
    visits = case.visits
    past = Past(visits, cut=today.toordinal(), last=today.toordinal())
    return enterprise_risk(
        visits.severity[: past.learnt], past.due["severity"],
        object_=visits.object[: past.learnt], ids=visits.ids, prior=past.priors["severity"],
    )  # fmt: skip


def _relative(table: pd.DataFrame, firms: pd.DataFrame) -> pd.Series[float]:
    """Return the risk over the usual one of the same grade, which has its own weight already.

    Usual is the geometric mean of the active enterprises of the grade.
    """
    logs = np.log(table["chance"].where(table["chance"].notna(), table["ratio"]))
    grade = firms["grade"].fillna("").reindex(table.index)
    active = firms["active"].reindex(table.index)
    usual = logs[active].groupby(grade[active]).mean()
    apart: pd.Series[float] = np.exp(logs - grade.map(usual).fillna(0.0))
    return apart


def _strongest(parts: pd.DataFrame) -> dict[str, tuple[tuple[str, float], ...]]:
    found = {}
    for id_, row in zip(parts.index, parts.to_dict("records"), strict=True):
        told = [(str(name), float(v)) for name, v in row.items() if abs(v) >= _LEAST_PART]
        found[str(id_)] = tuple(sorted(told, key=lambda one: (-abs(one[1]), one[0]))[:_MOST_PARTS])
    return found
