"""Backtest of relapses and revisit dates on the closed sites of a folder."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from scheduler.due_rules import load_rules
from scheduler.relapse import Past, fit, past_of
from scheduler.revisit_dates import ClosedSites, Density
from scheduler.revisit_rules import load_revisit_rules
from scheduler.revisit_trial import (
    Closed,
    by_density,
    by_hazard,
    by_steps,
    concordance,
    within_budget,
)
from xunge import radar
from xunge.backtest import BacktestColumn, BacktestTable, Cell, Estimate, Note, verdict
from xunge.knowledge import know
from xunge.relapses import Spell, as_arrays, features_of, spells_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from scheduler.due_rules import DueRules
    from scheduler.relapse import RelapseModel
    from scheduler.revisit_rules import RevisitRules
    from xunge.week import Folder

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

LEAST_SPELLS, LEAST_RELAPSES = 30, 10
"""Below so many closings and relapses of the judged half a mean says nothing (product choice)."""
HORIZON, VISITS = 365, 4
UNIFORM, STEPS, OURS = "uniform", "steps", "root_hazard"
_RESAMPLED, _DRAWN = 200, 8

COLUMNS = (
    BacktestColumn(name="method", title="backtest_method", words="backtest_method_"),
    BacktestColumn(name="undetected", title="backtest_undetected", digits=1),
    BacktestColumn(name="soon", title="backtest_soon"),
    BacktestColumn(name="c", title="backtest_c", digits=3),
)


def backtest(folder: Folder, *, day: dt.date) -> BacktestTable:
    """Foresee the relapses of the later half of the closings, each from what was known before it.

    Parameters
    ----------
    day
        Last day that is used.
    """
    known = know(day, tables=folder.tables)
    due = load_rules(folder.settings.due)
    rules = load_revisit_rules(folder.settings.revisits, tables=folder.tables)
    links = radar.links(radar.echoes(known, rules=rules.radar))
    return backtest_of(spells_of(known, rules=due, links=links), rules=rules, due=due)


def backtest_of(
    spells: Sequence[Spell], *, rules: RevisitRules, due: DueRules, seed: int = 0
) -> BacktestTable:
    """Judge on *spells*; each of the later half is foreseen from what was known at its closing."""
    order = sorted(range(len(spells)), key=lambda i: (spells[i].closed, spells[i].site))
    chosen = [spells[i] for i in sorted(order[len(order) // 2 :])]
    sites = _became(chosen)
    facts = {
        "spells": len(chosen), "relapses": int(sites.relapsed.sum()), "days": HORIZON,
        "visits": VISITS, "since": str(min((one.closed for one in chosen), default="")),
        "least_spells": LEAST_SPELLS, "least_relapses": LEAST_RELAPSES,
    }  # fmt: skip
    if len(chosen) < LEAST_SPELLS or int(sites.relapsed.sum()) < LEAST_RELAPSES:
        return _table((), ("backtest_revisits_too_few", facts))
    density, risk, own = _foreseen(spells, chosen, rules)
    found = {
        name: _tried(make, sites)
        for name, make in _schedules(density, sites, rules=rules, due=due, seed=seed).items()
    }
    concordances = {OURS: _c(sites, risk, seed), STEPS: _c(sites, own, seed)}  # they halve by own
    rows = tuple(_row(name, found[name], concordances.get(name)) for name in found)
    return _table(rows, ("backtest_revisits_judged", facts), *_verdicts(found))


def _became(spells: Sequence[Spell]) -> Closed:
    days = np.array([max(1, (one.until - one.closed).days) for one in spells], dtype=np.int64)
    ended = np.array([one.relapsed for one in spells], dtype=bool) & (days <= HORIZON)
    return Closed(days=np.minimum(days, HORIZON), relapsed=ended, horizon=HORIZON)


def known_on(spells: Sequence[Spell], day: dt.date) -> list[Spell]:
    """Return the spells as they stood on the morning of *day*."""
    return [
        one if one.told < day else replace(one, until=day, told=day, relapsed=False)
        for one in spells if one.closed < day
    ]  # fmt: skip


def _foreseen(
    spells: Sequence[Spell], chosen: Sequence[Spell], rules: RevisitRules
) -> tuple[Density, Floats, Floats]:
    """Return densities of visits, risks, and own relapses of closings, as known on their day.

    The hazard is fitted anew for every month, on what was known before it began.
    """
    models: dict[dt.date, RelapseModel] = {}
    sums, risks, own, days = [], [], [], np.zeros(0)
    for one in chosen:
        month = one.closed.replace(day=1)
        if month not in models:
            models[month] = fit(as_arrays(known_on(spells, month)))
        model = models[month]
        earlier = [s for s in spells if s.place == one.place and s.closed < one.closed]
        fresh = replace(one, until=one.closed, told=one.closed, relapsed=False)
        every = past_of(as_arrays([*earlier, fresh]), model)
        past = Past(relapses=every.relapses[-1:], expected=every.expected[-1:])
        rate = model.rate([one.industry], features_of([one]))
        site = ClosedSites(
            ids=(), rate=rate, past=past, age=np.zeros(1), seen=np.zeros(1),
            harm=np.array([rules.harm.get(one.industry, 1.0)]),
        )  # fmt: skip
        density = Density.of(site, model=model, last=float(HORIZON))
        days = density.days
        sums.append(density.sums[0])
        risks.append(float(model.chance(rate, past=past, days=float(HORIZON))[0]))
        own.append(float(past.relapses[0]))
    return Density(days=days, sums=np.array(sums)), np.array(risks), np.array(own)


def _schedules(
    density: Density, sites: Closed, *, rules: RevisitRules, due: DueRules, seed: int
) -> Mapping[str, Sequence[Callable[[float], Ints]]]:
    """Return each schedule several times, with other phases or another jitter."""
    even = np.arange(1.0, HORIZON + 1.0)[None]
    steps = [step.days for step in due.steps]
    phases = np.random.default_rng(seed).random((_DRAWN, len(sites.days)))
    return {
        UNIFORM: [by_density(even, phase=phase) for phase in phases],
        STEPS: [by_steps(steps, horizon=HORIZON, phase=phase) for phase in phases],
        OURS: [by_hazard(density, sites, rules=rules.dates, seed=seed + i) for i in range(_DRAWN)],
    }


def _tried(makes: Sequence[Callable[[float], Ints]], sites: Closed) -> tuple[Floats, Floats]:
    """Return undetected days and whether it was soon found, by relapse, the mean of all tries."""
    runs = [within_budget(make, sites, budget=VISITS)[1] for make in makes]
    return (
        np.mean([run.undetected for run in runs], axis=0),
        np.mean([run.soon for run in runs], axis=0),
    )


def _c(sites: Closed, risk: Floats, seed: int) -> Estimate:
    """Return Harrell's C with its error over closings resampled."""
    random, days = np.random.default_rng(seed), sites.days.astype(float)
    drawn = []
    for _ in range(_RESAMPLED):
        i = random.integers(0, len(days), len(days))
        drawn.append(concordance(days[i], sites.relapsed[i], risk=risk[i]))
    value = concordance(days, sites.relapsed, risk=risk)
    return Estimate(value, float(np.nanstd(drawn, ddof=1)))


def _estimate(values: Floats) -> Estimate:
    return Estimate(float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values))))


def _row(name: str, found: tuple[Floats, Floats], c: Estimate | None) -> Mapping[str, Cell]:
    return {
        "method": name, "ours": name == OURS, "undetected": _estimate(found[0]),
        "soon": _estimate(found[1]), "c": c,
    }  # fmt: skip


def _verdicts(found: Mapping[str, tuple[Floats, Floats]]) -> list[Note]:
    """Say against each simple schedule whether relapses are found earlier, by the same relapses."""
    return [
        verdict(over=f"backtest_method_{name}", measure="backtest_undetected_less",
                lead=_estimate(found[name][0] - found[OURS][0]))
        for name in (UNIFORM, STEPS)
    ]  # fmt: skip


def _table(rows: tuple[Mapping[str, Cell], ...], *notes: Note) -> BacktestTable:
    return BacktestTable(kind="revisits", columns=COLUMNS, rows=rows, notes=notes)
