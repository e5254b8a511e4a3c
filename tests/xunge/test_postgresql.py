"""The same door on PostgreSQL, where a server is named."""

import datetime as dt
import os
from pathlib import Path

import pytest

from layers.events import Event, EventKind
from xunge.web import database

URL = os.environ.get("XUNGE_TEST_POSTGRESQL", "")
DAY = dt.date(2026, 11, 20)


@pytest.mark.skipif(not URL, reason="XUNGE_TEST_POSTGRESQL names no PostgreSQL server")
def test_events_are_append_only_on_postgresql_too(tmp_path: Path) -> None:
    """Events are kept once, and the server refuses to change or delete one."""
    database.open_folder(tmp_path, url=URL)
    from django.db import DatabaseError, transaction

    from xunge.web.ledger import frames, models

    batch = frames.open_batch("week", day=DAY, files=[], summary={})
    subject = f"S{batch.pk}"
    event = Event(kind=EventKind.CLOSED, subject=subject, on=DAY)
    assert frames.append([event, event], batch=batch) == 1
    assert frames.append([event], batch=batch) == 0
    with pytest.raises(DatabaseError), transaction.atomic():
        models.Event.objects.filter(subject=subject).update(subject="other")
    with pytest.raises(DatabaseError), transaction.atomic():
        models.Event.objects.filter(subject=subject)._raw_delete("default")
    assert list(frames.events(EventKind.CLOSED, subject=subject)["on"]) == [DAY]
    database.close()


def test_another_database_than_postgresql_is_refused(tmp_path: Path) -> None:
    """Only postgresql:// is known besides the embedded file."""
    with pytest.raises(database.UnusableDatabaseError):
        database.open_folder(tmp_path, url="mysql://root@localhost/x")
