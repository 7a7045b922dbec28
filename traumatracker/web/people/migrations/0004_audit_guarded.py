"""Every event has its place in the chain, and the database refuses to change or delete one."""

from django.db import migrations, models

from traumatracker.web.audit import guards


def up(apps, schema_editor):
    for statement in guards.up(schema_editor.connection.vendor):
        schema_editor.execute(statement, params=None)


def down(apps, schema_editor):
    for statement in guards.down(schema_editor.connection.vendor):
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0003_audit_chain'),
    ]

    operations = [
        migrations.AlterField('auditevent', 'sequence', models.PositiveBigIntegerField(unique=True)),
        migrations.AlterField('auditevent', 'hash', models.CharField(max_length=64)),
        migrations.RunPython(up, down),
    ]
