"""How evenly a week loads its teams, where the settings ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from maps.messages import sentence
from scheduler import balance
from xunge import words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scheduler.plan import Plan
    from scheduler.problem import Problem


def hours_of(plan: Plan, problem: Problem) -> dict[str, Any] | None:
    """Return seconds by team, and their spread and the most asked for in thousandths of the mean.

    None where no spread was asked for, or no two teams are out equally long.
    """
    hours = balance.hours(problem, plan.routes)
    if problem.spread is None or len(hours) < 2:
        return None
    return {
        "seconds": {str(team): spent for team, spent in sorted(hours.items())},
        "spread": balance.spread(hours), "most": problem.spread,
    }  # fmt: skip


def hours_words(found: Mapping[str, Any]) -> str:
    """Return least and most hours, their spread and the one asked for."""
    hours = [f"{spent / 3600:.1f}" for spent in sorted(found["seconds"].values())]
    return f"{hours[0]}–{hours[-1]}; {found['spread'] / 1000:.1%} / {found['most'] / 1000:.1%}"


def hours_sentence(record: Mapping[str, Any], lang: str) -> str:
    """Return the hours of every team and how far they lie apart; empty where nobody asked."""
    found = record.get("hours")
    if not found:
        return ""
    teams = [
        sentence("week_hours_team", lang=lang, team=words.team_label(int(team), lang),
                 hours=f"{spent / 3600:.1f}")
        for team, spent in found["seconds"].items()
    ]  # fmt: skip
    name = "week_hours" if found["spread"] <= found["most"] else "week_hours_missed"
    return sentence(
        name,
        lang=lang,
        teams=words.listed(teams, lang),
        spread=f"{found['spread'] / 1000:.1%}",
        most=f"{found['most'] / 1000:.1%}",
    )
