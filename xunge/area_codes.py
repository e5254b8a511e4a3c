"""The register of areas under the codes that geocoding answers with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo.civil_codes import read_codes
from layers.problems import Problem

if TYPE_CHECKING:
    import pandas as pd

    from geo.gazetteer import Gazetteer


def in_statistical_codes(
    areas: pd.DataFrame, gazetteer: Gazetteer
) -> tuple[pd.DataFrame, list[Problem]]:
    """Return the register with statistical codes for its towns, and what was changed.

    A bureau may write them as the Ministry of Civil Affairs does, or fill them up with zeros; which
    list they are from their names tell, see :func:`geo.civil_codes.read_codes`. What is not known
    stays as it is.

    Parameters
    ----------
    areas
        Checked rows of the register.
    """
    towns = areas[areas["level"] == "town"]
    ids = towns["id"].tolist()
    codes = read_codes(ids, towns["name"].tolist(), gazetteer=gazetteer)
    changed = {id_: code for id_, code in zip(ids, codes, strict=True) if code and code != id_}
    if not changed or len({changed.get(id_, id_) for id_ in ids}) < len(ids):
        return areas, []
    renamed = areas.assign(
        id=[changed.get(id_, id_) for id_ in areas["id"]],
        parent=[changed.get(id_, id_) for id_ in areas["parent"]],
    )
    first = towns[towns["id"].isin(list(changed))].iloc[0]
    told = Problem(
        code="area_codes_changed", severity="warning", file=str(first["source_file"]),
        sheet=str(first["source_sheet"]), register="areas", name="id",
        detail={"count": len(changed), "before": first["id"], "after": changed[first["id"]],
                "town": first["name"]},
    )  # fmt: skip
    return renamed, [told]
