"""A small example county and its weeks, built once and copied for every test."""

from __future__ import annotations

import datetime as dt
import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from layers import cases
from layers.check import check
from layers.schema import REGISTERS
from xunge import cli
from xunge.demo import write_county
from xunge.demo.outcomes import play_week
from xunge.results import Taken, take_results
from xunge.web import database
from xunge.week import WeekResult, open_folder, run_week

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from xunge.corrections import Correction

    Once = Callable[[str, Callable[[Path], object]], Path]
    Run = Callable[..., tuple[int, str, str]]

MONDAY = dt.date(2026, 11, 23)
SATURDAY = dt.date(2026, 11, 28)
WEEK = "2026-W48"
SEED = "种子 7"
SMALL = 120
SETTINGS = """\
[bureau]
name = "永兴县应急管理局"
home = "431023"

[plan]
teams = 2
days = 3
effort = 20
loss = 0.0

[draw]
weekly_visits = 18
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """A ledger folder with everything that a bureau does in it."""

    path: Path

    @property
    def out(self) -> Path:
        """Where the first week's files are."""
        return self.path / "out" / WEEK

    @property
    def template(self) -> Path:
        """The results workbook of the first week, as it was published."""
        return self.out / "结果回填.xlsx"

    def week(self, monday: dt.date = MONDAY, **options: Any) -> WeekResult:
        """Run the week of *monday*; the seed is fixed unless one is given."""
        return run_week(open_folder(self.path), day=monday, **{"seed": SEED, **options})

    def results(
        self,
        *files: Path,
        today: dt.date = SATURDAY,
        correction: Correction | None = None,
        strict: bool = True,
    ) -> Taken:
        """Take in files of results, by default refusing conflicts."""
        return take_results(
            open_folder(self.path), *files, today=today, correction=correction, strict=strict
        )

    def played(self) -> Path:
        """Fill in the results of the first week as its inspectors would."""
        return play_week(self.path, self.template, seed=431023)

    def enter(self, register: str, rows: list[dict[str, Any]], *, day: dt.date = MONDAY) -> None:
        """Take rows of a ledger into the open database as on *day*; none may be wrong."""
        from xunge.web.ledger import frames, models

        found = check(REGISTERS[register], pd.DataFrame(rows, dtype=object))
        assert not [one for one in found.problems if one.severity == "error"]
        checked = found.rows.assign(source_file=f"{register}.xlsx", source_sheet="", source_row=7)
        batch = frames.open_batch("week", day=day, files=[], summary={})
        if register in models.TABLES:
            frames.save_register(register, checked, day=day, batch=batch)
        if register in cases.REGISTERS:
            frames.append(cases.events_of(register, checked), batch=batch)

    def events(self, *kinds: Any, subject: str | None = None) -> pd.DataFrame:
        """Return events of the folder's database; all but the bulky ones if no kind is named."""
        open_folder(self.path)
        from xunge.web.ledger import frames

        return frames.events(*kinds, subject=subject)

    def count(self) -> int:
        """Return the number of all events."""
        open_folder(self.path)
        from xunge.web.ledger import models

        return models.Event.objects.count()

    def files(self, folder: str = "") -> dict[str, bytes]:
        """Return the content of every file below the folder but the database and the lock."""
        base = self.path / folder
        return {
            path.relative_to(base).as_posix(): path.read_bytes()
            for path in sorted(base.rglob("*"))
            if path.is_file() and "xunge.sqlite3" not in path.name and path.name != ".xunge.lock"
        }

    def copy(self, path: Path) -> Office:
        """Return a copy of the folder with its database."""
        database.close()
        shutil.copytree(self.path, path)
        return Office(path=path)


@pytest.fixture(scope="session")
def _county(once: Once) -> Office:
    def build(path: Path) -> None:
        write_county(path, enterprises=SMALL)
        (path / "xunge.toml").write_text(SETTINGS, "utf-8")

    return Office(path=once("永兴县", build))


@pytest.fixture(scope="session")
def _planned(_county: Office, once: Once) -> Office:
    def build(path: Path) -> None:
        _county.copy(path).week()
        database.close()

    return Office(path=once("永兴县 planned", build))


@pytest.fixture(scope="session")
def _reported(_planned: Office, once: Once) -> Office:
    def build(path: Path) -> None:
        office = _planned.copy(path)
        office.results(office.played())
        database.close()

    return Office(path=once("永兴县 reported", build))


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    """Leave no database open behind a test."""
    yield
    database.close()


@pytest.fixture
def county(_county: Office, tmp_path: Path) -> Office:
    """Give a fresh copy of the small county: ledgers only."""
    return _county.copy(tmp_path / "county" / "永兴县")


@pytest.fixture
def planned(_planned: Office, tmp_path: Path) -> Office:
    """Give a fresh copy of the county with its first week planned."""
    return _planned.copy(tmp_path / "planned" / "永兴县")


@pytest.fixture
def reported(_reported: Office, tmp_path: Path) -> Office:
    """Give a fresh copy of the county with the results of its first week taken in."""
    return _reported.copy(tmp_path / "reported" / "永兴县")


@pytest.fixture
def empty(tmp_path: Path) -> Office:
    """Give a folder without anything in it."""
    path = tmp_path / "空"
    path.mkdir()
    return Office(path=path)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Give a function that runs ``xunge`` and returns exit code, stdout and stderr."""

    def command(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["xunge", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            cli.main()
        said = capsys.readouterr()
        return int(left.value.code or 0), said.out, said.err

    return command
