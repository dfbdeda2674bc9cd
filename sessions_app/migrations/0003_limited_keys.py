from django.db import migrations, models

_LIMITED = """
UPDATE sessions_app_apikey SET limited = true
WHERE EXISTS (SELECT FROM sessions_app_apikey_inboxes chosen WHERE chosen.apikey_id = sessions_app_apikey.id)
"""


class Migration(migrations.Migration):
    dependencies = [("sessions_app", "0002_inbox_timezone")]

    operations = [
        migrations.AddField(
            model_name="apikey",
            name="limited",
            field=models.BooleanField(
                db_default=False,
                default=False,
                editable=False,
                help_text="Stays limited when the last of its inboxes is gone.",
            ),
        ),
        migrations.RunSQL(_LIMITED, migrations.RunSQL.noop),
    ]
