"""``xunge draw fairness`` and ``xunge draw unpredictability``: the reports in the terminal."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from rich.table import Table

from maps.messages import load, sentence
from scheduler import predictability
from scheduler.fairness import Rerun, measure
from scheduler.fairness_checks import ALPHA, Check, failing
from scheduler.fairness_history import History, look_back
from scheduler.repeats import Repeats, repeats
from xunge.draw_history import (
    FAR,
    Dimensions,
    chosen,
    crew_draws,
    dimensions,
    neighbours,
    read_past,
    stops,
    visited,
    world,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console

    from scheduler.fairness_checks import Group
    from scheduler.predictability import Entropy, Figures
    from xunge.week import Folder

SHOWN = 12
SOON = 14
"""Days after a visit in which another one counts as right after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FairnessReport:
    """The recorded rounds, the latest frame drawn again, and who met whom again."""

    history: History
    rerun: Rerun
    repeats: Repeats
    redrawn: int
    dimensions: Dimensions

    @property
    def checks(self) -> tuple[Check, ...]:
        """All checks that the report stands on."""
        return (*self.history.checks, *self.rerun.checks, self.repeats.check)

    @property
    def failing(self) -> list[Check]:
        """The checks that failed, given how many there are."""
        return failing(self.checks)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {
            "alpha": ALPHA, "checks": len(self.checks), "fair": not self.failing,
            "failing": [one.to_json() for one in self.failing], "redrawn": self.redrawn,
            "distance_limits_km": list(self.dimensions.limits),
            "history": self.history.to_json(), "rerun": self.rerun.to_json(),
            "repeats": self.repeats.to_json(),
        }  # fmt: skip


