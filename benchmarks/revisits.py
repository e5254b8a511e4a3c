"""When closed sites are seen again: how well relapses are foreseen, and what a year's visits find.

    python -m benchmarks.revisits --closings FILE.csv [--visits 2,4,6,12] [--seed 0] [--json FILE]

The file has one row for every closing, as ``chicago_rekindle_proxy.csv.gz`` does: site_id,
Creation_Date, Completion_Date, Nature, Latitude, Longitude, relapse_days, relapsed. The hazard is
fitted on closings before ``--from`` as known on that day, and judged on the closings of the year
after it, of which it sees the past only. Everything about a closing is as of its own day.

Printed are Harrell's C with standard errors over sites resampled; calibration in ten classes of
equal size, beside the error that chance alone would make; and for 4,000 sites, one closing each,
how many days a relapse goes on undetected at the same number of visits, with standard errors over
relapses. ``dates`` says how well somebody who knows everything but the secret key can name the day
of the next visit.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from rich.table import Table

from benchmarks import harness
from benchmarks.revisits_cases import FEATURES, NEVER, Closings, read_closings
from scheduler.relapse import Past, RelapseModel, Spells, fit
from scheduler.revisit_dates import ClosedSites, Density, schedule
from scheduler.revisit_rules import load_revisit_rules
from scheduler.revisit_trial import (
    Closed,
    Outcome,
    by_density,
    by_hazard,
    by_steps,
    concordance,
    visit_days,
    within_budget,
)

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from benchmarks.harness import Record

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

NAME = "revisits"
HORIZON, SITES = 365, 4000
STEPS = (7, 30, 90, 180, 365)
UNIFORM, POLICY, KELLER, JITTER = "uniform", "configured steps", "root hazard", "… with jitter"
_RESAMPLED, _PHASES = 40, 2
RULES = replace(load_revisit_rules().dates, least_days=1)


# The model ----------------------------------------------------------------------------------------


def spells_before(all_: Closings, day: int) -> tuple[Spells, Ints]:
    """Return the spells known on *day* and their rows.

    Of several closings before the same next event the last one begins the spell.
    """
    rows = np.flatnonzero(all_.closed < day)
    rows = rows[np.lexsort((all_.closed[rows], all_.site[rows]))]
    again = np.where(all_.again[rows] < day, all_.again[rows], NEVER)
    other = (np.diff(all_.site[rows]) != 0) | (np.diff(again) != 0)
    rows = rows[np.append(other, True)] if len(rows) else rows
    return _spells(all_, rows, day), rows


def _spells(all_: Closings, rows: Ints, day: int) -> Spells:
    until = np.minimum(all_.again[rows], day)
    return Spells(
        site=np.unique(all_.site[rows], return_inverse=True)[1].astype(np.int64),
        kind=all_.kind[rows], days=(until - all_.closed[rows]).astype(float),
        relapsed=all_.again[rows] < day, entered=np.zeros(len(rows)),
        features=all_.features[rows], kinds=all_.kinds, names=FEATURES,
    )  # fmt: skip


def past_before(all_: Closings, rows: Ints, model: RelapseModel) -> Past:
    """Return what the earlier spells of each closing's site showed, ended by its own day."""
    _, every = spells_before(all_, NEVER)
    every = every[all_.again[every] < NEVER]
    rate = rates(all_, every, model)
    seen = rate * model.grown((all_.again[every] - all_.closed[every]).astype(float))
    by_site: dict[int, list[tuple[int, float]]] = {}
    for i, one in zip(every, seen, strict=True):
        by_site.setdefault(int(all_.site[i]), []).append((int(all_.again[i]), float(one)))
    expected = [
        sum(one for end, one in by_site.get(int(all_.site[i]), ()) if end <= all_.closed[i])
        for i in rows
    ]
    return Past(relapses=all_.relapses[rows].astype(float), expected=np.array(expected))


