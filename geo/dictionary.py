"""Dictionaries that are searched at every position of many texts at once.

Texts are arrays of UTF-16 units. Every entry is known by a hash of 64 bits; the heads of entries
say which lengths are worth trying at a position, so that most positions cost one look-up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from geo.characters import fold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Ints = NDArray[np.int32]
    Units = NDArray[np.uint16]
    Hashes = NDArray[np.uint64]

LONGEST = 31
"""Units of an entry that are told apart; longer ones are left out."""

_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xD6E8FEB86659FD93)
_HEAD_BITS = 18
_HEAD = 2  # units by which the lengths of entries are looked up, and again
_LONGER_HEAD = 4
_SLICE = 2**16  # entries hashed at once: less memory, and faster for it


class Found(NamedTuple):
    """Entries found in a text: where each begins, how many units it has, which entry it is."""

    start: Ints
    size: Ints
    entry: Ints


class Dictionary:
    """Entries with values, searched at every position of a text.

    Parameters
    ----------
    units, starts, sizes
        Entries as slices of one array.
    values
        One number an entry; equal entries become one with several values.

    Attributes
    ----------
    value_starts
        Where the values of each entry begin in ``values``; as many and one more.
    values
        The values, sorted within an entry.
    """

    def __init__(self, units: Units, starts: Ints, sizes: Ints, values: Ints) -> None:
        hashes, self._masks = _hash_entries(units, starts, sizes)
        order = np.lexsort((values, hashes)).astype(np.int32)
        hashes, self.values = hashes[order], values[order].astype(np.int32, copy=False)
        del order
        same = hashes[1:] == hashes[:-1]
        twice = np.append(False, same & (self.values[1:] == self.values[:-1]))
        if twice.any():
            hashes, self.values = hashes[~twice], self.values[~twice]
            same = hashes[1:] == hashes[:-1]
        first = np.flatnonzero(np.append(True, ~same)[: len(hashes)]).astype(np.int32)
        self.value_starts: Ints = np.append(first, np.int32(len(hashes)))
        hashes = hashes[first]
        self._bits = max(len(first).bit_length(), 4)
        buckets = (hashes >> np.uint64(64 - self._bits)).astype(np.int32)
        edges = np.arange(2**self._bits + 1, dtype=np.int32)
        self._buckets: Ints = np.searchsorted(buckets, edges).astype(np.int32)
        self._keys: NDArray[np.uint32] = hashes.astype(np.uint32)
        self._deepest = int(np.diff(self._buckets).max(initial=0))

    def __len__(self) -> int:
        """Return the number of different entries."""
        return len(self._keys)

    def find(self, units: Units, at: Ints | None = None) -> Found:
        """Return every entry that begins at one of the positions *at* (default: everywhere).

        *units* are folded, see :func:`geo.characters.fold`; entries are without that.
        """
        padded = np.concatenate([units, np.zeros(LONGEST, dtype=np.uint16)])
        where = np.arange(len(units), dtype=np.int32) if at is None else at
        hashes = np.zeros(len(where), dtype=np.uint64)
        lengths = np.full(len(where), np.uint32(0xFFFFFFFF))
        pieces: list[tuple[Ints, int, Ints]] = []
        for size in range(1, LONGEST + 1):
            hashes = (hashes + padded[where + (size - 1)]) * _FACTOR
            if size == 1:
                lengths = self._masks[0][_slot(hashes)]
            elif size == _HEAD:
                lengths = self._masks[1][_slot(hashes)] & lengths
            elif size == _LONGER_HEAD:
                lengths = self._masks[2][_slot(hashes)] & lengths
            ends = (lengths >> np.uint32(size)) & np.uint32(1) != 0
            if ends.any():
                entry = self._look_up(hashes[ends])
                known = entry >= 0
                pieces.append((where[ends][known], size, entry[known]))
            more = (lengths >> np.uint32(size)) > np.uint32(1)
            if not more.any():
                break
            where, hashes, lengths = where[more], hashes[more], lengths[more]
        return _joined(pieces)

    def _look_up(self, hashes: Hashes) -> Ints:
        mixed = _mixed(hashes)
        bucket = (mixed >> np.uint64(64 - self._bits)).astype(np.int32)
        keys = mixed.astype(np.uint32)
        low, high = self._buckets[bucket], self._buckets[bucket + 1]
        found = np.full(len(hashes), -1, dtype=np.int32)
        rows = np.flatnonzero(low < high)
        low, high, keys = low[rows], high[rows], keys[rows]
        for _ in range(self._deepest):
            hit = self._keys[low] == keys
            found[rows[hit]] = low[hit]
            low = low + 1
            on = ~hit & (low < high)
            if not on.any():
                break
            rows, low, high, keys = rows[on], low[on], high[on], keys[on]
        return found


def of_words(words: Sequence[tuple[str, int]]) -> Dictionary:
    """Make a dictionary of *words* and their values."""
    units, starts, sizes = flat([word for word, _ in words])
    return Dictionary(units, starts, sizes, np.array([v for _, v in words], dtype=np.int32))


def flat(words: Sequence[str]) -> tuple[Units, Ints, Ints]:
    """Return *words* as one array of UTF-16 units, where each begins, and its size."""
    raw = [word.encode("utf-16-le", "surrogatepass") for word in words]
    sizes = np.array([len(one) // 2 for one in raw], dtype=np.int32)
    units = np.frombuffer(b"".join(raw), dtype="<u2")
    return units, starts_of(sizes), sizes


def starts_of(sizes: NDArray[Any]) -> Ints:
    """Return where slices of these sizes begin when they lie one behind the other."""
    starts = np.zeros(len(sizes), dtype=np.int32)
    np.cumsum(sizes[:-1], out=starts[1:])
    return starts


def _hash_entries(
    units: Units, starts: Ints, sizes: Ints
) -> tuple[Hashes, tuple[NDArray[np.uint32], ...]]:
    """Return the entries' hashes, and for heads of 1, 2 and 4 units the lengths that follow."""
    hashes = np.zeros(len(starts), dtype=np.uint64)
    masks = tuple(np.zeros(2**_HEAD_BITS, dtype=np.uint32) for _ in range(3))
    for low in range(0, len(starts), _SLICE):
        part = slice(low, low + _SLICE)
        _hash_slice(units, starts[part], sizes[part], hashes[part], masks)
    # Lengths up to a head's own have been decided before it is reached.
    for size, mask in ((_HEAD, masks[1]), (_LONGER_HEAD, masks[2])):
        mask |= np.uint32((1 << size) - 1)
    return hashes, masks


