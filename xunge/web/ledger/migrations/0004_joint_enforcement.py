"""Give cars their department, and reports the departments concerned and the hour."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_credit_standing")]
    operations = [
        migrations.AddField("vehicle", "department", models.CharField(max_length=80, null=True)),
        migrations.AddField("report", "departments", models.JSONField(default=list)),
        migrations.AddField("report", "night", models.BooleanField(null=True)),
    ]
