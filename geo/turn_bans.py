"""Turns that a sign forbids, or allows alone: at one junction, or over the ways between two."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from geo.osm import Restriction
    from geo.turns import Junctions, Turns

    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]
    Links = list[list[int]]  # start, arc, end, milliseconds


def forbidden(
    restrictions: Sequence[Restriction], *, a: Ints, b: Ints, at: Ints, junctions: Junctions
) -> tuple[Flags, Ints]:
    """Return which turns are forbidden, and the junctions that must be taken apart by arms.

    Parameters
    ----------
    a, b, at
        Arriving arc, leaving arc and junction of every turn.
    """
    begins, ends = _ways_at(junctions)
    banned = np.zeros(len(a), np.bool_)
    node_of = {key: k for k, key in enumerate(junctions.key.tolist())}
    signed = {node_of[one.via] for one in restrictions if one.via in node_of}
    for one in restrictions:
        if one.via not in node_of:
            continue
        turns = np.flatnonzero((at == node_of[one.via]) & (ends[a] == one.start))
        onto = begins[b[turns]] == one.end
        if one.only and onto.any():
            banned[turns[~onto]] = True
        elif not one.only:
            same = one.start == one.end
            back = a[turns] == (b[turns] ^ 1)
            banned[turns[onto & (back | (not same))]] = True
    over = {way for one in restrictions for way in one.over}
    inside = np.isin(junctions.ways, [*over]).any(axis=1)
    arcs = np.repeat(inside, 2)
    touched = np.unique(np.concatenate([at[arcs[a]], at[arcs[b]]])) if over else ()
    return banned, np.array(sorted(signed | set(np.asarray(touched).tolist())), np.int64)


def forbid_over(
    turns: Turns,
    restrictions: Sequence[Restriction],
    junctions: Junctions,
    *,
    arc: Ints,
    tail: Ints,
    head: Ints,
) -> Turns:
    """Forbid turns over ways: whoever came from there gets states of his own along these ways."""
    wanted = [one for one in restrictions if one.over]
    if not wanted:
        return turns
    begins, ends = _ways_at(junctions)
    ways: dict[int, list[tuple[int, int, int]]] = {}
    for k, i, j in zip(arc.tolist(), tail.tolist(), head.tolist(), strict=True):
        for way in {int(begins[k]), int(ends[k])}:
            ways.setdefault(way, []).append((k, i, j))
    links: Links = np.column_stack([turns.start, turns.arc, turns.end, turns.ms]).tolist()
    leaving: dict[int, list[int]] = {}
    for k, link in enumerate(links):
        leaving.setdefault(link[0], []).append(k)
    states = turns.states
    for one in wanted:
        for entry, path in _paths(one, ways, begins=begins, ends=ends):
            states = _lead(
                one, path, int(turns.arrive[entry]), links, leaving, states, begins=begins
            )
    start, by, end, ms = np.array(links, np.int64).T
    return replace(turns, states=states, start=start, arc=by, end=end, ms=ms)


def _ways_at(junctions: Junctions) -> tuple[Ints, Ints]:
    """Return the way at the begin and at the end of every arc."""
    return junctions.ways.reshape(-1), junctions.ways[:, ::-1].reshape(-1)


def _paths(
    one: Restriction, ways: dict[int, list[tuple[int, int, int]]], *, begins: Ints, ends: Ints
) -> Iterator[tuple[int, list[int]]]:
    """Yield arcs of the first way and how the ways between lead on from them, arc by arc."""
    between = [arc for way in one.over for arc in ways.get(way, [])]
    goals = {i for arc, i, _ in ways.get(one.end, []) if begins[arc] == one.end}
    for entry, _, node in ways.get(one.start, []):
        if ends[entry] != one.start:
            continue
        paths = [([arc], node, to) for arc, begin, to in between if begin == node]
        while paths:
            path, came, at = paths.pop()
            if at in goals and len(path) <= len(between):
                yield entry, path
                break
            paths += [
                ([*path, arc], at, to)
                for arc, begin, to in between
                if begin == at and to != came and arc not in path
            ]


def _lead(
    one: Restriction,
    path: list[int],
    state: int,
    links: Links,
    leaving: dict[int, list[int]],
    states: int,
    *,
    begins: Ints,
) -> int:
    """Lead whoever goes on from *state* by *path* through states of his own."""
    for step, by in enumerate(path):
        link = next((k for k in leaving.get(state, []) if links[k][1] == by), None)
        if link is None:
            return states
        old, own = links[link][2], states
        states += 1
        links[link][2] = own
        on = path[step + 1] if step + 1 < len(path) else None
        for k in leaving.get(old, []):
            arc = links[k][1]
            right = arc == on if on is not None else int(begins[arc]) == one.end
            if (one.only and not right) or (not one.only and on is None and right):
                continue
            leaving.setdefault(own, []).append(len(links))
            links.append([own, *links[k][1:]])
        state = own
    return states
