"""Files of results: the workbook of a week, or JSON from a phone or another system.

JSON is an object ``{"format": "xunge-results/1", "results": [...], "sites": [...]}``; every entry
has the English column names of the workbook (docs/results.md). Both become the same tables.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd

from layers.problems import Problem
from layers.schema import SITES, VISITS, Column, Register
from layers.tables import RawTable, read_tables
from maps.workbooks import (
    NO,
    RESULT_HEADERS,
    RESULT_HEADERS_EN,
    RESULTS_SHEET,
    SITES_SHEET,
    YES,
    sheet_name,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from layers.schema import Kind

FORMAT = "xunge-results/1"
_KINDS: dict[str, Kind] = {
    "date": "date", "done": "flag", "done_on": "date", "result": "code", "findings": "integer",
    "serious_findings": "integer", "deadline": "date", "outcome": "code", "closed": "flag",
}  # fmt: skip
_TABLES = {"result": "visit_result", "outcome": "review_outcome"}
RESULTS = Register(
    name="results",
    title=RESULTS_SHEET,
    key="visit",
    columns=(
        *(Column(name=name, title=title, kind=_KINDS.get(name, "text"), table=_TABLES.get(name, ""),
               required=name in ("visit", "object"), synonyms=(RESULT_HEADERS_EN[name],))
        for name, title in RESULT_HEADERS.items()),
        VISITS["lower_bounds"],
    ),
)  # fmt: skip
"""The columns of the results workbook, read like any ledger, in Chinese or English."""
_PARTS = {"results": (RESULTS_SHEET, RESULTS), "sites": (SITES_SHEET, SITES)}


class ResultsRefusedError(ValueError):
    """Files of results with errors; nothing of them was taken in."""

    code = "results_refused"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"{len(problems)} errors")
        self.problems = tuple(problems)


def read_results(file: Path) -> Mapping[str, RawTable]:
    """Return the tables of a file of results by the Chinese name of the sheet.

    Raises
    ------
    FileNotFoundError, layers.problems.UnreadableFile
    ResultsRefusedError
        If the file has no table of results, or is no JSON of the known format.
    """
    if not file.is_file():
        raise FileNotFoundError(2, "no such file", str(file))
    if file.suffix.lower() == ".json":
        return _json_tables(file)
    tables = {table.sheet: table for table in read_tables(file)}
    for name in (RESULTS_SHEET, SITES_SHEET):
        english = sheet_name(name, lang="en")
        if english in tables:
            tables.setdefault(name, tables[english])
    if RESULTS_SHEET not in tables:
        raise ResultsRefusedError([Problem(code="results_no_rows", file=file.name)])
    return tables


def _json_tables(file: Path) -> Mapping[str, RawTable]:
    try:
        said = json.loads(file.read_text("utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise _refused(file, "results_bad_json", value=str(error)) from None
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        found = said.get("format") if isinstance(said, dict) else None
        raise _refused(file, "results_json_format", value=str(found or ""), format=FORMAT)
    unknown = [name for name in said if name not in ("format", *_PARTS)]
    if unknown:
        raise _refused(file, "results_json_field", value=unknown[0], part="")
    return {
        title: _table(file, part, said[part], register)
        for part, (title, register) in _PARTS.items()
        if part in said
    }


def _table(file: Path, part: str, entries: object, register: Register) -> RawTable:
    """Return a list of JSON entries as a sheet whose rows count from 1.

    A field that nobody knows is an error: a misspelt one must not be lost.
    """
    if not isinstance(entries, list):
        raise _refused(file, "results_json_list", value=part)
    names = tuple(column.name for column in register if not column.discarded)
    problems = []
    for row, entry in enumerate(entries, start=1):
        if not isinstance(entry, dict):
            problems.append(Problem(code="results_json_entry", file=file.name, sheet=part, row=row))
            continue
        problems += [
            Problem(code="results_json_field", file=file.name, sheet=part, row=row, column=name,
                    value=name, detail={"part": part})
            for name in entry if name not in names
        ]  # fmt: skip
    if problems:
        raise ResultsRefusedError(problems)
    rows = [[_cell(entry.get(name)) for name in names] for entry in entries]
    frame = pd.DataFrame(
        rows, columns=list(names), index=range(1, len(rows) + 1), dtype=object
    ).dropna(axis="columns", how="all")
    return RawTable(
        file=file.name, sheet=part, title="", header_row=0, headers=tuple(frame.columns),
        frame=frame,
    )  # fmt: skip


def _cell(value: Any) -> Any:  # noqa: ANN401 - JSON is whatever JSON is
    """Return a JSON value as a workbook would show it."""
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, list):
        return "、".join(str(item) for item in value)
    return value


def _refused(file: Path, code: str, **detail: str) -> ResultsRefusedError:
    value = detail.pop("value")
    return ResultsRefusedError([Problem(code=code, file=file.name, value=value, detail=detail)])
