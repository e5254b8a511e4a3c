"""Groups of bound visits: are they made, and when may they start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scheduler.kernel.bond_tables import (
    APPOINTED,
    BEGIN,
    CLOSED,
    END_PART,
    FIRST_PART,
    GROUP,
    IS_NOTED,
    NOTED,
    NOTED_ONES,
    OF_STEP,
    OLD_BEGIN,
    OLD_UNTIL,
    OPENED,
    STEP,
    STEP_BEGIN,
    STEP_NOTED,
    STEP_ONES,
    STEP_UNTIL,
    UNTIL,
)
from scheduler.kernel.compiler import inner
from scheduler.kernel.tables import CLOSES, COUNT, FAR, OPENS, ROUTE

if TYPE_CHECKING:
    from scheduler.kernel.bond_tables import Bonds
    from scheduler.kernel.tables import Routes, Week


@inner
def is_made(routes: Routes, bonds: Bonds, g: int) -> bool:
    """Tell whether group *g* is on the routes: its parts are made together or not at all."""
    return routes.place[bonds.parts[bonds.group[g, FIRST_PART]], ROUTE] >= 0  # type: ignore[no-any-return]


@inner
def note(bonds: Bonds, g: int) -> None:
    """Remember when group *g* may start, once in an iteration and once in a step of it."""
    group, counts = bonds.group[g], bonds.counts
    if not group[IS_NOTED]:
        group[IS_NOTED] = 1
        group[OLD_BEGIN], group[OLD_UNTIL] = group[BEGIN], group[UNTIL]
        bonds.lists[NOTED_ONES, counts[NOTED]] = g
        counts[NOTED] += 1
    if group[STEP_NOTED] != counts[STEP]:
        group[STEP_NOTED] = counts[STEP]
        group[STEP_BEGIN], group[STEP_UNTIL] = group[BEGIN], group[UNTIL]
        bonds.lists[STEP_ONES, counts[OF_STEP]] = g
        counts[OF_STEP] += 1


@inner
def hold(week: Week, bonds: Bonds, g: int, begin: int, until: int) -> None:
    """Let group *g* start from *begin* to *until*, if its start matters to others."""
    group = bonds.group[g]
    if not group[APPOINTED]:
        return
    group[BEGIN], group[UNTIL] = begin, until
    for x in range(group[FIRST_PART], group[END_PART]):
        week.visit[bonds.parts[x], OPENS] = begin
        week.visit[bonds.parts[x], CLOSES] = until


@inner
def hours(bonds: Bonds, g: int) -> tuple[int, int]:
    """Return the first and last start that all parts of group *g* allow by themselves."""
    first, last = -FAR, FAR
    for x in range(bonds.group[g, FIRST_PART], bonds.group[g, END_PART]):
        first = max(first, bonds.part[bonds.parts[x], OPENED])
        last = min(last, bonds.part[bonds.parts[x], CLOSED])
    return first, last


@inner
def appointment(routes: Routes, bonds: Bonds, k: int, i: int) -> int:
    """Return the group with an appointment at position *i* of route *k*, or -1."""
    g = bonds.part[routes.stops[k, i], GROUP]
    return g if g >= 0 and bonds.group[g, APPOINTED] else -1


@inner
def has_appointments(routes: Routes, bonds: Bonds, k: int) -> bool:
    """Tell whether route *k* has any appointment."""
    found, i = False, k - k  # no literal: numba would compile the callee once more
    while i < routes.route[k, COUNT] and not found:
        found = appointment(routes, bonds, k, i) >= 0
        i += 1
    return found
