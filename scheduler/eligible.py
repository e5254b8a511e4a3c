"""Who may be drawn, in which stratum and why, decided before any ticket exists."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from layers import codes
from scheduler.candidates import Candidate
from scheduler.risk_weights import with_risk

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    import pandas as pd

    from layers.codes import CodeTable
    from scheduler.caps import Caps
    from scheduler.conditions import Promotion
    from scheduler.needs import Need
    from scheduler.past import Past

AFTER_VISIT = ("uniform", "none")
"""Where an object is drawn in its cooldown: with equal chance, or not at all."""

_COLUMNS = ("id", "industry", "risk_grade", "enterprise_class", "operating_status")
_STATUS_REASONS = {"closed": "closed", "suspended": "suspended"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What decides the stratum of an object beside the register.

    Attributes
    ----------
    caps
        Yearly caps and the cooldown.
    needs
        Floors of this period that are not met yet.
    promotions
        Conditions that an object fulfils, by its id.
    after_visit
        One of :data:`AFTER_VISIT`.
    factors
        What its risk does to the weight of an object, by its id; see :mod:`scheduler.risk_weights`.
    """

    caps: Caps
    needs: Sequence[Need] = ()
    promotions: Mapping[str, Sequence[Promotion]] | None = None
    after_visit: str = "uniform"
    factors: Mapping[str, Fraction] | None = None


def candidates(
    enterprises: pd.DataFrame,
    *,
    past: Past,
    rules: Rules,
    placed: Collection[str] | None = None,
    already_due: Collection[str] = (),
    excluded: Mapping[str, str] | None = None,
    tables: Mapping[str, CodeTable] = codes.TABLES,
) -> list[Candidate]:
    """Return every enterprise as a candidate of the draw, the excluded ones with their reason.

    The first reason that applies counts, in this order: ``excluded_by_order``, ``closed``,
    ``suspended``, ``unplaced``, ``already_due``, ``cap_reached``, ``cooldown``. For the strata and
    their ``why`` see :func:`stratum_of`.

    Parameters
    ----------
    enterprises
        Frame with the columns of the register.
    past
        Visits up to the day of the draw.
    placed
        Ids of the enterprises that have a place on the map; None if all have.
    already_due
        Ids with a visit in this week anyway.
    excluded
        Ids left out by the bureau, each with its written reason.
    """
    placed_ids = None if placed is None else frozenset(placed)
    due_ids = frozenset(already_due)
    soonest = _soonest(rules.needs)
    status = tables["operating_status"]
    found = []
    for row in enterprises.to_dict("records"):
        values = {name: _text(row.get(name)) for name in _COLUMNS}
        id_, state = values["id"], values["operating_status"]
        reason, detail = "", dict[str, Any]()
        if excluded and id_ in excluded:
            reason, detail = "excluded_by_order", {"why": excluded[id_]}
        elif status.data_of(state).get("eligible") is False:
            reason = _STATUS_REASONS.get(state, "suspended")
        elif placed_ids is not None and id_ not in placed_ids:
            reason = "unplaced"
        elif id_ in due_ids:
            reason = "already_due"
        else:
            reason, detail = barred(values, past=past, rules=rules, floored=id_ in soonest)
        found.append(
            _candidate(values, reason, detail, need=soonest.get(id_), past=past, rules=rules,
                       tables=tables)
        )  # fmt: skip
    return found


def barred(
    values: Mapping[str, str], *, past: Past, rules: Rules, floored: bool
) -> tuple[str, dict[str, Any]]:
    """Return why past visits bar an enterprise from the draw; empty if they do not.

    A floor that is not met outweighs the cooldown (*floored*), never the cap.
    """
    id_, caps = values["id"], rules.caps
    full = caps.reached(
        past, id_, industry=values["industry"], grade=values["risk_grade"] or caps.unknown_grade
    )
    if full is not None:
        visits, cap = full
        return "cap_reached", {
            "visits": visits,
            "cap": cap.visits,
            "source": cap.source,
            "status": cap.status,
        }
    last = past.last_counting(id_)
    if rules.after_visit == "none" and not floored and last and _recent(last, past, caps):
        until = last + dt.timedelta(days=caps.cooldown_days)
        return "cooldown", {"last": last.isoformat(), "until": until.isoformat()}
    return "", {}


