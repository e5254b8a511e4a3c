"""What the registers tell about the risk of enterprises: visits in points, and who is compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geo.crs import project
from layers.rows import records

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyproj

    from layers.codes import CodeTable
    from xunge.knowledge import Knowledge

FINDING, SERIOUS, MOST_POINTS = 1.0, 4.0, 40.0
"""Points of a finding, what a serious one adds, and most points of a visit (product choice)."""
RESULT_POINTS = {"on_the_spot": 1.0, "ordered": 2.0, "suspended": 6.0, "closed": 10.0,
                 "refused": 5.0}  # fmt: skip
"""Least points of a visit by its result (product choice): findings are not always counted."""
SERIOUS_RESULTS = frozenset({"suspended", "closed"})
UNSEEN = frozenset({"not_found"})
"""Results of visits at which nobody looked at anything."""
UNTOLD = frozenset({"report"})
"""Kinds of visit that tell of a report by the public: no weight stands on them."""


def enterprises_of(knowledge: Knowledge, *, crs: pyproj.CRS) -> pd.DataFrame:
    """Return every enterprise as a target of :func:`geo.risk_features.features`, without a day.

    Columns object, type (industry), area (township), kin (compound), x, y, size, grade, active.
    """
    objects = knowledge.objects
    firms = objects[objects["kind"] == "enterprise"].sort_index()
    register = knowledge.registers["enterprises"].set_index("id").reindex(firms.index)
    lon, lat = (firms[name].to_numpy(float, na_value=np.nan) for name in ("lon", "lat"))
    placed = np.isfinite(lon)
    x, y = np.full(len(firms), np.nan), np.full(len(firms), np.nan)
    if placed.any():
        x[placed], y[placed] = project(lon[placed], lat[placed], crs)
    parents = register["parent"] if "parent" in register else pd.Series(None, index=firms.index)
    hosts = set(parents.dropna())
    return pd.DataFrame(
        {
            "object": firms["id"], "type": firms["industry"].fillna("other"),
            "area": firms["town_code"],
            "kin": [
                parent if isinstance(parent, str) and parent else id_ if id_ in hosts else None
                for id_, parent in zip(firms["id"], parents, strict=True)
            ],
            "x": x, "y": y,
            "size": pd.to_numeric(register["employees"], errors="coerce").to_numpy(float)
            if "employees" in register else np.nan,
            "grade": firms["risk_grade"], "active": firms["active"].astype(bool),
        }
    )  # fmt: skip


def visits_of(
    knowledge: Knowledge, enterprises: pd.DataFrame, *, tables: Mapping[str, CodeTable]
) -> pd.DataFrame:
    """Return the visits to enterprises as :func:`geo.risk_visits.read_visits` wants them.

    Visits that found nobody and checks of reports are left out. Further columns: size, and
    ``labelled``: inspections, the outcome of which is to be foretold.
    """
    kinds = tables["visit_kind"]
    rows = [
        {
            "id": str(row["id"]), "object": row["object"], "on": row["date"],
            "kind": row["kind"] or "other", "inspectors": tuple(row["inspectors"] or ()),
            "severity": points(row), "serious": is_serious(row),
            "labelled": bool(kinds.data_of(row["kind"] or "").get("counts_to_cap")),
        }
        for row in records(knowledge.visits)
        if row["result"] not in UNSEEN and row["kind"] not in UNTOLD
        and row["object"] in enterprises.index
    ]  # fmt: skip
    names = ("id", "object", "on", "kind", "inspectors", "severity", "serious", "labelled")
    found = pd.DataFrame(rows, columns=list(names))
    where = enterprises.reindex(found["object"]).reset_index(drop=True)
    return found.join(where[["type", "area", "kin", "x", "y", "size"]])


def points(row: Mapping[str, object]) -> float:
    """Return how severe the outcome of a visit is, in points."""
    findings, serious = (_count(row[name]) for name in ("findings", "serious_findings"))
    counted = FINDING * max(findings, serious) + SERIOUS * serious
    return min(MOST_POINTS, max(counted, RESULT_POINTS.get(str(row["result"]), 0.0)))


def is_serious(row: Mapping[str, object]) -> bool:
    """Tell whether a visit found something serious."""
    return _count(row["serious_findings"]) > 0 or row["result"] in SERIOUS_RESULTS


def _count(value: object) -> float:
    return float(value) if isinstance(value, int | float) and value == value else 0.0
