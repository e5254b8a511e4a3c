"""Write many rows with one prepared statement, and read many events without asking of each value.

Django's ``bulk_create`` and ``bulk_update`` build one long statement per batch, value by value; for
a county's registers that takes longer than everything else of an import together. Here a statement
is made once and the database runs it for every row. What reaches the tables is the same.

Read back, Django parses the data and the day of every event by themselves. Here the data of all of
them are one JSON document, and a day that many events share is parsed once.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db import models as fields
from django.db.models.functions import Cast

from layers.cases import EVENT_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from django.db.models import Field, Model, QuerySet

    from xunge.web.ledger.models import Event


def insert(
    model: type[Model], rows: Sequence[Mapping[str, Any]], *, replacing: Sequence[str] = ()
) -> None:
    """Insert *rows* (attribute name to value), in order.

    Parameters
    ----------
    rows
        Attributes that a row does not name have their default.
    replacing
        Attributes that a row with a known primary key overwrites; by default it is an error.
    """
    columns = [f for f in _columns(model) if not isinstance(f, fields.AutoField)]
    names = ", ".join(_quoted(f.column) for f in columns)
    marks = ", ".join(["%s"] * len(columns))
    statement = f"INSERT INTO {_quoted(model._meta.db_table)} ({names}) VALUES ({marks})"  # noqa: S608 - names of the model
    if replacing:
        known = _quoted(model._meta.pk.column)
        wanted = [_quoted(f.column) for f in columns if f.attname in replacing]
        changes = ", ".join(f"{name} = EXCLUDED.{name}" for name in wanted)
        statement += f" ON CONFLICT ({known}) DO UPDATE SET {changes}"
    _run(
        statement,
        columns,
        (
            [row[f.attname] if f.attname in row else f.get_default() for f in columns]
            for row in rows
        ),
    )


def update(model: type[Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Overwrite the attributes *names*; each of *rows* has their values, then the primary key."""
    by_name = {f.attname: f for f in _columns(model)}
    columns = [*(by_name[name] for name in names), model._meta.pk]
    changes = ", ".join(f"{_quoted(f.column)} = %s" for f in columns[:-1])
    known = _quoted(model._meta.pk.column)
    statement = f"UPDATE {_quoted(model._meta.db_table)} SET {changes} WHERE {known} = %s"  # noqa: S608 - names of the model
    _run(statement, columns, rows)


def event_columns(query: QuerySet[Event]) -> dict[str, Sequence[Any]]:
    """Return the events of *query* column by column, by :data:`layers.cases.EVENT_COLUMNS`."""
    texts = {f"{name}_text": Cast(name, fields.TextField()) for name in ("on", "data")}
    names = [f"{name}_text" if f"{name}_text" in texts else name for name in EVENT_COLUMNS]
    rows = list(query.annotate(**texts).values_list(*names))
    found: dict[str, Sequence[Any]] = dict(
        zip(EVENT_COLUMNS, zip(*rows, strict=True) if rows else [()] * len(names), strict=True)
    )
    days = {text: dt.date.fromisoformat(text) for text in set(found["on"])}
    found["on"] = [days[text] for text in found["on"]]
    found["data"] = json.loads(f"[{','.join(found['data'])}]")
    return found


def _columns(model: type[Model]) -> list[Field[Any, Any]]:
    return [f for f in model._meta.concrete_fields if isinstance(f, fields.Field)]


def _quoted(name: str | None) -> str:
    return connection.ops.quote_name(str(name))


def _run(statement: str, columns: Sequence[Field[Any, Any]], rows: Iterable[Sequence[Any]]) -> None:
    """Run *statement* for every row, its values as the database takes them."""
    database = connections[DEFAULT_DB_ALIAS]  # asking the proxy for every value would take longer
    kinds = [_taken_as_is(f) for f in columns]
    ready: list[list[Any]] = [
        [
            value if value is None or type(value) is kind else f.get_db_prep_save(value, database)
            for f, kind, value in zip(columns, kinds, row, strict=True)
        ]
        for row in rows
    ]
    if ready:
        with database.cursor() as cursor:
            cursor.executemany(statement, ready)


def _taken_as_is(field: Field[Any, Any]) -> type | None:
    """Return the type of values that *field* hands to the database unchanged."""
    if isinstance(field, fields.CharField | fields.TextField):
        return str
    if isinstance(field, fields.FloatField):
        return float
    return int if isinstance(field, fields.IntegerField | fields.ForeignKey) else None
