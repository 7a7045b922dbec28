"""Every stored field says what it is and how long it is kept, and every address says who may come in."""

from importlib import import_module

from django.apps import apps
from django.urls import get_resolver
from django.urls.resolvers import URLPattern

from traumatracker.web import door, privacy

OURS = [app for app in apps.get_app_configs() if app.name.startswith("traumatracker.")]


def fields():
    for app in OURS:
        for model in app.get_models(include_auto_created=True):
            for field in model._meta.local_fields:
                yield app, model.__name__, field.name


def test_every_field_says_what_it_is_and_how_long_it_is_kept():
    assert OURS
    for app, model, field in fields():
        declared = import_module(f"{app.name}.privacy").PRIVACY.get(model, {}).get(field)
        assert declared, f"{app.label}.{model}.{field} is not in the app's privacy.py"
        assert declared.privacy_class in privacy.CLASSES
        assert declared.retention in privacy.RETENTION


def test_nothing_is_declared_that_is_not_stored():
    stored = {(app.name, model, field) for app, model, field in fields()}
    declared = {
        (app.name, model, field)
        for app in OURS
        for model, named in import_module(f"{app.name}.privacy").PRIVACY.items()
        for field in named
    }
    assert declared == stored


def addresses(patterns=None, before=""):
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLPattern):
            yield before + str(pattern.pattern), pattern.callback
        else:
            yield from addresses(pattern.url_patterns, before + str(pattern.pattern))


def test_every_address_says_who_may_come_in():
    found = list(addresses())
    assert found
    allowed = door.KINDS
    assert [address for address, view in found if getattr(view, "access", None) not in allowed] == []
