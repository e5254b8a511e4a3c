"""The only door to the database: frames in, frames out.

What is read is what had been entered by the day of the view (:mod:`xunge.web.ledger.past`), by
default everything. Registers are written row by row with a trace (a ``REGISTERED`` event tells what
a row was before); events are appended and never touched again.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd
from django.db import models as fields

from layers.cases import EVENT_COLUMNS
from layers.events import Event, EventKind
from layers.rows import records
from layers.schema import REGISTERS, Column
from xunge.web.ledger import bulk, models, past

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

CHUNK = 500
PLACED_COLUMNS = (
    "placed_lon", "placed_lat", "placed_level", "placed_radius_m", "county_code", "town_code",
    "village_code", "cell", "placed_notes",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What saving a register did: ids of new and changed rows, and how many stayed the same."""

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: int = 0
    absent: tuple[str, ...] = field(default=())


def open_batch(
    command: str, *, day: dt.date, files: Sequence[Mapping[str, Any]], summary: Mapping[str, Any]
) -> models.Batch:
    """Record that a command writes to the database.

    Raises
    ------
    xunge.web.ledger.past.PastIsReadOnlyError
        If the data are seen as of an earlier day.
    """
    past.refuse_writing()
    return models.Batch.objects.create(
        command=command, day=day, files=list(files), summary=dict(summary)
    )


def last_files(command: str) -> list[dict[str, Any]]:
    """Return the files that the latest batch of *command* read; empty if there was none."""
    batch = models.Batch.objects.filter(command=command).order_by("-id").first()
    return [] if batch is None else list(batch.files)


def first_day() -> dt.date | None:
    """Return the first day for which anything was written; None in a new folder."""
    return models.Batch.objects.order_by("day").values_list("day", flat=True).first()


# Events -------------------------------------------------------------------------------------------


def append(events: Iterable[Event], *, batch: models.Batch) -> int:
    """Append the events that are not known yet, in order; return how many were new."""
    unique = {event.uid: event for event in events}
    new = _unknown(list(unique))
    fresh = {uid: event for uid, event in unique.items() if uid in new}
    bulk.insert(
        models.Event,
        [
            {
                "uid": uid, "kind": event.kind.value, "subject": event.subject, "on": event.on,
                "key": event.key, "data": dict(event.data), "source": event.source[:240],
                "batch_id": batch.pk,
            }
            for uid, event in fresh.items()
        ],
    )  # fmt: skip
    return len(fresh)


def unknown_uids(events: Iterable[Event]) -> set[str]:
    """Return the uids of those of *events* that are not kept yet."""
    return _unknown([event.uid for event in events])


def _unknown(uids: Sequence[str]) -> set[str]:
    known: set[str] = set()
    for start in range(0, len(uids), CHUNK):
        found = models.Event.objects.filter(uid__in=uids[start : start + CHUNK])
        known.update(found.values_list("uid", flat=True))
    return set(uids) - known


