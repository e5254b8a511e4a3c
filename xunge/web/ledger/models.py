"""Registers and events as tables.

A register row is the latest known line of a ledger; how it came to be so is told by ``REGISTERED``
events. An event is never changed or deleted: the model refuses, and so does the database.
"""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models


class AppendOnlyError(TypeError):
    """Someone tried to change or delete an event."""


class Batch(models.Model):
    """One command that wrote to the database: what it read, what it found wrong, how many rows."""

    command = models.CharField(max_length=40)
    day = models.DateField(help_text="the day the command was run for")
    entered = models.DateTimeField(auto_now_add=True)
    files = models.JSONField(default=list)
    summary = models.JSONField(default=dict)


class Event(models.Model):
    """One thing that happened; ``seq`` is the order of entry."""

    seq = models.BigAutoField(primary_key=True)
    uid = models.CharField(max_length=32, unique=True)
    kind = models.CharField(max_length=20)
    subject = models.CharField(max_length=64)
    on = models.DateField()
    key = models.CharField(max_length=120, blank=True)
    data = models.JSONField(default=dict)
    source = models.CharField(max_length=240, blank=True)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT)

    class Meta:
        indexes = (models.Index(fields=["kind", "on"]), models.Index(fields=["subject", "kind"]))

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save a new event; refuse to change a known one."""
        if self.seq is not None:
            raise AppendOnlyError(f"event {self.uid} cannot be changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse."""
        raise AppendOnlyError(f"event {self.uid} cannot be deleted")


class Row(models.Model):
    """What every register row has: its key, what the ledger had besides, and where it stood."""

    id = models.CharField(max_length=64, primary_key=True)
    name = models.CharField(max_length=200, blank=True, default="")
    extra = models.JSONField(default=dict)
    source = models.CharField(max_length=240, blank=True, default="")
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT)

    class Meta:
        abstract = True


class Place(models.Model):
    """Where a row says it is, and where geocoding put it (``placed_*`` in WGS-84)."""

    address = models.CharField(max_length=300, null=True)
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    datum = models.CharField(max_length=16, null=True)
    town = models.CharField(max_length=80, null=True)
    village = models.CharField(max_length=80, null=True)
    placed_lon = models.FloatField(null=True)
    placed_lat = models.FloatField(null=True)
    placed_level = models.CharField(max_length=12, null=True)
    placed_radius_m = models.FloatField(null=True)
    county_code = models.CharField(max_length=12, null=True)
    town_code = models.CharField(max_length=12, null=True)
    village_code = models.CharField(max_length=12, null=True)
    cell = models.CharField(max_length=40, null=True)
    placed_notes = models.JSONField(default=list)

    class Meta:
        abstract = True


class Department(Row):
    """A member unit that may take part in enforcement."""

    short_name = models.CharField(max_length=80, null=True)
    may_inspect = models.BooleanField(null=True)
    contact = models.CharField(max_length=80, null=True)
    phone = models.CharField(max_length=40, null=True)


class Area(Row):
    """A town or village."""

    level = models.CharField(max_length=12)
    parent = models.CharField(max_length=64, null=True)
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    datum = models.CharField(max_length=16, null=True)
    owner = models.CharField(max_length=80, null=True)


class Grid(Row):
    """What one grid worker looks after; its ground is a polygon, cells, villages or a town."""

    unit = models.CharField(max_length=120, null=True)
    town = models.CharField(max_length=80, null=True)
    villages = models.JSONField(default=list)
    cells = models.JSONField(default=list)
    worker = models.CharField(max_length=80, null=True)
    phone = models.CharField(max_length=40, null=True)


class Station(Row, Place):
    """Where cars start and end."""


class Vehicle(Row):
    """A car."""

    plate = models.CharField(max_length=20)
    seats = models.IntegerField(null=True)
    station = models.CharField(max_length=64)
    unavailable = models.JSONField(default=list)
    department = models.CharField(max_length=80, null=True)


class Inspector(Row):
    """Someone on the list of inspectors; only certified officers are ever drawn."""

    department = models.CharField(max_length=80)
    role = models.CharField(max_length=16, null=True)
    certificate = models.CharField(max_length=60, null=True)
    certificate_expiry = models.DateField(null=True)
    specialities = models.JSONField(default=list)
    leave = models.JSONField(default=list)
    avoid = models.JSONField(default=list)
    station = models.CharField(max_length=64, null=True)
    phone = models.CharField(max_length=40, null=True)


class Expert(Row):
    """An expert who assists."""

    domains = models.JSONField(default=list)
    employer = models.CharField(max_length=120, null=True)
    leave = models.JSONField(default=list)
    avoid = models.JSONField(default=list)
    phone = models.CharField(max_length=40, null=True)


class Enterprise(Row, Place):
    """An object of inspection with a licence."""

    credit_code = models.CharField(max_length=18, null=True, db_index=True)
    industry = models.CharField(max_length=40, null=True)
    risk_grade = models.CharField(max_length=16, null=True)
    enterprise_class = models.CharField(max_length=16, null=True)
    department = models.CharField(max_length=80, null=True)
    parent = models.CharField(max_length=64, null=True)
    opening_hours = models.JSONField(null=True)
    operating_status = models.CharField(max_length=16, null=True)
    standing = models.CharField(max_length=16, null=True)
    listed = models.DateField(null=True)
    contact = models.CharField(max_length=80, null=True)
    phone = models.CharField(max_length=40, null=True)
    employees = models.IntegerField(null=True)


class Site(Row, Place):
    """An illegal site; a mobile one has a plate and a last-seen place."""

    behaviour = models.CharField(max_length=16, null=True)
    industry = models.CharField(max_length=40, null=True)
    status = models.CharField(max_length=16, null=True)
    discovered = models.DateField()
    closed = models.DateField(null=True)
    departments = models.JSONField(default=list)
    plate = models.CharField(max_length=20, null=True)
    last_seen = models.DateField(null=True)
    enterprise = models.CharField(max_length=64, null=True)
    supplier = models.CharField(max_length=120, null=True)
    person = models.CharField(max_length=80, null=True)
    description = models.TextField(null=True)


class Report(Row, Place):
    """A report by the public. Who reported is not kept here."""

    received = models.DateField()
    report_class = models.CharField(max_length=16, null=True)
    object = models.CharField(max_length=64, null=True)
    verified = models.DateField(null=True)
    outcome = models.CharField(max_length=16, null=True)
    content = models.TextField(null=True)
    departments = models.JSONField(default=list)
    night = models.BooleanField(null=True)
    handed_over_to = models.CharField(max_length=120, null=True)
    limit_extended = models.DateField(null=True)


class Reporter(models.Model):
    """Who reported: apart from everything else, read only by :mod:`xunge.reporters`.

    No register, event, export, map or record holds any of it, nor does :mod:`frames` know it.
    """

    report = models.CharField(max_length=64, primary_key=True)
    name = models.CharField(max_length=120, blank=True, default="")
    phone = models.CharField(max_length=60, blank=True, default="")
    account = models.CharField(max_length=120, blank=True, default="")
    identity = models.CharField(max_length=60, blank=True, default="")
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT)


TABLES: dict[str, type[Row]] = {
    "departments": Department,
    "areas": Area,
    "grids": Grid,
    "stations": Station,
    "vehicles": Vehicle,
    "inspectors": Inspector,
    "experts": Expert,
    "enterprises": Enterprise,
    "sites": Site,
    "reports": Report,
}
"""Model of each register that is kept as rows; visits and orders are kept as events only."""
