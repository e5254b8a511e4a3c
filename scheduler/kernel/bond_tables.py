"""What a search knows of visits that are bound to each other.

Parts of joint visits, what follows what, unannounced rounds. None of it is compiled before a week
has some.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from scheduler.kernel.tables import Ints

OFFERS = 12  # places looked at for one part of a joint visit on one day, the cheapest ones


class Bonds(NamedTuple):
    """Groups of visits with one start: parts of a joint visit, or a single bound visit.

    ``part`` has a row of figures for each visit, ``group`` one for each group (columns below);
    ``parts`` holds the visits of all groups, ``links`` rows of what a group follows (group, least
    and most seconds between the starts, -1 for any), ``after`` the groups that follow each,
    ``rounds`` begin and end of each round in ``members``, its visits; ``day`` the number of each
    team-day's day and ``clock`` the midnight of each day; ``near`` the neighbours of each group,
    itself first; ``pool`` the starts that belong to ``Routes.pool``. The rest is room to work in.
    """

    part: Ints
    group: Ints
    parts: Ints
    links: Ints
    after: Ints
    rounds: Ints
    members: Ints
    day: Ints
    clock: Ints
    near: Ints
    pool: Ints
    offers: Ints
    tried: Ints
    lists: Ints
    counts: Ints
    out: Ints


# Columns of ``Bonds.part`` and ``Bonds.group``. While a group that is APPOINTED is on the routes,
# the windows of its parts in ``Week.visit`` are its start; WHOLE says that all of it may be made.
GROUP, ROUND, OPENED, CLOSED = range(4)
FIRST_PART, END_PART, FIRST_LINK, END_LINK, FIRST_AFTER, END_AFTER = range(6)
APPOINTED, WHOLE, BEGIN, OLD, IS_NOTED, TRIED_AT, BEST_BEGIN = range(6, 13)
# Columns of ``Bonds.offers``, rows of ``Bonds.tried`` and ``Bonds.lists``, and of its counters.
EXTRA, CAR, POSITION, FROM, TO = range(5)
CHOICE, OPEN_FROM, OPEN_TO, SPENT, CHOSEN_CAR, CHOSEN_POSITION, OFFERED = range(7)
NOTED_ONES, WAITING = range(2)
NOTED, IN_WAITING = range(2)
