"""The recheck of a plan: every rule, no solver. A plan that fails is not published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scheduler.rules import NOTICES, RULES
from scheduler.violation import Violation

if TYPE_CHECKING:
    from scheduler.plan import Plan
    from scheduler.problem import Problem

__all__ = ["PlanRejected", "Violation", "notices", "require", "verify"]


class PlanRejected(ValueError):  # noqa: N818 - says what happened to the plan
    """A plan breaks its rules; ``violations`` says which and where.

    ``code`` is always ``plan_rejected``, ``rules`` the codes of the broken rules in order.
    """

    code = "plan_rejected"

    def __init__(self, violations: list[Violation]) -> None:
        self.violations = tuple(violations)
        self.rules = tuple(dict.fromkeys(violation.rule for violation in violations))
        super().__init__(f"{len(violations)} violations of {', '.join(self.rules)}")


def verify(plan: Plan, problem: Problem) -> list[Violation]:
    """Return every violation of every rule by *plan*, in the order of the rules; empty if none."""
    return [violation for rule in RULES for violation in rule.violations(plan, problem)]


def notices(plan: Plan, problem: Problem) -> list[Violation]:
    """Return what the planner should be told although it rejects nothing."""
    return [violation for rule in NOTICES for violation in rule.violations(plan, problem)]


def require(plan: Plan, problem: Problem) -> None:
    """Do nothing for a good plan.

    Raises
    ------
    PlanRejected
        If a rule is broken.
    """
    violations = verify(plan, problem)
    if violations:
        raise PlanRejected(violations)
