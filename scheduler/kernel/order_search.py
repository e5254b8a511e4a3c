"""The search over one common order: starts by list scheduling, and the moves.

Every visit has a key, and every crew makes its parts of visits in the order of the keys. A move
takes visits off and gives them another key and other crews, or swaps what two crews do for some
time; a dearer result is kept now and then, less and less as the temperature falls (simulated
annealing with several neighbourhoods, as in Ceschia, Di Gaspero, Rosati and Schaerf, International
Transactions in Operational Research, 2024).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scheduler.kernel.compiler import compiled, inner
from scheduler.kernel.lots import draw
from scheduler.kernel.order_moves import assign, cross, relocate, swap
from scheduler.kernel.order_routes import drop, exchange, put_back
from scheduler.kernel.order_starts import give_up, settle, touch
from scheduler.kernel.order_tables import (
    BEST,
    COUNT,
    CREW,
    DONE,
    DRIVING,
    DUE,
    KEY,
    LARGEST,
    LAST_KEY,
    LATENESS,
    LIFTED,
    NEXT,
    START,
    TRAIL,
)

if TYPE_CHECKING:
    from scheduler.kernel.order_tables import Duty, Rota
    from scheduler.kernel.tables import Ints

_KINDS = 64  # the moves share so many lots
_RELOCATE, _ASSIGN, _SWAP = 26, 34, 44  # first lots of the next kind of move


@inner
def _cost(duty: Duty, rota: Rota) -> int:
    price, numbers = duty.price, rota.numbers
    return (  # type: ignore[no-any-return]
        price[0] * numbers[DRIVING] + price[1] * numbers[LATENESS] + price[2] * numbers[LARGEST]
    )


@inner
def _step(duty: Duty, rota: Rota, heat: int, ends: Ints) -> None:
    """Try one move and keep it unless it is too dear."""
    numbers = rota.numbers
    driving, lateness, largest = numbers[DRIVING], numbers[LATENESS], numbers[LARGEST]
    limit = _cost(duty, rota) + (heat * duty.log[draw(numbers, len(duty.log))] >> 10)
    numbers[LIFTED] = numbers[TRAIL] = 0
    kind = draw(numbers, _KINDS)
    if kind < _RELOCATE:
        made = relocate(duty, rota)
    elif kind < _ASSIGN:
        made = assign(duty, rota)
    elif kind < _SWAP:
        made = swap(duty, rota)
    else:
        made = cross(duty, rota, ends)
        if not made:
            return
    if made:
        for at in range(numbers[LIFTED]):  # only now, when every key stands
            touch(rota, rota.row[rota.lifted[at, 1], NEXT])
        if settle(duty, rota, limit):
            new = _cost(duty, rota)
            if new <= limit:
                if new < numbers[BEST]:
                    _keep_best(rota, new)
                return
        for at in range(numbers[TRAIL]):
            q, moment = rota.trail[at, 0], rota.trail[at, 1]
            rota.row[q, START] = moment
            rota.late[q] = max(0, moment - duty.part[q, DUE])
    give_up(rota)
    if kind < _SWAP:
        put_back(rota)
    else:
        exchange(rota, ends[0], ends[1], ends[2], ends[3])
    numbers[DRIVING], numbers[LATENESS], numbers[LARGEST] = driving, lateness, largest


@inner
def _keep_best(rota: Rota, cost: int) -> None:
    rota.numbers[BEST] = cost
    for q in range(len(rota.late)):
        rota.best[q, 0], rota.best[q, 1] = rota.row[q, CREW], rota.row[q, KEY]


@compiled
def search(duty: Duty, rota: Rota, heat: int, until: int) -> None:
    """Try moves up to number *until* at one temperature."""
    ends = rota.lifted[len(rota.lifted) - 1]
    while rota.numbers[DONE] < until:
        _step(duty, rota, heat, ends)
        rota.numbers[DONE] += 1


@compiled
def begin(duty: Duty, rota: Rota) -> None:
    """Take the order as it stands for the best so far."""
    _keep_best(rota, _cost(duty, rota))


@compiled
def put(duty: Duty, rota: Rota, head: int, crews: Ints) -> bool:
    """Put a visit that is on no route there, at its key; tell whether that is possible."""
    for q in range(head, head + rota.row[head, COUNT]):
        if not drop(duty, rota, q, crews[q - head]):
            return False
    return settle(duty, rota, LAST_KEY)
