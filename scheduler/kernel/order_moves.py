"""Moves: another key, another crew, or what two crews do for some time swapped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scheduler.kernel.compiler import inner
from scheduler.kernel.lots import draw
from scheduler.kernel.order_routes import (
    ahead,
    any_crew,
    drop,
    drop_visit,
    early,
    exchange,
    key_near,
    lift,
    set_key,
    skilled,
)
from scheduler.kernel.order_starts import touch
from scheduler.kernel.order_tables import COUNT, CREW, DRIVING, HEAD, KEY, LIFTED, NEXT, PREV

if TYPE_CHECKING:
    from scheduler.kernel.order_tables import Duty, Rota
    from scheduler.kernel.tables import Ints

_SEGMENT = 4  # parts of visits that two crews swap at most, unless they swap all that follows


@inner
def relocate(duty: Duty, rota: Rota) -> bool:
    """Move a visit next to a good neighbour, at another moment."""
    row, numbers = rota.row, rota.numbers
    n = len(rota.late)
    q = draw(numbers, n)
    lot = draw(numbers, 16)
    if lot == 0:
        p = n + draw(numbers, duty.may.shape[1])
    elif lot < 9:
        p = duty.before[q, early(numbers, duty.before.shape[1])]
    else:
        p = row[duty.after[q, early(numbers, duty.after.shape[1])], PREV]
    head = row[q, HEAD]
    if row[p, HEAD] == head:
        p = row[p, PREV]
    crew = row[p, CREW]
    if not duty.may[q, crew]:
        return False
    key = key_near(duty, rota, q, p)
    if key < 0:
        return False
    lift(duty, rota, head)
    set_key(rota, head, key)
    return drop_visit(duty, rota, q, crew)


@inner
def assign(duty: Duty, rota: Rota) -> bool:
    """Give one part of a visit to another crew, in the same place of the order."""
    row, numbers = rota.row, rota.numbers
    q = draw(numbers, len(rota.late))
    crew = any_crew(duty, rota, q)
    if crew < 0 or crew == row[q, CREW]:
        return False
    head = row[q, HEAD]
    lift(duty, rota, head)
    for other in range(head, head + row[head, COUNT]):
        chosen = crew if other == q else rota.lifted[other - head, 2]
        if other != q and chosen == crew:
            chosen = rota.lifted[q - head, 2]
        if not duty.may[other, chosen] or not drop(duty, rota, other, chosen):
            return False
    return True


@inner
def swap(duty: Duty, rota: Rota) -> bool:
    """Let two parts of visits swap their crews, and their places in the order now and then."""
    row, numbers, may = rota.row, rota.numbers, duty.may
    q = draw(numbers, len(rota.late))
    some = duty.before if draw(numbers, 2) else duty.after
    r = some[q, early(numbers, some.shape[1])]
    one, two = row[q, CREW], row[r, CREW]
    if row[q, HEAD] == row[r, HEAD] or not may[q, two] or not may[r, one]:
        return False
    places = one == two or draw(numbers, 2) == 0
    head, other = row[q, HEAD], row[r, HEAD]
    key, its = row[q, KEY], row[r, KEY]
    lift(duty, rota, head)
    lift(duty, rota, other)
    if places:
        set_key(rota, head, its)
        set_key(rota, other, key)
    for at in range(numbers[LIFTED]):
        x = rota.lifted[at, 0]
        crew = two if x == q else one if x == r else rota.lifted[at, 2]
        if not drop(duty, rota, x, crew):
            return False
    return True


@inner
def cross(duty: Duty, rota: Rota, ends: Ints) -> bool:
    """Let a good successor follow a part: two crews swap all that comes later, or a few parts."""
    row, numbers, drive = rota.row, rota.numbers, duty.drive
    q = draw(numbers, len(rota.late))
    b = duty.after[q, early(numbers, duty.after.shape[1])]
    p = q
    if draw(numbers, 16) == 0:  # the first of a day
        b, p = q, len(rota.late) + draw(numbers, duty.may.shape[1])
    r, a = row[b, PREV], row[p, NEXT]
    one, two = row[p, CREW], row[b, CREW]
    if one == two or not ahead(rota, p, b):
        return False
    pe, re = len(rota.late) + one, len(rota.late) + two
    if draw(numbers, 2):
        pe, re = a, row[b, NEXT]
        for _ in range(draw(numbers, _SEGMENT)):
            pe = row[pe, NEXT] if row[pe, HEAD] >= 0 else pe
        for _ in range(draw(numbers, _SEGMENT)):
            re = row[re, NEXT] if row[re, HEAD] >= 0 else re
        if (a != pe and not ahead(rota, row[pe, PREV], re)) or not ahead(rota, row[re, PREV], pe):
            return False
    if a != pe and not ahead(rota, r, a):
        return False
    if not skilled(duty, rota, a, pe, two) or not skilled(duty, rota, b, re, one):
        return False
    ae, be = row[pe, PREV], row[re, PREV]
    numbers[DRIVING] += drive[p, b] + drive[be, pe] - drive[r, b] - drive[be, re]
    if a == pe:
        numbers[DRIVING] += drive[r, re] - drive[p, pe]
    else:
        numbers[DRIVING] += drive[r, a] + drive[ae, re] - drive[p, a] - drive[ae, pe]
    exchange(rota, p, pe, r, re)
    ends[0], ends[1], ends[2], ends[3] = p, pe, r, re
    for node in (b, a, pe, re):
        touch(rota, node)
    return True
