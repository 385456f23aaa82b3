"""A profile is read whole, and every mistake is told with its line and key."""

import shutil
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.language import LANGUAGES
from gateway.practice.loader import ProfileError, load_profile
from gateway.practice.profile import PracticeProfile
from gateway.practice.schema import profile_schema

PRACTICES = Path(__file__).parents[2] / "dialplan" / "practices"
EXAMPLE = PRACTICES / "example.yaml"

MINIMAL = """\
id: muster
name: &text {de: a, fr: b, it: c, en: d}
greeting: *text
phone: "+41441234567"
numbers: ["+41441234567"]
address:
  street: Weg 1
  postcode: 8001
  city: Zürich
canton: ZH
hours:
  monday: [08:00-12:00, 13:00-17:00]
closures:
  - {first: 2026-12-24, last: 2026-12-31}
services:
  - id: check-up
    name: *text
    minutes: 30
people:
  - id: anna
    name: Anna
    role: dentist
transfer_targets:
  - {id: desk, name: *text, uri: "sip:desk@pbx"}
reception: desk
emergency:
  on_call_number: "+41441234568"
  text: *text
  transfer_target: desk
recording:
  announcement: *text
"""


def write(tmp_path, text):
    path = tmp_path / "practice.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def problems(tmp_path, text):
    with pytest.raises(ProfileError) as raised:
        load_profile(write(tmp_path, text))
    assert str(raised.value) == "\n".join(raised.value.problems)
    return raised.value.problems


def test_the_example_is_a_complete_profile():
    profile = load_profile(EXAMPLE)
    assert profile.languages == LANGUAGES
    assert {person.role for person in profile.people} == {"dentist", "hygienist", "reception"}
    assert 6 <= len(profile.services) <= 8
    for service in profile.services:
        for language in LANGUAGES:
            assert len(service.keywords[language]) >= 3, (service.id, language)
    for language in LANGUAGES:
        # "How can I help you?" has to be able to follow.
        assert profile.greeting.in_language(language).endswith(".")
    assert "ß" not in profile.model_dump_json()


def test_no_keyword_of_the_example_stands_for_two_services():
    profile = load_profile(EXAMPLE)
    for language in LANGUAGES:
        keywords = [word.casefold() for service in profile.services for word in service.keywords[language]]
        assert len(keywords) == len(set(keywords))


def test_a_minimal_profile_is_enough_and_scalars_stay_what_was_written(tmp_path):
    profile = load_profile(write(tmp_path, MINIMAL))
    assert profile.address.postcode == "8001"
    assert profile.services[0].minutes == 30
    assert [str(span.opens) for span in profile.hours["monday"]] == ["08:00:00", "13:00:00"]
    assert profile.closures[0].reason is None


