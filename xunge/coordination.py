"""``xunge draw coordination``: what tickets in common save, on a folder's or on made-up firms."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from rich.table import Table

from layers.rows import records
from maps.messages import sentence
from scheduler.coordination import compare
from scheduler.overlap import generated, share_out
from scheduler.rerun import frame_of
from xunge.draw_history import read_past
from xunge.knowledge import department_names
from xunge.rounds import WeekError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rich.console import Console

    from scheduler.coordination import Comparison, Coordinated
    from scheduler.rerun import Whole
    from xunge.week import Folder

SIZE = 1500
"""Firms of a made-up world."""
YEARS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class CoordinationReport:
    """The comparison, and on whose firms: ``base`` is a round or empty for made-up firms."""

    base: str
    departments: tuple[str, ...]
    by_register: bool
    overlap: float
    comparison: Comparison

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {
            "base": self.base, "departments": list(self.departments),
            "by_register": self.by_register, "overlap": self.overlap,
            **self.comparison.to_json(),
        }  # fmt: skip


def coordination(
    folder: Folder | None = None,
    *,
    departments: int = 3,
    overlap: float = 0.4,
    rounds: int = 52,
    firms: int = SIZE,
    years: int = YEARS,
) -> CoordinationReport:
    """Compare ways to have tickets for departments whose registers overlap.

    Parameters
    ----------
    folder
        Takes the firms that its latest round could draw, with their weights and strata, and their
        own departments where the register names at least two; None for made-up firms.
    overlap
        Share of the firms that are on several registers.
    firms
        Number of made-up firms.
    years
        Years simulated of each way.

    Raises
    ------
    xunge.rounds.WeekError
        ``no_rounds`` if nothing was drawn in the folder, ``too_few_to_coordinate``.
    """
    base, home = "", list[str]()
    if folder is None:
        weights, strata = generated(firms, random=0)
    else:
        base, weights, strata, home = _latest(folder)
    if len(weights) < 4 * departments:
        raise WeekError("too_few_to_coordinate", firms=len(weights), departments=departments)
    known = len(set(home) - {""}) > 1
    registers = share_out(
        weights, strata, departments=departments, overlap=overlap, random=0,
        home=home if known else (),
    )  # fmt: skip
    return CoordinationReport(
        base=base, departments=tuple(one.name for one in registers.departments),
        by_register=known, overlap=overlap,
        comparison=compare(registers, rounds=rounds, years=years),
    )  # fmt: skip


def _latest(folder: Folder) -> tuple[str, list[int | Fraction], Whole, list[str]]:
    """Return round, weights, strata and departments of what the latest round could draw."""
    past = read_past(folder, last=1)
    record = past.draws[-1]
    frame = frame_of(record)
    weight = {one["id"]: Fraction(one["weight"]) for one in record["frame"]["eligible"]}
    names = department_names(past.knowledge)
    own = {
        str(row["id"]): names.get(str(row["department"] or ""), str(row["department"] or ""))
        for row in records(past.knowledge.registers["enterprises"])
    }
    return (
        frame.round_id, [weight[id_] for id_ in frame.ids], frame.strata,
        [own.get(id_, "") for id_ in frame.ids],
    )  # fmt: skip


def show_coordination(report: CoordinationReport, *, console: Console, lang: str) -> None:
    """Print the report for people."""

    def say(code: str, **data: object) -> str:
        return sentence(code, lang=lang, **data)

    def line(code: str, *, style: str = "", **data: object) -> None:
        console.print(say(code, **data), style=style, markup=False)

    found = report.comparison
    about = {"firms": found.firms, "shared": found.shared, "rounds": found.rounds,
             "years": found.years, "departments": len(report.departments)}  # fmt: skip
    if report.base:
        line("coord_base", style="bold", round=report.base, **about)
    else:
        line("coord_made_up", style="bold", **about)
    for name, size, draws in zip(report.departments, found.sizes, found.draws, strict=True):
        said = say("coord_number", number=name) if name.isdigit() else name
        line("coord_department", name=said, size=size, draws=draws)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(say("coord_figure"), overflow="fold")
    for one in found.methods:
        table.add_column(say(f"coord_method_{one.method}"), justify="right", overflow="fold")
    for code, show in _FIGURES.items():
        table.add_row(say(f"coord_{code}"), *(show(one) for one in found.methods))
    console.print(table)
    line("coord_bounds", visits=found.visits, blind=found.blind, least=found.least)
    _conclude(found, line)


def _conclude(found: Comparison, line: Callable[..., None]) -> None:
    fresh, ring = found.of("fresh"), found.of("permanent")
    line("coord_saves", saved=fresh.saved_share, share=fresh.reached,
         firm=fresh.saved_shared)  # fmt: skip
    inexact = [one for one in found.methods if not one.exact]
    line("coord_inexact" if inexact else "coord_exact", count=len(inexact))
    line("coord_ring", uneven=ring.guesses.uneven, ring=_power(ring.guesses.possible),
         fresh=_power(fresh.guesses.possible))  # fmt: skip
    line("coord_sealed", other=fresh.guesses.other)
    line("coord_advice", style="bold")


def _share(value: float | None) -> str:
    return "—" if value is None else f"{value:.0%}"


def _number(value: float | None) -> str:
    return "—" if value is None else f"{value:.3f}"


def _power(value: float) -> str:
    """Return ten to a power: plainly where it is small."""
    return f"{10**value:.0f}" if value < 4 else f"10^{value:.1f}"


def _checked(one: Coordinated) -> str:
    return f"{min(check.p for check in one.checks):.3f}"


_FIGURES: Mapping[str, Callable[[Coordinated], str]] = {
    "visits": lambda one: f"{one.visits:.0f}",
    "gate": lambda one: f"{one.gate:.0f}",
    "saved_share": lambda one: f"{one.saved_share:.1%}",
    "saved_shared": lambda one: f"{one.saved_shared:.2f}",
    "reached": lambda one: f"{one.reached:.0%}",
    "p": _checked,
    "shared_mean": lambda one: f"{one.shared_mean:.2f}",
    "shared_variance": lambda one: f"{one.shared_variance:.2f}",
    "shared_most": lambda one: f"{one.shared_most:.1f}",
    "spread": lambda one: f"{one.spread:.2f}",
    "never": lambda one: f"{one.never:.1%}",
    "again": lambda one: f"{one.again:.2%} / {one.again_blind:.2%}",
    "uneven": lambda one: _share(one.guesses.uneven),
    "possible": lambda one: _power(one.guesses.possible),
    "published": lambda one: _number(one.guesses.published),
    "past": lambda one: _number(one.guesses.past),
    "past_one": lambda one: _number(one.guesses.past_one),
    "numbers": lambda one: _number(one.guesses.numbers),
    "numbers_one": lambda one: _number(one.guesses.numbers_one),
    "other": lambda one: _number(one.guesses.other),
}
