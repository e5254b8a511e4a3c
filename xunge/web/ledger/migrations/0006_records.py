# ruff: noqa: D101, RUF012 - written as Django writes it
"""Keep what became of a report, and who made it in a table of its own."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0005_grids")]
    operations = [
        migrations.AddField(
            model_name="report",
            name="handed_over_to",
            field=models.CharField(max_length=120, null=True),
        ),
        migrations.AddField(
            model_name="report",
            name="limit_extended",
            field=models.DateField(null=True),
        ),
        migrations.CreateModel(
            name="Reporter",
            fields=[
                ("report", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("name", models.CharField(blank=True, default="", max_length=120)),
                ("phone", models.CharField(blank=True, default="", max_length=60)),
                ("account", models.CharField(blank=True, default="", max_length=120)),
                ("identity", models.CharField(blank=True, default="", max_length=60)),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="ledger.batch"
                    ),
                ),
            ],
        ),
    ]
