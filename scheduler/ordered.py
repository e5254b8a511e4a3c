"""Search one common order of visits where all must be served and windows may end too early.

Which search is the right one? Here nobody is left out, a visit may begin after its window has
ended, and that lateness has a price (its sum and its largest); visits of several parts tie crews
to each other. A team is then almost never *unable* to take a visit, so that ruin-and-recreate
(:mod:`scheduler.ruin`), which lives on rejecting what does not fit, finds nothing to hold on to;
what counts is who does what in which order. Where windows and ends of shifts are hard and visits
may be left out at a price, as in a week of inspections, :mod:`scheduler.ruin` is the right search.

Starts follow from the order: each visit begins as early as its crews, its opening and the
distances between its parts allow. No other starts of the same order are less late.

One cooling may end in a poor corner, above all where lateness is the larger part of the cost. So
the search cools several times, and the last time it begins with the best, less hot.
"""

from __future__ import annotations

import time
from decimal import Context, Decimal
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from scheduler.calls import Call, Crew, Day, NoCrew, Part, Served, Stop
from scheduler.kernel import compiler, order_search, order_tables
from scheduler.kernel.order_tables import Duty, Rota

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

_ROUNDS = 4  # cooled so many times, the last time from the best so far
_STEPS = 256  # temperatures between hot and cold
_WARM = 100  # temperature of the last round's beginning
_PARTS = 1024  # parts of (0, 1] that the logarithm is tabled for
_CHUNK = 2_000  # moves between two looks at the clock
_NEIGHBOURS = 40
_FARTHEST = 1 << 30  # moments and drives must be smaller
_HOT, _COLD = Decimal(10), Decimal("0.05")  # temperatures in legs between near visits


def available() -> bool:
    """Tell whether the search is compiled here (without numba it would crawl)."""
    return compiler.COMPILED


