"""What the log says of a page that failed or was refused: never where, never about whom."""

import re

import pytest
from django.test import Client

from tests.web import factories as make
from traumatracker.web import gatekeeper


def test_a_page_that_failed_logs_its_kind_and_an_id_and_nothing_else(force, as_person, monkeypatch, caplog):
    def broken(*args):
        raise LookupError("Asha Bellamy was at cad:20261103-0001")

    entry = make.exposure(force.asha, 3)
    client = as_person(force.asha)
    client.raise_request_exception = False
    monkeypatch.setattr(gatekeeper, "_disputes", broken)
    answer = client.get(f"/me/entry/{entry.id}/")
    assert answer.status_code == 500
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 1
    number = re.fullmatch(r"A page failed: LookupError, request ([0-9a-f]{12})", lines[0])[1]
    assert f"request {number}" in answer.content.decode()
    assert not caplog.records[0].exc_info


def test_two_failures_have_two_ids(force, as_person, monkeypatch, caplog):
    client = as_person(force.asha)
    client.raise_request_exception = False
    monkeypatch.setattr(gatekeeper, "own_record", None)
    for _ in range(2):
        client.get("/me/")
    assert len({record.getMessage() for record in caplog.records}) == 2


@pytest.mark.parametrize("address", ["/me/entry/77/not-right/", "/me/entry/77/", "/nowhere/77/"])
def test_a_refused_request_logs_no_path(force, as_person, caplog, address):
    client = Client(enforce_csrf_checks=True)
    client.post(address, {"kind": "not_there"})
    client.get(address, headers={"host": "elsewhere.example"})
    assert caplog.records == []
