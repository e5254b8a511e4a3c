"""Streets that meet end to end become one: where nothing branches off there is no junction."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]


class Chains(NamedTuple):
    """Streets in the order in which they are driven, chain after chain.

    Attributes
    ----------
    street, turned
        Old streets, and whether they are driven from head to tail.
    first
        For each chain its place in ``street``, and at the end their number.
    """

    street: Ints
    turned: Flags
    first: Ints


def partners(
    tail: Ints, head: Ints, *, like: Ints, forward: Flags, backward: Flags, kept: Ints
) -> Ints:
    """Find the end that each end of a street is simply continued by.

    Parameters
    ----------
    tail, head
        Nodes of m streets.
    like
        Streets continue each other only where they are alike in this.
    forward, backward
        Directions; they have to fit.
    kept
        Nodes at which streets stay apart.

    Returns
    -------
    2m numbers: for end ``2k`` (tail of street k) and ``2k + 1`` (head) the other end, or -1.
    """
    node = np.column_stack([tail, head]).reshape(-1)
    into = np.column_stack([backward, forward]).reshape(-1)  # driven towards the node
    away = np.column_stack([forward, backward]).reshape(-1)
    order = np.argsort(node, kind="stable")
    count = np.bincount(node, minlength=int(node.max(initial=-1)) + 1)
    begin = np.cumsum(count) - count
    pairs = begin[(count == 2) & ~np.isin(np.arange(len(count)), kept)]
    one, two = order[pairs], order[pairs + 1]
    fits = (one // 2 != two // 2) & (like[one // 2] == like[two // 2])
    fits &= (into[one] == away[two]) & (away[one] == into[two])
    found = np.full(len(node), -1, np.int64)
    found[one[fits]], found[two[fits]] = two[fits], one[fits]
    return found


def chains(partner: Ints) -> Chains:
    """Follow the ends; a ring begins at its first street."""
    ends = partner.tolist()
    streets = len(ends) // 2
    seen = [False] * streets
    order: list[int] = []
    first: list[int] = []
    alone = [k for k in range(streets) if ends[2 * k] < 0 or ends[2 * k + 1] < 0]
    for k in [*alone, *range(streets)]:
        if seen[k]:
            continue
        first.append(len(order))
        # An end is where a street is left: 2k + 1 is driving it as drawn.
        leave = 2 * k + 1 if ends[2 * k] < 0 or ends[2 * k + 1] >= 0 else 2 * k
        while leave >= 0 and not seen[leave // 2]:
            seen[leave // 2] = True
            order.append(leave)
            enter = ends[leave]
            leave = enter ^ 1 if enter >= 0 else -1
    driven = np.array(order, np.int64)
    return Chains(driven // 2, driven % 2 == 0, np.array([*first, len(order)], np.int64))


def gather(found: Chains, offsets: Ints) -> tuple[Ints, Ints]:
    """Return the vertices of the chains, by their place in the old ones, and new offsets.

    A vertex at which two streets of a chain meet is taken once.
    """
    begin, end = offsets[found.street], offsets[found.street + 1]
    sizes = end - begin
    starts = np.cumsum(sizes) - sizes
    step = np.arange(int(sizes.sum())) - np.repeat(starts, sizes)
    turned = np.repeat(found.turned, sizes)
    vertex = np.where(turned, np.repeat(end - 1, sizes) - step, np.repeat(begin, sizes) + step)
    heads = np.zeros(len(sizes), np.bool_)
    heads[found.first[:-1]] = True
    taken = (step > 0) | np.repeat(heads, sizes)
    counts = np.add.reduceat(sizes - ~heads, found.first[:-1])
    return vertex[taken], np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
