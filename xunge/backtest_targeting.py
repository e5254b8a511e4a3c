"""Backtest of the risk of enterprises on the inspections of a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo.crs import working_crs
from geo.risk_backtest import (
    EB,
    LAST,
    METHODS,
    WINDOWS,
    averaged,
    calibration_error,
    compare,
    pooled,
)
from xunge.backtest import BacktestColumn, BacktestTable, Cell, Estimate, Note, verdict
from xunge.knowledge import know
from xunge.risk import try_rankings
from xunge.risk_words import method_words, verdict_note

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from xunge.risk import Trial
    from xunge.week import Folder

_FIGURES = {"pairs": 3, "caught": 3, "severity": 3, "earlier": 1}
COLUMNS = (
    BacktestColumn(name="method", title="backtest_method", words="risk_method_"),
    *(
        BacktestColumn(name=name, title=f"backtest_{name}", digits=digits)
        for name, digits in _FIGURES.items()
    ),
    BacktestColumn(name="error", title="backtest_error", digits=3),
)
LEAST_WINDOWS = WINDOWS // 2
"""Below so many windows a mean says nothing (product choice)."""


def backtest(folder: Folder, *, day: dt.date) -> BacktestTable:
    """Rank the inspections of past windows from what was known before each.

    Parameters
    ----------
    day
        Last day that is used.
    """
    known = know(day, tables=folder.tables)
    placed = known.objects[known.objects["lon"].notna()]
    middle = (float(placed[name].astype(float).median()) for name in ("lon", "lat"))
    crs = working_crs(*middle) if len(placed) else working_crs(113.0, 26.0)
    model = folder.settings.risk.model
    return table_of(try_rankings(known, crs=crs, model=model, tables=folder.tables))


def table_of(trial: Trial) -> BacktestTable:
    """Return what a trial of rankings found."""
    told = trial.to_json()
    if trial.proof.windows < LEAST_WINDOWS:
        lacking = {name: told[name] for name in ("visits", "serious", "windows")}
        note: Note = ("backtest_targeting_too_few", {**lacking, "least": LEAST_WINDOWS})
        return BacktestTable(kind="targeting", columns=COLUMNS, rows=(), notes=(note,))
    seen = trial.table[trial.table["method"] == LAST]
    judged = {
        "since": seen["start"].min().isoformat(), "windows": len(seen),
        "visits": int(seen["visits"].sum()), "serious": int(seen["serious"].sum()),
    }  # fmt: skip
    lead = compare(trial.table, trial.method, LAST)
    notes: tuple[Note, ...] = (
        ("backtest_targeting_judged", judged),
        verdict(over=f"risk_method_{LAST}", measure="backtest_pairs",
                lead=Estimate(lead.mean, lead.error)),
        verdict_note(told), _proof(trial),
    )  # fmt: skip
    methods = [name for name in METHODS if name in set(trial.table["method"])]
    rows = tuple(_row(name, trial) for name in methods)
    return BacktestTable(kind="targeting", columns=COLUMNS, rows=rows, notes=notes)


def _proof(trial: Trial) -> Note:
    one = trial.proof
    told = {"mean": round(one.mean, 3), "error": round(one.error, 3), **method_words(one.method)}
    return ("risk_proven" if one.better else "risk_unproven"), told


def _row(name: str, trial: Trial) -> Mapping[str, Cell]:
    own = trial.table[trial.table["method"] == name]
    weight = own["serious"].to_numpy(float)
    row: dict[str, Cell] = {"method": name, "ours": name == trial.method}
    for figure in _FIGURES:
        row[figure] = Estimate(*averaged(own[figure].to_numpy(float), weight))
    if name == EB or name in {one.method for one in trial.compared}:
        chances, serious = pooled(trial.case, trial.found, name)
        row["error"] = calibration_error(chances, serious) if len(chances) else np.nan
    return row