def versions(events: Iterable[Event]) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Return the latest known version of each of *events* by kind, subject and key.

    A version has ``uid``, ``on``, ``data`` and the ``command`` of the batch that brought it.
    """
    wanted = {(event.kind.value, event.subject, event.key) for event in events}
    kinds = sorted({kind for kind, _, _ in wanted})
    subjects = sorted({subject for _, subject, _ in wanted})
    names = ("kind", "subject", "key", "uid", "on", "data", "batch__command")
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for start in range(0, len(subjects), CHUNK):
        some = subjects[start : start + CHUNK]
        rows = models.Event.objects.filter(subject__in=some, kind__in=kinds).order_by("seq")
        for kind, subject, key, uid, on, data, command in rows.values_list(*names):
            if (kind, subject, key) in wanted:
                found[kind, subject, key] = {
                    "uid": uid, "on": on, "data": data, "command": command,
                }  # fmt: skip
    return found


# Whole records and register rows are large, and what the clock tells itself says nothing of any
# object; they are read only when they are asked for.
BULKY = (
    EventKind.REGISTERED, EventKind.COMMITTED, EventKind.DRAWN, EventKind.PLANNED,
    EventKind.CHORE_FAILED, EventKind.RAISED, EventKind.REMINDED, EventKind.MESSAGE,
)  # fmt: skip


def events(
    *kinds: EventKind, subject: str | None = None, since: dt.date | None = None
) -> pd.DataFrame:
    """Return the events of *kinds*, all but the bulky ones if none is named, in order of entry.

    Parameters
    ----------
    subject
        Only those of one subject.
    since
        Only those that happened on this day or later.
    """
    return _frame(_found(*kinds, subject=subject, since=since))


def event_rows(
    *kinds: EventKind, subject: str | None = None, since: dt.date | None = None
) -> list[dict[str, Any]]:
    """Return what :func:`events` returns as dictionaries."""
    return list(_found(*kinds, subject=subject, since=since).values(*EVENT_COLUMNS))


def _found(
    *kinds: EventKind, subject: str | None, since: dt.date | None
) -> fields.QuerySet[models.Event]:
    query = past.seen(models.Event.objects.order_by("seq"))
    if kinds:
        query = query.filter(kind__in=[kind.value for kind in kinds])
    else:
        query = query.exclude(kind__in=[kind.value for kind in BULKY])
    if subject is not None:
        query = query.filter(subject=subject)
    if since is not None:
        query = query.filter(on__gte=since)
    return query


def _frame(query: fields.QuerySet[models.Event]) -> pd.DataFrame:
    return pd.DataFrame(bulk.event_columns(query), columns=list(EVENT_COLUMNS), dtype=object)


def keyed(kind: EventKind) -> list[tuple[str, str]]:
    """Return subject and key of every event of a kind, in order of entry."""
    query = models.Event.objects.filter(kind=kind.value).order_by("seq")
    return list(query.values_list("subject", "key"))


def events_about(subjects: Iterable[str]) -> pd.DataFrame:
    """Return all but the bulky events of some subjects, read by index, in order of entry."""
    query = past.seen(models.Event.objects.filter(subject__in=sorted(set(subjects))))
    query = query.exclude(kind__in=[kind.value for kind in BULKY]).order_by("seq")
    return _frame(query)


def entered(*kinds: EventKind) -> dict[str, dt.date]:
    """Return the day for which each event of *kinds* was entered, by its uid."""
    query = past.seen(models.Event.objects.filter(kind__in=[kind.value for kind in kinds]))
    return dict(query.values_list("uid", "batch__day"))


def sources(uids: Iterable[str]) -> dict[str, str]:
    """Return where events came from, by uid: file, sheet and row, or the command."""
    wanted = list(uids)
    told: dict[str, str] = {}
    for start in range(0, len(wanted), CHUNK):
        found = models.Event.objects.filter(uid__in=wanted[start : start + CHUNK])
        told.update(found.values_list("uid", "source"))
    return told


def last_event(*kinds: EventKind, before: dt.date | None = None) -> dict[str, Any] | None:
    """Return the latest event of *kinds* that happened before a day; None where there is none."""
    query = past.seen(models.Event.objects.filter(kind__in=[kind.value for kind in kinds]))
    if before is not None:
        query = query.filter(on__lt=before)
    found = query.order_by("-seq").values(*EVENT_COLUMNS).first()
    return None if found is None else dict(found)


# Registers ----------------------------------------------------------------------------------------


def register(name: str, *, only: str | None = None) -> pd.DataFrame:
    """Return a register as a frame with its columns, ``extra`` and, for places, where they are.

    Lists are tuples, periods tuples of date pairs; rows are sorted by id. ``source_file``,
    ``source_sheet`` and ``source_row`` say where a row came from. ``only`` is the id of the one row
    that is wanted.
    """
    model = models.TABLES[name]
    names = [f.attname for f in model._meta.get_fields() if isinstance(f, fields.Field)]
    names = [n for n in names if n != "batch_id"]
    kept = model._default_manager.order_by("id")
    if only is not None:
        kept = kept.filter(pk=only)
    rows = past.rewound(name, list(kept.values(*names)))
    frame = pd.DataFrame(rows, columns=names, dtype=object)
    for column in REGISTERS[name]:
        if column.name in frame and column.kind in ("list", "codes", "period", "hours"):
            frame[column.name] = pd.Series(
                [_thawed(column, value) for value in frame[column.name]],
                index=frame.index, dtype=object,
            )  # fmt: skip
    parts = [[*text.split("!"), "", "", ""][:3] for text in frame.pop("source")]
    for at, part in enumerate(("file", "sheet", "row")):
        values = [each[at] for each in parts]
        frame[f"source_{part}"] = pd.Series(values, index=frame.index, dtype=object)
    frame["source_row"] = [int(row) if row.isdigit() else None for row in frame["source_row"]]
    for name_ in ("lon", "lat", "placed_lon", "placed_lat", "placed_radius_m"):
        if name_ in frame:
            frame[name_] = pd.to_numeric(frame[name_])
    return frame


def _thawed(column: Column, value: Any) -> Any:  # noqa: ANN401 - cells are of any kind
    if value is None:
        return None if column.kind == "hours" else ()
    if column.kind == "period":
        return tuple((dt.date.fromisoformat(a), dt.date.fromisoformat(b)) for a, b in value)
    return tuple(value)


def names(*registers: str) -> dict[tuple[str, str], str]:
    """Return the name of every row of some registers, by register and id."""
    return {
        (register_, key): name
        for register_ in registers
        for key, name in past.cells(register_, "id", "name")
    }


def save_register(name: str, rows: pd.DataFrame, *, day: dt.date, batch: models.Batch) -> Change:
    """Write the rows of a ledger; rows that are not in it any more stay and are named.

    Parameters
    ----------
    name
        Register.
    rows
        Checked rows with the register's columns, ``extra`` and ``source_*``.
    day
        Day of the ``REGISTERED`` events.

    Returns
    -------
    Change
        New, changed, unchanged and absent rows.
    """
    model = models.TABLES[name]
    columns = [c for c in REGISTERS[name] if _stored(model, c)]
    before: dict[str, dict[str, Any]] = {
        row["id"]: dict(row) for row in model._default_manager.values()
    }
    new: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    told: list[Event] = []
    for raw in records(rows):
        row = {c.name: _frozen(raw.get(c.name), c) for c in columns}
        row["extra"] = {str(k): str(v) for k, v in (raw.get("extra") or {}).items()}
        old = before.get(row["id"])
        difference = {key: value for key, value in row.items() if old is None or old[key] != value}
        if not difference:
            continue
        (changed if old else new).append({**row, "source": _source(raw)})
        told.append(_registered(name, row["id"], difference, old, day=day))
    _write(model, new + changed, batch=batch)
    append(told, batch=batch)
    present = set(rows["id"])
    return Change(
        new=tuple(row["id"] for row in new),
        changed=tuple(row["id"] for row in changed),
        unchanged=len(rows) - len(new) - len(changed),
        absent=tuple(sorted(key for key in before if key not in present)),
    )


def _stored(model: type[models.Row], column: Column) -> bool:
    return column.name in {f.name for f in model._meta.get_fields()}


def _source(raw: Mapping[str, Any]) -> str:
    parts = (raw.get(f"source_{part}", "") for part in ("file", "sheet", "row"))
    return "!".join(str(part) for part in parts)[:240]


def _frozen(value: Any, column: Column) -> Any:  # noqa: ANN401 - cells are of any kind
    """Return a cell as its model field keeps it."""
    if column.kind in ("list", "codes", "period"):
        items = value if isinstance(value, tuple | list) else ()
        return [_iso(item) for item in items]
    if column.kind == "hours":
        return list(value) if isinstance(value, tuple | list) else None
    if value is None or pd.isna(value):
        return "" if column.name == "name" else None
    if column.kind in ("number", "longitude", "latitude"):
        return float(value)
    return int(value) if column.kind == "integer" else value


def _iso(item: Any) -> Any:  # noqa: ANN401 - cells are of any kind
    if isinstance(item, tuple | list):
        return [_iso(part) for part in item]
    return item.isoformat() if isinstance(item, dt.date) else item


def _registered(
    name: str, key: str, difference: Mapping[str, Any], old: Mapping[str, Any] | None, *,
    day: dt.date,
) -> Event:  # fmt: skip
    after = {k: _iso(v) for k, v in difference.items() if v not in (None, "", [], {})}
    data: dict[str, Any] = {"register": name, "after": after}
    if old is not None:
        data["before"] = {k: _iso(old[k]) for k in difference}
    return Event(
        kind=EventKind.REGISTERED, subject=key, on=day, key=f"{name}@{day.isoformat()}", data=data
    )


def _write(
    model: type[models.Row], rows: Sequence[Mapping[str, Any]], *, batch: models.Batch
) -> None:
    if not rows:
        return
    known = [key for key in rows[0] if key != "id"]
    bulk.insert(
        model,
        [{**row, "batch_id": batch.pk} for row in rows],
        replacing=[*known, "batch_id"],
    )


def save_places(name: str, placed: pd.DataFrame) -> None:
    """Write where geocoding put the rows of a register (index: id, columns: PLACED_COLUMNS)."""
    past.refuse_writing()
    model = models.TABLES[name]
    stored = model._default_manager.values_list("id", *PLACED_COLUMNS)
    kept = {key: values for key, *values in stored}
    found = zip(
        placed.index, *([_place(cell) for cell in placed[c]] for c in PLACED_COLUMNS), strict=True
    )
    moved = [[*values, key] for key, *values in found if kept[key] != values]
    bulk.update(model, PLACED_COLUMNS, moved)


def _place(cell: Any) -> Any:  # noqa: ANN401 - cells are of any kind
    """Return one cell of a geocoding answer as its field keeps it."""
    if isinstance(cell, list | tuple):
        return _iso(cell)
    return None if pd.isna(cell) else cell
