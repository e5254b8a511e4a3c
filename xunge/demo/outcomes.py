"""What the inspectors of a planned week will find: the hidden truth, told through the template.

Every outcome depends on the seed, the visit and the object alone, so that a week played twice
finds the same, whatever else was planned.
"""

from __future__ import annotations

import csv
import datetime as dt
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from layers import codes
from layers.rows import records
from layers.schema import SITES
from maps.book_rows import RESULT_COLUMNS
from maps.excel import Book, BookColumn
from maps.workbooks import (
    NO,
    NOT_DONE_REASONS,
    RESULT_HEADERS,
    RESULTS_SHEET,
    SITE_HEADERS,
    SITES_SHEET,
    YES,
)
from xunge.demo.county import chance, table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FILLED_SUFFIX = "_已填"
_DONE = 0.95
_MET = 0.86
_CLOSED_AT_RAID = 0.75
_SUBSTANTIATED = 0.46
_GONE = 0.025
_ORDERED_EACH = 0.3  # chance that one finding alone leads to an order
_SERIOUS = 0.04
_NEW_SITE = {"patrol": 0.06, "joint": 0.02}
_NEW_SITE_ELSEWHERE = 0.004
_DEADLINES = (7, 10, 15, 15, 20, 30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What the truth file knows of one object."""

    id: str
    lon: float
    lat: float
    town: str
    village: str
    industry: str
    propensity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Visit:
    """One row of the template, and chance for it."""

    id: str
    object: str
    kind: str
    day: dt.date
    truth: Truth | None
    seed: int

    def luck(self, what: str) -> float:
        return chance(self.seed, "outcome", self.id, self.object, what)

    def one_of(self, words: Sequence[str], what: str) -> str:
        return words[int(self.luck(what) * len(words))]

    @property
    def propensity(self) -> float:
        """Expected findings; for an object that is in no truth file an average one of its own."""
        if self.truth is not None:
            return self.truth.propensity
        return 0.3 + chance(self.seed, "unknown object", self.object)


def play_week(folder: Path, results_template: Path, *, seed: int) -> Path:
    """Fill in the results of a planned week, as its inspectors would.

    Parameters
    ----------
    folder
        The example county; its ``truth.csv`` holds the hidden hazard rates.
    results_template
        The results workbook of the week, as :func:`maps.workbooks.results_workbook` wrote it.
    seed
        The same seed gives the same findings and the same bytes.

    Returns
    -------
    Path
        The filled workbook, beside the template, its name ending in ``_已填``.
    """
    truth = read_truth(folder / "truth.csv")
    places = [row for key, row in sorted(truth.items()) if key.startswith("FF")]
    rows, found = [], []
    for given in _planned(results_template):
        visit = _visit(given, truth, seed=seed)
        row = {**given, "date": visit.day, **_outcome(visit)}
        rows.append(row)
        rate = _NEW_SITE.get(visit.kind, _NEW_SITE_ELSEWHERE)
        if row["done"] == YES and visit.luck("new site") < rate:
            found.append(_new_site(visit, places))
    path = results_template.with_stem(results_template.stem + FILLED_SUFFIX)
    _write(path, rows, found)
    return path


def _planned(template: Path) -> list[dict[str, Any]]:
    """Return the rows of a template by the English names of their columns, None where empty."""
    names = {title: name for name, title in RESULT_HEADERS.items()}
    plan = pd.read_excel(template, sheet_name=RESULTS_SHEET, engine="calamine", dtype=object)
    plan = plan.rename(columns=names)[list(RESULT_HEADERS)].astype(object)
    return records(plan.where(plan.notna(), None))


def read_truth(path: Path) -> dict[str, Truth]:
    """Read the truth file of the example county by object id."""
    with path.open("r", encoding="utf-8", newline="") as file:
        return {
            row["id"]: Truth(
                id=row["id"], lon=float(row["lon"]), lat=float(row["lat"]), town=row["town"],
                village=row["village"], industry=row["industry"],
                propensity=float(row["propensity"]),
            )
            for row in csv.DictReader(file)
        }  # fmt: skip


def _visit(row: dict[str, Any], truth: dict[str, Truth], *, seed: int) -> _Visit:
    kind = codes.TABLES["visit_kind"].read(str(row["kind"])) or str(row["kind"])
    return _Visit(
        id=str(row["visit"]), object=str(row["object"]), kind=kind,
        day=pd.Timestamp(row["date"]).date(), truth=truth.get(str(row["object"])), seed=seed,
    )  # fmt: skip


def _outcome(visit: _Visit) -> dict[str, Any]:
    """Return the filled columns of one visit by their English names."""
    if visit.luck("done") >= _DONE:
        reason = visit.one_of(NOT_DONE_REASONS, "reason")
        return {"done": NO, "not_done_reason": reason}
    tell = {"reinspection": _reinspection, "revisit": _revisit, "joint": _raid,
            "report": _report_check, "patrol": _patrol}.get(visit.kind, _inspection)  # fmt: skip
    if visit.kind in ("joint", "revisit") and not visit.object.startswith("FF"):
        tell = _inspection
    return {"done": YES, "done_on": visit.day, **tell(visit)}


def _result(code: str, findings: int = 0, serious: int = 0, **facts: Any) -> dict[str, Any]:
    title = codes.TABLES["visit_result"].title_of(code)
    return {"result": title, "findings": findings, "serious_findings": serious, **facts}


def _deadline(visit: _Visit) -> dt.date:
    return visit.day + dt.timedelta(days=_DEADLINES[int(visit.luck("term") * len(_DEADLINES))])


def _hazard(visit: _Visit, count: int) -> str:
    texts = table("texts")["hazards"]
    industry = visit.truth.industry if visit.truth else ""
    known = [*texts.get(industry, []), *texts["common"]]
    chosen = dict.fromkeys(visit.one_of(known, f"hazard {i}") for i in range(min(count, 3)))
    return "；".join(chosen)


def _inspection(visit: _Visit) -> dict[str, Any]:
    if visit.luck("gone") < _GONE:
        return _result("not_found", note="已搬离，门店关闭")
    count = _poisson(visit.propensity, visit.luck("findings"))
    return _findings(visit, count)


def _findings(visit: _Visit, count: int) -> dict[str, Any]:
    """Return what *count* findings lead to: remedy on the spot, an order, a suspension."""
    if count == 0:
        return _result("pass")
    serious = sum(visit.luck(f"serious {i}") < _SERIOUS for i in range(count))
    hazard = _hazard(visit, count)
    if serious and visit.luck("stop") < 0.15:
        return _result("suspended", count, serious, hazard=hazard, deadline=_deadline(visit))
    if serious or visit.luck("order") > (1 - _ORDERED_EACH) ** count:
        return _result("ordered", count, serious, hazard=hazard, deadline=_deadline(visit))
    return _result("on_the_spot", count, serious, hazard=hazard)


def _reinspection(visit: _Visit) -> dict[str, Any]:
    outcomes = codes.TABLES["review_outcome"]
    met = _MET - 0.04 * min(visit.propensity, 4.0)
    luck = visit.luck("review")
    if luck < met:
        return _result("pass", outcome=outcomes.title_of("met"))
    code = "partly" if luck < (1 + met) / 2 else "not_met"
    return _result("ordered", 1, hazard=_hazard(visit, 1), deadline=_deadline(visit),
                   outcome=outcomes.title_of(code))  # fmt: skip


def _revisit(visit: _Visit) -> dict[str, Any]:
    """Tell whether a closed site is quiet, gone, or at work again."""
    if visit.luck("relapse") < min(visit.propensity, 0.5):
        return _result("closed", 1, 1, closed=YES, note="发现死灰复燃，当场取缔")
    if visit.luck("gone") < 0.1:
        return _result("not_found", note="场地已平整")
    return _result("pass", closed=NO)


def _raid(visit: _Visit) -> dict[str, Any]:
    """Tell how a raid on an open illegal site ends: it is closed mostly."""
    if visit.luck("closed") < _CLOSED_AT_RAID:
        return _result("closed", 1, 1, closed=YES, note="设备拆除，原料查扣")
    if visit.luck("gone") < 0.2:
        return _result("not_found", closed=NO, note="人去场空")
    return _result("suspended", 1, 1, closed=NO, hazard="未取得许可", deadline=_deadline(visit))


def _report_check(visit: _Visit) -> dict[str, Any]:
    if visit.luck("true") >= _SUBSTANTIATED:
        return _result("pass", note="举报不属实")
    count = 1 + _poisson(visit.propensity / 2, visit.luck("findings"))
    return {**_findings(visit, count), "note": "举报属实"}


def _patrol(visit: _Visit) -> dict[str, Any]:
    count = _poisson(0.25, visit.luck("findings"))
    return _result("on_the_spot" if count else "pass", count)


def _poisson(mean: float, luck: float) -> int:
    """Return the Poisson count whose distribution function first exceeds *luck*."""
    count, term = 0, math.exp(-mean)
    below = term
    while below <= luck and count < 20:
        count += 1
        term *= mean / count
        below += term
    return count


def _new_site(visit: _Visit, places: list[Truth]) -> dict[str, Any]:
    """Return a den found on the way, not far from where dens have been before."""
    near = places[int(visit.luck("near") * len(places))]
    kinds = {str(kind["industry"]): kind for kind in table("sites")["kind"]}
    kind = kinds[near.industry]
    row: dict[str, Any] = dict.fromkeys(SITE_HEADERS)
    row.update(
        id=f"FF{visit.day.year}-{visit.id[-8:]}",
        name=visit.one_of(kind["dens"], "den"),
        behaviour=codes.TABLES["behaviour"].title_of("K1"),
        industry=codes.TABLES["industry"].title_of(near.industry),
        status=codes.TABLES["site_status"].title_of("open"),
        discovered=visit.day,
        departments="、".join(kind["departments"][:2]),
        lon=f"{near.lon + 0.006 * (visit.luck('east') - 0.5):.6f}",
        lat=f"{near.lat + 0.006 * (visit.luck('north') - 0.5):.6f}",
        datum="WGS84",
        description=f"{visit.id}途中发现",
    )
    return row


class _Row:
    """A row whose columns are attributes, as workbooks take them."""

    def __init__(self, cells: dict[str, Any]) -> None:
        self.__dict__.update(cells)


def _write(path: Path, rows: list[dict[str, Any]], found: list[dict[str, Any]]) -> None:
    site_columns = [
        BookColumn(name=column.name, title=column.title, width=14,
                   kind="date" if column.kind == "date" else "id")
        for column in SITES
    ]  # fmt: skip
    with Book(path, title=RESULTS_SHEET) as book:
        book.table(RESULTS_SHEET, RESULT_COLUMNS, [_Row(row) for row in rows])
        book.table(SITES_SHEET, site_columns, [_Row(row) for row in found])
