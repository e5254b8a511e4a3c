"""Let the database itself refuse to change or delete an event."""

from django.db import migrations

SQLITE = [
    "CREATE TRIGGER ledger_event_no_update BEFORE UPDATE ON ledger_event "
    "BEGIN SELECT RAISE(ABORT, 'events are append-only'); END",
    "CREATE TRIGGER ledger_event_no_delete BEFORE DELETE ON ledger_event "
    "BEGIN SELECT RAISE(ABORT, 'events are append-only'); END",
]
POSTGRESQL = [
    "CREATE FUNCTION ledger_event_refuse() RETURNS trigger AS "
    "$$ BEGIN RAISE EXCEPTION 'events are append-only'; END $$ LANGUAGE plpgsql",
    "CREATE TRIGGER ledger_event_append_only BEFORE UPDATE OR DELETE ON ledger_event "
    "FOR EACH ROW EXECUTE FUNCTION ledger_event_refuse()",
]
UNDO = {
    "sqlite": ["DROP TRIGGER ledger_event_no_update", "DROP TRIGGER ledger_event_no_delete"],
    "postgresql": [
        "DROP TRIGGER ledger_event_append_only ON ledger_event",
        "DROP FUNCTION ledger_event_refuse()",
    ],
}


def _run(editor, statements):
    for statement in statements:
        editor.execute(statement)


def forbid(apps, editor):
    _run(editor, {"sqlite": SQLITE, "postgresql": POSTGRESQL}[editor.connection.vendor])


def allow(apps, editor):
    _run(editor, UNDO[editor.connection.vendor])


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [migrations.RunPython(forbid, allow)]