def _hash_slice(
    units: Units, starts: Ints, sizes: Ints, out: Hashes, masks: tuple[NDArray[np.uint32], ...]
) -> None:
    """Fill in the hashes of some entries and add their lengths to the masks."""
    lengths = np.uint32(1) << np.minimum(sizes, LONGEST).astype(np.uint32)
    rows = np.flatnonzero((sizes > 0) & (sizes <= LONGEST)).astype(np.int32)
    hashes = np.zeros(len(rows), dtype=np.uint64)
    for size in range(1, LONGEST + 1):
        if not len(rows):
            break
        hashes = (hashes + fold(units[starts[rows] + (size - 1)])) * _FACTOR
        if size in (1, _HEAD, _LONGER_HEAD):
            mask = masks[(1, _HEAD, _LONGER_HEAD).index(size)]
            np.bitwise_or.at(mask, _slot(hashes), lengths[rows])
        ends = sizes[rows] == size
        out[rows[ends]] = _mixed(hashes[ends])
        rows, hashes = rows[~ends], hashes[~ends]


def _slot(hashes: Hashes) -> Hashes:
    return hashes >> np.uint64(64 - _HEAD_BITS)


def _mixed(hashes: Hashes) -> Hashes:
    return (hashes ^ (hashes >> np.uint64(31))) * _MIX


def _joined(pieces: Sequence[tuple[Ints, int, Ints]]) -> Found:
    start = np.concatenate([np.zeros(0, dtype=np.int32), *(one[0] for one in pieces)])
    entry = np.concatenate([np.zeros(0, dtype=np.int32), *(one[2] for one in pieces)])
    size = np.repeat(
        np.array([one[1] for one in pieces], dtype=np.int32), [len(one[0]) for one in pieces]
    )
    order = np.argsort(start, kind="stable")
    return Found(start[order], size[order], entry[order])