def rates(all_: Closings, rows: Ints, model: RelapseModel) -> Floats:
    """Return the hazard's level of closings."""
    return model.rate([all_.kinds[k] for k in all_.kind[rows]], all_.features[rows])


def judged(all_: Closings, rows: Ints) -> Closed:
    """Return what became of closings within the horizon."""
    days = np.minimum(all_.again[rows] - all_.closed[rows], HORIZON)
    ended = all_.again[rows] - all_.closed[rows] <= HORIZON
    return Closed(days=days.astype(np.int64), relapsed=ended, horizon=HORIZON)


def discrimination(
    all_: Closings, rows: Ints, risks: dict[str, Floats], *, seed: int
) -> list[Record]:
    """Return Harrell's C of each risk, with its standard error over sites resampled."""
    found = judged(all_, rows)
    known: list[Record] = []
    again = _sites_resampled(all_, rows, seed=seed)
    for name, risk in risks.items():
        drawn = [
            concordance(found.days[i].astype(float), found.relapsed[i], risk=risk[i]) for i in again
        ]
        value = concordance(found.days.astype(float), found.relapsed, risk=risk)
        known.append({"kind": "discrimination", "risk": name, "closings": len(rows),
                      "relapses": int(found.relapsed.sum()), "c": round(value, 4),
                      "c_error": round(float(np.std(drawn, ddof=1)), 4)})  # fmt: skip
    return known


def _sites_resampled(all_: Closings, rows: Ints, *, seed: int) -> list[Ints]:
    """Return positions in *rows*, all closings of sites drawn with replacement, several times."""
    by_site = pd.Series(range(len(rows))).groupby(all_.site[rows])
    groups = [np.asarray(group) for group in by_site.groups.values()]
    random = np.random.default_rng(seed)
    return [
        np.concatenate([groups[g] for g in random.integers(0, len(groups), len(groups))])
        for _ in range(_RESAMPLED)
    ]


def calibration(
    all_: Closings, rows: Ints, model: RelapseModel, past: Past, *, seed: int
) -> list[Record]:
    """Return forecast and true share of relapses by 30, 90 and 365 days, in ten classes.

    ``by_chance`` is the error that a perfect forecast would have: the outcomes of resampled sites
    less those of all, in the same classes.
    """
    again = _sites_resampled(all_, rows, seed=seed)
    known: list[Record] = []
    waited = all_.again[rows] - all_.closed[rows]
    for days in (30, 90, HORIZON):
        told = model.chance(rates(all_, rows, model), past=past, days=float(days))
        true = waited <= days
        parts = np.array_split(np.argsort(told, kind="stable"), 10)
        off = [abs(float(told[p].mean() - true[p].mean())) for p in parts]
        chance = [
            np.mean(np.abs(_by_class(true, parts, i) - _by_class(true, parts))) for i in again
        ]
        known.append({"kind": "calibration", "days": days, "forecast": round(float(told.mean()), 4),
                      "true": round(float(true.mean()), 4), "error": round(float(np.mean(off)), 4),
                      "by_chance": round(float(np.mean(chance)), 4),
                      "top_forecast": round(float(told[parts[-1]].mean()), 4),
                      "top_true": round(float(true[parts[-1]].mean()), 4)})  # fmt: skip
    return known


def _by_class(true: Bools, parts: Sequence[Ints], drawn: Ints | None = None) -> Floats:
    """Return the share of relapses in each class, of the positions *drawn* or of all."""
    times = np.ones(len(true)) if drawn is None else np.bincount(drawn, minlength=len(true))
    return np.array([np.average(true[part], weights=times[part]) for part in parts])


# Visits -------------------------------------------------------------------------------------------


