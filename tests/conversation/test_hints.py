"""Which language and which words the recogniser is told to expect."""

from pathlib import Path

import pytest

from gateway.conversation.hints import hints_for
from gateway.dialogue.model import Expectation
from gateway.language import Language
from gateway.practice.loader import load_profile

PROFILE = load_profile(Path(__file__).parents[2] / "dialplan" / "practices" / "example.yaml")


@pytest.mark.parametrize(
    ("seconds", "expectation", "spoken", "fixed"),
    [
        (3.0, Expectation.OPEN, None, None),
        (0.5, Expectation.OPEN, None, None),
        (3.0, Expectation.OPEN, "de", None),
        (0.8, Expectation.OPEN, "de", "de"),
        (3.0, Expectation.YES_NO, "fr", "fr"),
        (3.0, Expectation.PHONE, "it", "it"),
    ],
)
def test_the_language_is_left_open_only_where_it_can_be_told(
    seconds: float, expectation: Expectation, spoken: Language | None, fixed: Language | None
) -> None:
    hints = hints_for(seconds, expectation, spoken, PROFILE)
    assert hints.language == fixed
    assert tuple(hints.languages) == PROFILE.languages


def test_names_are_expected_only_after_the_question_for_a_name() -> None:
    assert "Müller" in (hints_for(1.0, Expectation.NAME, "de", PROFILE).prompt or "")
    assert hints_for(1.0, Expectation.DATE, "de", PROFILE).prompt is None
    assert hints_for(1.0, Expectation.NAME, None, PROFILE).prompt is None


def test_in_open_turns_the_names_of_the_practices_people_are_expected_and_no_services() -> None:
    for spoken in (None, "fr"):
        prompt = hints_for(3.0, Expectation.OPEN, spoken, PROFILE).prompt or ""
        assert all(person.name in prompt for person in PROFILE.people)
        assert not any(service.name.de in prompt or service.name.fr in prompt for service in PROFILE.services)
