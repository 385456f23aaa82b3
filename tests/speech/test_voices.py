import pytest

from gateway.speech.voices import Voice, choose_voice, parse_voice


@pytest.mark.parametrize(
    ("name", "voice"),
    [
        ("de-DE", Voice("de-DE")),
        ("fr-FR:pitch=1.2", Voice("fr-FR", pitch=1.2)),
        ("it-IT:pitch=0.9,speed=1.1", Voice("it-IT", 0.9, 1.1)),
        ("en-GB:", Voice("en-GB")),
    ],
)
def test_a_voice_is_read_from_its_name(name, voice):
    assert parse_voice(name) == voice


@pytest.mark.parametrize(
    "name", ["alloy", "", "de", "de-DE:pitch=9", "de-DE:pitch=nan", "de-DE:volume=1", "de-DE:speed", "de-DE:speed=x"]
)
def test_an_unknown_voice_is_refused_with_its_name(name):
    with pytest.raises(ValueError, match=r"unknown voice|is neither"):
        parse_voice(name)


def test_the_language_has_a_voice_and_the_named_one_comes_first():
    assert choose_voice("it", None).locale == "it-IT"
    assert choose_voice("it", "de-DE").locale == "de-DE"
    with pytest.raises(ValueError, match="neither"):
        choose_voice(None, None)
