"""Turns of a road network as a graph of states: where one stands, and by which arm one came.

An arc is a street in one direction: ``2k`` is street k as drawn, ``2k + 1`` the other way. A state
is a junction, or one arriving arc of a junction where the way on depends on it. A link leaves a
state by an arc and ends in the state in which that arc arrives.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Turns:
    """States and links; milliseconds are what a turn costs, without the driving.

    Attributes
    ----------
    states
        Number of states.
    start, arc, end, ms
        For each link the state it leaves, its arc, the state it ends in, and its cost.
    arrive, arrive_ms
        For each arc the state in which one is at its end (-1: not driven), and what it costs to
        arrive there. A link's ``ms`` does not contain it.
    """

    states: int
    start: Ints
    arc: Ints
    end: Ints
    ms: Ints
    arrive: Ints
    arrive_ms: Ints


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Junctions:
    """What is known of n junctions and m streets besides the network.

    Attributes
    ----------
    key
        For each junction its place (:func:`geo.osm.keys`).
    ways
        m×2: ids of the ways at tail and head.
    ring, private
        For each street whether it is part of a roundabout, or private.
    signal, gate
        For each junction whether there are lights, or a gate.
    """

    key: Ints
    ways: Ints
    ring: Flags
    private: Flags
    signal: Flags
    gate: Flags
