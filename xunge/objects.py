"""Objects of inspection: enterprises, illegal sites and reports in one frame, with their places."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layers.codes import CodeTable

OBJECT_COLUMNS = (
    "id", "kind", "name", "industry", "risk_grade", "enterprise_class", "departments", "lon",
    "lat", "level", "radius_m", "town_code", "village_code", "cell", "address", "credit_code",
    "phone", "opening_hours", "active", "notes",
)  # fmt: skip


def objects(
    enterprises: pd.DataFrame,
    sites: pd.DataFrame,
    reports: pd.DataFrame,
    *,
    tables: Mapping[str, CodeTable],
) -> pd.DataFrame:
    """Return everything that can be visited, indexed by id.

    Parameters
    ----------
    enterprises, sites, reports
        Registers as :func:`xunge.web.ledger.frames.register` returns them.
    tables
        Code tables; ``operating_status`` says which enterprises are active.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`OBJECT_COLUMNS`; ``kind`` is enterprise, site or report; ``lon``/``lat`` are
        WGS-84 and missing where a place could not be found.
    """
    status = tables["operating_status"]
    frames = [
        _objects(enterprises, "enterprise", phone="phone").assign(
            active=[
                bool(status.data_of(value or "operating").get("eligible", True))
                for value in enterprises["operating_status"]
            ],
            departments=enterprises["department"].map(lambda name: (name,) if name else ()),
        ),
        _objects(sites, "site").assign(active=True),
        _objects(reports, "report").assign(active=True),
    ]
    frame = pd.concat([f for f in frames if len(f)] or frames[:1], ignore_index=True)
    return frame[list(OBJECT_COLUMNS)].set_index("id", drop=False).rename_axis(None)


def _objects(register: pd.DataFrame, kind: str, *, phone: str = "") -> pd.DataFrame:
    def column(name: str) -> pd.Series:
        if name in register:
            return register[name].astype(object)
        return pd.Series([None] * len(register), index=register.index, dtype=object)

    named = [name or key for name, key in zip(column("name"), register["id"], strict=True)]
    return pd.DataFrame(
        {
            "id": register["id"],
            "kind": kind,
            "name": pd.Series(named, index=register.index, dtype=object),
            "industry": column("industry"),
            "risk_grade": column("risk_grade"),
            "enterprise_class": column("enterprise_class"),
            "departments": column("departments"),
            "lon": register["placed_lon"],
            "lat": register["placed_lat"],
            "level": column("placed_level"),
            "radius_m": register["placed_radius_m"],
            "town_code": column("town_code"),
            "village_code": column("village_code"),
            "cell": column("cell"),
            "address": column("address"),
            "credit_code": column("credit_code"),
            "phone": column(phone) if phone else None,
            "opening_hours": column("opening_hours"),
            "notes": column("placed_notes"),
        }
    )