def search(
    day: Day,
    *,
    seed: int,
    iterations: int,
    tell: Callable[[float, int], None] | None = None,
) -> Served:
    """Return good routes after *iterations* moves, on every machine the same for a *seed*.

    Parameters
    ----------
    tell
        Called now and then with the share done and the best cost so far; what it raises ends the
        search.

    Raises
    ------
    NoCrew
        If there are visits that no crews are able to serve.
    """
    work = _Work(day, seed=seed)
    iterations, steps = iterations if day.calls else 0, _ROUNDS * _STEPS
    for step in range(steps):
        work.run(step, until=iterations * (step + 1) // steps)
        if tell is not None:
            tell((step + 1) / steps, work.best)
    return work.served()


def search_for(
    day: Day,
    *,
    seed: int,
    seconds: float,
    clock: Callable[[], float] = time.monotonic,
    tell: Callable[[float, int], None] | None = None,
) -> Served:
    """Return good routes after *seconds* of *clock*; the temperature follows the share elapsed.

    Parameters
    ----------
    tell
        As in :func:`search`.

    Raises
    ------
    NoCrew
        If there are visits that no crews are able to serve.
    """
    begun = clock()
    work = _Work(day, seed=seed)
    share = 0.0 if day.calls else 1.0
    while share < 1:
        work.run(int(share * _ROUNDS * _STEPS), until=work.moves + _CHUNK)
        share = (clock() - begun) / seconds if seconds > 0 else 1.0
        if tell is not None:
            tell(min(1.0, share), work.best)
    return work.served()


@cache
def get_ready() -> None:
    """Compile the search, or read it from the disk, by serving one visit."""
    call = Call(id="", place=0, opens=0, due=0, parts=(Part(ability="", service=0),))
    crew = Crew(id="", place=0, abilities=frozenset({""}))
    day = Day(calls=(call,), crews=(crew,), drives=np.zeros((1, 1), np.int64))
    search(day, seed=0, iterations=1)


class _Work:
    """One search: arrays of the visits and of their order, and the names that belong to them."""

    def __init__(self, day: Day, *, seed: int) -> None:
        self.day, self.last = day, False
        self.duty, self.rota = arrays(day)
        # The odd multiplier spreads small seeds; the carry above the low word must not be zero.
        self.rota.numbers[order_tables.RANDOM] = (seed * 2_654_435_761 + 1) % (1 << 32) + (
            12_345 << 32
        )
        serve_in_turn(day, self.duty, self.rota)
        order_search.begin(self.duty, self.rota)

    @property
    def best(self) -> int:
        """The best cost so far."""
        return int(self.rota.numbers[order_tables.BEST])

    @property
    def moves(self) -> int:
        """How many moves have been tried."""
        return int(self.rota.numbers[order_tables.DONE])

    def run(self, step: int, *, until: int) -> None:
        """Try moves up to number *until* at the temperature of *step*, all rounds counted."""
        round_, step = divmod(step, _STEPS)
        if round_ == _ROUNDS - 1:
            step = _WARM + step * (_STEPS - _WARM) // _STEPS
            if not self.last:
                self.last, self.rota = True, self.restored()
        order_search.search(self.duty, self.rota, int(self.duty.heat[step]), until)

    def restored(self) -> Rota:
        """Return the best order so far, with the counters of the search."""
        _, rota = arrays(self.day)
        crews, keys = self.rota.best.T.copy()
        rota.row[: len(keys), order_tables.KEY] = keys
        heads = np.unique(rota.row[: len(keys), order_tables.HEAD])
        for head in heads[np.argsort(keys[heads], kind="stable")].tolist():
            order_search.put(self.duty, rota, head, crews[head:])
        for counter in (order_tables.RANDOM, order_tables.BEST, order_tables.DONE):
            rota.numbers[counter] = self.rota.numbers[counter]
        rota.best[:] = self.rota.best
        return rota

    def served(self) -> Served:
        """Return the best routes."""
        rota = self.restored()
        driving, lateness, largest = rota.numbers[
            [order_tables.DRIVING, order_tables.LATENESS, order_tables.LARGEST]
        ].tolist()
        return Served(
            routes=_routes(self.day, rota), driving=driving, lateness=lateness, largest=largest,
            cost=self.best, moves=self.moves,
        )  # fmt: skip


def _routes(day: Day, rota: Rota) -> dict[str, tuple[Stop, ...]]:
    names = [(call.id, at) for call in day.calls for at in range(len(call.parts))]
    found = {}
    for k, crew in enumerate(day.crews):
        stops = []
        node = rota.row[len(names) + k, order_tables.NEXT]
        while node < len(names):
            call, part = names[node]
            start = int(rota.row[node, order_tables.START])
            stops.append(Stop(call=call, part=part, start=start))
            node = rota.row[node, order_tables.NEXT]
        if stops:
            found[crew.id] = tuple(stops)
    return found


def arrays(day: Day) -> tuple[Duty, Rota]:
    """Return *day* as the arrays that the compiled search reads, and an empty order.

    Raises
    ------
    ValueError
        If moments or drives are negative or too great for exact integers.
    """
    parts = [(call, part) for call in day.calls for part in call.parts]
    places = [*(call.place for call, _ in parts), *(crew.place for crew in day.crews)]
    drives = np.asarray(day.drives)[np.ix_(places, places)]
    figures = [(c.opens, c.due, p.least, p.most) for c, p in parts]
    part = np.array(figures, dtype=np.int64).reshape(-1, 4)
    if min(drives.min(initial=0), part.min(initial=0)) < 0:
        raise ValueError("moments, distances and drives must not be negative")
    if max(drives.max(initial=0), part.max(initial=0)) >= _FARTHEST:
        raise ValueError(f"moments, distances and drives must be below {_FARTHEST}")
    may = np.array([[p.ability in crew.abilities for crew in day.crews] for _, p in parts])
    may = may.reshape(len(parts), len(day.crews)).astype(np.uint8)
    before, after = _good_neighbours(parts, drives, may)
    prices = day.prices
    duty = Duty(
        drive=drives.astype(np.int32), part=part, may=may, before=before, after=after,
        price=np.array([prices.driving, prices.lateness, prices.largest], dtype=np.int64),
        log=np.array(_logarithms(), dtype=np.int64),
        heat=np.array(_temperatures(_leg(drives, before, prices.driving)), dtype=np.int64),
    )  # fmt: skip
    return duty, _empty(day, len(parts))


def _empty(day: Day, size: int) -> Rota:
    row = np.zeros((size + len(day.crews), 8), np.int64)
    head = 0
    for call in day.calls:
        end = head + len(call.parts)
        row[head:end, order_tables.HEAD] = head
        row[head:end, order_tables.COUNT] = len(call.parts)
        row[head:end, order_tables.SERVICE] = [part.service for part in call.parts]
        row[head:end, order_tables.CREW] = row[head:end, order_tables.START] = -1
        head = end
    for k, crew in enumerate(day.crews):
        node = size + k
        row[node] = (node, node, k, crew.start, 0, -1, 1, 0)
    return Rota(
        row=row, late=np.zeros(size, np.int64), mark=np.zeros(size, np.uint8),
        agenda=np.zeros(size + 1, np.int64), lifted=np.zeros((2 * size + 1, 4), np.int64),
        trail=np.zeros((size + 1, 2), np.int64), best=np.zeros((size, 2), np.int64),
        numbers=np.zeros(11, np.int64),
    )  # fmt: skip


def _good_neighbours(
    parts: Sequence[tuple[Call, Part]], drives: NDArray[np.int64], may: NDArray[np.uint8]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return good predecessors and successors of each part: near in space and in time."""
    size = len(parts)
    opens = np.array([call.opens for call, _ in parts], dtype=np.int64)
    due = np.array([call.due for call, _ in parts], dtype=np.int64)
    service = np.array([part.service for _, part in parts], dtype=np.int64)
    legs = drives[:size, :size].astype(np.int64)
    ready = service[:, None] + legs
    waits = np.maximum(0, opens[None, :] - due[:, None] - ready)
    delays = np.maximum(0, opens[:, None] + ready - due[None, :])
    misfit = legs + waits // 5 + delays
    ids = np.array([id(call) for call, _ in parts])
    never = np.iinfo(np.int64).max
    common = may.astype(np.int64) @ may.astype(np.int64).T
    misfit[(ids[:, None] == ids[None, :]) | (common == 0)] = never
    return _least(misfit.T, never), _least(misfit, never)


def _least(misfit: NDArray[np.int64], never: int) -> NDArray[np.int32]:
    """Return the columns of the least figures of each row, the least first, again where few fit."""
    size = len(misfit)
    fit = (misfit < never).sum(axis=1)[:, None]
    at = np.arange(min(_NEIGHBOURS, max(1, size - 1)))[None, :] % np.maximum(fit, 1)
    found = np.take_along_axis(np.argsort(misfit, axis=1, kind="stable"), at, axis=1)
    return np.where(fit > 0, found, np.arange(size)[:, None]).astype(np.int32)


def _leg(drives: NDArray[np.int64], before: NDArray[np.int32], price: int) -> int:
    """Return what a leg between near visits costs, the measure of temperatures."""
    near = before[:, :5]
    legs = np.take_along_axis(drives[:, : len(before)].T, near.astype(np.int64), axis=1)
    return max(1, int(legs.sum()) * price // max(1, near.size))


def serve_in_turn(day: Day, duty: Duty, rota: Rota) -> None:
    """Serve visits in the order of their openings, each by the crews that can be there first.

    Raises
    ------
    NoCrew
        If there are visits that no crews are able to serve.
    """
    heads = np.cumsum([0, *(len(call.parts) for call in day.calls)]).tolist()
    lost, key = [], 0
    last = [len(rota.late) + k for k in range(len(day.crews))]
    for at in sorted(range(len(day.calls)), key=lambda at: (day.calls[at].opens, at)):
        call, head = day.calls[at], heads[at]
        choices = [_by_arrival(duty, rota, q, last) for q in range(head, heads[at + 1])]
        crews = next(_all_different(choices), None)
        if crews is None:
            lost.append(call.id)
            continue
        key = max(key + 1, (call.opens + 1) << order_tables.FINE)
        rota.row[head : heads[at + 1], order_tables.KEY] = key
        order_search.put(duty, rota, head, np.array(crews, dtype=np.int64))
        for part, crew in enumerate(crews):
            last[crew] = head + part
    if lost:
        raise NoCrew(lost)


def _by_arrival(duty: Duty, rota: Rota, q: int, last: Sequence[int]) -> list[int]:
    """Return the crews that can do part *q*, first who can be there first."""
    row = rota.row

    def arrival(crew: int) -> tuple[int, int]:
        node = last[crew]
        drive = int(duty.drive[node, q])
        ready = int(row[node, order_tables.START] + row[node, order_tables.SERVICE]) + drive
        return max(ready, int(duty.part[q, order_tables.OPENS])), drive

    return sorted(np.flatnonzero(duty.may[q]).tolist(), key=arrival)


def _all_different(
    choices: Sequence[Sequence[int]], used: tuple[int, ...] = ()
) -> Iterator[tuple[int, ...]]:
    if not choices:
        yield used
        return
    for crew in choices[0]:
        if crew not in used:
            yield from _all_different(choices[1:], (*used, crew))


# Decimal arithmetic is the same everywhere; the last bit of a machine's logarithm is not.
_EXACT = Context(prec=20)


@cache
def _logarithms() -> tuple[int, ...]:
    """Return -ln of the middles of equal parts of (0, 1], in 1024ths."""
    parts = (Decimal(2 * at + 1) / (2 * _PARTS) for at in range(_PARTS))
    return tuple(int(-part.ln(_EXACT) * 1024) for part in parts)


@cache
def _temperatures(leg: int) -> tuple[int, ...]:
    """Return temperatures that fall by equal factors."""
    shares = (Decimal(at) / _STEPS for at in range(_STEPS))
    return tuple(int(leg * _HOT * _EXACT.power(_COLD / _HOT, share)) for share in shares)
