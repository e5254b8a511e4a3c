"""Crews drawn uniformly out of all feasible ones, exactly: draw, and accept with a known chance.

Every crew of a day is drawn by itself out of its :class:`~scheduler.crew_urns.Urn`, where a kind
with tilt f counts φ = f/64 for each person. Together they use K people of a kind of n, j of them in
each crew. Such crews stand for n!/(n-K)!/Π j! ways to name the people, and were drawn with weight
φ^K Π C(n, j), so that the day is kept with a chance proportional to

    r(K, j) = (n)_K / (φ^K Π (n)_j),        (n)_K = n (n-1) … (n-K+1),

divided by its greatest value, kind by kind: what is kept is uniform whatever the tilts are, which
serve to be kept more often. Kinds that every crew uses in the same numbers cost nothing.

The limit of days joins the days of a kind: with K_1 … K_D people a day, a share L(K) of all ways to
name them keeps it. L falls with every K, so that L(K)/L(least K) is the chance to keep the week.
"""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from math import comb, isqrt, perm, prod
from typing import TYPE_CHECKING

from scheduler.crew_urns import Kind, Shape, Urn, full, kinds_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

    from scheduler.crew_stream import Stream
    from scheduler.crewing import Bundle, Witness
    from scheduler.problem import Inspector

MOST_CREWS = 200_000
"""Crews drawn for one lot before it is given up as too hard to hit."""
_TILT = 256
_TILT_ROUNDS = 8
_FINE = 1 << 32


class Lot:
    """Crews of a week that share people, and are drawn together.

    Attributes
    ----------
    bundles
        The crews, of one size each, in the order given.
    """

    def __init__(
        self, bundles: Sequence[Bundle], *, people: Mapping[str, Inspector], max_days: int | None
    ) -> None:
        self.bundles = tuple(bundles)
        self.kinds = kinds_of(bundles, people)
        self._barred = frozenset().union(*(kind.barred for kind in self.kinds))
        by_day: dict[dt.date, list[Bundle]] = defaultdict(list)
        for bundle in bundles:
            by_day[bundle.day].append(bundle)
        self._parts = [
            _Part(part, self.kinds)
            for _, crews in sorted(by_day.items())
            for part in joined(crews, lambda one: one.candidates)
        ]
        self._weeks = [
            _Week(kind, [part.least[at] for part in self._parts if at in part.least], max_days)
            for at, kind in enumerate(self.kinds)
        ]

    @property
    def id(self) -> str:
        """Id of the first crew, by which the lot has its own stream."""
        return self.bundles[0].id

    def draw(self, stream: Stream) -> Witness:
        """Return crews, uniform over all that keep every rule together.

        Raises
        ------
        scheduler.crew_stream.Exhausted
            If too many crews would have to be drawn.
        """
        while True:
            shapes = [part.draw(stream) for part in self._parts]
            named = self._named(shapes, stream)
            if named is not None:
                return named

    def _named(self, shapes: Sequence[Sequence[Shape]], stream: Stream) -> Witness | None:
        """Return people for numbers of kinds, None where the limit of days refuses the week."""
        ready: list[dict[int, list[str]]] = [{} for _ in self._parts]
        for at, week in enumerate(self._weeks):
            used = [
                (number, sum(count for shape in shapes[number] for kind, count in shape
                             if kind == at))
                for number, part in enumerate(self._parts) if at in part.least
            ]  # fmt: skip
            days = week.name([count for _, count in used], stream)
            if days is None:
                return None
            for (number, _), ids in zip(used, days, strict=True):
                ready[number][at] = ids
        found: Witness = {}
        for part, crews, stock in zip(self._parts, shapes, ready, strict=True):
            for bundle, shape in zip(part.bundles, crews, strict=True):
                members = [stock[kind].pop() for kind, count in shape for _ in range(count)]
                if self._barred and any((one, bundle.id) in self._barred for one in members):
                    return None
                found[bundle.id] = frozenset(members)
        return found


def lots_of(
    bundles: Sequence[Bundle], *, people: Mapping[str, Inspector], max_days: int | None
) -> list[Lot]:
    """Return the crews of a week in lots that nothing joins: each is drawn by itself.

    Two crews are joined by a person who may be in both, on one day or, where there are more days
    than a person may work, in one week. Every bundle has one size.
    """
    days: dict[str, set[dt.date]] = defaultdict(set)
    for bundle in bundles:
        for id_ in bundle.candidates:
            days[id_].add(bundle.day)
    bound = {id_ for id_, seen in days.items() if max_days is not None and len(seen) > max_days}

    def links(bundle: Bundle) -> list[Hashable]:
        return [id_ if id_ in bound else (id_, bundle.day) for id_ in bundle.candidates]

    return [Lot(crews, people=people, max_days=max_days) for crews in joined(bundles, links)]


