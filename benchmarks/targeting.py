"""Which ranking finds violations earlier: the record of the firm, models, the published model.

    python -m benchmarks.targeting --inspections chicago_food_inspections.csv.gz \
        --model chicago_food_model.csv.gz [--hud hud_inspections.csv.gz] [--json FILE]

Three tests. *published*: the 1,637 inspections of September and October 2014 on which the City of
Chicago judged its model; days are against the order in which they were made. *windows*: eight
windows of two months, everything frozen at their first day; days are against random order, and
``within`` lets every inspector keep his own days, so that nothing is won by sending the strict
ones first. *hud*: trained on
2013 to 2017, judged on 2018 to 2020 as of the day before each.

``published …`` are the features of the published model, ``inspector only`` knows nothing of the
firm, ``leaky`` says that a row uses what nobody can know or should use. ``caught`` is the share of
serious findings in the first quarter, ``error`` the calibration error over ten bins. Standard
errors: over windows, and by bootstrap over serious findings in the published test.
"""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from rich.table import Table

from benchmarks import harness, targeting_cases
from geo.risk_backtest import (
    EB,
    METHODS,
    OWN,
    averaged,
    calibration_error,
    compare,
    foretell,
    foretell_rows,
    judge,
    judged,
    pooled,
)
from geo.risk_model import KINDS, fit_model
from scheduler.risk_weights import risk_factor

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from benchmarks.harness import Record
    from geo.risk_backtest import Case, Foretold

    Floats = NDArray[np.float64]

NAME = "targeting"
WARM_UP = dt.date(2012, 9, 1)  # windows before the first judged one calibrate it
FIRST, END = dt.date(2013, 9, 1), dt.date(2015, 1, 1)
HOUSING = dt.date(2018, 1, 1)  # what housing is judged on begins
FIGURES = ("pairs", "caught", "earlier", "within")
FACTORS = (2.0, 4.0, 8.0)
_LOTS = 400


def windows(first: dt.date, end: dt.date) -> list[dt.date]:
    """Return the first days of windows of two months, and the end."""
    months = pd.date_range(first, end, freq="2MS")
    return [one.date() for one in months]


def rolling(case: Case) -> tuple[pd.DataFrame, list[Foretold]]:
    """Judge every method on the eight windows, with two that no honest method reaches."""
    found = foretell(case, windows(WARM_UP, END))
    people = pd.factorize(case.frame["inspectors"].map(lambda crew: "".join(crew)))[0]
    for one in found:
        scores: dict[str, Any] = dict(one.scores)
        scores["inspector only (leaky)"] = _inspector_rate(case, one)
        scores["oracle"] = case.visits.serious[one.rows]
        object.__setattr__(one, "scores", scores)
    chosen = [one for one in found if one.start >= FIRST]
    return judged(case, chosen, group=people), chosen


def _inspector_rate(case: Case, one: Foretold) -> Floats:
    before = case.visits.day < one.start.toordinal()
    people = case.frame["inspectors"].map(lambda crew: "".join(crew))
    rates = pd.Series(case.visits.serious[before]).groupby(people[before].to_numpy()).mean()
    base = float(case.visits.serious[before].mean())
    lots = np.random.default_rng(one.start.toordinal()).random(len(one.rows)) * 1e-6
    return people.iloc[one.rows].map(rates).fillna(base).to_numpy(float) + lots


def draws(case: Case, found: Sequence[Foretold]) -> pd.DataFrame:
    """Return what a draw of a tenth of the firms finds, against one with equal chances.

    ``lift`` is the expected serious findings over those of equal chances; ``least`` the smallest
    chance of a firm over that of equal chances. Weights are the factors of
    :func:`scheduler.risk_weights.risk_factor` by the record or a model, against the usual firm.
    """
    rows = []
    for name in (OWN, *KINDS):
        for most in FACTORS:
            seen = [_drawn(one, case.visits.serious[one.rows], name, most) for one in found]
            weight = np.array([case.visits.serious[one.rows].sum() for one in found])
            lift, error = averaged(np.array([one[0] for one in seen]), weight)
            rows.append({"method": f"{name}, factor {most:g}", "lift": lift, "lift se": error,
                         "least": min(one[1] for one in seen)})  # fmt: skip
    return pd.DataFrame(rows)


