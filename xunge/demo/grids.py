"""Grids and their workers: one for each village, with the slips that such registers have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from xunge.demo import names
from xunge.demo.county import rng_of

if TYPE_CHECKING:
    from xunge.demo.county import County

_FIRST_PHONE = 5_000
_TOGETHER = 9  # every so many villages one is looked after by its neighbour's worker
_FORGOTTEN = ("431023214", 2)  # a town whose last villages nobody has entered


def make_grids(county: County, *, seed: int) -> pd.DataFrame:
    """Return the register of grids.

    Some villages share a worker, two grids claim one village, and two villages are in none.
    """
    rng = rng_of(seed, "grids")
    rows: list[dict[str, str]] = []
    for town, villages in county.villages.groupby("town", sort=True):
        listed = villages.sort_values("code")
        if town == _FORGOTTEN[0]:
            listed = listed.iloc[: -_FORGOTTEN[1]]
        for at, village in enumerate(listed.itertuples()):
            if at and at % _TOGETHER == 0:
                rows[-1]["villages"] += f"、{village.name}"
                continue
            rows.append(
                {
                    "id": f"W{str(village.code)[6:]}", "name": f"{village.name}网格",
                    "town": str(village.town_name), "villages": str(village.name),
                    "worker": names.person(rng=rng), "phone": names.phone(_FIRST_PHONE + len(rows)),
                    "unit": f"{village.town_name}应急办",
                }
            )  # fmt: skip
    rows[1]["villages"] += f"、{rows[0]['villages'].split('、')[0]}"
    return pd.DataFrame(rows)
