"""What had been entered by an earlier day: the view that :mod:`xunge.web.ledger.frames` then gives.

Every event carries, by its batch, the day for which it was entered; that day is not the day on
which the thing happened. Seen from an earlier day, later entries are not there, and a register row
is what it was before its later changes. Where geocoding puts a row is known as of today only.
"""

from __future__ import annotations

import datetime as dt
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from django.db import models as fields

from layers.events import EventKind
from layers.refusals import CodedError
from xunge.web.ledger import models

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet

_DAY: ContextVar[dt.date | None] = ContextVar("day", default=None)


class PastIsReadOnlyError(CodedError, RuntimeError):
    """Something was to be written while the data are seen as of an earlier ``day``."""


def look_back(day: dt.date | None) -> None:
    """See from now on only what had been entered by *day*; None sees everything again."""
    _DAY.set(day)


@contextmanager
def entered_by(day: dt.date) -> Iterator[None]:
    """See only what had been entered by *day*."""
    before = _DAY.set(day)
    try:
        yield
    finally:
        _DAY.reset(before)


def refuse_writing() -> None:
    """Raise where the data are seen as of an earlier day.

    Raises
    ------
    PastIsReadOnlyError
    """
    day = _DAY.get()
    if day is not None:
        raise PastIsReadOnlyError("past_is_read_only", day=day)


def seen(query: QuerySet[models.Event]) -> QuerySet[models.Event]:
    """Return the events of *query* that had been entered by the day of the view."""
    day = _DAY.get()
    return query if day is None else query.filter(batch__day__lte=day)


def rewound(name: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows of a register as they stood on the day of the view.

    Changes entered later are taken back, the latest first; rows that came later are left out.
    """
    day = _DAY.get()
    if day is None:
        return rows
    later = models.Event.objects.filter(
        kind=EventKind.REGISTERED.value, batch__day__gt=day, data__register=name
    )
    by_id: dict[str, dict[str, Any] | None] = {row["id"]: dict(row) for row in rows}
    for subject, data in later.order_by("-seq").values_list("subject", "data"):
        row = by_id.get(subject)
        if row is None:
            continue
        if "before" in data:
            row.update(_read(models.TABLES[name], data["before"]))
        else:
            by_id[subject] = None
    return [row for row in by_id.values() if row is not None]


def cells(
    register: str, /, *columns: str, today: bool = False, **wanted: str
) -> list[tuple[Any, ...]]:  # fmt: skip
    """Return some columns of the rows of a register, by id, as they stood on the day of the view.

    Parameters
    ----------
    today
        As they stand now, whatever the day of the view.
    wanted
        Columns with the value that they have in the rows that are wanted.
    """
    query = models.TABLES[register]._default_manager.order_by("id")
    if today or _DAY.get() is None:
        return list(query.filter(**wanted).values_list(*columns))
    read = {"id", *columns, *wanted}
    return [
        tuple(row[column] for column in columns)
        for row in rewound(register, list(query.values(*read)))
        if all(row[column] == value for column, value in wanted.items())
    ]


def _read(model: type[models.Row], kept: dict[str, Any]) -> dict[str, Any]:
    """Return values of a ``REGISTERED`` event as the fields of *model* hold them."""
    days = {f.attname for f in model._meta.concrete_fields if isinstance(f, fields.DateField)}
    return {
        name: dt.date.fromisoformat(value) if name in days and value else value
        for name, value in kept.items()
    }
