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
    itself first; ``pool`` the starts that belong to ``Routes.pool``; ``queue`` rows of routes whose
    appointments are to be looked at. The rest is room to work in.
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
    queue: Ints
    least: Ints


# Columns of ``Bonds.part`` and ``Bonds.group``. While a group that is APPOINTED is on the routes it
# starts from BEGIN to UNTIL, and so say the windows of its parts in ``Week.visit``; all groups can
# start at BEGIN together. One that is not FREE follows another or is followed: it starts at BEGIN.
# WHOLE says that all of it may be made. What was before the iteration, and before its last step:
GROUP, ROUND, OPENED, CLOSED = range(4)
FIRST_PART, END_PART, FIRST_LINK, END_LINK, FIRST_AFTER, END_AFTER = range(6)
APPOINTED, FREE, WHOLE, BEGIN, UNTIL, TRIED_AT, BEST_BEGIN = range(6, 13)
IS_NOTED, OLD_BEGIN, OLD_UNTIL, STEP_NOTED, STEP_BEGIN, STEP_UNTIL = range(13, 19)
FIGURES_OF_GROUP = 19
# Columns of ``Bonds.offers``, rows of ``Bonds.tried``, ``Bonds.lists`` and ``Bonds.queue``, and of
# its counters. The places of a group that is put on the routes stand in lists from PLACES on.
EXTRA, CAR, POSITION, FROM, TO = range(5)
CHOICE, OPEN_FROM, OPEN_TO, SPENT, CHOSEN_CAR, CHOSEN_POSITION, OFFERED = range(7)
NOTED_ONES, WAITING, STEP_ONES, PLACES = range(4)
QUEUED_ONES, IS_QUEUED, STIRRED_ONES, STIRRED_IN = range(4)
NOTED, IN_WAITING, STEP, OF_STEP, FIRST_QUEUED, QUEUED, STIRRED = range(7)
COUNTERS = 7