def joined(
    bundles: Sequence[Bundle], links: Callable[[Bundle], Iterable[Hashable]]
) -> list[list[Bundle]]:
    """Return *bundles* in groups of which no two have a link in common, in order."""
    group = list(range(len(bundles)))
    first: dict[Hashable, int] = {}
    for at, bundle in enumerate(bundles):
        for link in links(bundle):
            ours, theirs = _root(group, at), _root(group, first.setdefault(link, at))
            group[max(ours, theirs)] = min(ours, theirs)
    found: dict[int, list[Bundle]] = defaultdict(list)
    for at, bundle in enumerate(bundles):
        found[_root(group, at)].append(bundle)
    return list(found.values())


def _root(group: list[int], at: int) -> int:
    while group[at] != at:
        group[at] = group[group[at]]
        at = group[at]
    return at


class _Part:
    """Crews of one day that share people: the urns, the tilts and what is kept of their draws.

    ``least`` is the least number of people of each kind that the crews can use.
    """

    def __init__(self, bundles: Sequence[Bundle], kinds: Sequence[Kind]) -> None:
        self.bundles = tuple(bundles)
        self._numbers = {
            at: len(kind.ids)
            for at, kind in enumerate(kinds)
            if any(bundle.id in kind.covers for bundle in bundles)
        }
        self._covers = [
            tuple((at, kinds[at].covers[b.id]) for at in self._numbers if b.id in kinds[at].covers)
            for b in bundles
        ]
        self._urns, self._tilts = self._tilted()
        # A single person without a tilt is kept whenever not drawn twice: nothing to weigh.
        self._weighed = {
            at: self._top(at, self._urns, self._tilts).as_integer_ratio()
            for at, n in self._numbers.items()
            if n > 1 or self._tilts[at] != _TILT
        }
        # Crews with few choices first: most of what is refused is then refused early.
        self._order = sorted(range(len(bundles)), key=lambda i: (self._urns[i].total, i))
        self.least = {at: self._least(at) for at in self._numbers}

    def draw(self, stream: Stream) -> list[Shape]:
        """Return how many of each kind every crew has; weighted by the ways to name people."""
        while True:
            found = self._propose(stream)
            if found is not None and self._kept(found, stream):
                return found

    def _propose(self, stream: Stream) -> list[Shape] | None:
        found: list[Shape] = [()] * len(self.bundles)
        left = dict(self._numbers)
        for i in self._order:
            stream.spend()
            urn = self._urns[i]
            found[i] = urn.shape(stream.below(urn.total))
            for kind, count in found[i]:
                left[kind] -= count
                if left[kind] < 0:
                    return None
        return found

    def _kept(self, shapes: Sequence[Shape], stream: Stream) -> bool:
        used = dict.fromkeys(self._weighed, 0)
        apart = dict.fromkeys(self._weighed, 1)
        for shape in shapes:
            for kind, count in shape:
                if kind in used:
                    used[kind] += count
                    apart[kind] *= perm(self._numbers[kind], count)
        chance, out_of = 1, 1
        for kind, (above, below) in self._weighed.items():
            chance *= perm(self._numbers[kind], used[kind]) * _TILT ** used[kind] * below
            out_of *= apart[kind] * self._tilts[kind] ** used[kind] * above
        return chance == out_of or stream.below(out_of) < chance

    def _tilted(self) -> tuple[list[Urn], dict[int, int]]:
        """Return the urns whose draws are kept most often, of some tilts that are tried.

        The best tilt of a kind is the share of its people who are still free at the end.
        """
        tilts = dict.fromkeys(self._numbers, _TILT)
        urns = self._filled(tilts)
        best = self._bound(urns, tilts), urns, tilts
        for _ in range(_TILT_ROUNDS):
            then = {at: self._next(at, tilts[at], urns) for at in self._numbers}
            if then == tilts:
                break
            tilts, urns = then, self._filled(then)
            bound = self._bound(urns, tilts)
            if bound < best[0]:
                best = bound, urns, tilts
        return best[1], best[2]

    def _next(self, at: int, tilt: int, urns: Sequence[Urn]) -> int:
        """Return the mean (geometric, lest it swings) of a tilt and the share that is free."""
        n = self._numbers[at]
        used = sum(
            sum(j * weight for j, weight in enumerate(urn.margins[at])) * _FINE // urn.total
            for urn in urns
            if at in urn.margins
        )
        free = max(1, min(_TILT, _TILT * ((n + 1) * _FINE - used) // (n * _FINE)))
        return isqrt(tilt * free)

    def _filled(self, tilts: Mapping[int, int]) -> list[Urn]:
        made: dict[Hashable, Urn] = {}
        for bundle, covers in zip(self.bundles, self._covers, strict=True):
            key = (bundle.size[0], full(bundle), covers)
            if key not in made:
                members = {at: (self._numbers[at], cover, tilts[at]) for at, cover in covers}
                made[key] = Urn(bundle.size[0], full(bundle), members)
        return [
            made[bundle.size[0], full(bundle), covers]
            for bundle, covers in zip(self.bundles, self._covers, strict=True)
        ]

    def _bound(self, urns: Sequence[Urn], tilts: Mapping[int, int]) -> Fraction:
        """Return what the number of ways to form all crews is at most, but for a constant."""
        tops = [self._top(at, urns, tilts) for at in self._numbers]
        return Fraction(
            prod(urn.total for urn in urns) * prod(top.numerator for top in tops),
            prod(top.denominator for top in tops),
        )

    def _counts(self, at: int, urns: Sequence[Urn]) -> list[list[int]]:
        """Return for every crew how many of a kind it can have."""
        found = [
            [j for j, weight in enumerate(urn.margins[at]) if weight]
            for urn in urns
            if at in urn.margins
        ]
        return [counts or [0] for counts in found]

    def _least(self, at: int) -> int:
        """Return a number of people of a kind without whom the crews cannot be formed."""
        alone = sum(min(counts) for counts in self._counts(at, self._urns))
        urns = [urn for urn in self._urns if at in urn.margins]
        mates = {mate for urn in urns for mate in urn.mates(at)} - {at}
        others = sum(self._numbers[mate] for mate in mates)
        return max(alone, sum(urn.least(at) for urn in urns) - others)

    def _top(self, at: int, urns: Sequence[Urn], tilts: Mapping[int, int]) -> Fraction:
        """Return the greatest r(K, j) of a kind over everything that its crews can use."""
        n, tilt = self._numbers[at], tilts[at]
        least: dict[int, int] = {0: 1}
        for counts in self._counts(at, urns):
            after: dict[int, int] = {}
            for used, apart in least.items():
                for j in counts:
                    if used + j <= n:
                        value = apart * perm(n, j)
                        after[used + j] = min(value, after.get(used + j, value))
            least = after
        ratios = [
            Fraction(perm(n, used) * _TILT**used, tilt**used * apart)
            for used, apart in least.items()
        ]
        return max(ratios, default=Fraction(1))


class _Week:
    """One kind over the week: names for numbers a day, within the limit of days."""

    def __init__(self, kind: Kind, least: Sequence[int], max_days: int | None) -> None:
        self._ids, self._most = kind.ids, len(least) if max_days is None else max_days
        # With one day more than the limit only who works on all days breaks it, which can be
        # counted; with yet more days people are named freely and the week is refused if need be.
        self._counted = len(least) == self._most + 1
        if self._counted:
            self._best = _share(len(self._ids), least)

    def name(self, counts: Sequence[int], stream: Stream) -> list[list[str]] | None:
        """Return who works on each day, in random order; None refuses the week."""
        if self._counted:
            share = _share(len(self._ids), counts)
            chance, out_of = (
                share.numerator * self._best.denominator,
                share.denominator * self._best.numerator,
            )
            if chance != out_of and stream.below(out_of) >= chance:
                return None
            return self._within(counts, stream)
        days = [stream.sample(self._ids, count) for count in counts]
        if len(days) > self._most:
            worked = [id_ for day in days for id_ in day]
            if any(worked.count(id_) > self._most for id_ in set(worked)):
                return None
        return days

    def _within(self, counts: Sequence[int], stream: Stream) -> list[list[str]]:
        """Return people so that nobody works on all days, every way with the same chance."""
        n, always, days = len(self._ids), list(self._ids), []
        for at, count in enumerate(counts):
            others = [id_ for id_ in self._ids if id_ not in always]
            weights = [
                comb(len(always), again)
                * comb(n - len(always), count - again)
                * _unbroken(n, again, counts[at + 1 :])
                for again in range(min(count, len(always)) + 1)
            ]
            rank, again = stream.below(sum(weights)), 0
            while rank >= weights[again]:
                rank, again = rank - weights[again], again + 1
            always = stream.sample(always, again)
            chosen = always + stream.sample(others, count - again)
            days.append(stream.sample(chosen, count))
        return days


def _unbroken(n: int, always: int, counts: Sequence[int]) -> int:
    """Return the ways to choose people for days so that none of *always* works on all of them."""
    return sum(
        (-1) ** j * comb(always, j) * prod(comb(n - j, count - j) for count in counts)
        for j in range(min([always, *counts]) + 1)
    )


def _share(n: int, counts: Sequence[int]) -> Fraction:
    """Return the share of all ways to choose people that leaves everyone a day off."""
    return Fraction(_unbroken(n, n, counts), prod(comb(n, count) for count in counts))
