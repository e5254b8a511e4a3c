"""Parts of visits on and off the routes of crews, and keys and crews for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scheduler.kernel.compiler import inner
from scheduler.kernel.lots import draw
from scheduler.kernel.order_starts import touch
from scheduler.kernel.order_tables import (
    COUNT,
    CREW,
    DRIVING,
    FINE,
    HEAD,
    KEY,
    LAST_KEY,
    LIFTED,
    NEXT,
    OPENS,
    PREV,
    SERVICE,
    START,
)

if TYPE_CHECKING:
    from scheduler.kernel.order_tables import Duty, Rota
    from scheduler.kernel.tables import Ints


@inner
def early(numbers: Ints, below: int) -> int:
    """Return a random integer from 0 to *below* - 1, small ones more often."""
    x = draw(numbers, 1024)
    return x * x * below >> 20


@inner
def lift(duty: Duty, rota: Rota, head: int) -> None:
    """Take every part of a visit off its route."""
    row, numbers, drive = rota.row, rota.numbers, duty.drive
    for q in range(head, head + row[head, COUNT]):
        p, n = row[q, PREV], row[q, NEXT]
        note = rota.lifted[numbers[LIFTED]]
        note[0], note[1], note[2], note[3] = q, p, row[q, CREW], row[q, KEY]
        numbers[LIFTED] += 1
        row[p, NEXT], row[n, PREV], row[q, CREW] = n, p, -1
        numbers[DRIVING] += drive[p, n] - drive[p, q] - drive[q, n]


@inner
def drop(duty: Duty, rota: Rota, q: int, crew: int) -> bool:
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
    touch(rota, n)
    touch(rota, q)
    return True


@inner
def set_key(rota: Rota, head: int, key: int) -> None:
    """Give every part of a visit the same *key*."""
    for q in range(head, head + rota.row[head, COUNT]):
        rota.row[q, KEY] = key


@inner
def put_back(rota: Rota) -> None:
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


@inner
def key_near(duty: Duty, rota: Rota, q: int, p: int) -> int:
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
    if low < wanted < high and draw(numbers, 2):
        return wanted  # type: ignore[no-any-return]
    # Somewhere between, but not far off where there is no end.
    wide = min(free, (1 << FINE) * 2 * max(1, row[q, SERVICE] + duty.drive[p, q]))
    lot = draw(numbers, 1 << 20)
    step = (wide >> 20) * lot + ((wide & ((1 << 20) - 1)) * lot >> 20)
    if row[p, HEAD] < 0:
        return high - 1 - step  # type: ignore[no-any-return]
    return low + 1 + step  # type: ignore[no-any-return]


@inner
def any_crew(duty: Duty, rota: Rota, q: int) -> int:
    """Return the crew of a part near *q*, or now and then any crew; -1 if it cannot do *q*."""
    numbers = rota.numbers
    if draw(numbers, 4) == 0:
        crew = draw(numbers, duty.may.shape[1])
    else:
        some = duty.before if draw(numbers, 2) else duty.after
        crew = rota.row[some[q, early(numbers, some.shape[1])], CREW]
    return crew if duty.may[q, crew] else -1


@inner
def drop_visit(duty: Duty, rota: Rota, q: int, crew: int) -> bool:
    """Put a lifted visit back: part *q* with *crew*, others now and then with another crew."""
    row, numbers = rota.row, rota.numbers
    head = row[q, HEAD]
    for other in range(head, head + row[head, COUNT]):
        chosen = crew
        if other != q:
            chosen = rota.lifted[other - head, 2]
            if draw(numbers, 2):
                chosen = any_crew(duty, rota, other)
            elif chosen == crew:  # two parts swap their crews
                chosen = rota.lifted[q - head, 2]
        if chosen < 0 or not duty.may[other, chosen] or not drop(duty, rota, other, chosen):
            return False
    return True


@inner
def skilled(duty: Duty, rota: Rota, q: int, end: int, crew: int) -> bool:
    """Tell whether *crew* can do the parts from *q* on before *end*."""
    while q != end:
        if not duty.may[q, crew]:
            return False
        q = rota.row[q, NEXT]
    return True


@inner
def _hand_over(rota: Rota, q: int, end: int, crew: int) -> None:
    while q != end:
        rota.row[q, CREW] = crew
        q = rota.row[q, NEXT]


@inner
def exchange(rota: Rota, p: int, pe: int, r: int, re: int) -> None:
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


@inner
def ahead(rota: Rota, p: int, n: int) -> bool:
    """Tell whether *n* can follow *p* as far as the order is concerned."""
    row = rota.row
    return row[p, HEAD] < 0 or row[n, HEAD] < 0 or row[p, KEY] < row[n, KEY]  # type: ignore[no-any-return]
