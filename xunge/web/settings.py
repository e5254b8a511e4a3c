"""Django settings of the embedded office: one SQLite file per ledger folder.

The database is named when a folder is opened (:func:`xunge.web.database.open_folder`); until then
it is an in-memory one, so that tools that only import the settings touch no file.
"""

from __future__ import annotations

from typing import Any

SECRET_KEY = "the command line signs nothing"  # noqa: S105 - no session, no cookie, no server
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
LANGUAGE_CODE = "zh-hans"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["xunge.web.ledger"]
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": ":memory:",
        "OPTIONS": {
            # A writer takes its lock at once and waits for it: two clocks never deadlock.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        },
    }
}
