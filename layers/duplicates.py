"""Enterprises that may be one and the same: reported with the reason, never merged."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from rapidfuzz import fuzz, process

from layers.cells import fold
from layers.problems import Problem
from layers.schema import ENTERPRISES

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

NAME_SCORE = 88.0
"""Likeness of names, 0 to 100, from which two may be one (product choice)."""
ADDRESS_SCORE = 85.0
"""Likeness of addresses from which they count as one place (product choice)."""
SAME_NAME_ADDRESS_SCORE = 60.0
"""The same where the names are the same: addresses of one place are written in many ways."""
NEAR_M = 800.0
"""Distance within which coordinates count as one place: a mixed-up datum alone moves a point by
300 to 700 m."""

_LEGAL = re.compile(
    r"(集团|股份)?(有限责任公司|有限公司|股份公司|责任公司|公司)|\((个体工商户|个体|普通合伙|有限合伙)\)$"
)
_REGION = re.compile(
    r"^(?:[^省市县区镇乡]{2,8}(?:省|自治区))?(?:[^省市县区镇乡]{2,6}市)?"
    r"(?:[^省市县区镇乡]{1,6}[县区])?(?:[^省市县区镇乡]{1,4}[镇乡])?"
)
_SIGNS = re.compile(r"[^\w]|_")
_NUMBERS = re.compile(r"\d+|[一二三四五六七八九十甲乙丙丁东西南北]")
_METRES_PER_DEGREE = 111_320.0
_BLOCK_LIMIT = 3_000
_COMMON_PREFIX = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class _Firm:
    """What is compared; a plain row, for there are tens of thousands of pairs."""

    id: str
    name: str
    code: str | None
    address: str | None
    town: str | None
    lon: float
    lat: float
    file: str
    sheet: str
    row: int


def find_duplicates(enterprises: pd.DataFrame) -> list[Problem]:
    """List pairs of enterprises that may be one.

    Two rows with one credit code, and two rows whose names are near the same (without the place in
    front and the legal form behind) at near the same place. Names that differ in a number or a
    direction (一厂 and 二厂) are different. Only rows that share the beginning of the name, the
    address or a cell of about 1 km are compared, so that 100,000 rows stay fast.

    Parameters
    ----------
    enterprises
        Checked rows, see :func:`layers.check.check`.

    Returns
    -------
    list of Problem
        ``same_credit_code`` and ``near_duplicate``, warnings at the later row of a pair; ``detail``
        names the other row and says how alike they are.
    """
    firms = _firms(enterprises)
    problems, known = _same_codes(firms)
    cores = _cores([firm.name for firm in firms])
    for first, second, score in sorted(_alike(firms, cores)):
        place = _one_place(firms[first], firms[second], same_name=score == 100)
        if place is not None and (first, second) not in known:
            detail = {"score": round(score), **place}
            problems.append(_pair(firms[first], firms[second], "near_duplicate", detail))
    return sorted(problems, key=lambda p: (p.file, p.sheet, p.row or 0, p.code, p.detail["other"]))


def _firms(rows: pd.DataFrame) -> list[_Firm]:
    names = ("id", "name", "credit_code", "address", "town", "lon", "lat",
             "source_file", "source_sheet", "source_row")  # fmt: skip
    fields = _Firm.__slots__
    columns = [
        [None if cell is None or cell != cell else cell for cell in rows[name]]
        if name not in ("lon", "lat") else rows[name].tolist()
        for name in names
    ]  # fmt: skip
    return [_Firm(**dict(zip(fields, row, strict=True))) for row in zip(*columns, strict=True)]


def _same_codes(firms: list[_Firm]) -> tuple[list[Problem], set[tuple[int, int]]]:
    firsts: dict[str, int] = {}
    problems, pairs = [], set()
    for place, firm in enumerate(firms):
        if firm.code is None:
            continue
        first = firsts.setdefault(firm.code, place)
        if first != place:
            pairs.add((first, place))
            problems.append(_pair(firms[first], firm, "same_credit_code", {}))
    return problems, pairs


def _pair(other: _Firm, firm: _Firm, code: str, detail: dict[str, Any]) -> Problem:
    name = "credit_code" if code == "same_credit_code" else "name"
    return Problem(
        code=code,
        severity="warning",
        file=firm.file,
        sheet=firm.sheet,
        row=int(firm.row),
        column=ENTERPRISES[name].title,
        value=str(firm.code if name == "credit_code" else firm.name),
        register="enterprises",
        name=name,
        detail={
            "id": firm.id,
            "firm": firm.name,
            "other": other.id,
            "other_name": other.name,
            "other_file": other.file,
            "other_row": int(other.row),
            **detail,
        },
    )


def _cores(names: list[str]) -> list[str]:
    """Strip names of signs, region, legal form, and of beginnings that the whole county shares."""
    bare = []
    for name in names:
        text = _SIGNS.sub("", _LEGAL.sub("", fold(name)))
        bare.append(_REGION.sub("", text) or text)
    prefixes = Counter(text[:2] for text in bare)
    common = {p for p, n in prefixes.items() if n > max(20, _COMMON_PREFIX * len(bare))}
    return [text[2:] if text[:2] in common and len(text) > 4 else text for text in bare]


def _alike(firms: list[_Firm], cores: list[str]) -> set[tuple[int, int, float]]:
    found: set[tuple[int, int, float]] = set()
    for block in _blocks(firms, cores):
        names = [cores[place] for place in block]
        scores = process.cdist(names, names, scorer=fuzz.ratio, score_cutoff=NAME_SCORE)
        for i, j in zip(*np.nonzero(np.triu(scores, 1)), strict=True):
            first, second = block[i], block[j]
            if _NUMBERS.findall(cores[first]) == _NUMBERS.findall(cores[second]):
                found.add((first, second, float(scores[i, j])))
    return found


def _blocks(firms: list[_Firm], cores: list[str]) -> Iterator[list[int]]:
    """Yield lists of rows (ascending) worth comparing; crowded ones cut by longer beginnings."""
    blocks: dict[tuple[str, object], list[int]] = defaultdict(list)
    for place, (firm, core) in enumerate(zip(firms, cores, strict=True)):
        blocks["name", core[:2]].append(place)
        if firm.address:
            blocks["address", fold(firm.address)].append(place)
        if firm.lon == firm.lon and firm.lat == firm.lat:
            size = 0.01 if abs(firm.lon) <= 180 else 1000.0
            cell = (math.floor(firm.lon / size), math.floor(firm.lat / size))
            blocks["cell", cell].append(place)
    for block in blocks.values():
        if len(block) <= _BLOCK_LIMIT:
            yield from [block] if len(block) > 1 else []
            continue
        finer: dict[str, list[int]] = defaultdict(list)
        for place in block:
            finer[cores[place][:4]].append(place)
        yield from (part for part in finer.values() if len(part) > 1)


def _one_place(a: _Firm, b: _Firm, *, same_name: bool) -> dict[str, Any] | None:
    """Say why two rows are at one place; None where they are not, or nothing is known.

    A shared town is a place for firms of the same name only.
    """
    distance = _distance(a, b)
    if distance is not None and distance <= NEAR_M:
        return {"why": "distance", "near": f"{distance:.0f} m"}
    if distance is not None:
        return None
    if a.address and b.address and _one_address(a.address, b.address, same_name=same_name):
        return {"why": "address", "near": b.address}
    if same_name and a.town and a.town == b.town:
        return {"why": "town", "near": a.town}
    return None


def _one_address(one: str, other: str, *, same_name: bool) -> bool:
    first, second = (_REGION.sub("", fold(text)) or fold(text) for text in (one, other))
    if first in second or second in first:
        return True
    likeness = fuzz.ratio(first, second)
    if same_name:
        return likeness >= SAME_NAME_ADDRESS_SCORE
    return likeness >= ADDRESS_SCORE and _NUMBERS.findall(first) == _NUMBERS.findall(second)


def _distance(a: _Firm, b: _Firm) -> float | None:
    """Distance in metres, good to a few percent; None across degrees and projected metres."""
    if any(math.isnan(value) for value in (a.lon, a.lat, b.lon, b.lat)):
        return None
    degrees = [abs(firm.lon) <= 180 and abs(firm.lat) <= 90 for firm in (a, b)]
    if degrees[0] != degrees[1]:
        return None
    dx, dy = a.lon - b.lon, a.lat - b.lat
    if not degrees[0]:
        return math.hypot(dx, dy)
    return _METRES_PER_DEGREE * math.hypot(dx * math.cos(math.radians(a.lat)), dy)