def policies(
    density: Density, sites: Closed, *, phase: Floats, seed: int
) -> dict[str, Callable[[float], Ints]]:
    """Return the schedules by name; one scalar makes each as dense as the budget allows."""
    even = np.arange(1.0, HORIZON + 1.0)[None]
    daily = density.on(np.arange(1.0, HORIZON + 1.0))
    return {
        UNIFORM: by_density(even, phase=phase),
        POLICY: by_steps(STEPS, horizon=HORIZON, phase=phase),
        "root hazard, random phase": by_density(daily, phase=phase),
        KELLER: by_hazard(density, sites, rules=RULES, seed=None),
        JITTER: by_hazard(density, sites, rules=RULES, seed=seed),
    }


def detection(density: Density, sites: Closed, *, visits: Sequence[int], seed: int) -> list[Record]:
    """Return undetected days of every schedule at every number of visits a site and year."""
    phases = np.random.default_rng(5).random((3, len(sites.days)))[:_PHASES]
    known: list[Record] = []
    for budget in visits:
        found: dict[str, list[Outcome]] = {}
        for at, phase in enumerate(phases):
            for name, make in policies(density, sites, phase=phase, seed=seed + at).items():
                found.setdefault(name, []).append(within_budget(make, sites, budget=budget)[1])
        for name, runs in found.items():
            days = np.mean([run.undetected for run in runs], axis=0)
            soon = np.mean([run.soon for run in runs], axis=0)
            known.append({
                "kind": "detection", "visits": budget, "schedule": name,
                "made": round(float(np.mean([run.made.mean() for run in runs])), 3),
                "undetected": round(float(days.mean()), 2), "undetected_error": _error(days),
                "soon": round(float(soon.mean()), 4), "soon_error": _error(soon),
            })  # fmt: skip
    return known


def _error(values: Floats) -> float:
    return round(float(values.std(ddof=1) / np.sqrt(len(values))), 4)


def guessing(density: Density, sites: Closed, *, budget: int, seed: int) -> list[Record]:
    """Return how well the day of the next visit can be named from all but the key.

    Who knows state and method knows the interval; the jitter leaves a window of days that are
    equally likely. A guesser names its most likely day, or a whole week.
    """
    known: list[Record] = []
    for name, jitter, own in ((KELLER, 0.0, None), (JITTER, RULES.jitter, seed)):
        make = by_hazard(density, sites, rules=RULES, seed=own)
        scalar, _ = within_budget(make, sites, budget=budget)
        days = visit_days(density, sites, scalar=scalar, rules=RULES, seed=own)
        gaps = np.diff(np.vstack([np.zeros(days.shape[1]), days]), axis=0)[days <= HORIZON]
        window = np.maximum(2 * jitter * gaps, 1.0)
        known.append({
            "kind": "guessing", "schedule": name, "visits": budget,
            "interval": round(float(gaps.mean()), 1), "window": round(float(window.mean()), 1),
            "bits": round(float(np.log2(window).mean()), 2),
            "day_guessed": round(float((1 / window).mean()), 3),
            "week_guessed": round(float(np.minimum(7 / window, 1.0).mean()), 3),
        })  # fmt: skip
    return known


def speed(model: RelapseModel, *, sites: int = 10_000) -> Record:
    """Return CPU seconds for the due dates of many closed sites."""
    random = np.random.default_rng(0)
    many = ClosedSites(
        ids=[f"S{i}" for i in range(sites)], rate=random.gamma(2.0, 0.1, sites),
        past=Past(relapses=random.poisson(0.3, sites).astype(float), expected=random.random(sites)),
        age=random.uniform(0, 900, sites), seen=random.uniform(0, 90, sites),
        harm=np.ones(sites),
    )  # fmt: skip
    began = time.process_time()
    schedule(many, model=model, visits_a_year=4.0 * sites, rules=RULES, key="key")
    return {"kind": "speed", "sites": sites, "cpu_s": round(time.process_time() - began, 3)}


# Words --------------------------------------------------------------------------------------------


