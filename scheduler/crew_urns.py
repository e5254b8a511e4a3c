"""Every crew that a team-day could have, counted by kinds of people and numbered without a list.

People are of one kind if no rule tells them apart: they may be in the same crews of the week and
bring there the same needed departments and specialities. A crew is then a number of people of each
kind, and an :class:`Urn` counts and numbers those that cover what the crew needs.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import comb
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from scheduler.crewing import Bundle
    from scheduler.problem import Inspector

Shape = tuple[tuple[int, int], ...]
"""How many of which kind: pairs of the kind's index and a number above 0."""
_Key = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """People whom no rule tells apart; ``covers`` says by crew what each of them brings (bits).

    ``barred`` are people and crews that are the exception: draws with such a pair are refused.
    """

    ids: tuple[str, ...]
    covers: Mapping[str, int]
    barred: frozenset[tuple[str, str]] = frozenset()


def full(bundle: Bundle) -> int:
    """Return the bits of everything that a crew needs."""
    return (1 << len(bundle.departments) + len(bundle.specialities)) - 1


def brings(person: Inspector, bundle: Bundle) -> int:
    """Return what a person brings of the needs of a crew, one bit for each need."""
    found = [one == person.department for one in sorted(bundle.departments)]
    found += [one in person.specialities for one in sorted(bundle.specialities)]
    return sum(1 << bit for bit, is_met in enumerate(found) if is_met)


def kinds_of(bundles: Sequence[Bundle], people: Mapping[str, Inspector]) -> list[Kind]:
    """Return the people who may be in any of the crews, by kind, in order of their first ids.

    Whoever differs from a larger kind in a few crews only, such as by an avoidance, is counted with
    it and barred from these crews, where that refuses fewer draws than a kind of their own would.
    """
    covers: dict[str, dict[str, int]] = defaultdict(dict)
    for bundle in bundles:
        for id_ in bundle.candidates:
            covers[id_][bundle.id] = brings(people[id_], bundle)
    alike: dict[tuple[tuple[str, int], ...], list[str]] = defaultdict(list)
    for id_ in sorted(covers):
        alike[tuple(covers[id_].items())].append(id_)
    groups = [Kind(ids=tuple(ids), covers=dict(key)) for key, ids in alike.items()]
    return sorted(_gathered(groups, bundles), key=lambda kind: kind.ids[0])


def _gathered(groups: Sequence[Kind], bundles: Sequence[Bundle]) -> list[Kind]:
    """Return *groups* with the small ones joined to larger ones of which they are exceptions."""
    share = {one.id: Fraction(one.size[0], max(1, len(one.candidates))) for one in bundles}
    day = {one.id: one.day for one in bundles}
    found: list[Kind] = []
    for group in sorted(groups, key=lambda kind: (-len(kind.ids), kind.ids[0])):
        load: dict[dt.date, Fraction] = defaultdict(Fraction)
        for crew in group.covers:
            load[day[crew]] += share[crew]
        # Alone, a person is drawn twice on a day about so often (Poisson).
        best = sum((each * each / 2 for each in load.values()), start=Fraction(0))
        host = None
        for at, kind in enumerate(found):
            if group.covers.items() <= kind.covers.items():
                missing = kind.covers.keys() - group.covers
                loss = len(group.ids) * sum((share[one] for one in missing), start=Fraction(0))
                if loss < best:
                    best, host = loss, at
        if host is None:
            found.append(group)
            continue
        kind = found[host]
        pairs = {(id_, crew) for id_ in group.ids for crew in kind.covers.keys() - group.covers}
        found[host] = Kind(
            ids=tuple(sorted((*kind.ids, *group.ids))), covers=kind.covers,
            barred=kind.barred | pairs,
        )  # fmt: skip
    return found


