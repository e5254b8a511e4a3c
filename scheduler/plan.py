"""A plan as data: routes with times, what was left out and why. Knows no solver."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any

REASONS = (
    "no_officer",
    "no_expert",
    "no_department",
    "no_speciality",
    "no_equipment",
    "no_seat",
    "no_room_on_car",
    "no_day",
    "no_window",
    "too_far",
    "locked",
    "over_limit",
    "car_full",
    "tied",
    "not_followed",
    "no_partner",
    "no_common_time",
    "no_time_left",
    "not_worth_it",
    "carried",
    "no_crew",
    "cancelled",
)
"""Codes that say why a visit is not in the plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One visit on a route: arrival, start of inspection, departure (seconds since midnight)."""

    visit: str
    arrive: int
    start: int
    leave: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One team-day on the road; ``lunch`` is when the break starts, None where there is none."""

    team_day: str
    depart: int
    stops: tuple[Stop, ...]
    back: int
    lunch: int | None
    metres: int
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unserved:
    """A visit that is not in the plan, with the code of :data:`REASONS` and its details."""

    visit: str
    reason: str
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The week: routes (used team-days only, in order of day and team) and what is left out.

    ``bound`` is a proven lower bound of the objective, None where none was worked out.
    """

    routes: tuple[Route, ...]
    left: tuple[Unserved, ...]
    objective: int
    engine: str
    reproducible: bool = True
    bound: int | None = None

    @property
    def unserved(self) -> dict[str, Unserved]:
        """What is left out, by id of the visit."""
        return {one.visit: one for one in self.left}

    def served(self) -> frozenset[str]:
        """Return ids of the visits that are in the plan."""
        return frozenset(stop.visit for route in self.routes for stop in route.stops)

    def to_json(self) -> dict[str, Any]:
        """Return the plan as plain JSON data."""
        data = asdict(self)
        data["unserved"] = data.pop("left")
        return data


def plan_from_json(data: dict[str, Any]) -> Plan:
    """Return the plan that :meth:`Plan.to_json` wrote.

    Raises
    ------
    KeyError, TypeError
        If the data is not a plan.
    """
    return Plan(
        routes=tuple(
            Route(**{**route, "stops": tuple(Stop(**stop) for stop in route["stops"])})
            for route in data["routes"]
        ),
        left=tuple(Unserved(**left) for left in data["unserved"]),
        objective=data["objective"],
        engine=data["engine"],
        reproducible=data.get("reproducible", True),
        bound=data.get("bound"),
    )


def clock(seconds: int) -> str:
    """Return seconds since midnight as ``HH:MM``, with ``+1`` on the day after."""
    later = "+1" if seconds > 86_400 else ""
    hours = seconds // 3600 - (24 if later else 0)
    return f"{hours:02d}:{seconds % 3600 // 60:02d}{later}"


def week_days(monday: dt.date, *, days: int = 5) -> tuple[dt.date, ...]:
    """Return *days* days from *monday* on."""
    return tuple(monday + dt.timedelta(days=i) for i in range(days))
