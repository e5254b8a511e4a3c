"""Give illegal sites their supplier, by which the relapse radar knows them again."""

from typing import Any, ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """One column."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("ledger", "0006_records")]
    operations: ClassVar[list[Any]] = [
        migrations.AddField("site", "supplier", models.CharField(max_length=120, null=True)),
    ]