class Urn:
    """The crews of one team-day, weighted: a kind with tilt f counts C(n, j)·f^j with j people.

    Parameters
    ----------
    needs
        Bits that the crew has to cover together.
    members
        By index of the kind: number of people, what each brings, tilt.
    """

    def __init__(self, size: int, needs: int, members: Mapping[int, tuple[int, int, int]]) -> None:
        self.size, self.needs = size, needs
        by_cover: dict[int, list[int]] = defaultdict(list)
        for kind, (_, cover, _) in members.items():
            by_cover[cover].append(kind)
        self._covers = sorted(by_cover)
        self._kinds = [by_cover[cover] for cover in self._covers]
        self._ways = {
            kind: [comb(n, j) * tilt**j for j in range(min(n, size) + 1)]
            for kind, (n, _, tilt) in members.items()
        }
        # _ends[c][t][j]: weight of j people of the kinds from position t on of class c.
        self._ends = [self._suffixes(kinds) for kinds in self._kinds]
        self._known: dict[_Key, int] = {}
        self._leasts: dict[int, int] = {}
        self.total = self._rest(0, size, 0)

    def shape(self, rank: int) -> Shape:
        """Return the crew of a number below ``total``; a crew has as many numbers as its weight."""
        found: list[tuple[int, int]] = []
        seats, covered = self.size, 0
        for at, cover in enumerate(self._covers):
            if not seats:
                break
            for count, ways in enumerate(self._ends[at][0][: seats + 1]):
                then = covered | cover if count else covered
                after = self._rest(at + 1, seats - count, then)
                if rank < ways * after:
                    self._pick(at, count, rank // after, found)
                    rank, seats, covered = rank % after, seats - count, then
                    break
                rank -= ways * after
        return tuple(found)

    def mates(self, kind: int) -> list[int]:
        """Return the kinds that bring the same to the crew as *kind* does, itself included."""
        return next(kinds for kinds in self._kinds if kind in kinds)

    def least(self, kind: int) -> int:
        """Return how many people of *kind* and its mates the crew has at least."""
        _ = self.margins
        return self._leasts[kind]

    @cached_property
    def margins(self) -> dict[int, list[int]]:
        """Weight of the crews with 0, 1, 2 … people of a kind, for every kind."""
        found = {}
        ahead: dict[tuple[int, int], int] = {(self.size, 0): 1}
        for at, cover in enumerate(self._covers):
            around = [0] * (self.size + 1)
            after: dict[tuple[int, int], int] = defaultdict(int)
            for (seats, covered), weight in ahead.items():
                for count, ways in enumerate(self._ends[at][0][: seats + 1]):
                    then = covered | cover if count else covered
                    around[count] += weight * self._rest(at + 1, seats - count, then)
                    after[seats - count, then] += weight * ways
            possible = [j for j, ways in enumerate(self._ends[at][0]) if ways and around[j]]
            for kind in self._kinds[at]:
                self._leasts[kind] = min(possible, default=0)
                others = _divided(self._ends[at][0], self._ways[kind])
                found[kind] = [
                    ways * sum(a * b for a, b in zip(around[j:], others, strict=False))
                    for j, ways in enumerate(self._ways[kind])
                ]
            ahead = after
        return found

    def _suffixes(self, kinds: Sequence[int]) -> list[list[int]]:
        ends = [[1] + [0] * self.size]
        for kind in reversed(kinds):
            ends.append(_times(self._ways[kind], ends[-1]))
        return ends[::-1]

    def _rest(self, at: int, seats: int, covered: int) -> int:
        """Return the weight of everything that fills *seats* from class *at* on."""
        if at == len(self._covers):
            return int(not seats and covered == self.needs)
        key = (at, seats, covered)
        if key not in self._known:
            self._known[key] = sum(
                ways * self._rest(at + 1, seats - count, covered | self._covers[at] * bool(count))
                for count, ways in enumerate(self._ends[at][0][: seats + 1])
                if ways
            )
        return self._known[key]

    def _pick(self, at: int, count: int, rank: int, found: list[tuple[int, int]]) -> None:
        """Add the kinds of class *at* that number *rank* of its sets of *count* people has."""
        for place, kind in enumerate(self._kinds[at]):
            if not count:
                return
            after = self._ends[at][place + 1]
            for number, ways in enumerate(self._ways[kind][: count + 1]):
                weight = ways * after[count - number]
                if rank < weight:
                    if number:
                        found.append((kind, number))
                    rank, count = rank % after[count - number], count - number
                    break
                rank -= weight


def _times(short: Sequence[int], long: Sequence[int]) -> list[int]:
    return [
        sum(short[i] * long[j - i] for i in range(min(j, len(short) - 1) + 1))
        for j in range(len(long))
    ]


def _divided(whole: Sequence[int], part: Sequence[int]) -> list[int]:
    """Return the power series that times *part*, which begins with 1, is *whole*."""
    found: list[int] = []
    for j, value in enumerate(whole):
        known = sum(part[i] * found[j - i] for i in range(1, min(j, len(part) - 1) + 1))
        found.append(value - known)
    return found
