"""Seen from an earlier day, everything is as it had been entered by then; nothing is written."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from layers.events import Event, EventKind
from xunge import failures
from xunge.knowledge import know
from xunge.week import open_folder

if TYPE_CHECKING:
    from tests.xunge.conftest import Office

MONDAY, NEXT = dt.date(2026, 11, 23), dt.date(2026, 11, 30)
LATE = dt.date(2027, 1, 1)


def _seen(office: Office, as_of: dt.date | None, day: dt.date = LATE) -> dict[str, Any]:
    known = know(day, tables=open_folder(office.path, as_of=as_of).tables)
    frames = {"visits": known.visits, "orders": known.orders, "sites": known.sites,
              "reports": known.reports, **known.registers}  # fmt: skip
    return {name: frame.drop(columns=[c for c in frame if c.startswith(("placed", "source"))])
            for name, frame in frames.items()}  # fmt: skip


def _same(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert one.keys() == other.keys()
    for name, frame in one.items():
        pd.testing.assert_frame_equal(frame, other[name], check_dtype=False, obj=name)


def test_results_are_not_there_before_they_were_entered(planned: Office) -> None:
    """A visit of Tuesday that is entered on Saturday is not known as of Friday."""
    before = _seen(planned, None)
    planned.results(planned.played())
    now = _seen(planned, None)
    assert len(now["visits"]) > len(before["visits"])
    _same(_seen(planned, dt.date(2026, 11, 27)), before)
    _same(_seen(planned, dt.date(2026, 11, 28)), now)


def _save(office: Office, name: str, rows: pd.DataFrame, *, day: dt.date) -> None:
    open_folder(office.path)
    from xunge.web.ledger import frames

    batch = frames.open_batch("test", day=day, files=[], summary={})
    frames.save_register(name, rows.reset_index(drop=True), day=day, batch=batch)


def test_register_rows_are_what_they_were(planned: Office) -> None:
    """Changed names, dates and lists, and new rows, are taken back step by step."""
    seen = {MONDAY: _seen(planned, None)}
    from xunge.web.ledger import frames

    changes: dict[str, list[dict[str, Any]]] = {
        "enterprises": [{"name": "改名一厂"}, {"name": "改名二厂"}, {"name": "改名一厂"}],
        "sites": [
            {"closed": dt.date(2026, 11, 25)}, {"closed": None}, {"departments": ("公安局",)},
        ],
        "inspectors": [
            {"leave": ((dt.date(2026, 12, 1), dt.date(2026, 12, 4)),)}, {"leave": ()},
            {"certificate_expiry": dt.date(2030, 1, 1)},
        ],
    }  # fmt: skip
    for week in range(3):
        day = MONDAY + dt.timedelta(weeks=week + 1)
        for name, steps in changes.items():
            rows = frames.register(name)
            for column, value in steps[week].items():
                rows[column] = pd.Series([value, *rows[column][1:]], rows.index, dtype=object)
            fresh = rows.tail(1).assign(id=f"NEW{week}")
            _save(planned, name, pd.concat([rows, fresh]), day=day)
        seen[day] = _seen(planned, None)
    for day, then in seen.items():
        _same(_seen(planned, day), then)
        if day != max(seen):
            _same(_seen(planned, day + dt.timedelta(days=3)), then)
    ids = [list(then["sites"]["id"]) for then in seen.values()]
    assert [sum(id_.startswith("NEW") for id_ in rows) for rows in ids] == [0, 1, 2, 3]


def test_nothing_is_written_while_looking_back(planned: Office) -> None:
    """A view of an earlier day cannot change anything."""
    open_folder(planned.path, as_of=MONDAY)
    from xunge.web.ledger import frames, past

    with pytest.raises(past.PastIsReadOnlyError) as refused:
        frames.open_batch("test", day=MONDAY, files=[], summary={})
    assert isinstance(refused.value, failures.KNOWN)
    assert failures.explained(refused.value) == (
        "正在按 2026-11-23 已录入的数据查看，不能写入", "去掉 --as-of"
    )  # fmt: skip
    with pytest.raises(past.PastIsReadOnlyError):
        frames.save_places("sites", pd.DataFrame(columns=list(frames.PLACED_COLUMNS)))
    open_folder(planned.path)
    frames.open_batch("test", day=MONDAY, files=[], summary={})


def test_a_view_ends_with_its_block(planned: Office) -> None:
    """What was entered later is there again after the view."""
    open_folder(planned.path)
    from xunge.web.ledger import frames, past

    later = Event(kind=EventKind.VISITED, subject="A", on=MONDAY, key="V1", data={"result": "pass"})
    frames.append([later], batch=frames.open_batch("test", day=NEXT, files=[], summary={}))
    with past.entered_by(MONDAY):
        assert later.uid not in set(frames.events(EventKind.VISITED)["uid"])
    assert later.uid in set(frames.events(EventKind.VISITED)["uid"])