def test_the_schema_file_is_the_models_schema():
    assert (PRACTICES / "profile.schema.json").read_text("utf-8") == profile_schema(), (
        "write it anew: python -m gateway.practice.schema > dialplan/practices/profile.schema.json"
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        # Syntax
        ("canton: ZH", "canton: [ZH", "practice.yaml:11: the file: is not valid YAML: "),
        ("canton: ZH", "canton: ZH\n\tx: 1", "practice.yaml:11: the file: is not valid YAML: "),
        ("id: muster", "id: *nobody", "practice.yaml:1: the file: is not valid YAML: found undefined alias 'nobody'"),
        ("canton: ZH", "canton: Z\x07", "practice.yaml:10: the file: holds a character that YAML does not allow"),
        ("recording:", "---\nrecording:", "practice.yaml:30: the file: is not valid YAML: "),
        # Missing, unknown, twice
        ("canton: ZH\n", "", "practice.yaml:1: canton: is missing"),
        ("  - id: check-up\n    name: *text\n    minutes: 30", "  - id: check-up\n    name: {de: a, fr: b, en: d}\n"
         "    minutes: 30", "practice.yaml:17: services[0].name.it: is missing"),
        ("phone:", "phon:", "practice.yaml:4: phon: is not a known key; did you mean phone?"),
        ("    role:", "    shoe: 43\n    role:", "practice.yaml:22: people[0].shoe: is not a known key; known here "
         "are: id, name, title, role, aliases"),
        ("canton: ZH", "canton: ZH\ncanton: BE", "practice.yaml:11: canton: stands on line 10 already"),
        ("  monday:", "  <<: *text\n  monday:", "practice.yaml:12: hours: has a key that is not a plain word"),
        ("  monday:", "  [a, b]: x\n  monday:", "practice.yaml:12: hours: has a key that is not a plain word"),
        # Wrong types
        ("minutes: 30", "minutes: soon", "practice.yaml:18: services[0].minutes: has to be a whole number"),
        ("minutes: 30", "minutes:", "practice.yaml:18: services[0].minutes: is empty"),
        ("minutes: 30", "minutes: 0", "practice.yaml:18: services[0].minutes: has to be more than 0"),
        ("minutes: 30", "minutes: 999", "practice.yaml:18: services[0].minutes: has to be at most 480"),
        ("  city: Zürich", "  city: ''", "practice.yaml:9: address.city: is empty"),
        ("  city: Zürich", "  city: [Zürich]", "practice.yaml:9: address.city: has to be a text"),
        ("greeting: *text", "greeting: Hallo", "practice.yaml:3: greeting: has to be a mapping of keys to values"),
        ("hours:\n  monday: [08:00-12:00, 13:00-17:00]", "hours: always", "practice.yaml:11: hours: has to be a"),
        ('["+41441234567"]', '"+41441234567"', "practice.yaml:5: numbers: has to be a list"),
        ("2026-12-24", "24.12.2026", "practice.yaml:14: closures[0].first: has to be a date such as 2026-12-24"),
        ("2026-12-24", "2026-02-30", "practice.yaml:14: closures[0].first: has to be a date such as 2026-12-24"),
        # Forms
        ('phone: "+41441234567"', "phone: 044 123 45 67", "practice.yaml:4: phone: '044 123 45 67' is not a number in "
         "international form without spaces, such as +41441234567"),
        ("id: muster", "id: Muster AG", "practice.yaml:1: id: 'Muster AG' is not an id of small letters"),
        ('"sip:desk@pbx"', "desk", "practice.yaml:24: transfer_targets[0].uri: 'desk' is not a SIP address"),
        ('"sip:desk@pbx"', '"sip:desk@pbx?Subject=x"', "practice.yaml:24: transfer_targets[0].uri: 'sip:desk@pbx?Sub"),
        ('"sip:desk@pbx"', '"tel:0900123456"', "practice.yaml:24: transfer_targets[0].uri: 'tel:0900123456' is not"),
        ('uri: "sip:desk@pbx"', 'uri: "+41441234560", ring_s: 3',
         "practice.yaml:24: transfer_targets[0].ring_s: has to be at least 5"),
        ('uri: "sip:desk@pbx"', 'uri: "144", confirm: true',
         "practice.yaml:24: transfer_targets[0]: confirm needs announce: true"),
        ("canton: ZH", "canton: XX", "practice.yaml:10: canton: 'XX' is not one of 'AG', 'AI'"),
        ("canton: ZH", "canton: ZH\ntimezone: Zürich", "practice.yaml:11: timezone: 'Zürich' is not a time zone"),
        ("role: dentist", "role: boss", "practice.yaml:22: people[0].role: 'boss' is not one of 'dentist'"),
        ("  monday:", "  mon:", "practice.yaml:12: hours.mon: 'mon' is not one of 'monday'"),
        # Times and days
        ("08:00-12:00", "8-12", "practice.yaml:12: hours.monday[0]: '8-12' is not a span of time such as 08:00-12:00"),
        ("08:00-12:00", "12:00-08:00", "practice.yaml:12: hours.monday[0]: opens before it closes"),
        ("08:00-12:00", "08:00-24:00", "practice.yaml:12: hours.monday[0]: '08:00-24:00' is not a span of time"),
        ("08:00-12:00", "08:00-14:00", "practice.yaml:12: hours.monday: these times overlap"),
        ("last: 2026-12-31", "last: 2026-12-01", "practice.yaml:14: closures[0]: the first day has to be the last"),
        # What the parts say about each other
        ("reception: desk", "reception: porter", "practice.yaml:25: reception: 'porter' is not the id of a transfer "
         "target; there are: desk"),
        ("transfer_target: desk", "transfer_target: x", "practice.yaml:29: emergency.transfer_target: 'x' is not"),
        ("    role: dentist", "    role: dentist\n  - {id: anna, name: A, role: dentist}",
         "practice.yaml:23: people[1].id: 'anna' is the id of people[0] already"),
        ('["+41441234567"]', '["+41441234567", "+41441234567"]', "practice.yaml:5: numbers: +41441234567 stands there"),
        ("services:\n  - id: check-up\n    name: *text\n    minutes: 30", "services: []", "practice.yaml:15: services: "
         "needs at least 1 entry"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line_and_key(tmp_path, old, new, expected):
    assert old in MINIMAL
    found = problems(tmp_path, MINIMAL.replace(old, new, 1))
    assert any(problem.startswith(expected) for problem in found), found


def test_all_mistakes_are_told_at_once_in_the_order_of_the_lines(tmp_path):
    text = MINIMAL.replace("canton: ZH", "canton: XX").replace("minutes: 30", "minutes: x")
    text = text.replace("reception: desk", "reception: porter").replace("id: muster", "id: MUSTER")
    assert [problem.split(": ")[0:2] for problem in problems(tmp_path, text)] == [
        ["practice.yaml:1", "id"],
        ["practice.yaml:10", "canton"],
        ["practice.yaml:18", "services[0].minutes"],
        ["practice.yaml:25", "reception"],
    ]


def test_a_mistake_is_told_once(tmp_path):
    assert len(problems(tmp_path, MINIMAL.replace("reception: desk", "reception: porter"))) == 1
    assert len(problems(tmp_path, MINIMAL.replace("canton: ZH", "canton: ZH\ncanton: XX"))) == 1


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "practice.yaml:1: the file: is empty"),
        ("# nothing\n", "practice.yaml:1: the file: is empty"),
        ("just words", "practice.yaml:1: the file: has to be a mapping of keys to values"),
        ("~", "practice.yaml:1: the file: is empty"),
        ("[1, 2]", "practice.yaml:1: the file: has to be a mapping of keys to values"),
        ("id: a\nname: caf\xe9".encode("latin-1"), "practice.yaml:2: the file is not UTF-8"),
    ],
)
def test_a_file_that_is_no_profile_is_told(tmp_path, content, expected):
    assert expected in problems(tmp_path, content)


