"""Codes of the Ministry of Civil Affairs beside those of the statistics bureau.

Both share the six digits of a county. A town's three further digits differ for every fourth town
(神鼎山镇: 430681120 and 430681126), and one's code may be another town's in the other list. Zones
and farms that only the statistics bureau counts have no civil-affairs code. How the shipped table
was made and from what: geo.civil_codes_build.
"""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from geo.names import normalise, stem_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from geo.gazetteer import Gazetteer

DATA = Path(__file__).parent / "data" / "civil_codes.csv"
"""The codes that are not the same in both lists."""

_DEEPEST = {"town": 9, "village": 12}
_CODE = re.compile(r"(\d{6})(\d{3})?(\d{3})?")


class CivilCodes:
    """Statistical codes to civil-affairs codes and back, counties and towns.

    Parameters
    ----------
    different
        Statistical code to civil-affairs code, empty where there is none, for places whose code is
        not the same in both lists.
    """

    def __init__(self, different: Mapping[str, str]) -> None:
        self._civil = dict(different)
        self._statistical = {civil: code for code, civil in different.items() if civil}

    @classmethod
    def load(cls, path: Path = DATA) -> CivilCodes:
        """Read the table at *path*."""
        with path.open(encoding="utf-8", newline="") as file:
            return cls({row["code"]: row["civil_code"] for row in csv.DictReader(file)})

    def civil(self, code: str) -> str:
        """Return the civil-affairs code of the place with a statistical code.

        Of a village, that of its town: 9 digits, or 6 for a county. Empty where it is not known.
        """
        return self._civil.get(code[:9], code[:9])

    def statistical(self, civil: str, *, gazetteer: Gazetteer) -> str:
        """Return the statistical code for a civil-affairs code of 6 or 9 digits.

        Empty where it is not known; a code that is another town's in the statistical list is not
        taken for that one.
        """
        found = self._statistical.get(civil)
        if found is None:
            found = civil if self._civil.get(civil, civil) == civil else ""
        return found if found in gazetteer else ""


@cache
def civil_codes() -> CivilCodes:
    """Return the shipped table, read once."""
    return CivilCodes.load()


def code_of(text: str) -> str:
    """Return a code of 6, 9 or 12 digits without the zeros that fill it up; empty for other text.

    A code of 12 digits that ends in 000 is a town's, one that ends in 000000 a county's.
    """
    found = _CODE.fullmatch(text.strip())
    if not found:
        return ""
    code = found[0]
    while len(code) > 6 and code.endswith("000"):
        code = code[:-3]
    return code


def read_codes(
    cells: Sequence[str], addresses: Sequence[str], *, gazetteer: Gazetteer
) -> list[str]:
    """Read a column of codes of either list as statistical codes.

    The column is read by the list under which more addresses name the place of their code; by the
    statistical one where they do not tell. Villages have statistical codes only, beside which the
    whole column is statistical.

    Parameters
    ----------
    cells
        Codes as written, with or without zeros at the end.
    addresses
        Of the same rows.

    Returns
    -------
    list of str
        Statistical codes, empty where a cell is no known code.
    """
    codes = [code_of(cell) for cell in cells]
    plain = [code if code and code in gazetteer else "" for code in codes]
    if any(len(code) == 12 for code in plain):
        return plain
    table = civil_codes()
    civil = [table.statistical(code, gazetteer=gazetteer) if code else "" for code in codes]
    lead = 0
    for one, other, address in zip(plain, civil, addresses, strict=True):
        if one != other:
            text = normalise(address)
            lead += _names(text, other, gazetteer) - _names(text, one, gazetteer)
    return civil if lead > 0 else plain


def _names(text: str, code: str, gazetteer: Gazetteer) -> bool:
    """Tell whether a text names the town of a code."""
    if len(code) < 9:
        return False
    return stem_of(normalise(gazetteer.place(code).name), "town").stem in text


def named_by_code(inputs: pd.DataFrame, gazetteer: Gazetteer) -> pd.DataFrame:
    """Return geocoding inputs with names in place of codes in the columns town and village."""
    changed = {}
    for column in ("town", "village"):
        cells = inputs[column].tolist()
        if not any(map(code_of, cells)):
            continue
        codes = read_codes(cells, inputs["address"].tolist(), gazetteer=gazetteer)
        changed[column] = [
            gazetteer.place(code[: _DEEPEST[column]]).name
            if code
            else ""
            if code_of(cell)
            else cell
            for code, cell in zip(codes, cells, strict=True)
        ]
    return inputs.assign(**changed)
