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


def hours_words(found: Mapping[str, Any], lang: str) -> str:
    """Return least and most hours, how far they lie apart and how far they may."""
    hours = sorted(found["seconds"].values())
    return sentence(
        "hours_range", lang=lang, least=_hours(hours[0]), longest=_hours(hours[-1]),
        spread=_percent(found["spread"]), most=_percent(found["most"]),
    )  # fmt: skip


def hours_sentence(record: Mapping[str, Any], lang: str) -> str:
    """Return the hours of every team and how far they lie apart; empty where nobody asked."""
    found = record.get("hours")
    if not found:
        return ""
    teams = [
        sentence("week_hours_team", lang=lang, team=words.team_label(int(team), lang),
                 hours=_hours(spent))
        for team, spent in found["seconds"].items()
    ]  # fmt: skip
    return sentence(
        "week_hours" if found["spread"] <= found["most"] else "week_hours_missed", lang=lang,
        teams=words.listed(teams, lang), spread=_percent(found["spread"]),
        most=_percent(found["most"]),
    )  # fmt: skip


def _hours(seconds: int) -> str:
    return f"{seconds / 3600:.1f}"


def _percent(thousandths: int) -> str:
    return f"{thousandths / 1000:.1%}"