def test_a_value_that_refers_to_itself_is_told(tmp_path):
    text = MINIMAL.replace("people:\n", "people: &loop\n  - *loop\n")
    assert "practice.yaml:19: people[0]: refers to itself" in problems(tmp_path, text)


def test_a_file_that_cannot_be_read_is_told_with_its_path(tmp_path):
    with pytest.raises(ProfileError, match=r"none\.yaml: the profile cannot be read: No such file"):
        load_profile(tmp_path / "none.yaml")
    with pytest.raises(ProfileError, match="cannot be read: Is a directory"):
        load_profile(tmp_path)


@given(st.text(max_size=200) | st.binary(max_size=200))
def test_whatever_the_file_holds_the_answer_is_sentences(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "practice.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
    with pytest.raises(ProfileError) as raised:
        load_profile(path)
    assert raised.value.problems


@given(st.integers(min_value=0, max_value=263), st.sampled_from(["", "x", "- x", "  ", "x: y", "]", '"']))
def test_a_spoiled_line_of_the_example_never_breaks_the_loader(tmp_path_factory, number, spoiled):
    lines = EXAMPLE.read_text("utf-8").splitlines()
    lines[number % len(lines)] = spoiled
    path = tmp_path_factory.getbasetemp() / "spoiled.yaml"
    path.write_text("\n".join(lines), "utf-8")
    with suppress(ProfileError):
        load_profile(path)


def test_a_profile_built_in_code_keeps_its_references_too(tmp_path):
    profile = load_profile(write(tmp_path, MINIMAL))
    with pytest.raises(ValueError, match="'porter' is not the id of a transfer target"):
        PracticeProfile.model_validate(profile.model_dump() | {"reception": "porter"})


def test_the_copy_of_the_example_loads_from_anywhere(tmp_path):
    shutil.copy(EXAMPLE, tmp_path / "mine.yaml")
    assert load_profile(tmp_path / "mine.yaml").id == "lindengarten"
