"""The plan of a week, drawn out of those that cost nearly as little as the best one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from maps.messages import sentence
from scheduler.unguessable import draw_plan

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from scheduler.plan import Plan
    from scheduler.problem import Problem
    from xunge.compute import Inputs


def plan_by_chance(
    plan: Plan, problem: Problem, *, drawn: Collection[str], inputs: Inputs
) -> tuple[Plan, dict[str, Any] | None]:
    """Return the plan that counts, and how it was drawn; None where the best plan is taken.

    Parameters
    ----------
    drawn
        Objects that were drawn, or the ids of their visits.
    """
    settings = inputs.settings.plan
    if settings.loss == 0:
        return plan, None
    tickets = [one.id for one in problem.visits if one.object in drawn or one.id in drawn]
    found = draw_plan(
        problem, plan, seed=f"{inputs.round_id}:{inputs.seed}", loss=settings.loss, drawn=tickets,
        effort=settings.effort, time_limit_s=settings.time_limit_s / 2, engine=settings.engine,
    )  # fmt: skip
    return found.plan, found.to_json()


def chance_sentence(record: Mapping[str, Any], lang: str) -> str:
    """Return how well the days of a plan can be guessed, empty where the best plan was taken."""
    found = record.get("unguessable")
    if not found:
        return ""
    return sentence(
        "week_unguessable", lang=lang, plans=found["plans"],
        mean=f"{max(0.0, found['mean_loss']):.2%}", worst=f"{max(0.0, found['worst_loss']):.2%}",
        loss=f"{found['loss']:.1%}", entropy=f"{found['entropy']:.2f}",
        most=f"{found['most']:.2f}",
    )  # fmt: skip