def _show(records: Sequence[Record], kind: str, *, title: str) -> Table:
    rows = [one for one in records if one["kind"] == kind]
    table = Table(title=title, title_justify="left")
    for key in rows[0]:
        if key != "kind":
            table.add_column(key, justify="left" if isinstance(rows[0][key], str) else "right")
    for row in rows:
        ours = row.get("schedule") == JITTER or row.get("risk") == "ours"
        cells = [str(value) for key, value in row.items() if key != "kind"]
        table.add_row(*cells, style="bold" if ours else "")
    return table


def _parser() -> argparse.ArgumentParser:
    asked = harness.plain_parser("Measure relapse forecasts and schedules of revisits.")
    asked.add_argument("--closings", type=Path, required=True, help="CSV, also .gz")
    asked.add_argument("--from", dest="first", default="2013-01-01", metavar="DATE",
                       help="first day of the year that is judged")  # fmt: skip
    asked.add_argument("--visits", default="2,4,6,12", help="a site and year")
    asked.add_argument("--seed", type=int, default=0, help="of jitter and resampling (0)")
    return asked


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark and print its tables."""
    asked = _parser().parse_args(arguments)
    all_ = read_closings(asked.closings)
    first = int(np.datetime64(asked.first, "D").astype(np.int64))
    began = time.process_time()
    known, _ = spells_before(all_, first)
    model = fit(known)
    took = time.process_time() - began
    rows = np.flatnonzero((all_.closed >= first) & (all_.closed < first + HORIZON))
    past = past_before(all_, rows, model)
    risk = model.chance(rates(all_, rows, model), past=past, days=100.0)
    risks = {
        "earlier relapses": all_.relapses[rows].astype(float),
        "class, features": rates(all_, rows, model), "ours": risk,
    }  # fmt: skip
    some = _one_each(all_, rows, seed=asked.seed)
    sites = judged(all_, rows[some])
    density = Density.of(
        ClosedSites(
            ids=(), rate=rates(all_, rows[some], model),
            past=Past(relapses=past.relapses[some], expected=past.expected[some]),
            age=np.zeros(len(some)), seen=np.zeros(len(some)), harm=np.ones(len(some)),
        ), model=model, last=float(HORIZON),
    )  # fmt: skip
    budgets = [int(one) for one in asked.visits.split(",")]
    records = [
        *_model_records(model, took), *discrimination(all_, rows, risks, seed=asked.seed),
        *calibration(all_, rows, model, past, seed=asked.seed),
        *detection(density, sites, visits=budgets, seed=asked.seed),
        *guessing(density, sites, budget=4, seed=asked.seed), speed(model),
    ]  # fmt: skip
    out = harness.console()
    out.print(harness.machine_line())
    titles = {
        "model": "the hazard",
        "discrimination": f"relapse within {HORIZON} days, {len(rows):,} closings",
        "calibration": "calibration in ten classes",
        "detection": f"{len(some):,} sites, at the same number of visits",
        "guessing": "dates, to somebody who knows all but the key", "speed": "due dates",
    }  # fmt: skip
    for kind, title in titles.items():
        out.print(_show(records, kind, title=title))
    harness.write_json(asked.json, records, benchmark=NAME)


def _one_each(all_: Closings, rows: Ints, *, seed: int) -> Ints:
    """Return the first closing of each of :data:`SITES` sites chosen at random."""
    first = np.sort(np.unique(all_.site[rows], return_index=True)[1])
    random = np.random.default_rng(seed)
    return random.choice(first, min(SITES, len(first)), replace=False)


def _model_records(model: RelapseModel, took: float) -> list[Record]:
    return [{
        "kind": "model", "curve": model.curve,
        "shape": " ".join(f"{x:.3f}" for x in model.shape),
        "log_level": round(float(np.log(model.level)), 3),
        "log_variance": round(float(np.log(model.variance)), 3),
        **{name: round(effect, 3) for name, effect in model.effects.items()},
        "spells": model.spells, "relapses": model.relapses, "sites": model.sites,
        "prior_share": round(model.prior_share["level"], 5), "cpu_s": round(took, 2),
    }]  # fmt: skip


if __name__ == "__main__":
    main()
