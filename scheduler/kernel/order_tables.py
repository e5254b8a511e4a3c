"""What a search over one common order reads and writes, and what stands where."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from scheduler.kernel.tables import Ints

FINE = 24
"""Keys have so many more binary places than moments."""

LAST_KEY = 1 << 60
"""No key is as great."""

# Where the counters of a search stand in ``Rota.numbers``.
RANDOM, DRIVING, LATENESS, LARGEST, BEST, DONE, AGENDA, LIFTED, TRAIL, RESCAN, SURE = range(11)


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
