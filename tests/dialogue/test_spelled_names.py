"""Names that hearing does not settle are spelled by the telephone alphabet when they are read back."""

from __future__ import annotations

import pytest
from dialogue_helpers import Call
from hypothesis import given
from hypothesis import strategies as st
from test_dialogue_scripts import BOOKINGS

from gateway.dialogue.model import FactName
from gateway.dialogue.normalise import find_spelling, spell_by_alphabet
from gateway.dialogue.twins import has_twins
from gateway.language import LANGUAGES


@pytest.mark.parametrize(
    ("name", "language", "said"),
    [
        ("Keller", "de", "K wie Kaiser, E wie Emil, Doppel L wie Leopold, E wie Emil, R wie Rosa"),
        ("Müller", "de", "M wie Marie, Ü wie Übermut, Doppel L wie Leopold, E wie Emil, R wie Rosa"),
        ("Weiß", "de", "W wie Wilhelm, E wie Emil, I wie Ida, Doppel S wie Sophie"),
        ("Marie", "fr", "M comme Marie, A comme Anna, R comme Robert, I comme Ida, E comme Émile"),
        ("Noé", "fr", "N comme Nicolas, O comme Olga, E comme Émile accent aigu"),
        ("Rossi", "it", "R come Roma, O come Otranto, doppia S come Savona, I come Imola"),
        ("Baker", "en", "B for Bravo, A for Alfa, K for Kilo, E for Echo, R for Romeo"),
        ("Le Roy", "fr", None),
        ("O'Neill", "en", None),
        ("Meyer-Frei", "de", None),
    ],
)
def test_a_name_is_spelled_by_the_alphabet_of_the_language(name, language, said):
    spelled = spell_by_alphabet(name, language)
    assert said is None or spelled == said
    assert "  " not in spelled


@given(st.sampled_from(LANGUAGES), st.text("abcdefghijklmnopqrstuvwxyz", min_size=3, max_size=12))
def test_what_is_spelled_is_read_as_the_same_name(language, letters):
    found = find_spelling(spell_by_alphabet(letters, language), language)
    assert found is not None
    assert found.value.lower() == letters


@pytest.mark.parametrize(("name", "twins"), [("Anna Meier", True), ("Eva Müller-Frey", True), ("Anna Keller", False)])
def test_surnames_that_sound_like_others_are_known(name, twins):
    assert has_twins(name) is twins


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_surname_with_twins_is_spelled_at_the_read_back_and_a_plain_one_is_not(language):
    call = Call(language)
    call.say(*BOOKINGS[language][:4], "Anna Meier.", BOOKINGS[language][5])
    assert spell_by_alphabet("Meier", language) in call.words
    plain = Call(language)
    plain.say(*BOOKINGS[language][:-1])
    assert spell_by_alphabet("Keller", language) not in plain.words


def test_a_name_that_was_corrected_is_spelled():
    call = Call("de")
    call.say(*BOOKINGS["de"][:-1], "Nein, nicht Keller, Köhler.")
    assert "Ihr Name ist Anna Köhler. K wie Kaiser, Ö wie Örlikon, H wie Heinrich, L wie Leopold" in call.words


@pytest.mark.parametrize(("language", "wish"), [("de", "Bitte rufen Sie mich zurück"), ("en", "Please call me back")])
def test_a_name_that_is_spelled_as_it_was_heard_is_understood(language, wish):
    call = Call(language, caller="+41791234567")
    call.say(wish, "Keller", "Keller", "K E L L E R")
    assert call.last.state.fact(FactName.NAME).value == "Keller"
    assert call.acts == ["ask_caller_number"]


def test_a_name_that_was_called_wrong_and_is_spelled_the_same_is_read_back_again():
    call = Call("de", caller="+41791234567")
    call.say("Bitte rufen Sie mich zurück", "Es geht um die Rechnung", "Keller", "K E L L E R", "ja")
    call.say("Nein, der Name stimmt nicht", "K E L L E R")
    assert "Keller" in call.words
    assert call.actions == []
    call.say("ja")
    assert [kind for kind, _ in call.actions] == ["callback.requested"]
