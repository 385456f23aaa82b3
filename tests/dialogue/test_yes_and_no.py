import pytest

from gateway.dialogue.answers import find_answer
from gateway.dialogue.text import words_of
from gateway.language import LANGUAGES


@pytest.mark.parametrize(
    "text",
    [
        "Na ja so ungefähr halt",
        "Also das ist so eine Sache mit dem Ding",
        "Ja, so ungefähr.",
        "Naja.",
        "Mehr oder weniger.",
        "Plus ou moins.",
        "Oui, à peu près.",
        "Bof.",
        "Più o meno.",
        "Insomma.",
        "More or less.",
        "Sort of.",
        "Yes, kind of.",
    ],
)
def test_half_a_yes_confirms_nothing(text: str) -> None:
    assert find_answer(text, words_of(text), LANGUAGES) is None


@pytest.mark.parametrize(
    "text", ["Ja, das ist so.", "So ist es.", "Ja, ungefähr vor zwei Jahren.", "Oui.", "Sì, esatto.", "Yes, exactly."]
)
def test_a_yes_is_one(text: str) -> None:
    assert find_answer(text, words_of(text), LANGUAGES) is True
