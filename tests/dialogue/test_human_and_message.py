"""A human by voice or key, after hours and in hours; messages, goodbyes that are taken back, silence."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from dialogue_helpers import CALLER, NOW, PROFILE, Call
from test_dialogue_scripts import BOOKINGS, HUMANS, NO_MORE, YES

from gateway.dialogue.dialogue import Dialogue
from gateway.dialogue.greeting import announcing_sentences
from gateway.dialogue.model import CallerTurn, Expectation, FactName, Question
from gateway.language import LANGUAGES
from gateway.practice.profile import PracticeProfile

NIGHT = dt.datetime(2026, 11, 20, 22, 0, tzinfo=ZoneInfo("Europe/Zurich"))
MESSAGES = {
    "de": "Ich hätte gern, dass Sie mir die Röntgenbilder an meinen neuen Zahnarzt schicken.",
    "fr": "Je voudrais que vous envoyiez mes radiographies à mon nouveau dentiste.",
    "it": "Vorrei che mandaste le mie radiografie al mio nuovo dentista.",
    "en": "I would like you to send my x-rays to my new dentist.",
}


class NightCall(Call):
    """A call outside the opening hours."""

    def __init__(self, language, *, caller=CALLER, can_transfer=True, recording=True, profile=PROFILE, now=NIGHT):
        super().__init__(language, caller=caller, can_transfer=can_transfer, recording=recording)
        self.dialogue = Dialogue(
            profile, clock=lambda: now, caller_number=caller, can_transfer=can_transfer, recording=recording
        )
        self.decisions = [self.dialogue.open()]

    def say_at(self, text, span):
        self.decisions.append(self.dialogue.take(CallerTurn(text, self.language, span=span)))
        return self.last


def _profile(**changes) -> PracticeProfile:
    return PracticeProfile.model_validate({**PROFILE.model_dump(mode="json"), **changes})


def _targets(*more) -> list[dict]:
    return [*PROFILE.model_dump(mode="json")["transfer_targets"], *more]


def _named(text: str) -> dict[str, str]:
    return dict.fromkeys(LANGUAGES, text)


def test_outside_the_opening_hours_the_greeting_says_so_and_what_can_be_done():
    call = NightCall("de")
    assert call.acts == ["greeting", "recording", "closed_now", "ask_help"]
    assert "geschlossen" in call.words
    assert "Notfall" in call.words


def test_in_the_opening_hours_the_greeting_is_short():
    assert Call("de").acts == ["greeting", "recording", "ask_help"]


def test_what_can_be_done_at_night_may_be_interrupted_and_the_announcement_may_not():
    for call in (NightCall("de"), Call("de")):
        sentences = call.dialogue.sentences(call.last)
        announced = announcing_sentences(call.last, PROFILE)
        assert "Neun" in sentences[announced - 1]
        assert len(sentences) - announced == (3 if isinstance(call, NightCall) else 1)


def test_an_appointment_is_requested_at_night_as_by_day():
    call = NightCall("de", caller=None)
    call.say(*BOOKINGS["de"])
    assert [kind for kind, _ in call.actions] == ["appointment.requested"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_human_after_hours_is_a_message_with_its_place_in_the_recording(language):
    call = NightCall(language)
    decision = call.say(HUMANS[language])
    assert decision.transfer_target is None
    assert call.acts == ["nobody_there", "ask_message_record"]
    assert call.last.expectation is Expectation.MESSAGE
    call.say_at(MESSAGES[language], (80_000, 128_400))
    call.say("Marco Rossi", YES[language])
    assert call.dialogue.state.asked is Question.READ_BACK
    call.say(YES[language])
    assert call.actions == [
        ("callback.requested", {"message": MESSAGES[language], "name": "Marco Rossi", "phone": CALLER})
    ]
    details = call.last.action.details
    assert (details["recorded_message_from_s"], details["recorded_message_to_s"]) == ("10.0", "16.1")
    assert call.say(NO_MORE[language]).hang_up


def test_a_message_that_is_not_recorded_has_no_place():
    unrecorded, refused = NightCall("de", recording=False), NightCall("de")
    refused.press("9")
    for call in (unrecorded, refused):
        call.say(HUMANS["de"])
        call.say_at(MESSAGES["de"], (80_000, 128_400))
        call.say("Marco Rossi", "Ja.", "Ja.")
        assert call.actions
        assert not any(name.startswith("recorded_message") for name in call.last.action.details)


def test_a_recording_may_be_refused_in_the_middle_of_a_message():
    call = NightCall("de")
    decision = call.say(HUMANS["de"], "Halt, ich möchte nicht aufgenommen werden.")
    assert decision.stop_recording
    assert call.dialogue.state.asked is Question.MESSAGE
    call.say(MESSAGES["de"])
    assert call.dialogue.state.fact(FactName.MESSAGE).value == MESSAGES["de"]


def test_a_message_is_sent_without_facts_when_the_caller_hangs_up_before_confirming_it():
    call = NightCall("de")
    assert call.dialogue.left_message() is None
    call.say(HUMANS["de"])
    assert call.dialogue.left_message() is None
    call.say_at(MESSAGES["de"], (80_000, 128_400))
    left = call.dialogue.left_message()
    assert left.kind == "callback.requested"
    assert left.facts == ()
    assert left.details["cause"] == "message_left"
    assert left.details["words"] == MESSAGES["de"]
    assert left.details["recorded_message_to_s"] == "16.1"
    assert left.details["caller_number"] == CALLER
    call.say("Marco Rossi", "Ja.", "Ja.")
    assert call.dialogue.left_message() is None


def test_a_target_that_is_rung_at_any_hour_is_rung_at_night():
    desk, on_call = _targets()
    call = NightCall("de", profile=_profile(transfer_targets=[{**desk, "outside_hours": True}, on_call]))
    assert call.say(HUMANS["de"]).transfer_target == "desk"


def test_an_emergency_is_put_through_at_night():
    assert NightCall("de").say("Es ist ein Notfall!").transfer_target == "on-call"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_practice_without_reception_offers_a_callback_in_hours(language):
    call = NightCall(language, profile=_profile(reception=None), now=NOW)
    assert call.say(HUMANS[language]).transfer_target is None
    assert call.dialogue.state.asked is Question.OFFER_CALLBACK
    call.say(YES[language])
    assert call.dialogue.state.asked is Question.MESSAGE


@pytest.mark.parametrize(
    "target",
    [
        {"id": "sandra-meier", "name": _named("Büro"), "uri": "sip:1@pbx.example"},
        {"id": "office", "name": _named("Doktor Meier"), "uri": "sip:1@pbx.example"},
    ],
)
@pytest.mark.parametrize(
    "text",
    ["Kann ich bitte mit Frau Doktor Meier sprechen?", "Frau Doktor Meier, bitte.", "Ist Frau Doktor Meier da?"],
)
def test_a_person_who_has_a_line_of_their_own_is_put_through_to(text, target):
    call = NightCall("de", profile=_profile(transfer_targets=_targets(target)), now=NOW)
    assert call.say(text).transfer_target == target["id"]


def test_a_person_without_a_line_of_their_own_is_asked_for_at_the_reception():
    call = Call("de", can_transfer=True)
    assert call.say("Kann ich bitte mit Herrn Bernasconi sprechen?").transfer_target == "desk"


def test_the_name_of_a_person_is_the_callers_own_when_the_name_was_asked():
    call = Call("de", can_transfer=True)
    call.say(*BOOKINGS["de"][:4], "Sandra Meier.")
    assert call.last.transfer_target is None
    assert call.dialogue.state.fact(FactName.NAME).value == "Sandra Meier"


def test_where_no_human_is_there_the_other_wish_of_the_turn_is_taken_up():
    call = Call("de", caller=CALLER)
    call.say("Ich möchte mit jemandem sprechen, ich muss meinen Termin am Montag absagen.")
    assert call.acts[:2] == ["no_person", "begin_cancel"]
    assert call.dialogue.state.fact(FactName.EXISTING_DATE).value == "2026-11-23"


def test_a_transfer_that_fails_in_a_callback_goes_on_with_it():
    call = Call("de", can_transfer=True, caller=CALLER)
    call.say("Können Sie mich zurückrufen?", "Es geht um meine Rechnung.")
    call.press("0")
    call.decisions.append(call.dialogue.transfer_failed())
    assert call.acts == ["transfer_failed", "ask_name"]


def test_who_speaks_on_during_the_goodbye_is_heard():
    call = Call("de")
    assert call.say("Tschüss.").hang_up
    call.dialogue.reopen()
    assert not call.say("Ach, ich brauche doch noch einen Termin für eine Kontrolle.").hang_up
    assert call.dialogue.state.asked is Question.PREFERRED_DATE
    call.say("Tschüss.")
    call.dialogue.reopen()
    assert call.say("Ja, auf Wiederhören.").hang_up


def test_the_second_silence_shows_a_way_to_a_human_and_the_third_ends_politely():
    within_reach, without = Call("de", can_transfer=True), Call("de")
    for call, way_out in ((within_reach, "person_by_key"), (without, "callback_by_key")):
        call.silence()
        assert call.acts == ["still_there", "ask_help"]
        call.silence()
        assert call.acts == ["still_nothing_heard", way_out, "ask_help_again"]
        assert call.silence().hang_up
        assert call.acts == ["goodbye_silence", "goodbye"]


def test_while_a_number_is_asked_for_no_key_is_offered():
    call = Call("de", can_transfer=True)
    call.say(*BOOKINGS["de"][:5])
    call.silence()
    call.silence()
    assert call.acts == ["still_nothing_heard", "ask_phone_again"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_apology_is_not_said_in_the_same_words_three_times(language):
    call = Call(language)
    apologies = []
    for text in (BOOKINGS[language][0], "Hm.", "Hm.", BOOKINGS[language][1], "Hm."):
        call.say(text)
        if "not_understood" in call.acts:
            apologies.append(call.dialogue.sentences(call.last)[0])
    assert len(apologies) == len(set(apologies)) == 3
