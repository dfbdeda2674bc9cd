"""What answers from tools alone are told apart by; with a default of the database's, for the release before this one."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("support", "0015_closed"),
    ]

    operations = [
        migrations.AddField(
            model_name="run",
            name="rests_on_tools",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="The answer says what tools said, and nothing from articles.",
            ),
        ),
    ]
