"""Open the database of a ledger folder and bring its schema up to date."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import django
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connections, transaction

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DATABASE_NAME = "xunge.sqlite3"


class UnusableDatabaseError(RuntimeError):
    """The database cannot be opened; carries where it was looked for and what it said."""

    def __init__(self, where: str, said: str) -> None:
        super().__init__(f"{where}: {said}")
        self.where = where
        self.said = said


class TakenError(RuntimeError):
    """Somebody else wrote the same thing first, and the database refused it a second time."""


def open_folder(folder: Path, *, url: str = "") -> None:
    """Point Django at the database of *folder* and apply the migrations it lacks.

    Parameters
    ----------
    folder
        The ledger folder; its database is ``xunge.sqlite3`` inside it.
    url
        ``postgresql://user:password@host:port/name`` where the bureau has outgrown SQLite.

    Raises
    ------
    UnusableDatabaseError
        If the database cannot be opened or its schema cannot be brought up to date.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xunge.web.settings")
    django.setup()
    close()
    chosen = dict(settings.DATABASES["default"])
    chosen.update(_server(url) if url else {"NAME": str(folder / DATABASE_NAME)})
    connections.settings["default"].update(chosen)
    where = url.rpartition("@")[2] if url else str(folder / DATABASE_NAME)
    try:
        call_command("migrate", verbosity=0, interactive=False)
    except DatabaseError as error:
        raise UnusableDatabaseError(where, str(error)) from error


def _server(url: str) -> dict[str, object]:
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres"):
        raise UnusableDatabaseError(parts.scheme, "only postgresql:// is known")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "OPTIONS": {},
    }


def close() -> None:
    """Close the database, so that another folder can be opened or this one moved."""
    if not settings.configured:
        return  # no folder was opened yet
    connections.close_all()
    with suppress(AttributeError):  # no connection was made yet in this thread
        del connections["default"]


@contextmanager
def all_or_nothing() -> Iterator[None]:
    """Make everything inside one transaction: all of it is kept, or none.

    Raises
    ------
    TakenError
        If what was written is there already since somebody else wrote it.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise TakenError(str(error)) from error


def forget() -> None:
    """Undo what the running transaction did, when it ends."""
    transaction.set_rollback(True)
