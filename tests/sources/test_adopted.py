"""A profile given as a file is known by its id afterwards, to every later step."""

import pytest

from tests.sources.made_up import PROFILE
from traumatracker.errors import BadProfile
from traumatracker.sources.adopted import adopt
from traumatracker.sources.profile import SHIPPED, find_profile


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("TRAUMATRACKER_HOME", str(tmp_path / "home"))


def test_a_file_is_found_by_its_id_and_a_changed_one_replaces_it(tmp_path):
    path = tmp_path / "tiny.toml"
    path.write_text(PROFILE)
    assert adopt(str(path)) == "tiny"
    before = find_profile("tiny").fingerprint
    path.write_text(PROFILE + "# changed\n")
    assert find_profile("tiny").fingerprint == before
    assert adopt(str(path)) == "tiny"
    assert find_profile("tiny").fingerprint != before
    assert adopt("tiny") == "tiny"


def test_a_shipped_profile_cannot_be_replaced(tmp_path):
    assert adopt("synthetic") == adopt(str(SHIPPED / "synthetic.toml")) == "synthetic"
    (tmp_path / "synthetic.toml").write_text(PROFILE.replace('"tiny"', '"synthetic"'))
    with pytest.raises(BadProfile, match="ships with"):
        adopt(str(tmp_path / "synthetic.toml"))
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("name", ["nowhere", "nowhere.toml", "../synthetic"])
def test_what_is_not_there_is_told(name):
    with pytest.raises(BadProfile):
        adopt(name)
