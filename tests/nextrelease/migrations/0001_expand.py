from django.db import migrations


class Migration(migrations.Migration):
    """A column that the running release knows nothing of."""

    dependencies = [("support", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE support_message ADD COLUMN mood text NOT NULL DEFAULT 'calm'",
            "ALTER TABLE support_message DROP COLUMN mood",
        ),
        migrations.RunSQL(
            "ALTER TABLE support_message ADD CONSTRAINT has_mood CHECK (mood <> '') NOT VALID",
            "ALTER TABLE support_message DROP CONSTRAINT has_mood",
        ),
    ]
