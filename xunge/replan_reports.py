"""Take in a file of urgent reports: all of it or nothing, errors by file, sheet and row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layers import cases
from layers.check import check
from layers.problems import Problem
from layers.rows import records
from layers.schema import REPORTS
from layers.tables import read_tables, rename
from xunge.placing import place_all
from xunge.results import ResultsRefusedError

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from xunge.week import Folder


class ReportsRefusedError(ResultsRefusedError):
    """A file of urgent reports with errors; nothing of it was taken in."""

    code = "reports_refused"


def take_in_reports(folder: Folder, file: Path, *, today: dt.date) -> list[str]:
    """Return the ids of the reports in *file*, which the ledger has from now on.

    Raises
    ------
    ReportsRefusedError
        With every error.
    FileNotFoundError, layers.problems.UnreadableFile
    """
    from xunge.web import database
    from xunge.web.ledger import frames

    if not file.is_file():
        raise FileNotFoundError(2, "no such file", str(file))
    found: list[str] = []
    problems: list[Problem] = []
    parts = []
    for raw in read_tables(file):
        if raw.frame.empty:
            continue
        named = rename(raw, REPORTS)
        checked = check(
            REPORTS, named.frame, file=raw.file, sheet=raw.sheet, tables=folder.tables,
            headers=named.headers,
        )  # fmt: skip
        problems += [one for one in checked.problems if one.severity == "error"]
        parts.append(checked.rows)
        found += [str(row["id"]) for row in records(checked.rows)]
    if not found and not problems:
        problems.append(Problem(code="reports_no_rows", file=file.name))
    if problems:
        raise ReportsRefusedError(problems)
    with database.all_or_nothing():
        batch = frames.open_batch("urgent", day=today, files=[{"name": file.name}], summary={})
        for rows in parts:
            frames.save_register("reports", rows, day=today, batch=batch)
            frames.append(cases.events_of("reports", rows), batch=batch)
        place_all(folder.path, settings=folder.settings)
    return found
