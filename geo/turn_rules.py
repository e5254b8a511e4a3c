"""What turns cost, and which are forbidden, at the junctions of a road network.

Most junctions stay one point of the search: a cost for arriving by each arm and one for leaving by
it come close enough to the cost of every turn. Where they do not, and where a sign forbids a turn,
the junction is taken apart by arriving arms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geo.turn_bans import forbid_over, forbidden
from geo.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from geo.osm import Restriction
    from geo.road_rules import TurnCosts
    from geo.roads import RoadGraph
    from geo.turns import Junctions

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

_LOOK_M = 15.0  # the direction of a street is taken so far from the junction


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Table:
    """Every turn: arriving arc, leaving arc, junction, seconds, and whether it turns round."""

    a: Ints
    b: Ints
    at: Ints
    seconds: Floats
    round: Flags


def priced_turns(
    roads: RoadGraph,
    junctions: Junctions,
    *,
    restrictions: Sequence[Restriction],
    costs: TurnCosts,
) -> Turns:
    """Price all turns of *roads*.

    Parameters
    ----------
    restrictions
        Forbidden and only turns; those whose ways are not in the network are passed over.
    costs
        Seconds of each kind of turn.

    Returns
    -------
    Turns
        Every turn at a whole junction costs what it should within ``costs.tolerance_s``; at one
        that is taken apart exactly.
    """
    arc, tail, head = roads.arcs()
    table = _turn_table(roads, junctions, arc=arc, tail=tail, head=head, costs=costs)
    banned, signed = forbidden(restrictions, a=table.a, b=table.b, at=table.at, junctions=junctions)
    # One arm further drivers could turn round at no cost and undo a forbidden turn.
    split = np.zeros(len(roads.node_lon), np.bool_)
    split[signed] = True
    near = split[roads.tail] | split[roads.head]
    split[roads.tail[near]] = True
    split[roads.head[near]] = True
    leave, come, misfit = _fitted(table, arcs=2 * len(roads.tail), size=len(roads.node_lon))
    split |= misfit > costs.tolerance_s
    once = np.where(junctions.signal, costs.signal_s, 0.0)
    once = once + np.where(junctions.gate, costs.gate_s, 0.0)
    entry = _entries(roads, junctions, costs=costs)
    found = _assembled(
        table, banned, split, arc=arc, tail=tail, head=head,
        leave=leave + entry, come=come, once=once, entry=entry, arcs=2 * len(roads.tail),
    )  # fmt: skip
    return forbid_over(found, restrictions, junctions, arc=arc, tail=tail, head=head)


def _turn_table(
    roads: RoadGraph, junctions: Junctions, *, arc: Ints, tail: Ints, head: Ints, costs: TurnCosts
) -> _Table:
    order = np.argsort(tail, kind="stable")
    out = np.bincount(tail, minlength=len(roads.node_lon))
    begin = np.cumsum(out) - out
    count = out[head]
    a = np.repeat(np.arange(len(arc)), count)
    step = np.arange(len(a)) - np.repeat(np.cumsum(count) - count, count)
    b = order[np.repeat(begin[head], count) + step]
    arms = np.bincount(
        np.concatenate([roads.tail, roads.head]), minlength=len(roads.node_lon)
    )  # fmt: skip
    leaving, arriving = _bearings(roads)
    angle = (leaving[arc[b]] - arriving[arc[a]] + 180.0) % 360.0 - 180.0
    seconds = _seconds(angle, costs=costs)
    seconds[arms[head[a]] == 2] = 0.0  # a bend
    seconds[junctions.ring[arc[a] // 2] & junctions.ring[arc[b] // 2]] = 0.0
    back = arc[a] == (arc[b] ^ 1)
    seconds[back] = costs.u_turn_s
    return _Table(a=arc[a], b=arc[b], at=head[a], seconds=seconds, round=back)


def _seconds(angle: Floats, *, costs: TurnCosts) -> Floats:
    """Return what turns by *angle* degrees cost, clockwise positive."""
    near = angle > 0 if costs.drives == "right" else angle < 0
    seconds = np.where(near, costs.near_s, costs.across_s)
    seconds = seconds + np.where(np.abs(angle) > costs.sharp_deg, costs.sharp_s, 0.0)
    return np.where(np.abs(angle) < costs.straight_deg, 0.0, seconds)


def _bearings(roads: RoadGraph) -> tuple[Floats, Floats]:
    """Return the directions in which one leaves and arrives by each arc, degrees from north."""
    begin, last = roads.offsets[:-1], roads.offsets[1:] - 1
    lon, lat, along = roads.vertex_lon, roads.vertex_lat, roads.vertex_metres
    street = np.repeat(np.arange(len(begin)), np.diff(roads.offsets))
    step = np.arange(len(lon))
    look = np.minimum(_LOOK_M, roads.metres)
    far = np.where(along >= look[street] - 1e-6, step, last[street])
    after = np.minimum.reduceat(far, begin)
    near = np.where(along <= (roads.metres - look)[street] + 1e-6, step, begin[street])
    before = np.maximum.reduceat(near, begin)

    def bearing(i: Ints, j: Ints) -> Floats:
        east = (lon[j] - lon[i]) * np.cos(np.radians(lat[i]))
        return np.asarray(np.degrees(np.arctan2(east, lat[j] - lat[i])), np.float64)

    leave = np.column_stack([bearing(begin, after), bearing(last, before)])
    arrive = np.column_stack([bearing(before, last), bearing(after, begin)])
    return leave.reshape(-1), arrive.reshape(-1)


def _entries(roads: RoadGraph, junctions: Junctions, *, costs: TurnCosts) -> Floats:
    """Return what leaving by each arc costs where it leads from an open road onto a private one."""
    open_here = np.zeros(len(roads.node_lon), np.bool_)
    open_here[roads.tail[~junctions.private]] = True
    open_here[roads.head[~junctions.private]] = True
    onto = np.column_stack([
        junctions.private & open_here[roads.tail], junctions.private & open_here[roads.head],
    ])  # fmt: skip
    return np.where(onto.reshape(-1), costs.private_s, 0.0)


def _fitted(table: _Table, *, arcs: int, size: int) -> tuple[Floats, Floats, Floats]:
    """Return a cost for leaving and one for arriving by each arc, and how wrong they are at most.

    Turning round is left to whoever has no other way: only at dead ends it is part of the fit.
    """
    ways_on = np.bincount(table.a[~table.round], minlength=arcs)
    usual = ~table.round | (ways_on[table.a] == 0)
    a, b, at, seconds = (column[usual] for column in (table.a, table.b, table.at, table.seconds))
    leave = np.full(arcs, np.inf)
    np.minimum.at(leave, b, seconds)
    # By some arms one can only leave who turns round.
    alone = np.isinf(leave)
    only = table.round & alone[table.b]
    leave[alone] = 0.0
    leave[table.b[only]] = table.seconds[only]
    rest = seconds - leave[b]
    count = np.maximum(np.bincount(a, minlength=arcs), 1)
    come = np.bincount(a, weights=rest, minlength=arcs) / count
    misfit = np.zeros(size)
    np.maximum.at(misfit, at, np.abs(rest - come[a]))
    return leave, come, misfit


def _assembled(
    table: _Table,
    banned: Flags,
    split: Flags,
    *,
    arc: Ints,
    tail: Ints,
    head: Ints,
    leave: Floats,
    come: Floats,
    once: Floats,
    entry: Floats,
    arcs: int,
) -> Turns:
    """Make states and links: a link for each arc at whole junctions, for each turn elsewhere."""
    size = len(split)
    parted = np.flatnonzero(split[head])
    arrive = np.full(arcs, -1, np.int64)
    arrive[arc] = head
    arrive[arc[parted]] = size + np.arange(len(parted))
    arriving = np.zeros(arcs)
    arriving[arc] = once[head]
    whole = arc[~split[head]]
    arriving[whole] += come[whole]
    simple = np.flatnonzero(~split[tail])
    turned = np.flatnonzero(split[table.at] & ~banned)
    a, b = table.a[turned], table.b[turned]
    costs = np.concatenate([leave[arc[simple]], table.seconds[turned] + entry[b]])
    by = np.concatenate([arc[simple], b])
    return Turns(
        states=size + len(parted),
        start=np.concatenate([tail[simple], arrive[a]]),
        arc=by,
        end=arrive[by],
        ms=np.rint(costs * 1000).astype(np.int64),
        arrive=arrive,
        arrive_ms=np.rint(arriving * 1000).astype(np.int64),
    )
