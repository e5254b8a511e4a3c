"""Starts by list scheduling: visit by visit in the order of the keys.

Every crew makes its parts of visits in the order of the keys, so an order never contradicts itself,
whatever parts wait for each other. After a move only the visits whose start may change are looked
at again, the least key first, until nothing changes any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scheduler.kernel.compiler import inner
from scheduler.kernel.order_tables import (
    AGENDA,
    COUNT,
    DRIVING,
    DUE,
    HEAD,
    KEY,
    LARGEST,
    LATENESS,
    LEAST,
    MOST,
    NEXT,
    OPENS,
    PREV,
    RESCAN,
    SERVICE,
    START,
    SURE,
    TRAIL,
)

if TYPE_CHECKING:
    from scheduler.kernel.order_tables import Duty, Rota


@inner
def touch(rota: Rota, node: int) -> None:
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


@inner
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
    touch(rota, row[q, NEXT])


@inner
def _arrival(duty: Duty, rota: Rota, q: int) -> int:
    """Return when part *q* can start as far as its crew and its opening are concerned."""
    row = rota.row
    p = row[q, PREV]
    return max(duty.part[q, OPENS], row[p, START] + row[p, SERVICE] + duty.drive[p, q])  # type: ignore[no-any-return]


@inner
def settle(duty: Duty, rota: Rota, limit: int) -> bool:
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
        numbers[LARGEST] = 0
        for late in rota.late:
            numbers[LARGEST] = max(numbers[LARGEST], late)
    return True


@inner
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


@inner
def give_up(rota: Rota) -> None:
    """Clear the agenda of a move that is given up before all its starts are known."""
    rota.numbers[RESCAN] = 0
    for at in range(rota.numbers[AGENDA]):
        rota.mark[rota.agenda[at]] = 0
    rota.numbers[AGENDA] = 0
