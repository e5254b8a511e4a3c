"""Relatively fixed areas (相对固定区域): every team has towns of its own, which rotate slowly.

Towns are shared out so that teams have about the same work and their towns lie together. Every so
many weeks each team moves on to the next area, so that nobody stays with the same firms for good.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from scheduler.problem import TeamDay, Visit

_ROUNDS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """A town with its middle in metres and the work that its objects make (visits a year, say)."""

    id: str
    x: int
    y: int
    work: int


def areas_of(towns: Iterable[Town], *, count: int) -> tuple[frozenset[str], ...]:
    """Return the towns of each of *count* areas, in a fixed order; integers decide everything.

    Seeds lie far apart; the area with the least work takes the town nearest to one of its own,
    again and again, and towns then change places while that brings areas closer together without
    making the heaviest one heavier.
    """
    known = sorted(towns, key=lambda town: town.id)
    if count < 1 or not known:
        return ()
    groups = _grown(known, _seeds(known, min(count, len(known))))
    groups = _improved(groups)
    found = sorted((frozenset(town.id for town in group) for group in groups), key=min)
    return (*found, *(frozenset[str]() for _ in range(count - len(found))))


def homes(
    areas: Sequence[frozenset[str]], teams: Iterable[int], *, week: int, every: int
) -> dict[int, frozenset[str]]:
    """Return the home area of each team in a week, which moves on by one every so many weeks.

    Parameters
    ----------
    week
        Number of the week since any fixed one.
    """
    if not areas:
        return {}
    turn = week // every
    return {team: areas[(at + turn) % len(areas)] for at, team in enumerate(sorted(set(teams)))}


def area_prices(
    visits: Iterable[Visit],
    team_days: Iterable[TeamDay],
    *,
    homes: Mapping[int, frozenset[str]],
    towns: Mapping[str, str],
    price: int,
) -> dict[tuple[str, str], int]:
    """Return what it counts to send a team out of its area, by visit and team-day.

    Parameters
    ----------
    towns
        Town of each visit, by id; one whose town is not known counts nothing anywhere.
    price
        Seconds of driving.
    """
    days = [day for day in team_days if homes.get(day.team)]
    return {
        (visit.id, day.id): price
        for visit in visits
        if towns.get(visit.id)
        for day in days
        if towns[visit.id] not in homes[day.team]
    }


def _apart(one: Town, other: Town) -> int:
    return (one.x - other.x) ** 2 + (one.y - other.y) ** 2


def _seeds(towns: Sequence[Town], count: int) -> list[Town]:
    """Return towns far from each other, the heaviest one first."""
    seeds = [max(towns, key=lambda town: (town.work, town.id))]
    while len(seeds) < count:
        others = [town for town in towns if town not in seeds]
        seeds.append(max(others, key=lambda t: (min(_apart(t, seed) for seed in seeds), t.id)))
    return seeds


def _grown(towns: Sequence[Town], seeds: Sequence[Town]) -> list[list[Town]]:
    groups = [[seed] for seed in seeds]
    left = [town for town in towns if town not in seeds]
    while left:
        group = min(groups, key=lambda one: (_work(one), one[0].id))
        town = min(left, key=lambda one: (min(_apart(one, mate) for mate in group), one.id))
        group.append(town)
        left.remove(town)
    return groups


def _work(group: Sequence[Town]) -> int:
    return sum(town.work for town in group)


def _spread(group: Sequence[Town]) -> int:
    """Return the sum of squared distances between the towns of an area, by their work."""
    return sum(
        _apart(one, other) // 1_000 * (one.work + other.work)
        for at, one in enumerate(group)
        for other in group[:at]
    )


def _improved(groups: list[list[Town]]) -> list[list[Town]]:
    """Swap towns of two areas while that draws both together and balances no worse."""
    for _ in range(_ROUNDS):
        better = _swap(groups)
        if better is None:
            return groups
        groups = better
    return groups


def _swap(groups: list[list[Town]]) -> list[list[Town]] | None:
    heaviest = max(map(_work, groups))
    for at in range(len(groups)):
        for to in range(at + 1, len(groups)):
            before = _spread(groups[at]) + _spread(groups[to])
            for one in groups[at]:
                for other in groups[to]:
                    mine = [town for town in groups[at] if town is not one] + [other]
                    theirs = [town for town in groups[to] if town is not other] + [one]
                    if max(_work(mine), _work(theirs)) > heaviest:
                        continue
                    if _spread(mine) + _spread(theirs) < before:
                        changed = list(groups)
                        changed[at], changed[to] = mine, theirs
                        return changed
    return None
