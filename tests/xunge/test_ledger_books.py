"""The ledgers of any day as workbooks: what is written can be taken in again."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from layers.cases import STATES
from layers.ledgers import read_ledgers
from layers.schema import REGISTERS
from xunge.cli import app
from xunge.knowledge import department_names, know
from xunge.ledger_books import FolderInUseError, ledger_rows, write_ledgers
from xunge.week import open_folder

if TYPE_CHECKING:
    from pathlib import Path

    from tests.xunge.conftest import Office
    from xunge.knowledge import Knowledge

FRIDAY, SATURDAY = dt.date(2026, 11, 27), dt.date(2026, 11, 28)


def _written(office: Office, out: Path, *, day: dt.date, persons: bool = True) -> Knowledge:
    folder = open_folder(office.path, as_of=day)
    from xunge.web.ledger import frames

    known = know(day, tables=folder.tables)
    rows = ledger_rows(known, frames.events(), persons=persons)
    write_ledgers(rows, out, tables=folder.tables)
    return known


@pytest.mark.parametrize("day", [FRIDAY, SATURDAY])
def test_what_is_written_can_be_taken_in_again(
    reported: Office, tmp_path: Path, day: dt.date
) -> None:
    """A new folder with the written ledgers knows the same records in the same states."""
    known = _written(reported, tmp_path / "县", day=day)
    out = tmp_path / "县"
    (out / "xunge.toml").write_bytes((reported.path / "xunge.toml").read_bytes())
    ledgers = read_ledgers(out)
    assert [problem for problem in ledgers.problems if problem.severity == "error"] == []
    again = _taken_in(out, day)
    for name in STATES:
        _same(_by_name(known, name), _by_name(again, name), name)
    assert len(again.visits) > 0


def _by_name(known: Knowledge, name: str) -> pd.DataFrame:
    """Return states with departments by name, whether they were said by name or by number."""
    frame, names = getattr(known, name), department_names(known)
    if name == "orders":  # one row has no room for a second deadline after a failed re-inspection
        failed = frame["outcome"].isin(["partly", "not_met"])
        frame = frame.assign(deadline=frame["deadline"].where(~failed))
    if "departments" not in frame:
        return frame
    return frame.assign(
        departments=[[names.get(one, one) for one in cell or ()] for cell in frame["departments"]]
    )


def _taken_in(folder: Path, day: dt.date) -> Knowledge:
    from layers import cases

    opened = open_folder(folder)
    from xunge.web.ledger import frames, models

    ledgers = read_ledgers(folder)
    batch = frames.open_batch("week", day=day, files=[], summary={})
    for name, rows in ledgers.registers.items():
        if not rows.empty and name in models.TABLES:
            frames.save_register(name, rows, day=day, batch=batch)
        if not rows.empty and name in cases.REGISTERS:
            frames.append(cases.events_of(name, rows), batch=batch)
    return know(day, tables=opened.tables)


# What the program counts itself, or what only the plan of a week knows.
_OWN = {"outings", "vehicles", "relapses", "count", "visit"}


def _same(old: pd.DataFrame, new: pd.DataFrame, name: str) -> None:
    key = "site" if name == "closures" else "id"
    names = [column for column in old if column not in _OWN]
    one, two = (frame.sort_values(key)[names].reset_index(drop=True) for frame in (old, new))
    pd.testing.assert_frame_equal(_plain(one), _plain(two), obj=name, check_dtype=False)


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    def text(value: Any) -> str:  # noqa: ANN401 - a cell
        if isinstance(value, list | tuple):
            return "、".join(map(str, value))
        return "" if value is None or value != value else str(value)

    return frame.map(text)


def test_persons_are_left_out_unless_asked_for(reported: Office, tmp_path: Path) -> None:
    """No sensitive column of any register has a cell without --persons."""
    _written(reported, tmp_path / "公", day=SATURDAY, persons=False)
    _written(reported, tmp_path / "全", day=SATURDAY)
    titles = {column.title for register in REGISTERS.values() for column in register
              if column.sensitive}  # fmt: skip
    seen: dict[str, set[str]] = {"公": set(), "全": set()}
    for folder, found in seen.items():
        for file in (tmp_path / folder).iterdir():
            found |= titles & set(pd.read_excel(file, engine="calamine", nrows=1).columns)
    assert seen["公"] == set()
    assert "联系电话" in seen["全"]


def test_nothing_is_overwritten(reported: Office, tmp_path: Path) -> None:
    """A folder with anything in it is refused by name."""
    (tmp_path / "旧.txt").write_text("旧", "utf-8")
    with pytest.raises(FolderInUseError):
        _written(reported, tmp_path, day=SATURDAY)
    said = CliRunner().invoke(
        app, ["ledgers", str(reported.path), "--out", str(tmp_path / "新"), "--json",
              "--as-of", FRIDAY.isoformat()],
    )  # fmt: skip
    assert json.loads(said.output)["rows"]["企业台账.xlsx"] > 0
