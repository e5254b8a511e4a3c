"""Who reported: kept apart, read by nobody without a reason that goes on record.

The ledgers of reports and rewards may name reporters; every import leaves those columns behind.
Only :func:`take` puts them into a table of their own, and only :func:`look` reads it. Neither puts
a name into an event, an export, a map, a record or a backup of what is public.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from layers.cells import is_missing, shown
from layers.events import Event, EventKind
from layers.headers import header_forms, lookup
from layers.rows import records
from layers.schema import REPORTS, REWARDS
from layers.tables import read_tables, recognise

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from layers.schema import Register
    from layers.tables import RawTable

FIELDS = {
    "reporter": "name", "reporter_phone": "phone", "reporter_account": "account",
    "reporter_identity": "identity",
}  # fmt: skip
"""Column of a ledger to what the table calls it."""
_ANONYMOUS = ("匿名", "不愿透露", "anonymous")
_REPORT = {"reports": "id", "rewards": "report"}


class ReporterError(ValueError):
    """A question about reporters that cannot be answered.

    Attributes
    ----------
    code
        ``reporter_needs_reason``, ``reporter_unknown`` or ``reporter_no_ledger``.
    value
        What was asked for.
    """

    def __init__(self, code: str, value: str = "") -> None:
        super().__init__(f"{code}: {value}")
        self.code = code
        self.value = value


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who made one report."""

    report: str
    name: str = ""
    phone: str = ""
    account: str = ""
    identity: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One entry of the record of who looked: when, at what, who, why."""

    report: str
    on: dt.date
    by: str
    reason: str


def read_identities(path: Path) -> list[Identity]:
    """Read who reported from a ledger of reports or rewards, anonymous ones left out.

    Raises
    ------
    ReporterError
        If the file holds no such ledger.
    layers.problems.UnreadableFile
    """
    found: dict[str, Identity] = {}
    seen = False
    for table in read_tables(path, name=path.name):
        other = recognise(table)
        if other not in (None, REPORTS, REWARDS):
            continue  # the telephone numbers of an enterprise are not those of a reporter
        columns = max((_columns(table, one) for one in (REPORTS, REWARDS)), key=len)
        if "report" not in columns or len(columns) == 1:
            continue
        seen = True
        for row in records(table.frame):
            one = _identity(row, columns)
            if one is not None:
                found[one.report] = one
    if not seen:
        raise ReporterError("reporter_no_ledger", path.name)
    return list(found.values())


def _columns(table: RawTable, register: Register) -> dict[str, str]:
    """Return the header of the report and of everything that says who made it."""
    known = lookup(register)
    columns: dict[str, str] = {}
    for header in table.headers:
        hit = next((known[form] for form in header_forms(header) if form in known), None)
        if hit is None:
            continue
        name = "report" if hit[1] == _REPORT[register.name] else FIELDS.get(hit[1])
        if name is not None:
            columns.setdefault(name, header)
    return columns


def _identity(row: dict[str, object], columns: dict[str, str]) -> Identity | None:
    cells = {
        name: "" if is_missing(row[header]) else shown(row[header])
        for name, header in columns.items()
    }
    if cells.get("name") in _ANONYMOUS:
        cells["name"] = ""
    if not cells["report"] or not any(cells[name] for name in cells if name != "report"):
        return None
    return Identity(**cells)


def take(path: Path, *, day: dt.date) -> int:
    """Put who reported into the restricted table of the open database; return how many are new.

    What a later ledger leaves empty stays. The event that says so names the report only.
    """
    from xunge.web.ledger import frames, models

    identities = read_identities(path)
    batch = frames.open_batch("reporters", day=day, files=[], summary={})
    fresh = []
    for one in identities:
        given = {name: getattr(one, name) for name in FIELDS.values() if getattr(one, name)}
        known = models.Reporter.objects.filter(pk=one.report).first()
        if known is not None and all(getattr(known, k) == v for k, v in given.items()):
            continue
        models.Reporter.objects.update_or_create(
            report=one.report, defaults={**given, "batch": batch}
        )
        fresh.append(
            Event(kind=EventKind.IDENTITY_KEPT, subject=one.report, on=day,
                  key=f"{one.report}@{day.isoformat()}")
        )  # fmt: skip
    frames.append(fresh, batch=batch)
    return len(fresh)


def look(report: str, *, by: str, reason: str, day: dt.date) -> Identity:
    """Return who made a report, after putting on record who asked and why.

    Raises
    ------
    ReporterError
        If no reason or no name is given, or nothing is known.
    """
    from xunge.web.ledger import frames, models

    if not reason.strip() or not by.strip():
        raise ReporterError("reporter_needs_reason", report)
    row = models.Reporter.objects.filter(pk=report).first()
    if row is None:
        raise ReporterError("reporter_unknown", report)
    count = len(frames.events(EventKind.IDENTITY_READ, subject=report))
    event = Event(
        kind=EventKind.IDENTITY_READ, subject=report, on=day, key=f"{report}#{count + 1}",
        data={"by": by.strip(), "reason": reason.strip()}, source="xunge reporters",
    )  # fmt: skip
    batch = frames.open_batch("reporters", day=day, files=[], summary={})
    frames.append([event], batch=batch)
    values = {name: getattr(row, name) for name in FIELDS.values()}
    return Identity(report=report, **values)


def looks() -> list[Look]:
    """Return everyone who looked, oldest first."""
    from xunge.web.ledger import frames

    return [
        Look(report=one["subject"], on=one["on"], by=one["data"]["by"],
             reason=one["data"]["reason"])
        for one in records(frames.events(EventKind.IDENTITY_READ))
    ]  # fmt: skip
