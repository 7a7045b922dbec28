"""The audit becomes a chain: what was written before is chained in the order in which it was written."""

from django.db import migrations, models
import django.db.models.deletion

from traumatracker.web.audit.canonical import CONTENT, GENESIS, digest

AT_A_TIME = 500


def chain(apps, schema_editor):
    AuditEvent, AuditHead = apps.get_model('people', 'AuditEvent'), apps.get_model('people', 'AuditHead')
    sequence, previous, last = 0, GENESIS, 0
    while events := list(AuditEvent.objects.filter(id__gt=last).order_by('id')[:AT_A_TIME]):
        for event in events:
            sequence += 1
            event.sequence = sequence
            event.hash = previous = digest(previous, {name: getattr(event, name) for name in CONTENT})
        AuditEvent.objects.bulk_update(events, ['sequence', 'hash'])
        last = events[-1].id
    AuditHead.objects.create(id=1, sequence=sequence, hash=previous)


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0002_as_long_as_the_record_keeps'),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditHead',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sequence', models.PositiveBigIntegerField()),
                ('hash', models.CharField(max_length=64)),
            ],
        ),
        migrations.AddField('auditevent', 'sequence', models.PositiveBigIntegerField(null=True)),
        migrations.AddField('auditevent', 'office', models.CharField(blank=True, default='', max_length=30)),
        migrations.AddField('auditevent', 'fields', models.CharField(blank=True, default='', max_length=300)),
        migrations.AddField('auditevent', 'rows', models.PositiveIntegerField(default=0)),
        migrations.AddField('auditevent', 'outcome', models.CharField(default='shown', max_length=10)),
        migrations.AddField('auditevent', 'request', models.CharField(blank=True, default='', max_length=32)),
        migrations.AddField('auditevent', 'hash', models.CharField(default='', max_length=64)),
        migrations.AlterField('auditevent', 'at', models.DateTimeField()),
        migrations.AlterField(
            'auditevent', 'subject',
            models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.person'),
        ),
        migrations.RunPython(chain, migrations.RunPython.noop),
    ]
