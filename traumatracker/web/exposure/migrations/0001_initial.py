# ruff: noqa: RUF012 (the lists are the shape Django gives every migration)

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("intake", "0001_initial"),
        ("people", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Dispute",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("exposure_key", models.CharField(blank=True, max_length=400)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("not_there", "not_there"),
                            ("wrong_part", "wrong_part"),
                            ("missing", "missing"),
                        ],
                        max_length=20,
                    ),
                ),
                ("said_role", models.CharField(blank=True, max_length=50)),
                ("said_category", models.CharField(blank=True, max_length=50)),
                ("said_on", models.DateField(null=True)),
                ("state", models.CharField(default="received", max_length=20)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("taken_back_at", models.DateTimeField(null=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.person",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["person", "made_at"], name="dispute_person_at")],
            },
        ),
        migrations.CreateModel(
            name="Exposure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("key", models.CharField(max_length=400, unique=True)),
                ("exposed_on", models.DateField()),
                ("known_on", models.DateField()),
                ("category", models.CharField(max_length=50)),
                ("role", models.CharField(max_length=50)),
                ("rule", models.CharField(max_length=100)),
                ("pack", models.CharField(max_length=100)),
                ("reasons", models.JSONField(default=dict)),
                ("content_hash", models.CharField(max_length=64)),
                ("category_weight", models.IntegerField()),
                ("role_weight", models.IntegerField()),
                ("points", models.IntegerField()),
                (
                    "first_run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="intake.run",
                    ),
                ),
                (
                    "last_run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="intake.run",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="people.person",
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="people.unit",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["person", "exposed_on"], name="exposure_person_on")],
            },
        ),
        migrations.CreateModel(
            name="ExposureChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("key", models.CharField(max_length=400)),
                (
                    "kind",
                    models.CharField(
                        choices=[("changed", "changed"), ("withdrawn", "withdrawn")],
                        max_length=10,
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="people.person",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="intake.run",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["person", "at"], name="change_person_at")],
            },
        ),
        migrations.CreateModel(
            name="OpenQuestion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("key", models.CharField(max_length=400, unique=True)),
                ("exposed_on", models.DateField()),
                ("known_on", models.DateField()),
                ("category", models.CharField(max_length=50)),
                ("role", models.CharField(max_length=50)),
                ("rule", models.CharField(max_length=100)),
                ("pack", models.CharField(max_length=100)),
                ("reasons", models.JSONField(default=dict)),
                ("content_hash", models.CharField(max_length=64)),
                (
                    "first_run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="intake.run",
                    ),
                ),
                (
                    "last_run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="intake.run",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="people.person",
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="people.unit",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["person", "exposed_on"], name="question_person_on")],
            },
        ),
    ]
