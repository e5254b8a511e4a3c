"""A road network as one file, so that an extract is read once."""

from __future__ import annotations

import json
import zipfile
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from geo.roads import Island, RoadGraph
from geo.turns import Turns

if TYPE_CHECKING:
    from pathlib import Path

VERSION = 1
"""Changes whenever the same extract gives another network."""

_PLAIN = ("dropped_m", "kinds", "islands")
_SKIPPED = ("turns", "memo")


def store_roads(roads: RoadGraph, path: Path) -> None:
    """Write a network; the file is there whole or not at all."""
    tables: dict[str, Any] = {
        one.name: getattr(roads, one.name)
        for one in fields(RoadGraph)
        if one.name not in (*_PLAIN, *_SKIPPED) and getattr(roads, one.name) is not None
    }
    if roads.turns is not None:
        tables |= {f"turns.{one.name}": getattr(roads.turns, one.name) for one in fields(Turns)}
    told = {
        "version": VERSION, "dropped_m": roads.dropped_m, "kinds": roads.kinds,
        "islands": [asdict(one) for one in roads.islands],
    }  # fmt: skip
    tables["told"] = np.frombuffer(json.dumps(told).encode("utf-8"), np.uint8)
    beside = path.with_name(f"{path.name}.part")
    with beside.open("wb") as handle:
        np.savez(handle, **tables)
    beside.replace(path)


def stored_roads(path: Path) -> RoadGraph | None:
    """Read a network that was stored; None where there is none that can be used."""
    try:
        with path.open("rb") as handle, np.load(handle, allow_pickle=False) as tables:
            read = {name: tables[name] for name in tables.files}
        told = json.loads(read.pop("told").tobytes())
        if told.pop("version") != VERSION:
            return None
        turns = {name[6:]: read.pop(name) for name in list(read) if name.startswith("turns.")}
        islands = tuple(Island(**one) for one in told.pop("islands"))
        if turns:
            turns["states"] = int(turns["states"])
        return RoadGraph(
            **read, kinds=tuple(told["kinds"]), dropped_m=told["dropped_m"], islands=islands,
            turns=Turns(**turns) if turns else None,
        )  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
        return None