def _drawn(one: Foretold, serious: Floats, name: str, most: float) -> tuple[float, float]:
    score = one.scores[name]
    logs = score if name == OWN else np.log(np.clip(score, 1e-6, None))
    relative = np.exp(logs - logs.mean())
    weights = np.array([float(risk_factor(value, most=most)) for value in relative])
    share = weights / weights.mean()  # no weight reaches certainty at a tenth
    return float((share * serious).sum() / serious.sum()), float(share.min())


def published_test(table: pd.DataFrame, case: Case) -> pd.DataFrame:
    """Judge the published model and ours on the inspections on which it was published."""
    test = table["Test"].astype(bool).to_numpy()
    serious = table["criticalFound"].to_numpy(float)[test]
    day = np.array([one.toordinal() for one in table["Inspection_Date"].dt.date[test]])
    people = pd.factorize(table["sanitarian"][test])[0]
    rates = table[~test].groupby("sanitarian")["criticalFound"].mean()
    scores = {
        "published xgboost (its scores; leaky)": table["xgb_published"][test].to_numpy(float),
        "published features (leaky)": _refit(table, inspector="with", weather="with"),
        "inspector only (leaky)": table["sanitarian"][test].map(rates).to_numpy(float),
        "published, no inspector": _refit(table, inspector="without", weather="with"),
        "published, no inspector, no weather": _refit(
            table, inspector="without", weather="without"
        ),
        **_ours(table[test], case),
        "oracle": serious,
    }
    rows = []
    for name, score in scores.items():
        own = judge(score, serious=serious, severity=serious, day=day, group=people)
        rows.append(
            {
                "method": name,
                "days": own["earlier"] + _made(day, serious, np.zeros(len(day), np.int64)),
                "days se": _bootstrap(score, serious=serious, day=day),
                "within": own["within"] + _made(day, serious, people),
                "pairs": own["pairs"], "caught": own["caught"],
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def _made(day: NDArray[np.int64], serious: Floats, group: NDArray[np.int64]) -> float:
    """Return by how many days random order is better than that in which visits were made."""
    middle = pd.Series(day).groupby(group).transform("mean").to_numpy(float)
    return float((day - middle)[serious == 1].mean())


def _bootstrap(score: Floats, *, serious: Floats, day: NDArray[np.int64]) -> float:
    order = np.argsort(-score, kind="stable")
    new = np.empty(len(day))
    new[order] = np.sort(day)
    gained = (day - new)[serious == 1]
    random = np.random.default_rng(0)
    means = [random.choice(gained, len(gained)).mean() for _ in range(_LOTS)]
    return float(np.std(means))


def _refit(table: pd.DataFrame, *, inspector: str, weather: str) -> Floats:
    """Fit the published features to the published training rows and score the test rows."""
    from sklearn.linear_model import LogisticRegression

    test = table["Test"].astype(bool).to_numpy()
    numbers = targeting_cases.published_features(table, inspector=inspector, weather=weather)
    columns = numbers.to_numpy(float)
    middle, scale = columns[~test].mean(axis=0), columns[~test].std(axis=0)
    columns = (columns - middle) / scale
    fit = LogisticRegression(C=0.01, max_iter=1000)
    fit.fit(columns[~test], table["criticalFound"].to_numpy()[~test])
    return np.asarray(fit.predict_proba(columns[test])[:, 1], np.float64)


def _ours(rows: pd.DataFrame, case: Case) -> Mapping[str, Floats]:
    """Rank the test rows by what was known on the evening before the first of them."""
    at = pd.Index(case.frame["id"]).get_indexer(rows["Inspection_ID"].astype(str))
    found = foretell_rows(case, at, start=rows["Inspection_Date"].min().date())
    return found.scores


def housing(case: Case) -> pd.DataFrame:
    """Train on the years to 2017 and judge 2018 to 2020, each visit by the day before."""
    day, again = case.visits.day, case.features["new"].to_numpy() == 0
    split = HOUSING.toordinal()
    past, test = np.flatnonzero(again & (day < split)), np.flatnonzero(again & (day >= split))
    known = case.features.iloc[test]
    month = np.array([one.month for one in case.frame["on"].iloc[test]], np.int64)
    scores = {
        "last": known["last"].to_numpy(float),
        EB: (known["ratio"] + known["type"]).to_numpy(float),
    }
    for kind in KINDS:
        model = fit_model(kind, case.features.iloc[past], case.visits, rows=past)
        scores[kind] = model.chance(known, month=month)
    rows = []
    for name, score in scores.items():
        tenth, quarter = (
            judge(score, serious=case.visits.serious[test], day=day[test],
                  severity=case.visits.severity[test], share=share)
            for share in (0.10, 0.25)
        )  # fmt: skip
        rows.append(
            {
                "method": name, "pairs": quarter["pairs"], "caught@10%": tenth["caught"],
                "caught@25%": quarter["caught"], "severity@25%": quarter["severity"],
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def housing_windows(case: Case) -> tuple[pd.DataFrame, list[Foretold]]:
    """Judge every method on half-years from 2018 on, frozen at their first day."""
    edges = [dt.date(year, month, 1) for year in range(2016, 2021) for month in (1, 7)]
    found = foretell(case, [*edges, dt.date(2021, 1, 1)])
    chosen = [one for one in found if one.start >= HOUSING]
    return judged(case, chosen), chosen


def _summary(table: pd.DataFrame, case: Case, found: Sequence[Foretold]) -> pd.DataFrame:
    rows = []
    for name, own in table.groupby("method", sort=False):
        row: dict[str, Any] = {"method": name}
        for figure in (one for one in FIGURES if one in own):
            weight = own["serious"].to_numpy(float)
            row[figure], row[f"{figure} se"] = averaged(own[figure].to_numpy(float), weight)
        if name in found[0].chances:
            row["error"] = calibration_error(*pooled(case, found, str(name)))
        rows.append(row)
    return pd.DataFrame(rows)


def _printed(table: pd.DataFrame, *, title: str) -> Table:
    shown = Table(title=title, title_justify="left")
    heads = [str(head) for head in table if not str(head).endswith(" se")]
    for head in heads:
        shown.add_column(head, justify="left" if head == "method" else "right")
    for row in table.to_dict("records"):
        cells = []
        for head in heads:
            value, error = row[head], row.get(f"{head} se")
            told = value if isinstance(value, str) else "" if np.isnan(value) else f"{value:.3f}"
            cells.append(told if error is None else f"{told} ± {error:.3f}")
        shown.add_row(*cells, style="bold" if row["method"] in METHODS else "")
    return shown


def _records(kind: str, table: pd.DataFrame) -> list[Record]:
    records: list[Record] = []
    for row in table.to_dict("records"):
        record: Record = {"kind": kind, "method": str(row.pop("method"))}
        record |= {str(key): round(float(value), 4) for key, value in row.items()
                   if not np.isnan(value)}  # fmt: skip
        records.append(record)
    return records


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark and print its tables."""
    asked = _parser().parse_args(arguments)
    out, records = harness.console(), list[harness.Record]()
    out.print(harness.machine_line())
    if asked.inspections is not None:
        start = time.process_time()
        case = targeting_cases.chicago(asked.inspections, asked.model)
        read = time.process_time() - start
        table = published_test(targeting_cases.published(asked.model), case)
        out.print(_printed(table, title="published test, days against the actual order"))
        records += _records("published", table)
        by, found = rolling(case)
        summary = _summary(by, case, found)
        out.print(_printed(summary, title=f"{len(found)} windows, days against random order"))
        records += _records("windows", summary)
        lifts = draws(case, found)
        out.print(_printed(lifts, title="a draw by weight, against equal chances"))
        records += _records("draws", lifts)
        for kind in KINDS:
            one = compare(by, kind, EB)
            out.print(f"{kind} − {EB}: {one.mean:+.4f} ± {one.error:.4f} pairs; "
                      f"better: {one.better}")  # fmt: skip
        spent = time.process_time() - start
        out.print(f"CPU: reading and features {read:.1f} s, all {spent:.1f} s")
    if asked.hud is not None:
        case = targeting_cases.hud(asked.hud)
        table = housing(case)
        out.print(_printed(table, title="HUD, 2018 to 2020"))
        records += _records("hud", table)
        by, found = housing_windows(case)
        summary = _summary(by, case, found)
        out.print(_printed(summary, title=f"HUD, {len(found)} half-years"))
        records += _records("hud windows", summary)
    harness.write_json(asked.json, records, benchmark=NAME)


def _parser() -> argparse.ArgumentParser:
    asked = harness.plain_parser("Measure rankings of enterprises for inspection.")
    asked.add_argument("--inspections", type=Path, help="Chicago's food inspections (CSV)")
    asked.add_argument("--model", type=Path, help="table of the published model (CSV)")
    asked.add_argument("--hud", type=Path, help="inspections of housing (CSV)")
    return asked


if __name__ == "__main__":
    main()
