"""Give enterprises their credit standing and the day on which they were listed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_append_only")]
    operations = [
        migrations.AddField("enterprise", "standing", models.CharField(max_length=16, null=True)),
        migrations.AddField("enterprise", "listed", models.DateField(null=True)),
    ]
