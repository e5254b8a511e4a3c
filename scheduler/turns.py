"""Who gives way where not all mandatory visits fit: drawn ones, the last ticket first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scheduler.plan import Unserved

if TYPE_CHECKING:
    from scheduler.job import Job
    from scheduler.problem import Sequences, Visit


def give_way(job: Job, routes: Sequences, drawn: tuple[str, ...]) -> Sequences:
    """Carry drawn visits from the last ticket on until the mandatory rest is served.

    A drawn visit that does not even fit beside the mandatory visits that were not drawn pushes
    nobody out. Where the job was cancelled tickets are kept without any further search.
    """
    if not job.may_go_on():
        return _in_order(job, routes, drawn)
    by_id = {visit.id: visit for visit in job.possible}
    due = [one for one in job.possible if one.mandatory and one.id not in drawn]
    base = job.search(due, phase="tickets")
    due_lost = job.lost(routes, due) and job.lost(base, due)
    due = [one for one in due if one.id not in due_lost]
    # Where due work was lost too, a drawn visit on the routes may be what keeps it out.
    doubtful = drawn if job.lost(routes, due) else job.lost(routes, [by_id[a] for a in drawn])
    blocked = {id_ for id_ in doubtful if not _fits_beside(job, due, by_id[id_], base=base)}
    queue = [by_id[id_] for id_ in drawn if id_ not in blocked]
    if not job.lost(routes, [*due, *queue]):
        return routes
    kept, start = _bisect(job, due, queue, base=base)
    optional = [visit for visit in job.possible if not visit.mandatory]
    final = job.search([*due, *queue[:kept], *optional], phase="final", start=start)
    if job.lost(final, [*due, *queue[:kept]]):
        final = job.insert(start, optional)
    _carry(job, drawn, queue, kept=kept)
    rest = [by_id[id_] for id_ in (*due_lost, *(one for one in drawn if one in blocked))]
    return job.insert(final, rest)


def _carry(job: Job, drawn: tuple[str, ...], queue: list[Visit], *, kept: int) -> None:
    """Note that of *queue* those after the first *kept* are carried."""
    for at, visit in enumerate(queue[kept:], start=kept):
        detail = {"ticket_rank": drawn.index(visit.id) + 1, "kept": kept, "queue": at + 1}
        job.notes.left[visit.id] = Unserved(visit=visit.id, reason="carried", detail=detail)


def _fits_beside(job: Job, due: list[Visit], visit: Visit, *, base: Sequences) -> bool:
    """Tell whether *visit* can be made beside *due*: put into their routes, else searched for."""
    if not job.lost(job.insert(base, [visit]), [visit]):
        return True
    wanted = [*due, visit]
    return not job.lost(job.search(wanted, phase="tickets"), wanted)


def _bisect(
    job: Job, due: list[Visit], queue: list[Visit], *, base: Sequences
) -> tuple[int, Sequences]:
    """Return how many of *queue*, from its head, fit beside *due*, and routes that show it."""
    fits, fails, shown = 0, len(queue), base
    while fails - fits > 1:
        middle = (fits + fails) // 2
        wanted = [*due, *queue[:middle]]
        tried = job.search(wanted, phase="tickets", start=shown)
        if job.lost(tried, wanted):
            fails = middle
        else:
            fits, shown = middle, tried
    return fits, shown


def _in_order(job: Job, routes: Sequences, drawn: tuple[str, ...]) -> Sequences:
    """Put drawn visits into the rest of *routes* by ticket, up to the first that does not fit."""
    by_id = {visit.id: visit for visit in job.possible}
    queue = [by_id[id_] for id_ in drawn]
    out = frozenset(drawn)
    base = {at: [one for one in stops if one.id not in out] for at, stops in routes.items()}
    due = {at: [one for one in stops if one.mandatory] for at, stops in base.items()}
    queue = [one for one in queue if not job.lost(job.insert(due, [one]), [one])]
    for kept, visit in enumerate(queue):
        added = job.insert(base, [visit])
        if job.lost(added, [visit]):
            _carry(job, drawn, queue, kept=kept)
            return base
        base = added
    return base
