"""Keep the grids of grid workers."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0004_joint_enforcement")]
    operations = [
        migrations.CreateModel(
            name="Grid",
            fields=[
                ("id", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("name", models.CharField(blank=True, default="", max_length=200)),
                ("extra", models.JSONField(default=dict)),
                ("source", models.CharField(blank=True, default="", max_length=240)),
                ("unit", models.CharField(max_length=120, null=True)),
                ("town", models.CharField(max_length=80, null=True)),
                ("villages", models.JSONField(default=list)),
                ("cells", models.JSONField(default=list)),
                ("worker", models.CharField(max_length=80, null=True)),
                ("phone", models.CharField(max_length=40, null=True)),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="ledger.batch"
                    ),
                ),
            ],
            options={"abstract": False},
        ),
    ]
