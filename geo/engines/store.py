"""Ways that a server has told already, kept in a file so that only new places are asked about.

A file holds the places of one server, profile and state of its data, and a square of answers with
holes where nobody has asked. It is replaced as a whole, so that a reader in another process sees
the old one or the new one; one that does not fit its own digest counts as none.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from geo.engines.engine import Block, Floats, Ints

    Tenths = NDArray[np.int32]

FORMAT = 1
"""Part of every key: answers that are kept another way are not read."""

NO_WAY, NOT_ASKED = -1, -2
FAR = 2**31 - 1  # no road near
_FILES = 6
_MICRO = 1e6


@dataclass(slots=True, kw_only=True, eq=False)
class Square:
    """Answers between n places, in tenths of seconds and metres.

    Attributes
    ----------
    places
        n × 2 longitudes and latitudes in 1e-6 degrees, the ones used last at the end.
    seconds, metres
        n × n, :data:`NO_WAY` or :data:`NOT_ASKED` where there is no figure.
    off
        Metres from each place to its point on the road in tenths, :data:`FAR` where none is near.
    """

    places: NDArray[np.int32]
    seconds: Tenths
    metres: Tenths
    off: Tenths

    @classmethod
    def of(cls, lon: Floats, lat: Floats) -> Square:
        """Return the square of some places of which nothing is known."""
        places = micro(lon, lat)
        size = len(places)
        return cls(
            places=places,
            seconds=np.full((size, size), NOT_ASKED, np.int32),
            metres=np.full((size, size), NOT_ASKED, np.int32),
            off=np.full(size, FAR, np.int32),
        )

    def put(self, rows: Ints, columns: Ints, block: Block) -> None:
        """Write down what a server answered."""
        part = np.ix_(rows, columns)
        none = np.isnan(block.seconds) | np.isnan(block.metres)
        for kept, told in ((self.seconds, block.seconds), (self.metres, block.metres)):
            kept[part] = np.where(none, NO_WAY, tenths(told, missing=NO_WAY))
        self.off[rows] = tenths(block.from_m, missing=FAR)
        self.off[columns] = tenths(block.to_m, missing=FAR)

    def adopt(self, known: Square) -> None:
        """Take over what another square knows about the places of this one."""
        here, there = self._both(known)
        mine, other = np.ix_(here, here), np.ix_(there, there)
        self.seconds[mine], self.metres[mine] = known.seconds[other], known.metres[other]
        self.off[here] = known.off[there]

    def with_others(self, known: Square, *, most: int) -> Square:
        """Return what both squares know, at most so many places; those of this one stay longest."""
        mine = {(int(x), int(y)) for x, y in self.places}
        other = [n for n, (x, y) in enumerate(known.places.tolist()) if (x, y) not in mine]
        # The first ones have not been used for the longest time.
        other = other[max(0, len(other) - max(0, most - len(self.places))) :]
        both = Square.of(
            np.concatenate([known.places[other, 0], self.places[:, 0]]) / _MICRO,
            np.concatenate([known.places[other, 1], self.places[:, 1]]) / _MICRO,
        )
        both.adopt(known)
        both.adopt(self)
        return both

    def _both(self, known: Square) -> tuple[list[int], list[int]]:
        at = {(x, y): n for n, (x, y) in enumerate(known.places.tolist())}
        here = [n for n, (x, y) in enumerate(self.places.tolist()) if (x, y) in at]
        return here, [at[x, y] for x, y in self.places[here].tolist()]


def micro(lon: Floats, lat: Floats) -> NDArray[np.int32]:
    """Return places in 1e-6 degrees."""
    return np.rint(np.column_stack([lon, lat]) * _MICRO).astype(np.int32)


def tenths(values: Floats, *, missing: int) -> Tenths:
    """Round to tenths, *missing* where there is no figure."""
    known = np.isfinite(values)
    whole = np.clip(np.rint(np.where(known, values, 0.0) * 10), 0, FAR - 1)
    return np.where(known, whole, missing).astype(np.int32)


class Store:
    """Squares in a folder, one file for each key.

    Parameters
    ----------
    most_places
        Places kept in one file at most.
    """

    def __init__(self, folder: Path, *, most_places: int) -> None:
        self.folder = folder
        self.most_places = most_places

    def read(self, key: Sequence[str]) -> Square | None:
        """Return what is kept, None where there is nothing that can be used."""
        path = self._path(key)
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
                square = Square(**{name: kept[name] for name in _PARTS})
                digest = str(kept["digest"])
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None
        return square if digest == _digest(square) else None

    def write(self, key: Sequence[str], square: Square, *, known: Square | None) -> None:
        """Keep a square beside what is known; files that were written long ago give way."""
        if known is not None:
            square = square.with_others(known, most=self.most_places)
        if len(square.places) > self.most_places:
            return
        path = self._path(key)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            return
        part = path.with_suffix(f".{os.getpid()}.part")
        try:
            with part.open("wb") as file:
                parts = {name: getattr(square, name) for name in _PARTS}
                np.savez(file, digest=np.array(_digest(square)), **parts)
            part.replace(path)
        except OSError:  # a full disk or a file that another process holds: only slower next time
            part.unlink(missing_ok=True)
        self._tidy(path)

    def _path(self, key: Sequence[str]) -> Path:
        text = "\n".join([str(FORMAT), *key])
        return self.folder / f"ways-{hashlib.sha256(text.encode()).hexdigest()[:16]}.npz"

    def _tidy(self, newest: Path) -> None:
        dated = []
        for path in self.folder.glob("ways-*.npz"):
            try:
                dated.append((path.stat().st_mtime_ns, path.name))
            except OSError:  # another process was first
                continue
        for _, name in sorted(dated)[:-_FILES]:
            if name != newest.name:
                (self.folder / name).unlink(missing_ok=True)


_PARTS = ("places", "seconds", "metres", "off")


def _digest(square: Square) -> str:
    size = len(square.places)
    shapes = [square.places.shape, square.seconds.shape, square.metres.shape, square.off.shape]
    if shapes != [(size, 2), (size, size), (size, size), (size,)]:
        return "crooked"
    found = hashlib.sha256()
    for name in _PARTS:
        found.update(np.ascontiguousarray(getattr(square, name), "<i4").tobytes())
    return found.hexdigest()
