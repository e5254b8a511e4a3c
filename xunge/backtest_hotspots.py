"""Backtest of the hotspot forecast on the events of a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo import backtest as judging
from geo.backtest import ALL, FINE, GI_STAR, KDE, LAST, MEASURES, METHODS, ONE_YEAR, OURS
from xunge import geography as grounds
from xunge.backtest import BacktestColumn, BacktestTable, Cell, Estimate, Note, verdict
from xunge.evidence import counted, exposed
from xunge.knowledge import know

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import pandas as pd

    from xunge.week import Folder

FIRMS = "enterprises"
_CODES = {
    LAST: "last_period", ONE_YEAR: "one_year", ALL: "all_history", KDE: "kde", GI_STAR: "gi_star",
    FIRMS: "enterprises", OURS: "ours", FINE: "ours_fine",
}  # fmt: skip
LEAST_WINDOWS, LEAST_EVENTS = 6, 30
"""Below so many periods and events in them a mean says nothing (product choice)."""

COLUMNS = (
    BacktestColumn(name="method", title="backtest_method", words="backtest_method_"),
    *(
        BacktestColumn(name=name, title=f"backtest_{name}", digits=3 if "hit" in name else 2)
        for name in (f"{what}_{share}" for what in ("pai", "hit") for share in (5, 10, 20))
    ),
)


def backtest(folder: Folder, *, day: dt.date, horizon: int) -> BacktestTable:
    """Forecast the periods of the later half of the history, each from what was known before it.

    Parameters
    ----------
    day
        Last day that is used.
    horizon
        Days of a period.
    """
    known = know(day, tables=folder.tables)
    firms = known.objects[known.objects["kind"] == "enterprise"]
    ground = grounds.survey(
        folder.path, areas=known.registers["areas"], points=firms[["lon", "lat"]],
        settings=folder.settings, tables=folder.tables,
    )  # fmt: skip
    basis, events, _ = counted(known.objects, discoveries=known.discoveries, visits=known.visits)
    area = sorted({*grounds.cells_inside(ground), *events["cell"]})
    case = judging.Case(events=events, area=area, grid=ground.grid, exposure=exposed(known.objects))
    return backtest_of(case, basis=basis, horizon=horizon)


def backtest_of(case: judging.Case, *, basis: str, horizon: int) -> BacktestTable:
    """Judge the methods on *case*, whose exposure are the enterprises."""
    days = judging.windows(case.events, first=None, horizon=horizon, every=horizon)
    methods: dict[str, judging.Method] = {FIRMS: _firms, **METHODS}
    found = judging.measure(case, days, horizon=horizon, seed=0, methods=methods)
    ours = found[found["method"] == OURS]
    judged = {"windows": len(ours), "events": int(ours["events"].sum())}
    if judged["windows"] < LEAST_WINDOWS or judged["events"] < LEAST_EVENTS:
        lacking = {
            **judged, "all": len(case.events), "days": horizon,
            "least_windows": LEAST_WINDOWS, "least_events": LEAST_EVENTS,
            "history": 2 * LEAST_WINDOWS * horizon,
        }  # fmt: skip
        return _table((), ("backtest_hotspots_too_few", lacking), basis=basis)
    facts = {
        **judged, "since": days[0].isoformat(), "days": horizon, "cells": len(case.area),
    }  # fmt: skip
    rows = tuple(_row(name, found) for name in (*methods, FINE))
    return _table(rows, ("backtest_hotspots_judged", facts), *_verdicts(found), basis=basis)


def _firms(past: judging.Past, _horizon: int) -> pd.Series[float]:
    """Score cells by their enterprises."""
    places = past.case.exposure
    return past.counts() * 0.0 if places is None else places.groupby("cell").size().astype(float)


def _row(name: str, found: pd.DataFrame) -> Mapping[str, Cell]:
    own = found[found["method"] == name]
    figures = {
        column.name: Estimate(float(own[m].mean()), judging.error(own[m]))
        for column, m in zip(COLUMNS[1:], MEASURES, strict=True)
    }
    return {"method": _CODES[name], "ours": name in (OURS, FINE), **figures}


def _verdicts(found: pd.DataFrame) -> list[Note]:
    """Say against each simple method whether the forecast is ahead by more than its error."""
    leads = {name: judging.lead(found, of=OURS, over=name) for name in (LAST, ONE_YEAR, FIRMS)}
    return [
        verdict(over=f"backtest_method_{_CODES[name]}", measure="backtest_pai_5",
                lead=Estimate(one.mean, one.error))
        for name, one in leads.items()
    ]  # fmt: skip


def _table(
    rows: tuple[Mapping[str, Cell], ...],
    *notes: Note,
    basis: str,
) -> BacktestTable:
    about: Note = (f"backtest_basis_{basis}", {})
    return BacktestTable(kind="hotspots", columns=COLUMNS, rows=rows, notes=(about, *notes))
