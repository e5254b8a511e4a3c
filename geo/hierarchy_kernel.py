"""The compiled part of the hierarchy: heaps, witness searches, and searches that climb.

Plain functions over tables of integers; without numba they are plain Python with the same results.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

try:
    import numba

    COMPILED = not getattr(numba.config, "DISABLE_JIT", False)
except ImportError:
    COMPILED = False

_Function = TypeVar("_Function", bound="Callable[..., Any]")

NONE = 1 << 62
"""The weight of what cannot be reached."""

_SETTLED = 40  # states a witness search settles before a link is put in all the same
_MOST_LINKS = 4_000  # a state that needs more stays in the core, through which one searches plainly
_FIRST = -1_000_000  # comes before every other


class Lists(NamedTuple):
    """Links (rows: start, end, weight) and, state by state, which leave it and which come to it."""

    links: Ints
    out: Ints
    out_after: Ints
    into: Ints
    into_after: Ints


class Ways(NamedTuple):
    """Links that climb, those of state k from ``begin[k]``, and those that climb backwards."""

    begin: Ints
    to: NDArray[np.int32]
    weight: Ints
    back: Ints
    back_to: NDArray[np.int32]
    back_weight: Ints


class Seeds(NamedTuple):
    """Where the searches of n places begin: place k at ``state[begin[k] : begin[k + 1]]``."""

    begin: Ints
    state: NDArray[np.int32]
    weight: Ints


class Work(NamedTuple):
    """Room for a search: best weights, states seen, a heap; states found and how far they are."""

    best: Ints
    seen: Ints
    key: Ints
    value: Ints
    at: Ints
    how: Ints


def _compiled(function: _Function) -> _Function:
    if not COMPILED:
        return function
    compiler: Any = numba.njit(cache=True)
    try:
        return compiler(function)  # type: ignore[no-any-return]
    except RuntimeError:  # neither the package's folder nor the user's cache can be written
        compiler = numba.njit
        return compiler(function)  # type: ignore[no-any-return]


@_compiled
def _push(key: Ints, value: Ints, count: int, k: int, v: int) -> int:
    """Put a value into a heap of four children each; return its size."""
    i = count
    while i > 0:
        above = (i - 1) >> 2
        if key[above] <= k:
            break
        key[i] = key[above]
        value[i] = value[above]
        i = above
    key[i] = k
    value[i] = v
    return count + 1


@_compiled
def _pop(key: Ints, value: Ints, count: int) -> int:
    """Take the first out of a heap; return its size."""
    count -= 1
    k, v = key[count], value[count]
    i = 0
    while 4 * i + 1 < count:
        least = 4 * i + 1
        for j in range(least + 1, min(least + 4, count)):
            if key[j] < key[least]:
                least = j
        if key[least] >= k:
            break
        key[i] = key[least]
        value[i] = value[least]
        i = least
    key[i] = k
    value[i] = v
    return count


@_compiled
def _witness(u: int, v: int, bound: int, lists: Lists, work: Work) -> int:
    """Search from *u* without *v*; return how many states were seen (``best`` has the weights)."""
    work.best[u] = 0
    work.seen[0] = u
    count, settled = 1, 0
    waiting = _push(work.key, work.value, 0, 0, u)
    while waiting > 0:
        weight, x = work.key[0], work.value[0]
        waiting = _pop(work.key, work.value, waiting)
        if weight > work.best[x]:
            continue
        settled += 1
        if settled > _SETTLED or weight > bound:
            break
        k = lists.out[x]
        while k >= 0:
            y, total = lists.links[1, k], weight + lists.links[2, k]
            if y != v and total < work.best[y] and total <= bound:
                if work.best[y] == NONE:
                    work.seen[count] = y
                    count += 1
                work.best[y] = total
                waiting = _push(work.key, work.value, waiting, total, y)
            k = lists.out_after[k]
    return count


@_compiled
def _needed(v: int, lists: Lists, work: Work, new: Ints) -> int:
    """Gather the links that taking out *v* makes necessary; -1 where they are too many."""
    most, count = 0, 0
    k = lists.out[v]
    while k >= 0:
        most = max(most, lists.links[2, k])
        k = lists.out_after[k]
    back = lists.into[v]
    while back >= 0 and lists.out[v] >= 0:
        u, weight = lists.links[0, back], lists.links[2, back]
        saw = _witness(u, v, weight + most, lists, work)
        k = lists.out[v]
        while k >= 0 and count >= 0:
            y, total = lists.links[1, k], weight + lists.links[2, k]
            if y != u and work.best[y] > total:
                if count == new.shape[1]:
                    count = -1
                    break
                new[0, count], new[1, count], new[2, count] = u, y, total
                count += 1
            k = lists.out_after[k]
        for i in range(saw):
            work.best[work.seen[i]] = NONE
        if count < 0:
            return -1
        back = lists.into_after[back]
    return count


@_compiled
def _unlink(k: int, first: int, after: Ints) -> int:
    """Take link *k* out of the list that begins at *first*; return where it then begins."""
    if first == k:
        return int(after[k])
    i = first
    while after[i] != k:
        i = after[i]
    after[i] = after[k]
    return first


@_compiled
def _put(u: int, y: int, weight: int, lists: Lists, count: int) -> int:
    """Put in a link, or make the one there is lighter; return how many there are."""
    k = lists.out[u]
    while k >= 0:
        if lists.links[1, k] == y:
            lists.links[2, k] = min(lists.links[2, k], weight)
            return count
        k = lists.out_after[k]
    lists.links[0, count], lists.links[1, count], lists.links[2, count] = u, y, weight
    lists.out_after[count], lists.out[u] = lists.out[u], count
    lists.into_after[count], lists.into[y] = lists.into[y], count
    return count + 1


@_compiled
def _take_out(v: int, lists: Lists, depth: Ints) -> None:
    """Unlink *v* from those around it, which come to lie deeper."""
    k = lists.out[v]
    while k >= 0:
        y = lists.links[1, k]
        depth[y] = max(depth[y], depth[v] + 1)
        lists.into[y] = _unlink(k, lists.into[y], lists.into_after)
        k = lists.out_after[k]
    k = lists.into[v]
    while k >= 0:
        u = lists.links[0, k]
        depth[u] = max(depth[u], depth[v] + 1)
        lists.out[u] = _unlink(k, lists.out[u], lists.out_after)
        k = lists.into_after[k]


@_compiled
def _around(v: int, lists: Lists) -> int:
    """Count the links of *v*."""
    count = 0
    k = lists.out[v]
    while k >= 0:
        count += 1
        k = lists.out_after[k]
    k = lists.into[v]
    while k >= 0:
        count += 1
        k = lists.into_after[k]
    return count


@_compiled
def contract(links: Ints, count: int, rank: Ints) -> int:
    """Rank all states and add links; return how many there are, -1 where there is no room.

    States of the core get the number of states as their rank.
    """
    states, room = len(rank), links.shape[1]
    lists = Lists(
        links, np.full(states, -1, np.int64), np.empty(room, np.int64),
        np.full(states, -1, np.int64), np.empty(room, np.int64),
    )  # fmt: skip
    for k in range(count):
        u, y = links[0, k], links[1, k]
        lists.out_after[k], lists.out[u] = lists.out[u], k
        lists.into_after[k], lists.into[y] = lists.into[y], k
    none = np.empty(0, np.int64)
    work = Work(
        np.full(states, NONE, np.int64), np.empty(states, np.int64), np.empty(room, np.int64),
        np.empty(room, np.int64), none, none,
    )  # fmt: skip
    depth, order = np.zeros(states, np.int64), np.arange(states)
    first = np.full(states, _FIRST, np.int64)
    new = np.empty((3, _MOST_LINKS), np.int64)
    waiting, done = states, 0
    while waiting > 0:
        v = order[0]
        waiting = _pop(first, order, waiting)
        need = _needed(v, lists, work, new)
        if need < 0:
            rank[v] = states
            continue
        gone = _around(v, lists)
        weight = 100 * need - 50 * gone + 1000 * need // max(gone, 1) + 100 * depth[v]
        if waiting > 0 and weight > first[0]:
            waiting = _push(first, order, waiting, weight, v)
            continue
        if count + need > room:
            return -1
        rank[v] = done
        done += 1
        _take_out(v, lists, depth)
        for i in range(need):
            count = _put(new[0, i], new[1, i], new[2, i], lists, count)
    return count


@_compiled
def _climb(ways: Ways, seeds: Seeds, place: int, work: Work) -> int:
    """Climb from the seeds of *place*; return how many states may be on best ways."""
    count, waiting, found = 0, 0, 0
    for i in range(seeds.begin[place], seeds.begin[place + 1]):
        x, weight = seeds.state[i], seeds.weight[i]
        if weight < work.best[x]:
            if work.best[x] == NONE:
                work.seen[count] = x
                count += 1
            work.best[x] = weight
            waiting = _push(work.key, work.value, waiting, weight, x)
    while waiting > 0:
        total, x = work.key[0], work.value[0]
        waiting = _pop(work.key, work.value, waiting)
        if total > work.best[x]:
            continue
        worse = False  # a way over a higher state is shorter: no best way climbs on from here
        for k in range(ways.back[x], ways.back[x + 1]):
            above = work.best[ways.back_to[k]]
            if above < NONE and above + ways.back_weight[k] < total:
                worse = True
                break
        if worse:
            continue
        work.at[found], work.how[found] = x, total
        found += 1
        for k in range(ways.begin[x], ways.begin[x + 1]):
            y, longer = ways.to[k], total + ways.weight[k]
            if longer < work.best[y]:
                if work.best[y] == NONE:
                    work.seen[count] = y
                    count += 1
                work.best[y] = longer
                waiting = _push(work.key, work.value, waiting, longer, y)
    for i in range(count):
        work.best[work.seen[i]] = NONE
    return found


@_compiled
def _room(states: int, heap: int) -> Work:
    return Work(
        np.full(states, NONE, np.int64), np.empty(states, np.int64), np.empty(heap, np.int64),
        np.empty(heap, np.int64), np.empty(states, np.int64), np.empty(states, np.int64),
    )  # fmt: skip


@_compiled
def fill(ways: Ways, seeds: Seeds, buckets: Ints) -> int:
    """Note for every state which targets are reached from it and how far (rows: state, target,
    weight); return how many notes there are, -1 where there is no room.
    """  # noqa: D205
    work = _room(len(ways.begin) - 1, len(ways.to) + len(seeds.state) + 1)
    count = 0
    for place in range(len(seeds.begin) - 1):
        found = _climb(ways, seeds, place, work)
        if count + found > buckets.shape[1]:
            return -1
        for i in range(found):
            buckets[0, count], buckets[1, count] = work.at[i], place
            buckets[2, count] = work.how[i]
            count += 1
    return count


@_compiled
def meet(ways: Ways, seeds: Seeds, begin: Ints, buckets: Ints, table: Ints) -> None:
    """Climb from every source and take the best of what the buckets on the way hold.

    Those of state k lie from ``begin[k]`` on.
    """
    work = _room(len(ways.begin) - 1, len(ways.to) + len(seeds.state) + 1)
    for source in range(len(seeds.begin) - 1):
        found = _climb(ways, seeds, source, work)
        for i in range(found):
            for k in range(begin[work.at[i]], begin[work.at[i] + 1]):
                total = work.how[i] + buckets[2, k]
                if total < table[source, buckets[1, k]]:
                    table[source, buckets[1, k]] = total
