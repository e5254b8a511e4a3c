"""The compiled part of the search over one common order: starts by list scheduling, and the moves.

Every visit has a key, and every crew makes its parts of visits in the order of the keys. So starts
can be worked out visit by visit in the order of the keys, whatever parts of visits wait for each
other: an order never contradicts itself. After a move only the visits whose start may change are
looked at again, the least key first, until nothing changes any more.

A move takes visits off and gives them another key and other crews, or swaps what two crews do for
some time; a dearer result is kept now and then, less and less as the temperature falls (simulated
annealing with several neighbourhoods, as in Ceschia, Di Gaspero, Rosati and Schaerf, International
Transactions in Operational Research, 2024).

Everything is an integer and the random numbers are the module's own, so a seed and a number of
iterations give the same routes on every machine. Without numba the functions are plain Python. One
file on purpose: numba would not notice that a function in another file has changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

try:
    import numba

    COMPILED = not getattr(numba.config, "DISABLE_JIT", False)
except ImportError:
    COMPILED = False

_Function = TypeVar("_Function", bound="Callable[..., Any]")

FINE = 24
"""Keys have so many more binary places than moments."""

LAST_KEY = 1 << 60
"""No key is as great."""

# Where the counters of a search stand in ``Rota.numbers``.
RANDOM, DRIVING, LATENESS, LARGEST, BEST, DONE, AGENDA, LIFTED, TRAIL, RESCAN, SURE = range(11)

_LOW = (1 << 32) - 1
_CARRY = 1_791_398_085  # multiply-with-carry to base 2**32 (Marsaglia): period near 2**62
_KINDS = 64  # the moves share so many lots
_RELOCATE, _ASSIGN, _SWAP = 26, 34, 44  # first lots of the next kind of move
_SEGMENT = 4  # parts of visits that two crews swap at most, unless they swap all that follows


class Duty(NamedTuple):
    """What is to be done as arrays; nodes are parts of visits 0…n-1, then crews.

    ``drive`` holds the time from row to column, ``part`` one row of figures for each part (columns
    below), ``may`` which crews can do it; ``before`` and ``after`` list good predecessors and
    successors of each part, the best first; ``price`` the prices of driving, of lateness and of
    the largest lateness; ``log`` -ln of the middle of each of its equal parts of (0, 1] in
    1024ths; ``heat`` temperatures.
    """

    drive: NDArray[np.int32]
    part: Ints
    may: NDArray[np.uint8]
    before: NDArray[np.int32]
    after: NDArray[np.int32]
    price: Ints
    log: Ints
    heat: Ints


# Columns of ``Duty.part``; least and most are distances from the start of the part before.
OPENS, DUE, LEAST, MOST = range(4)


class Rota(NamedTuple):
    """Who does what in which order, what a search notes on the way, and the best so far.

    ``row`` holds figures of each node (columns below), ``late`` the lateness of each part,
    ``agenda`` the visits to be looked at, the greatest key first, ``mark`` whether a visit is among
    them; ``lifted`` and ``trail`` what a move has changed; ``best`` crew and key of each part.
    """

    row: Ints
    late: Ints
    mark: NDArray[np.uint8]
    agenda: Ints
    lifted: Ints
    trail: Ints
    best: Ints
    numbers: Ints


# Columns of ``Rota.row``: neighbours on the route (the crew at both ends), crew (-1 for none),
# start, key, first part of the same visit (-1 for a crew), number of its parts, service.
PREV, NEXT, CREW, START, KEY, HEAD, COUNT, SERVICE = range(8)


def _compiled(function: _Function) -> _Function:
    """Compile *function* at its first call where numba is there, and keep the result on disk."""
    return _njit(function) if COMPILED else function


def _inner(function: _Function) -> _Function:
    """Compile a *function* that only compiled ones call: it needs no door to Python."""
    if not COMPILED:
        return function
    return _njit(function, no_cpython_wrapper=True, no_cfunc_wrapper=True)


def _njit(function: _Function, **options: Any) -> _Function:
    compiler: Any = numba.njit(error_model="numpy", cache=True, **options)
    try:
        return compiler(function)  # type: ignore[no-any-return]
    except RuntimeError:  # neither the package's folder nor the user's cache can be written
        compiler = numba.njit(error_model="numpy", **options)
        return compiler(function)  # type: ignore[no-any-return]


@_inner
def _draw(numbers: Ints, below: int) -> int:
    """Return the next random integer from 0 to *below* - 1."""
    x = numbers[RANDOM]
    numbers[RANDOM] = _CARRY * (x & _LOW) + (x >> 32)
    return ((x ^ (x >> 32)) & _LOW) * below >> 32  # type: ignore[no-any-return]


@_inner
def _early(numbers: Ints, below: int) -> int:
    """Return a random integer from 0 to *below* - 1, small ones more often."""
    x = _draw(numbers, 1024)
    return x * x * below >> 20


@_inner
def _touch(rota: Rota, node: int) -> None:
    """Put the visit that *node* is part of on the agenda."""
    row, agenda = rota.row, rota.agenda
    head = row[node, HEAD]
    if head < 0 or rota.mark[head]:
        return
    rota.mark[head] = 1
    key = row[head, KEY]
    at = rota.numbers[AGENDA]
    rota.numbers[AGENDA] = at + 1
    while at > 0 and row[agenda[at - 1], KEY] < key:
        agenda[at] = agenda[at - 1]
        at -= 1
    agenda[at] = head


@_inner
def _start(duty: Duty, rota: Rota, q: int, moment: int) -> None:
    """Let part *q* start at *moment*; what follows on its route is looked at again."""
    row, late, numbers, trail = rota.row, rota.late, rota.numbers, rota.trail
    if moment == row[q, START]:
        return
    at = numbers[TRAIL]
    trail[at, 0], trail[at, 1] = q, row[q, START]
    numbers[TRAIL] = at + 1
    row[q, START] = moment
    was, now = late[q], max(0, moment - duty.part[q, DUE])
    numbers[SURE] += now
    if was != now:
        late[q] = now
        numbers[LATENESS] += now - was
        if now > numbers[LARGEST]:
            numbers[LARGEST] = now
        elif was == numbers[LARGEST]:
            numbers[RESCAN] = 1
    _touch(rota, row[q, NEXT])


@_inner
def _arrival(duty: Duty, rota: Rota, q: int) -> int:
    """Return when part *q* can start as far as its crew and its opening are concerned."""
    row = rota.row
    p = row[q, PREV]
    return max(duty.part[q, OPENS], row[p, START] + row[p, SERVICE] + duty.drive[p, q])  # type: ignore[no-any-return]


@_inner
def _settle(duty: Duty, rota: Rota, limit: int) -> bool:
    """Work out starts until the agenda is empty; give up when the cost is sure to pass *limit*."""
    row, part, numbers, price = rota.row, duty.part, rota.numbers, duty.price
    numbers[SURE] = 0
    while numbers[AGENDA] > 0:
        # Every visit is looked at once, so that its lateness is final.
        if price[0] * numbers[DRIVING] + price[1] * numbers[SURE] > limit:
            return False
        numbers[AGENDA] -= 1
        head = rota.agenda[numbers[AGENDA]]
        rota.mark[head] = 0
        end = head + row[head, COUNT]
        if end == head + 1:
            _start(duty, rota, head, _arrival(duty, rota, head))
        elif end == head + 2:
            one, two = _arrival(duty, rota, head), _arrival(duty, rota, head + 1)
            two = max(two, one + part[head + 1, LEAST])
            _start(duty, rota, head, max(one, two - part[head + 1, MOST]))
            _start(duty, rota, head + 1, two)
        else:
            _settle_many(duty, rota, head, end)
    if numbers[RESCAN]:
        numbers[RESCAN] = 0
        numbers[LARGEST] = rota.late.max()
    return True


@_inner
def _settle_many(duty: Duty, rota: Rota, head: int, end: int) -> None:
    """Start a visit of more than two parts: the earliest starts with the distances asked for."""
    part = duty.part
    # A move notes at most one row of ``lifted`` for each part; the rows beyond are free for this.
    new = rota.lifted[len(rota.late) :, 0]
    for q in range(head, end):
        new[q - head] = _arrival(duty, rota, q)
        if q > head:
            new[q - head] = max(new[q - head], new[q - head - 1] + part[q, LEAST])
    for q in range(end - 1, head, -1):
        new[q - head - 1] = max(new[q - head - 1], new[q - head] - part[q, MOST])
    for q in range(head, end):
        _start(duty, rota, q, new[q - head])


@_inner
def _lift(duty: Duty, rota: Rota, head: int) -> None:
    """Take every part of a visit off its route."""
    row, numbers, drive = rota.row, rota.numbers, duty.drive
    for q in range(head, head + row[head, COUNT]):
        p, n = row[q, PREV], row[q, NEXT]
        note = rota.lifted[numbers[LIFTED]]
        note[0], note[1], note[2], note[3] = q, p, row[q, CREW], row[q, KEY]
        numbers[LIFTED] += 1
        row[p, NEXT], row[n, PREV], row[q, CREW] = n, p, -1
        numbers[DRIVING] += drive[p, n] - drive[p, q] - drive[q, n]


@_inner
def _drop(duty: Duty, rota: Rota, q: int, crew: int) -> bool:
    """Put part *q* on the route of *crew* where its key belongs; tell whether there is a place."""
    row, drive = rota.row, duty.drive
    key = row[q, KEY]
    n = row[len(rota.late) + crew, NEXT]
    while row[n, HEAD] >= 0 and row[n, KEY] < key:
        n = row[n, NEXT]
    if row[n, KEY] == key:  # also another part of the same visit: crews are different
        return False
    p = row[n, PREV]
    row[p, NEXT] = row[n, PREV] = q
    row[q, PREV], row[q, NEXT], row[q, CREW] = p, n, crew
    rota.numbers[DRIVING] += drive[p, q] + drive[q, n] - drive[p, n]
    _touch(rota, n)
    _touch(rota, q)
    return True


@_inner
def _set_key(rota: Rota, head: int, key: int) -> None:
    for q in range(head, head + rota.row[head, COUNT]):
        rota.row[q, KEY] = key


@_inner
def _forget(rota: Rota) -> None:
    """Clear the agenda of a move that is given up before all its starts are known."""
    rota.numbers[RESCAN] = 0
    for at in range(rota.numbers[AGENDA]):
        rota.mark[rota.agenda[at]] = 0
    rota.numbers[AGENDA] = 0


@_inner
def _put_back(rota: Rota) -> None:
    """Put lifted parts where they were."""
    row, numbers = rota.row, rota.numbers
    for at in range(numbers[LIFTED]):
        q = rota.lifted[at, 0]
        if row[q, CREW] >= 0:
            p, n = row[q, PREV], row[q, NEXT]
            row[p, NEXT], row[n, PREV] = n, p
    for at in range(numbers[LIFTED] - 1, -1, -1):
        note = rota.lifted[at]
        q, p = note[0], note[1]
        n = row[p, NEXT]
        row[p, NEXT] = row[n, PREV] = q
        row[q, PREV], row[q, NEXT], row[q, CREW], row[q, KEY] = p, n, note[2], note[3]


@_inner
def _key_near(duty: Duty, rota: Rota, q: int, p: int) -> int:
    """Return a key between *p* and what follows it, or -1; *q* is to come there."""
    row, numbers = rota.row, rota.numbers
    head, n = row[q, HEAD], row[p, NEXT]
    if row[n, HEAD] == head:
        n = row[n, NEXT]
    low = row[p, KEY] if row[p, HEAD] >= 0 else 0
    high = row[n, KEY] if row[n, HEAD] >= 0 else LAST_KEY
    free = high - low - 1
    if free <= 0:
        return -1
    moment = row[p, START] + row[p, SERVICE] + duty.drive[p, q]
    wanted = max(moment, duty.part[q, OPENS]) << FINE
    if low < wanted < high and _draw(numbers, 2):
        return wanted  # type: ignore[no-any-return]
    # Somewhere between, but not far off where there is no end.
    wide = min(free, (1 << FINE) * 2 * max(1, row[q, SERVICE] + duty.drive[p, q]))
    lot = _draw(numbers, 1 << 20)
    step = (wide >> 20) * lot + ((wide & ((1 << 20) - 1)) * lot >> 20)
    if row[p, HEAD] < 0:
        return high - 1 - step  # type: ignore[no-any-return]
    return low + 1 + step  # type: ignore[no-any-return]


@_inner
def _any_crew(duty: Duty, rota: Rota, q: int) -> int:
    """Return the crew of a part near *q*, or now and then any crew; -1 if it cannot do *q*."""
    numbers = rota.numbers
    if _draw(numbers, 4) == 0:
        crew = _draw(numbers, duty.may.shape[1])
    else:
        some = duty.before if _draw(numbers, 2) else duty.after
        crew = rota.row[some[q, _early(numbers, some.shape[1])], CREW]
    return crew if duty.may[q, crew] else -1


@_inner
def _drop_visit(duty: Duty, rota: Rota, q: int, crew: int) -> bool:
    """Put a lifted visit back: part *q* with *crew*, others now and then with another crew."""
    row, numbers = rota.row, rota.numbers
    head = row[q, HEAD]
    for other in range(head, head + row[head, COUNT]):
        chosen = crew
        if other != q:
            chosen = rota.lifted[other - head, 2]
            if _draw(numbers, 2):
                chosen = _any_crew(duty, rota, other)
            elif chosen == crew:  # two parts swap their crews
                chosen = rota.lifted[q - head, 2]
        if chosen < 0 or not duty.may[other, chosen] or not _drop(duty, rota, other, chosen):
            return False
    return True


@_inner
def _relocate(duty: Duty, rota: Rota) -> bool:
    """Move a visit next to a good neighbour, at another moment."""
    row, numbers = rota.row, rota.numbers
    n = len(rota.late)
    q = _draw(numbers, n)
    lot = _draw(numbers, 16)
    if lot == 0:
        p = n + _draw(numbers, duty.may.shape[1])
    elif lot < 9:
        p = duty.before[q, _early(numbers, duty.before.shape[1])]
    else:
        p = row[duty.after[q, _early(numbers, duty.after.shape[1])], PREV]
    head = row[q, HEAD]
    if row[p, HEAD] == head:
        p = row[p, PREV]
    crew = row[p, CREW]
    if not duty.may[q, crew]:
        return False
    key = _key_near(duty, rota, q, p)
    if key < 0:
        return False
    _lift(duty, rota, head)
    _set_key(rota, head, key)
    return _drop_visit(duty, rota, q, crew)


@_inner
def _assign(duty: Duty, rota: Rota) -> bool:
    """Give one part of a visit to another crew, in the same place of the order."""
    row, numbers = rota.row, rota.numbers
    q = _draw(numbers, len(rota.late))
    crew = _any_crew(duty, rota, q)
    if crew < 0 or crew == row[q, CREW]:
        return False
    head = row[q, HEAD]
    _lift(duty, rota, head)
    for other in range(head, head + row[head, COUNT]):
        chosen = crew if other == q else rota.lifted[other - head, 2]
        if other != q and chosen == crew:
            chosen = rota.lifted[q - head, 2]
        if not duty.may[other, chosen] or not _drop(duty, rota, other, chosen):
            return False
    return True


@_inner
def _swap(duty: Duty, rota: Rota) -> bool:
    """Let two parts of visits swap their crews, and their places in the order now and then."""
    row, numbers, may = rota.row, rota.numbers, duty.may
    q = _draw(numbers, len(rota.late))
    some = duty.before if _draw(numbers, 2) else duty.after
    r = some[q, _early(numbers, some.shape[1])]
    one, two = row[q, CREW], row[r, CREW]
    if row[q, HEAD] == row[r, HEAD] or not may[q, two] or not may[r, one]:
        return False
    places = one == two or _draw(numbers, 2) == 0
    head, other = row[q, HEAD], row[r, HEAD]
    key, its = row[q, KEY], row[r, KEY]
    _lift(duty, rota, head)
    _lift(duty, rota, other)
    if places:
        _set_key(rota, head, its)
        _set_key(rota, other, key)
    for at in range(numbers[LIFTED]):
        x = rota.lifted[at, 0]
        crew = two if x == q else one if x == r else rota.lifted[at, 2]
        if not _drop(duty, rota, x, crew):
            return False
    return True


@_inner
def _skilled(duty: Duty, rota: Rota, q: int, end: int, crew: int) -> bool:
    """Tell whether *crew* can do the parts from *q* on before *end*."""
    while q != end:
        if not duty.may[q, crew]:
            return False
        q = rota.row[q, NEXT]
    return True


@_inner
def _hand_over(rota: Rota, q: int, end: int, crew: int) -> None:
    while q != end:
        rota.row[q, CREW] = crew
        q = rota.row[q, NEXT]


@_inner
def _exchange(rota: Rota, p: int, pe: int, r: int, re: int) -> None:
    """Let two crews swap what they do between *p* and *pe*, and between *r* and *re*."""
    row = rota.row
    one, two = row[p, CREW], row[r, CREW]
    a, ae, b, be = row[p, NEXT], row[pe, PREV], row[r, NEXT], row[re, PREV]
    _hand_over(rota, a, pe, two)
    _hand_over(rota, b, re, one)
    if b == re:
        row[p, NEXT], row[pe, PREV] = pe, p
    else:
        row[p, NEXT], row[b, PREV], row[be, NEXT], row[pe, PREV] = b, p, pe, be
    if a == pe:
        row[r, NEXT], row[re, PREV] = re, r
    else:
        row[r, NEXT], row[a, PREV], row[ae, NEXT], row[re, PREV] = a, r, re, ae


@_inner
def _ahead(rota: Rota, p: int, n: int) -> bool:
    """Tell whether *n* can follow *p* as far as the order is concerned."""
    row = rota.row
    return row[p, HEAD] < 0 or row[n, HEAD] < 0 or row[p, KEY] < row[n, KEY]  # type: ignore[no-any-return]


@_inner
def _cross(duty: Duty, rota: Rota, ends: Ints) -> bool:
    """Let a good successor follow a part: two crews swap all that comes later, or a few parts."""
    row, numbers, drive = rota.row, rota.numbers, duty.drive
    q = _draw(numbers, len(rota.late))
    b = duty.after[q, _early(numbers, duty.after.shape[1])]
    p = q
    if _draw(numbers, 16) == 0:  # the first of a day
        b, p = q, len(rota.late) + _draw(numbers, duty.may.shape[1])
    r, a = row[b, PREV], row[p, NEXT]
    one, two = row[p, CREW], row[b, CREW]
    if one == two or not _ahead(rota, p, b):
        return False
    pe, re = len(rota.late) + one, len(rota.late) + two
    if _draw(numbers, 2):
        pe, re = a, row[b, NEXT]
        for _ in range(_draw(numbers, _SEGMENT)):
            pe = row[pe, NEXT] if row[pe, HEAD] >= 0 else pe
        for _ in range(_draw(numbers, _SEGMENT)):
            re = row[re, NEXT] if row[re, HEAD] >= 0 else re
        if (a != pe and not _ahead(rota, row[pe, PREV], re)) or not _ahead(rota, row[re, PREV], pe):
            return False
    if a != pe and not _ahead(rota, r, a):
        return False
    if not _skilled(duty, rota, a, pe, two) or not _skilled(duty, rota, b, re, one):
        return False
    ae, be = row[pe, PREV], row[re, PREV]
    numbers[DRIVING] += drive[p, b] + drive[be, pe] - drive[r, b] - drive[be, re]
    if a == pe:
        numbers[DRIVING] += drive[r, re] - drive[p, pe]
    else:
        numbers[DRIVING] += drive[r, a] + drive[ae, re] - drive[p, a] - drive[ae, pe]
    _exchange(rota, p, pe, r, re)
    ends[0], ends[1], ends[2], ends[3] = p, pe, r, re
    for node in (b, a, pe, re):
        _touch(rota, node)
    return True


@_inner
def _cost(duty: Duty, rota: Rota) -> int:
    price, numbers = duty.price, rota.numbers
    return (  # type: ignore[no-any-return]
        price[0] * numbers[DRIVING] + price[1] * numbers[LATENESS] + price[2] * numbers[LARGEST]
    )


@_inner
def _step(duty: Duty, rota: Rota, heat: int, ends: Ints) -> None:
    """Try one move and keep it unless it is too dear."""
    numbers = rota.numbers
    driving, lateness, largest = numbers[DRIVING], numbers[LATENESS], numbers[LARGEST]
    limit = _cost(duty, rota) + (heat * duty.log[_draw(numbers, len(duty.log))] >> 10)
    numbers[LIFTED] = numbers[TRAIL] = 0
    kind = _draw(numbers, _KINDS)
    if kind < _RELOCATE:
        made = _relocate(duty, rota)
    elif kind < _ASSIGN:
        made = _assign(duty, rota)
    elif kind < _SWAP:
        made = _swap(duty, rota)
    else:
        made = _cross(duty, rota, ends)
        if not made:
            return
    if made:
        for at in range(numbers[LIFTED]):  # only now, when every key stands
            _touch(rota, rota.row[rota.lifted[at, 1], NEXT])
        if _settle(duty, rota, limit):
            new = _cost(duty, rota)
            if new <= limit:
                if new < numbers[BEST]:
                    _keep_best(rota, new)
                return
        for at in range(numbers[TRAIL]):
            q, moment = rota.trail[at, 0], rota.trail[at, 1]
            rota.row[q, START] = moment
            rota.late[q] = max(0, moment - duty.part[q, DUE])
    _forget(rota)
    if kind < _SWAP:
        _put_back(rota)
    else:
        _exchange(rota, ends[0], ends[1], ends[2], ends[3])
    numbers[DRIVING], numbers[LATENESS], numbers[LARGEST] = driving, lateness, largest


@_inner
def _keep_best(rota: Rota, cost: int) -> None:
    rota.numbers[BEST] = cost
    for q in range(len(rota.late)):
        rota.best[q, 0], rota.best[q, 1] = rota.row[q, CREW], rota.row[q, KEY]


@_compiled
def search(duty: Duty, rota: Rota, heat: int, until: int) -> None:
    """Try moves up to number *until* at one temperature."""
    ends = rota.lifted[-1]
    while rota.numbers[DONE] < until:
        _step(duty, rota, heat, ends)
        rota.numbers[DONE] += 1


@_compiled
def begin(duty: Duty, rota: Rota) -> None:
    """Take the order as it stands for the best so far."""
    _keep_best(rota, _cost(duty, rota))


@_compiled
def put(duty: Duty, rota: Rota, head: int, crews: Ints) -> bool:
    """Put a visit that is on no route there, at its key; tell whether that is possible."""
    for q in range(head, head + rota.row[head, COUNT]):
        if not _drop(duty, rota, q, crews[q - head]):
            return False
    return _settle(duty, rota, LAST_KEY)
