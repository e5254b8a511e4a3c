"""How many objects a week can take: capacity less due work, then the split into strata.

All arithmetic is in whole seconds and is kept, so that it can be printed line by line.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scheduler.problem import TeamDay


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """The number of drawn visits of a week and how it came about.

    Seconds throughout. ``usable = capacity - returns - reserve``; ``left = usable - due_seconds``;
    ``guaranteed`` is what draws get even when due work would take it; drawn visits have
    ``drawable = max(left, guaranteed)`` and cost ``per_visit`` each.

    Attributes
    ----------
    capacity
        Working time of all team-days without lunch.
    returns
        One leg home for each team-day.
    reserve
        Kept back for what comes up.
    due_visits, due_seconds
        Visits that are due and their time on site and on the road.
    limits
        Number of draws that each limit allows: ``time``, ``places`` (``max_visits`` of the
        team-days) and, if there is one, ``target``; ``draws`` is the least of them.
    short
        Seconds by which due work and draws together exceed what is usable.
    notes
        Codes of what should be shown: ``due_exceeds_share``, ``no_capacity``, ``target_not_met``.
    """

    capacity: int
    returns: int
    reserve: int
    usable: int
    due_visits: int
    due_seconds: int
    left: int
    guaranteed: int
    drawable: int
    per_visit: int
    limits: dict[str, int]
    draws: int
    short: int
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {**asdict(self), "notes": list(self.notes)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """The draws of a week by stratum.

    Attributes
    ----------
    certainty, weighted, uniform
        Draws of each stratum.
    key_needed
        Objects of the certainty stratum that this week should take for every deadline to be kept.
    key_allowed
        Most that key objects may take this week.
    notes
        ``key_behind`` where more are needed than allowed.
    """

    certainty: int
    weighted: int
    uniform: int
    key_needed: int
    key_allowed: int
    notes: tuple[str, ...] = ()

    @property
    def by_stratum(self) -> dict[str, int]:
        """The quota as :func:`scheduler.draw.draw` takes it."""
        return {
            "certainty": self.certainty,
            "weighted": self.weighted,
            "uniform": self.uniform,
        }

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {**asdict(self), "notes": list(self.notes)}


def weekly_quota(
    team_days: Sequence[TeamDay],
    *,
    due_visits_service_seconds: Sequence[int],
    mean_service_s: int,
    mean_leg_s: int,
    min_draw_share: float | Fraction = 0.4,
    target: int | None = None,
    reserve: float | Fraction = 0.10,
) -> Quota:
    """Return how many visits can be drawn beside the due work of a week.

    Parameters
    ----------
    team_days
        Team-days of the week.
    due_visits_service_seconds
        Seconds on site of every visit that is due anyway.
    mean_service_s, mean_leg_s
        Typical seconds on site of a drawn visit, and on the road from one visit to the next.
    min_draw_share
        Share of the usable time that drawn visits keep when much is due (product choice: without
        it a bureau in arrears would never draw).
    target
        Visits that the bureau wants in the week, due ones included; None for as many as fit.
    reserve
        Share of the capacity that is not planned (product choice).

    Raises
    ------
    ValueError
        If a share is not within 0 and 1, a duration negative, or a drawn visit costs nothing.
    """
    shares = (_share(min_draw_share), _share(reserve))
    _check_durations(mean_service_s, mean_leg_s, *due_visits_service_seconds)
    per_visit = mean_service_s + mean_leg_s
    capacity = sum(max(0, day.end - day.start - day.lunch[2]) for day in team_days)
    returns = mean_leg_s * len(team_days)
    kept = int(capacity * shares[1])
    usable = max(0, capacity - returns - kept)
    due = sum(due_visits_service_seconds) + mean_leg_s * len(due_visits_service_seconds)
    guaranteed = int(usable * shares[0])
    drawable = max(usable - due, guaranteed)
    limits = _limits(
        drawable // per_visit,
        team_days,
        due_visits=len(due_visits_service_seconds),
        target=target,
        share=shares[0],
    )
    draws = min(limits.values())
    return Quota(
        capacity=capacity,
        returns=returns,
        reserve=kept,
        usable=usable,
        due_visits=len(due_visits_service_seconds),
        due_seconds=due,
        left=usable - due,
        guaranteed=guaranteed,
        drawable=drawable,
        per_visit=per_visit,
        limits=limits,
        draws=draws,
        short=max(0, due + draws * per_visit - usable),
        notes=_notes(limits, usable=usable, left=usable - due, guaranteed=guaranteed),
    )


def split_quota(
    draws: int,
    *,
    key_remaining: int,
    weeks_left: int,
    others: Sequence[int] = (),
    max_key_share: float | Fraction = 0.65,
    weighted_share: float | Fraction = 0.7,
) -> Split:
    """Split the draws of a week into the certain, the risk-weighted and the uniform draw.

    The certainty stratum gets what :func:`pace` asks for, at most *max_key_share* of the draws.
    The rest goes *weighted_share* to the weighted draw and the remainder to the uniform one.

    Parameters
    ----------
    key_remaining
        Objects of the certainty stratum whose deadline is the end of the year.
    weeks_left
        Weeks of the year with working days, this one included.
    others
        For every other object of the certainty stratum the weeks left until its deadline.
    max_key_share
        0.65 is the share of a published county plan of 2025; a setting.
    weighted_share
        0.7 keeps most of the gain of pure targeting while everyone can be drawn (product choice).

    Raises
    ------
    ValueError
        If a count is negative or a share is not within 0 and 1.
    """
    if min(draws, key_remaining, weeks_left, *others) < 0:
        raise ValueError("counts must not be negative")
    needed = pace([*others, *[weeks_left] * key_remaining])
    allowed = int(draws * _share(max_key_share))
    certainty = min(needed, allowed)
    rest = draws - certainty
    weighted = int(rest * _share(weighted_share) + Fraction(1, 2))
    return Split(
        certainty=certainty,
        weighted=weighted,
        uniform=rest - weighted,
        key_needed=needed,
        key_allowed=allowed,
        notes=("key_behind",) if needed > allowed else (),
    )


def pace(weeks: Iterable[int]) -> int:
    """Return how many objects a week must take for every deadline to be kept.

    The most, over all deadlines, of the objects due by then divided by the weeks left until then,
    rounded up. The draw itself knows no deadlines: who is left when its deadline is near becomes
    due work where a rule says so.

    Parameters
    ----------
    weeks
        Weeks left until the deadline of each object, this week included; 0 counts as 1.
    """
    counts = Counter(max(1, left) for left in weeks)
    needed, objects = 0, 0
    for left in sorted(counts):
        objects += counts[left]
        needed = max(needed, -(-objects // left))
    return needed


def _check_durations(mean_service_s: int, mean_leg_s: int, *due: int) -> None:
    if min(mean_service_s, mean_leg_s, *due) < 0:
        raise ValueError("durations must not be negative")
    if mean_service_s + mean_leg_s == 0:
        raise ValueError("a drawn visit must cost time")


def _limits(
    by_time: int,
    team_days: Sequence[TeamDay],
    *,
    due_visits: int,
    target: int | None,
    share: Fraction,
) -> dict[str, int]:
    """Return the draws that each limit allows; a share of places and target is kept for draws."""
    places = sum(day.max_visits for day in team_days)
    limits = {"time": by_time, "places": max(places - due_visits, int(places * share), 0)}
    if target is not None:
        limits["target"] = max(target - due_visits, int(target * share), 0)
    return limits


def _notes(limits: dict[str, int], *, usable: int, left: int, guaranteed: int) -> tuple[str, ...]:
    target = limits.get("target")
    found = {
        "no_capacity": usable == 0,
        "due_exceeds_share": left < guaranteed,
        "target_not_met": target is not None and min(limits.values()) < target,
    }
    return tuple(code for code, true in found.items() if true)


def _share(value: float | Fraction) -> Fraction:
    """Return a share exactly as it is written: 0.1 is one tenth."""
    share = Fraction(str(value))
    if not 0 <= share <= 1:
        raise ValueError(f"a share lies within 0 and 1, not {value}")
    return share
