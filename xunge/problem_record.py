"""The planning problem of a week on record, so that the week can be planned again.

Everything but the travel matrices, which follow from the places and the road file.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from scheduler.problem import Depot, Follows, Limit, Problem, TeamDay, Visit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


def problem_json(problem: Problem, *, points: Iterable[tuple[float, float]]) -> dict[str, Any]:
    """Return *problem* as plain JSON data; *points* are longitude and latitude of its places."""
    return {
        "visits": [_plain(asdict(visit)) for visit in problem.visits],
        "team_days": [_plain(asdict(day)) for day in problem.team_days],
        "depots": [asdict(depot) for depot in problem.depots],
        "limits": [_plain(asdict(limit)) for limit in problem.limits],
        "prices": [[*key, price] for key, price in sorted(problem.prices.items())],
        "locked": dict(sorted(problem.locked.items())),
        "spread": problem.spread,
        "points": [[float(lon), float(lat)] for lon, lat in points],
    }


def problem_of_json(data: Mapping[str, Any]) -> Problem:
    """Return the problem that :func:`problem_json` wrote, without its travel matrices."""
    nothing = np.zeros((0, 0), dtype=np.int64)
    return Problem(
        visits=tuple(_built(Visit, one) for one in data["visits"]),
        team_days=tuple(_built(TeamDay, one) for one in data["team_days"]),
        depots=tuple(Depot(**one) for one in data["depots"]),
        limits=tuple(_built(Limit, one) for one in data["limits"]),
        prices={(visit, day): price for visit, day, price in data["prices"]},
        locked=dict(data["locked"]),
        spread=data["spread"],
        seconds=nothing,
        metres=nothing,
    )


def _plain(value: Any) -> Any:  # noqa: ANN401 - any datum of a problem
    """Return a datum as JSON has it."""
    match value:
        case dt.date():
            return value.isoformat()
        case frozenset():
            return sorted(value)
        case tuple() | list():
            return [_plain(one) for one in value]
        case dict():
            return {key: _plain(one) for key, one in value.items()}
        case _:
            return value


def _dates(values: Iterable[str]) -> tuple[dt.date, ...]:
    return tuple(dt.date.fromisoformat(one) for one in values)


# How a field is read back, by its type as it is written in the class.
_READ: dict[str, Callable[[Any], Any]] = {
    "dt.date": dt.date.fromisoformat,
    "dt.date | None": lambda value: value and dt.date.fromisoformat(value),
    "tuple[dt.date, ...]": _dates,
    "tuple[str, ...]": tuple,
    "tuple[int, int]": tuple,
    "tuple[int, int, int]": tuple,
    "frozenset[str]": frozenset,
    "Follows | None": lambda value: value and Follows(**value),
}


def _built(kind: type[Any], data: Mapping[str, Any]) -> Any:  # noqa: ANN401 - one of the classes
    types = {one.name: str(one.type) for one in fields(kind)}
    return kind(**{name: _READ.get(types[name], _same)(value) for name, value in data.items()})


def _same(value: Any) -> Any:  # noqa: ANN401 - any datum
    return value
