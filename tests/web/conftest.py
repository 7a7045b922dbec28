"""What tests of the pages share: a fixed day, a small team, and a client that is somebody."""

import re
from types import SimpleNamespace

import pytest
from django.test import Client

from tests.web import factories as make


@pytest.fixture
def today(settings):
    """The pages' own "today" is the day the factories count from."""
    settings.TODAY = make.TODAY
    return make.TODAY


@pytest.fixture
def force(db, today):
    """Two teams; Asha and Bea under Sergeant Reed, Zoe in the other team. Nobody has any exposure yet."""
    make.run()
    one, other = make.unit("Response 1"), make.unit("Response 2")
    return SimpleNamespace(
        one=one,
        other=other,
        asha=make.person("Asha Bellamy", one),
        bea=make.person("Bea Okafor", one),
        zoe=make.person("Zoe Nair", other),
        reed=make.person("Morgan Reed", one, supervisor=True, rank="PS"),
    )


@pytest.fixture
def as_person():
    """`as_person(person)` → a client that is signed in, by the page everybody uses."""

    def sign_in(who):
        client = Client()
        answer = client.post("/sign-in/", {"person": str(who.id)})
        assert answer.status_code == 302, answer.content
        return client

    return sign_in


def text_of(answer):
    """The page without the tokens of its forms, which differ every time."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())