def stratum_of(
    values: Mapping[str, str], *, need: Need | None, past: Past, rules: Rules
) -> tuple[str, str]:
    """Return stratum and reason code of an eligible enterprise; the first that applies counts.

    ===========  =================  ==========================================================
    stratum      why                for
    ===========  =================  ==========================================================
    certainty    ``floor:<rule>``   a floor of the running period is not met yet
    uniform      ``recent``         in its cooldown: the chance right after a visit is not zero
    certainty    ``key_cycle``      key class, not covered this year
    certainty    a condition        promoted until it is covered again
    uniform      ``covered``        key class, covered this year
    weighted     a condition        heavier than its grade; ``zone:<kind>`` for a priority zone,
                 ``period:<name>`` for a sensitive period
    weighted     ``grade``          all others
    ===========  =================  ==========================================================

    In the weighted stratum the factor of a risk is added: ``grade+risk:3/2``.
    """
    id_, caps = values["id"], rules.caps
    if need is not None:
        return "certainty", f"floor:{need.rule.name}"
    last = past.last_counting(id_)
    if last and _recent(last, past, caps):
        return "uniform", "recent"
    key = values["enterprise_class"] == "key"
    year = past.today.replace(month=1, day=1)
    covered = past.made(id_, kinds=caps.coverage_kinds, first=year) > 0
    if key and not covered:
        return "certainty", "key_cycle"
    promoted = _promotions(rules, id_)
    certain = [one for one in promoted if one.condition.effect == "certainty"]
    if certain:
        return "certainty", min(certain, key=lambda one: one.until).condition.name
    if key:
        return "uniform", "covered"
    heavier = max(promoted, key=lambda one: one.condition.factor, default=None)
    return "weighted", "grade" if heavier is None else heavier.condition.name


def deadlines(found: Iterable[Candidate], *, rules: Rules, today: dt.date) -> dict[str, dt.date]:
    """Return the day by which each eligible object of the certainty stratum should be drawn.

    For a floor it is the last day before the week in which it becomes due work, for a promoted
    object the end of its promotion, for the key class the end of the year.
    """
    soonest = _soonest(rules.needs)
    ends = {}
    for one in found:
        if not one.eligible or one.stratum != "certainty":
            continue
        day = today.replace(month=12, day=31)
        if one.why.startswith("floor:"):
            day = soonest[one.id].draw_by
        elif one.why != "key_cycle":
            day = min(p.until for p in _promotions(rules, one.id) if p.condition.name == one.why)
        ends[one.id] = max(day, today)
    return ends


def _candidate(
    values: Mapping[str, str],
    reason: str,
    detail: dict[str, Any],
    *,
    need: Need | None,
    past: Past,
    rules: Rules,
    tables: Mapping[str, CodeTable],
) -> Candidate:
    stratum, why = stratum_of(values, need=need, past=past, rules=rules)
    grades = tables["risk_grade"]
    known = grades.data_of(values["risk_grade"]) or grades.data_of(rules.caps.unknown_grade)
    factor = max((one.condition.factor for one in _promotions(rules, values["id"])), default=1)
    risk = Fraction(1)
    if stratum == "weighted":
        risk = (rules.factors or {}).get(values["id"], risk)
    weight = known.get("weight", 1) * factor * risk
    return Candidate(
        id=values["id"],
        stratum=stratum,
        weight=int(weight) if weight == int(weight) else weight,
        why="" if reason else with_risk(why, risk),
        reason_excluded=reason,
        detail=detail,
    )


def _promotions(rules: Rules, id_: str) -> Sequence[Promotion]:
    return (rules.promotions or {}).get(id_, ())


def _soonest(needs: Iterable[Need]) -> dict[str, Need]:
    """Return the need of each object that must be met first."""
    found: dict[str, Need] = {}
    for need in sorted(needs, key=lambda n: (n.due, n.rule.name)):
        found.setdefault(need.object, need)
    return found


def _recent(last: dt.date, past: Past, caps: Caps) -> bool:
    return (past.today - last).days < caps.cooldown_days


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
