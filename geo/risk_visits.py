"""Visits in the order of their days, as the numbers that risk is worked out from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geo.strictness import Links, link

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

COLUMNS = (
    "id", "object", "on", "type", "kind", "inspectors", "severity", "serious", "area", "kin", "x",
    "y",
)  # fmt: skip
GROUPS = ("type", "kind", "month", "inspectors")
"""What the severity expected of a visit depends on."""
MEASURES = ("severity", "serious")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Visits:
    """Visits, oldest first; arrays have one entry for each.

    Attributes
    ----------
    ids
        Enterprises, sorted.
    rows
        Place in the frame they were read from.
    object
        Place of the enterprise in ``ids``.
    day
        Day as an ordinal.
    severity, serious
        How much was found, at least 0; 1 where something serious was found, else 0.
    groups, names
        Who takes part in which visit, and how members are called, by group of :data:`GROUPS`.
    alike
        By ``area`` and ``kin``: number of the visit's group, -1 for none; ``keys`` are their names.
    x, y
        Metres; NaN where unknown.
    """

    ids: pd.Index[str]
    rows: Ints
    object: Ints
    day: Ints
    severity: Floats
    serious: Floats
    groups: Mapping[str, Links]
    names: Mapping[str, list[str]]
    alike: Mapping[str, Ints]
    keys: Mapping[str, pd.Index[str]]
    x: Floats
    y: Floats

    def __len__(self) -> int:
        """Return the number of visits."""
        return len(self.day)

    def before(self, day: int) -> int:
        """Return how many visits were made before *day*."""
        return int(np.searchsorted(self.day, day))

    def groups_until(self, rows: int) -> dict[str, Links]:
        """Return the groups of the first *rows* visits."""
        return {name: links.until(rows) for name, links in self.groups.items()}


def read_visits(frame: pd.DataFrame, *, ids: Iterable[str]) -> Visits:
    """Bring visits into order.

    Parameters
    ----------
    frame
        Columns :data:`COLUMNS`; ``on`` is a date, ``inspectors`` a tuple of ids, ``serious`` true
        or false, ``area`` and ``kin`` (what else belongs together: a compound, a brand) text or
        None, x and y metres or NaN.
    ids
        All enterprises; visits to others are left out.
    """
    index = pd.Index(sorted(set(ids)), dtype=object)
    places = np.flatnonzero(frame["object"].isin(index).to_numpy())
    known = frame.iloc[places].reset_index(drop=True)
    order = known.sort_values(["on", "id"], kind="stable").index.to_numpy()
    known = known.iloc[order]
    members: dict[str, list[tuple[str, ...]]] = {
        "type": [(one,) for one in known["type"]],
        "kind": [(one,) for one in known["kind"]],
        "month": [(str(day.month),) for day in known["on"]],
        "inspectors": known["inspectors"].tolist(),
    }
    names = {name: sorted({one for row in rows for one in row}) for name, rows in members.items()}
    keys = {
        name: pd.Index(sorted({one for one in known[name] if isinstance(one, str)}), dtype=object)
        for name in ("area", "kin")
    }
    return Visits(
        ids=index,
        rows=places[order].astype(np.int64),
        object=index.get_indexer(pd.Index(known["object"])).astype(np.int64),
        day=np.array([day.toordinal() for day in known["on"]], np.int64),
        severity=known["severity"].to_numpy(float),
        serious=known["serious"].to_numpy(float),
        groups={name: link(rows, names=names[name]) for name, rows in members.items()},
        names=names,
        alike={
            name: index.get_indexer(pd.Index(known[name])).astype(np.int64)
            for name, index in keys.items()
        },
        keys=keys,
        x=known["x"].to_numpy(float), y=known["y"].to_numpy(float),
    )  # fmt: skip
