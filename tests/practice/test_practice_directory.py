"""Which practice answers: by the called number, else by the trunk, else the only one."""

import shutil
from pathlib import Path

import pytest

from gateway.practice.directory import PracticeDirectory, load_profiles
from gateway.practice.loader import ProfileError, load_profile

EXAMPLE = Path(__file__).parents[2] / "dialplan" / "practices" / "example.yaml"
FIRST, SECOND = "+41441234560", "+41441234570"


@pytest.fixture
def two(tmp_path):
    """Return two files of different practices."""
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    shutil.copy(EXAMPLE, first)
    text = EXAMPLE.read_text("utf-8").replace("id: lindengarten", "id: seepark")
    second.write_text(text.replace('  - "+41441234560"\n  - "+41441234561"', f'  - "{SECOND}"'), "utf-8")
    return first, second


@pytest.fixture
def directory(two):
    return PracticeDirectory(load_profiles(two), {"line-2": "seepark"})


@pytest.mark.parametrize(
    ("numbers", "trunk", "practice"),
    [
        ([FIRST], None, "lindengarten"),
        ([SECOND], None, "seepark"),
        ([SECOND, FIRST], None, "seepark"),
        (["+41449999999", SECOND], None, "seepark"),
        ([FIRST], "line-2", "lindengarten"),
        (["+41449999999"], "line-2", "seepark"),
        ([], "line-2", "seepark"),
        (["+41449999999"], "line-1", None),
        ([], None, None),
    ],
)
def test_the_number_decides_then_the_trunk_then_nobody(directory, numbers, trunk, practice):
    found = directory.profile_for(numbers, trunk)
    assert (found.id if found else None) == practice


def test_a_gateway_for_one_practice_takes_every_call():
    directory = PracticeDirectory([load_profile(EXAMPLE)])
    assert directory.profile_for(["+41449999999"]).id == "lindengarten"
    assert directory.profile_for([], "any").id == "lindengarten"


def test_a_trunk_of_an_unknown_practice_is_told():
    with pytest.raises(ProfileError, match="line-1 names the practice 'zoo'; there are: lindengarten"):
        PracticeDirectory([load_profile(EXAMPLE)], {"line-1": "zoo"})


def test_a_folder_stands_for_its_yaml_files(two, tmp_path):
    (tmp_path / "profile.schema.json").write_text("{}")
    assert [profile.id for profile in load_profiles([tmp_path])] == ["lindengarten", "seepark"]
    assert len(load_profiles([tmp_path, two[0]])) == 2, "a file that is named twice is read once"


def test_numbers_and_ids_of_two_practices_are_told_all_at_once(two):
    shutil.copy(two[0], two[0].with_name("copy.yaml"))
    with pytest.raises(ProfileError) as raised:
        load_profiles([two[0].parent])
    assert raised.value.problems == (
        "first.yaml: id: 'lindengarten' is the id of copy.yaml already",
        "first.yaml: numbers: +41441234560 is a number of copy.yaml already",
        "first.yaml: numbers: +41441234561 is a number of copy.yaml already",
    )


def test_a_folder_that_may_not_be_read_is_told(tmp_path, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(ProfileError, match="the folder cannot be read: Permission denied"):
        load_profiles([tmp_path])


def test_an_empty_folder_and_a_missing_file_are_told(tmp_path):
    with pytest.raises(ProfileError) as raised:
        load_profiles([tmp_path, tmp_path / "none.yaml"])
    assert len(raised.value.problems) == 2
    assert "holds no profile" in raised.value.problems[0]
    assert "none.yaml" in raised.value.problems[1]
