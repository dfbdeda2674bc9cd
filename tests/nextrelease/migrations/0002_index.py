from django.db import migrations


class Migration(migrations.Migration):
    """What takes its time and holds nobody up."""

    atomic = False
    dependencies = [("nextrelease", "0001_expand")]
    operations = [
        migrations.RunSQL(
            "CREATE INDEX CONCURRENTLY message_mood ON support_message (mood)",
            "DROP INDEX CONCURRENTLY message_mood",
        ),
        migrations.RunSQL("ALTER TABLE support_message VALIDATE CONSTRAINT has_mood", migrations.RunSQL.noop),
    ]
