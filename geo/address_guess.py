"""Which column of a table holds addresses: texts that lead to villages and towns of the area."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geo.geocode import geocode
from layers.columns import meant

if TYPE_CHECKING:
    from geo.gazetteer import Gazetteer

Places = Callable[[Sequence[str]], pd.DataFrame]
"""Addresses to a frame of the same length: lon, lat (WGS-84, NaN where unknown) and level."""

_LOOK = 80  # different cells by which a column is judged
_DEPTH = {"village": 1.0, "town": 0.7, "county": 0.3}
_PLACE_WORDS = re.compile(
    r"[村组号路街巷弄栋楼室屯队]|社区|园区|工业园|开发区|屋场|附近|旁|对面|交汇|隔壁|道口"
)
_FIRM_END = re.compile(
    r"(?:公司|厂|店|部|矿|站|场|中心|合作社|超市|医院|学校|加工点|作坊|库|馆|所|集团)"
    r"(?:[（(][^）)]*[）)])?$"
)
_LEAST = 0.6
_LEAD = 0.2
_HEADER = 0.4


def places_of(gazetteer: Gazetteer, *, home: str) -> Places:
    """Return where addresses lie, read with the gazetteer and the user's county as home."""

    def places(addresses: Sequence[str]) -> pd.DataFrame:
        distinct = list(dict.fromkeys(addresses))
        answer = geocode(pd.DataFrame({"address": distinct}), gazetteer=gazetteer, home=home)
        sure = answer["county"].str.startswith(home) & (answer["confidence"] != "low")
        answer.loc[~sure, ["lon", "lat"]] = np.nan
        answer.loc[~sure, "level"] = "none"
        answer.index = pd.Index(distinct)
        return answer.loc[list(addresses), ["lon", "lat", "level"]].reset_index(drop=True)

    return places


def find_address(
    texts: dict[str, list[str]], places: Places | None
) -> tuple[str, pd.DataFrame | None, bool]:
    """Find the column of addresses.

    Parameters
    ----------
    texts
        Header to texts, those of :func:`layers.columns.text_columns`.

    Returns
    -------
    header, known, asked
        Header of the column, empty where there is none; where its addresses lie, row by row;
        whether another column may be meant just as well.
    """
    scores = {header: _score(header, cells, places) for header, cells in texts.items()}
    ranked = sorted(scores, key=lambda header: -scores[header])
    if not ranked or scores[ranked[0]] < _LEAST:
        return "", None, False
    best = ranked[0]
    close = len(ranked) > 1 and scores[best] - scores[ranked[1]] < _LEAD
    known = places(texts[best]) if places is not None else None
    return best, known, close and scores[ranked[1]] >= _LEAST


def _score(header: str, cells: Sequence[str], places: Places | None) -> float:
    """Weigh how much like addresses the cells of a column are; 1 and more is a good one."""
    filled = [cell for cell in cells if cell]
    distinct = list(dict.fromkeys(filled))
    looked = [distinct[k] for k in np.unique(np.linspace(0, len(distinct) - 1, _LOOK).astype(int))]
    named = meant(header)
    score = _HEADER if named == "address" else -_HEADER if named else 0.0
    score += 0.5 * _share(looked, _PLACE_WORDS) - _share(looked, _FIRM_END)
    if len(distinct) < 0.3 * len(filled):
        score -= 0.5  # names of towns repeat
    if np.median([len(cell) for cell in looked]) < 5:
        score -= 0.3
    if places is None:
        return score + 0.3
    return score + float(places(looked)["level"].map(_DEPTH).fillna(0.0).mean())


def _share(cells: Sequence[str], words: re.Pattern[str]) -> float:
    return sum(bool(words.search(cell)) for cell in cells) / len(cells)
