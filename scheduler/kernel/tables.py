"""What a search of a week reads and writes: the tables, and what stands where in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

FAR = 1 << 30
"""A moment that never comes; also in 32 bits a drive can be added to it."""

TOO_DEAR = 1 << 40
"""More than any place on a route costs."""

# Where the counters of a search stand in ``Routes.numbers``.
RANDOM, COST, BEST, ABSENT, PLACED, USED, TOUCHED, DIRTY, POOLED, DONE = range(10)
BLINK, ASKED, STAMPED = range(10, 13)
# How hours apart count in a search that keeps them together: seconds for 64 seconds outside
# the zone, its middle, what the hours at hand count so, and teams; what the best week counts beside
# its cost, how far apart hours may lie in thousandths of their mean, and how far from the middle
# hours count nothing.
WEIGHT, TARGET, UNEVEN, TEAMS, EXCESS, SPREAD, ZONE = range(13, 20)
NUMBERS = 20


class Week(NamedTuple):
    """A problem as arrays; nodes are visits 0…n-1, then stations.

    ``to`` and ``back`` hold seconds from row to column and from column to row; ``visit`` and
    ``day`` one row of figures for each visit and team-day (columns below); ``cars`` the team-days
    of all visits one after the other, ``may`` the same as a table; ``near`` the neighbours of each
    visit, itself first; ``log`` -ln of the middle of each of its equal parts of (0, 1] in 1024ths;
    ``heat`` temperatures in seconds; ``price`` what it counts to have a visit made by a team-day
    (empty where nothing does); ``limit`` how many of a set are made at most and within what.
    ``cars`` holds the limits of all visits behind their team-days. Few arrays on purpose: a
    compiled call copies the description of each.
    """

    to: NDArray[np.int32]
    back: NDArray[np.int32]
    visit: Ints
    day: Ints
    cars: Ints
    may: NDArray[np.uint8]
    near: NDArray[np.int32]
    close: NDArray[np.int32]
    log: Ints
    heat: Ints
    price: NDArray[np.int32]
    limit: Ints


# Columns of ``Week.visit`` and ``Week.day``; a lunch of no length means none.
# END is that of overtime, USUAL that of working hours, DEAR what a second between them counts.
SERVICE, OPENS, CLOSES, PENALTY, FIRST_CAR, END_CAR, LOAD, FIRST_LIMIT, END_LIMIT = range(9)
HOME, START, END, EARLY, LATE, LUNCH, MOST, CAPACITY = range(8)
# MOST_HOURS is what driving and visits may take together.
FINISH, USUAL, DEAR, DAY, TEAM, ALIKE, MOST_HOURS = range(8, 15)
# Columns of ``Week.limit``, and what a limit may hold within.
OF_THEM, WITHIN = range(2)
IN_WEEK, ON_DAY, BY_CAR = range(3)


class Routes(NamedTuple):
    """Routes as arrays, what a search remembers about them, and the best ones so far.

    ``times[k, i]`` are figures of route k before its position i (columns below), ``route`` and
    ``place`` figures of each route and visit, ``lists`` rows of visits or routes with their
    lengths in ``numbers``. ``tally`` has hours by team in its first row, then a row for each limit:
    visits by week, day or team-day; ``told`` are the visits of each route that are in it.
    """

    stops: Ints
    times: Ints
    route: Ints
    place: Ints
    lists: Ints
    saved: Ints
    known: Ints
    best: Ints
    pool: Ints
    numbers: Ints
    tally: Ints
    told: Ints


# Columns of ``Routes.times``: earliest moments at which the team is free before the position
# (lunch to come, lunch over), latest ones at which it must be ready at it for the rest to stay in
# time, and the drive to it.
FREE_BEFORE, FREE_AFTER, LAST_BEFORE, LAST_AFTER, LEG = range(5)
# Columns of ``Routes.route`` and ``Routes.place``, rows of ``Routes.lists``.
COUNT, SAVED, KEPT, IS_TOUCHED, IS_DIRTY, LOADED, IDLE_ASKED, STAMP = range(8)
LATER, HOURS, HOURS_TOLD, TOLD = range(8, 12)
FIGURES = 12
ROUTE, AT = range(2)
ABSENTEES, TOUCHED_ONES, DIRTY_ONES, QUEUE, KEY = range(5)
