"""The only door to the database: rows with a trace, events that stay."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from layers.events import Event, EventKind
from layers.schema import REGISTERS
from xunge.web import database

DAY = dt.date(2026, 11, 20)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Open an empty database in a ledger folder."""
    database.open_folder(tmp_path)
    yield tmp_path
    database.close()


def _inspectors(**changes: object) -> pd.DataFrame:
    row: dict[str, object] = {
        "id": "P01", "name": "欧阳明", "department": "应急管理局", "role": "officer",
        "certificate": "43102301", "certificate_expiry": dt.date(2027, 1, 1),
        "specialities": ("mine", "fire"), "avoid": (), "station": None, "phone": None,
        "leave": ((dt.date(2026, 11, 24), dt.date(2026, 11, 25)),), "extra": {"职级": "二级"},
        "source_file": "执法人员.xlsx", "source_sheet": "名录", "source_row": 3,
    }  # fmt: skip
    return pd.DataFrame([{**row, **changes}])


def test_a_register_comes_back_as_it_was_saved(folder: Path) -> None:
    """Lists, periods, dates and extra columns survive the database."""
    from xunge.web.ledger import frames

    batch = frames.open_batch("week", day=DAY, files=[], summary={})
    change = frames.save_register("inspectors", _inspectors(), day=DAY, batch=batch)
    assert change.new == ("P01",)
    (row,) = frames.register("inspectors").to_dict("records")
    assert row["specialities"] == ("mine", "fire")
    assert row["leave"] == ((dt.date(2026, 11, 24), dt.date(2026, 11, 25)),)
    assert row["certificate_expiry"] == dt.date(2027, 1, 1)
    assert row["extra"] == {"职级": "二级"}


def test_a_changed_row_leaves_a_trace_and_an_unchanged_one_none(folder: Path) -> None:
    """The event of a change tells what the row was before; saving again changes nothing."""
    from xunge.web.ledger import frames

    batch = frames.open_batch("week", day=DAY, files=[], summary={})
    frames.save_register("inspectors", _inspectors(), day=DAY, batch=batch)
    assert frames.save_register("inspectors", _inspectors(), day=DAY, batch=batch).unchanged == 1
    moved = _inspectors(department="公安局")
    change = frames.save_register("inspectors", moved, day=DAY, batch=batch)
    assert change.changed == ("P01",)
    told = frames.events(EventKind.REGISTERED)["data"].tolist()
    assert len(told) == 2
    assert told[1]["before"]["department"] == "应急管理局"
    assert told[1]["after"]["department"] == "公安局"


def test_a_row_that_left_the_ledger_stays_and_is_named(folder: Path) -> None:
    """A ledger that no longer has a row does not delete it."""
    from xunge.web.ledger import frames

    batch = frames.open_batch("week", day=DAY, files=[], summary={})
    frames.save_register("inspectors", _inspectors(), day=DAY, batch=batch)
    other = _inspectors(id="P02", name="曹军")
    change = frames.save_register("inspectors", other, day=DAY, batch=batch)
    assert change.absent == ("P01",)
    assert list(frames.register("inspectors")["id"]) == ["P01", "P02"]


def test_events_are_appended_once_and_never_changed(folder: Path) -> None:
    """An event read twice is kept once; neither the model nor the database lets it change."""
    from django.db import IntegrityError, transaction

    from xunge.web.ledger import frames, models

    batch = frames.open_batch("week", day=DAY, files=[], summary={})
    event = Event(kind=EventKind.CLOSED, subject="S1", on=DAY)
    assert frames.append([event, event], batch=batch) == 1
    assert frames.append([event], batch=batch) == 0
    stored = models.Event.objects.get()
    with pytest.raises(models.AppendOnlyError):
        stored.save()
    with pytest.raises(models.AppendOnlyError):
        stored.delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        models.Event.objects.update(subject="S2")
    with pytest.raises(IntegrityError), transaction.atomic():
        models.Event.objects.all()._raw_delete("default")


def test_a_failed_transaction_leaves_the_last_good_state(folder: Path) -> None:
    """All of an import is kept, or none of it."""
    from xunge.web.ledger import frames

    def import_and_fail() -> None:
        with database.all_or_nothing():
            batch = frames.open_batch("week", day=DAY, files=[], summary={})
            frames.save_register("inspectors", _inspectors(), day=DAY, batch=batch)
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        import_and_fail()
    assert frames.register("inspectors").empty
    assert frames.events(EventKind.REGISTERED).empty


def test_two_folders_have_two_databases(folder: Path, tmp_path: Path) -> None:
    """Opening another folder leaves the first one alone."""
    from xunge.web.ledger import frames

    batch = frames.open_batch("week", day=DAY, files=[], summary={})
    frames.save_register("inspectors", _inspectors(), day=DAY, batch=batch)
    second = tmp_path / "second"
    second.mkdir()
    database.open_folder(second)
    assert frames.register("inspectors").empty
    database.open_folder(folder)
    assert len(frames.register("inspectors")) == 1


def test_every_register_column_has_a_field(folder: Path) -> None:
    """The database keeps every column of a register that is kept as rows, but for reporters."""
    from xunge.web.ledger import models

    for name, model in models.TABLES.items():
        kept = {f.name for f in model._meta.get_fields()}
        missing = {c.name for c in REGISTERS[name] if not c.discarded} - kept - {"lonlat"}
        assert missing == set(), name