def fairness(folder: Folder, *, rounds: int = 0, seeds: int = 10_000) -> FairnessReport:
    """Compare the recorded rounds of a folder with what they promised; draw the latest again.

    Parameters
    ----------
    rounds
        Look at so many of the latest rounds; 0 for all.
    seeds
        Random seeds of the re-run; the generator's own seed is fixed, so that the report repeats.

    Raises
    ------
    xunge.rounds.WeekError
        ``no_rounds`` if nothing was drawn, ``empty_frame`` if chance had nothing to decide.
    """
    past = read_past(folder, last=rounds)
    known = past.rounds
    about = dimensions(past)
    latest = known[-1].frame
    if not latest.size:
        from xunge.rounds import WeekError

        raise WeekError("empty_frame", round=latest.round_id)
    return FairnessReport(
        history=look_back(known, dimensions=about.labels, far=FAR, seeds=seeds),
        rerun=measure(
            latest, dimensions=about.of(latest), pairs=neighbours(past, latest), seeds=seeds
        ),
        repeats=repeats(crew_draws(past)),
        redrawn=past.redrawn,
        dimensions=about,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictabilityReport:
    """Figures of every method by simulation, and those of the recorded rounds.

    ``followed`` counts visits on record with another visit within :data:`SOON` days, and all of
    which that can be told; ``again_recorded`` is the share of drawn firms drawn again in the next
    recorded round, ``auc_recorded`` the guesser's on the recorded rounds.
    """

    figures: tuple[Figures, ...]
    simulated: int
    cooldown: int
    after_visit: str
    recorded: int
    weekdays: Entropy
    hours: Entropy
    followed: tuple[int, int]
    again_recorded: float | None
    auc_recorded: float | None

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {
            "methods": [one.to_json() for one in self.figures], "rounds_simulated": self.simulated,
            "cooldown_rounds": self.cooldown, "after_visit": self.after_visit,
            "rounds_recorded": self.recorded,
            "weekday": self.weekdays.to_json(), "hour": self.hours.to_json(),
            "followed": {"days": SOON, "visits": self.followed[1], "again": self.followed[0]},
            "again_recorded": self.again_recorded, "auc_recorded": self.auc_recorded,
            "textbook": [asdict(one) for one in predictability.textbook()],
        }  # fmt: skip


def unpredictability(folder: Folder, *, rounds: int = 52) -> PredictabilityReport:
    """Return how well visits can be guessed, for the folder's draw and two other methods.

    Raises
    ------
    xunge.rounds.WeekError
        ``no_rounds`` if nothing was drawn.
    """
    past = read_past(folder)
    firms, ids = world(past, folder)
    drawn = predictability.matrix(chosen(past), ids=ids)
    times = list(stops(past))
    plans = [plan for plan in past.plans if plan is not None]
    days = max((len(plan["days"]) for plan in plans), default=5)
    seconds = max(
        (day["end"] - day["start"] for plan in plans for day in plan["team_days"]), default=0
    )
    seen = visited(past)
    return PredictabilityReport(
        figures=predictability.compare(firms, rounds=rounds), simulated=rounds,
        cooldown=firms.cooldown, after_visit=firms.after_visit, recorded=len(past.draws),
        weekdays=predictability.entropy(
            (str(day.isoweekday()) for day, _ in times), possible=days
        ),
        hours=predictability.entropy(
            (f"{arrive // 3600:02d}" for _, arrive in times), possible=math.ceil(seconds / 3600)
        ),
        followed=predictability.followed(
            seen, within=SOON, until=max((day for _, day in seen), default=past.knowledge.day)
        ),
        again_recorded=predictability.again(drawn) if len(drawn) > 1 else None,
        auc_recorded=predictability.recorded_auc(drawn, firms),
    )  # fmt: skip


# On the terminal ----------------------------------------------------------------------------------


class _Page:
    """Prints sentences and tables in one language."""

    def __init__(self, console: Console, lang: str) -> None:
        self.console, self.lang = console, lang

    def say(self, code: str, **data: object) -> str:
        return sentence(code, lang=self.lang, **data)

    def line(self, code: str, *, style: str = "", **data: object) -> None:
        self.console.print(self.say(code, **data), style=style, markup=False)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Print a table whose columns are codes; the first is text, the others numbers."""
        table = Table(box=None, pad_edge=False, header_style="bold")
        for number, code in enumerate(columns):
            table.add_column(self.say(code), justify="right" if number else "left", overflow="fold")
        for row in rows:
            table.add_row(*row)
        self.console.print(table)


def show_fairness(report: FairnessReport, *, console: Console, lang: str) -> None:
    """Print the report for people."""
    page = _Page(console, lang)
    past, again = report.history, report.rerun
    page.line("fair_history", style="bold", rounds=past.rounds, objects=past.objects,
              draws=past.draws, redrawn=report.redrawn)  # fmt: skip
    _groups(page, past.groups, report.dimensions)
    page.line("fair_first", ever=past.ever, expected=past.ever_expected, never=len(past.never))
    page.line("fair_again", again=past.again, expected=past.again_expected)
    for never in past.never[:SHOWN]:
        page.line("fair_never_one", id=never.id, rounds=never.rounds, chance=never.chance)
    if len(past.never) > SHOWN:
        page.line("fair_more", count=len(past.never) - SHOWN)
    if past.gaps:
        gaps = " · ".join(f"{gap}: {number}" for gap, number in sorted(past.gaps.items()))
        page.line("fair_gaps", gaps=gaps)
    for one in past.planned:
        page.line("fair_planned", name=_label(page, "distance", one.name, report.dimensions),
                  drawn=one.drawn, planned=one.planned)  # fmt: skip
    met = report.repeats
    page.line("fair_repeats", meetings=met.meetings, repeats=met.repeats, expected=met.expected,
              high=met.high)  # fmt: skip
    console.print()
    page.line("fair_rerun", style="bold", round=again.round_id, seeds=again.seeds,
              objects=again.objects)  # fmt: skip
    _groups(page, again.groups, report.dimensions)
    page.table(
        ("fair_pairs", "fair_count", "fair_joint", "fair_joint_expected", "fair_joint_independent"),
        [
            (page.say(f"fair_pairs_{one.kind}"), str(one.pairs), f"{one.joint:.3f}",
             f"{one.expected:.3f}", f"{one.independent:.3f}")
            for one in again.pairs
        ],
    )  # fmt: skip
    page.line("fair_never", rounds=again.rounds, never=again.never, expected=again.never_expected)
    if again.gap is not None:
        page.line("fair_gap", gap=again.gap)
    _checks(page, report)


def _checks(page: _Page, report: FairnessReport) -> None:
    least = sorted(report.checks, key=lambda one: one.p)[:5]
    page.console.print()
    page.table(
        ("fair_check", "fair_p"),
        [(_question(page, one), f"{one.p:.4g}") for one in least],
    )
    bad = report.failing
    if not bad:
        page.line("fair_passed", style="bold", count=len(report.checks), alpha=ALPHA)
        return
    page.line("fair_failed", style="bold", count=len(report.checks), failed=len(bad), alpha=ALPHA)
    for one in bad:
        page.console.print(f"  {_question(page, one)}  p = {one.p:.3g}", markup=False)


def _question(page: _Page, one: Check) -> str:
    about = ""
    for prefix in ("fair_by_", "fair_pairs_", "stratum_"):
        if one.about and f"{prefix}{one.about}" in load():
            about = page.say(f"{prefix}{one.about}")
            break
    return page.say(f"fair_check_{one.code}", about=about).strip()


def _groups(page: _Page, groups: Sequence[Group], about: Dimensions) -> None:
    rows = []
    for one in groups:
        if one.dimension == "town" and one.expected < 1:
            continue  # too small to say anything; the test takes such towns together
        ratio = "—" if one.ratio is None else f"{one.ratio:.3f}"
        what = page.say(f"fair_by_{one.dimension}")
        rows.append((
            f"{what} {_label(page, one.dimension, one.name, about)}",
            str(one.objects), f"{one.promised:.5f}", f"{one.realised:.5f}",
            f"{one.low:.5f}–{one.high:.5f}", ratio,
        ))  # fmt: skip
    page.table(
        ("fair_group", "fair_objects", "fair_promised", "fair_realised", "fair_limits",
         "fair_ratio"),
        rows,
    )  # fmt: skip


def _label(page: _Page, dimension: str, name: str, about: Dimensions) -> str:
    if not name:
        return page.say("fair_unknown")
    if dimension == "town":
        return about.towns.get(name, name)
    if dimension in ("stratum", "class"):
        stratum, _, weight = name.partition(" ")
        said = page.say(f"stratum_{stratum}")
        return page.say("fair_class", stratum=said, weight=weight) if weight else said
    near, middle = about.limits
    return page.say(f"fair_{name}", near=near, middle=middle)


def show_unpredictability(report: PredictabilityReport, *, console: Console, lang: str) -> None:
    """Print the report for people."""
    page = _Page(console, lang)
    first = report.figures[0]
    page.line("guess_simulated", style="bold", rounds=report.simulated, firms=first.firms,
              draws=first.drawn / max(1, report.simulated))  # fmt: skip
    columns = ("guess_figure", *(f"guess_method_{one.method}" for one in report.figures))
    page.table(columns, [
        (page.say(f"guess_{code}"), *(show(one) for one in report.figures))
        for code, show in _FIGURES.items()
    ])  # fmt: skip
    for one in predictability.textbook():
        page.line("guess_textbook", firms=one.firms, draws=one.draws, samples=one.samples,
                  never=one.never, power=one.all_samples)  # fmt: skip
    console.print()
    page.line("guess_recorded", style="bold", rounds=report.recorded)
    _even(page, "guess_weekday", report.weekdays)
    _even(page, "guess_hour", report.hours)
    again, visits = report.followed
    page.line("guess_followed", days=SOON, visits=visits, again=again,
              share=again / visits if visits else None)  # fmt: skip
    if report.again_recorded is not None:
        page.line("guess_again_recorded", share=report.again_recorded)
    if report.auc_recorded is None:
        page.line("guess_few_rounds", least=predictability.LEAST_ROUNDS)
    else:
        page.line("guess_auc_recorded", auc=report.auc_recorded)
    _right_after(page, report)


def _right_after(page: _Page, report: PredictabilityReport) -> None:
    """Say what chance a visit leaves; that it makes safe only where the chance is truly zero."""
    own = report.figures[0]
    if own.capped_after:
        page.line("guess_at_cap", capped=own.capped, after=own.capped_after)
    if own.again_open is None:
        return
    if own.again_open > 0:
        page.line("guess_not_safe", style="bold", chance=own.again_open, usual=_usual(own))
    elif report.after_visit == "none":
        page.line("guess_safe", style="bold", rounds=report.cooldown)
    else:
        page.line("guess_safe_no_uniform", style="bold")


def _usual(one: Figures) -> float:
    """Return the mean chance of a firm in a round."""
    return one.drawn / max(1, one.rounds * one.firms)


def _even(page: _Page, code: str, one: Entropy) -> None:
    counts = " · ".join(f"{name}: {number}" for name, number in one.counts.items())
    page.line(code, bits=one.bits, most=one.most, counts=counts)


def _share(value: float | None) -> str:
    return "—" if value is None else f"{value:.2%}"


def _number(value: float | None) -> str:
    return "—" if value is None else f"{value:.3f}"


def _power(value: float) -> str:
    """Return ten to a power: plainly where it is small."""
    return f"{10**value:.3g}" if -3 < value < 6 else f"10^{value:.1f}"


def _range(one: Figures) -> str:
    return f"{_share(one.hazard_low)}–{_share(one.hazard_high)}"


_FIGURES: Mapping[str, Any] = {
    "again_chance": lambda one: _share(one.again_chance),
    "again_open": lambda one: _share(one.again_open),
    "again": lambda one: _share(one.again),
    "hazards": _range,
    "capped": lambda one: _share(one.capped),
    "never": lambda one: _share(one.never),
    "possible": lambda one: _power(one.possible),
    "share": lambda one: _power(one.share),
    "auc": lambda one: _number(one.auc),
    "auc_published": lambda one: _number(one.auc_published),
    "auc_leak": lambda one: _number(one.auc_leak),
}
