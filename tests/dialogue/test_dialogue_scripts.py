"""Whole calls: what the caller says, and what the practice gets."""

from __future__ import annotations

import pytest
from dialogue_helpers import CALLER, PROFILE, Call

from gateway.dialogue.model import Expectation, FactName, Question

BOOKING = {
    "reason": "hygiene",
    "preferred_date": "2026-12-08",
    "preferred_time": "14:30",
    "patient_status": "known",
    "name": "Anna Keller",
    "phone": "+41794561234",
}

BOOKINGS = {
    "de": (
        "Guten Tag, ich hätte gerne einen Termin für eine Dentalhygiene.",
        "Am Dienstag, dem 8. Dezember.",
        "Um halb drei.",
        "Ja, ich war schon bei Ihnen.",
        "Anna Keller.",
        "Null sieben neun, vier fünf sechs, zwölf, vierunddreissig.",
        "Ja, das stimmt.",
    ),
    "fr": (
        "Bonjour, je voudrais prendre rendez-vous pour un détartrage.",
        "Le mardi huit décembre.",
        "À quatorze heures trente.",
        "Oui, je suis déjà venue.",
        "Anna Keller.",
        "Zéro sept neuf, quatre cent cinquante-six, douze, trente-quatre.",
        "Oui, c'est correct.",
    ),
    "it": (
        "Buongiorno, vorrei un appuntamento per una pulizia dei denti.",
        "Martedì otto dicembre.",
        "Alle quattordici e trenta.",
        "Sì, sono già stata da voi.",
        "Anna Keller.",
        "Zero sette nove, quattro cinque sei, dodici, trentaquattro.",
        "Sì, esatto.",
    ),
    "en": (
        "Hello, I'd like to make an appointment for a cleaning.",
        "On Tuesday, the eighth of December.",
        "At half past two.",
        "Yes, I have been there before.",
        "Anna Keller.",
        "Oh seven nine, four five six, one two, three four.",
        "Yes, that's right.",
    ),
}
NO_MORE = {"de": "Nein danke, das ist alles.", "fr": "Non merci.", "it": "No, grazie.", "en": "No, thank you."}
YES = {"de": "Ja, genau.", "fr": "Oui, c'est ça.", "it": "Sì, va bene.", "en": "Yes, that's right."}


@pytest.mark.parametrize("language", BOOKINGS)
def test_an_appointment_is_booked_in_every_language(language):
    call = Call(language)
    asked = []
    for text in BOOKINGS[language]:
        asked.append(call.dialogue.state.asked)
        call.say(text)
    assert asked == [
        Question.HELP,
        Question.PREFERRED_DATE,
        Question.PREFERRED_TIME,
        Question.PATIENT_STATUS,
        Question.NAME,
        Question.PHONE,
        Question.READ_BACK,
    ]
    assert call.actions == [("appointment.requested", BOOKING)]
    assert all(fact.confirmed for fact in call.last.action.facts)
    assert call.last.action.details == {"language": language}
    assert call.last.language == language
    assert call.say(NO_MORE[language]).hang_up


def test_facts_that_were_given_at_once_are_not_asked_for():
    call = Call("de", caller=CALLER)
    call.say("Mein Name ist Anna Keller, ich hätte gern am Dienstag um 15 Uhr einen Termin für eine Zahnreinigung.")
    assert call.dialogue.state.asked is Question.PATIENT_STATUS
    call.say("Nein.", "Ja.", "Genau.")
    assert call.actions == [
        (
            "appointment.requested",
            {
                "reason": "hygiene",
                "preferred_date": "2026-11-24",
                "preferred_time": "15:00",
                "patient_status": "new",
                "name": "Anna Keller",
                "phone": CALLER,
            },
        )
    ]


def test_what_was_understood_is_woven_into_the_next_question():
    call = Call("de")
    call.say("Ich möchte einen Termin für eine Kontrolle", "Am Dienstag, dem 8. Dezember.")
    assert "achten Dezember" in call.words
    assert call.words.endswith("Um welche Zeit passt es Ihnen?")


MOVES = {
    "de": ("Ich möchte meinen Termin vom Dienstag auf Donnerstag um 15 Uhr verschieben.", "Marco Rossi"),
    "fr": ("Je voudrais déplacer mon rendez-vous de mardi à jeudi à quinze heures.", "Marco Rossi"),
    "it": ("Vorrei spostare il mio appuntamento di martedì a giovedì alle quindici.", "Marco Rossi"),
    "en": ("I'd like to move my appointment from Tuesday to Thursday at 3 pm.", "Marco Rossi"),
}


@pytest.mark.parametrize("language", MOVES)
def test_an_appointment_is_moved_in_every_language(language):
    call = Call(language, caller=CALLER)
    call.say(*MOVES[language], YES[language], YES[language])
    assert call.actions == [
        (
            "appointment.move_requested",
            {
                "name": "Marco Rossi",
                "existing_date": "2026-11-24",
                "preferred_date": "2026-11-26",
                "preferred_time": "15:00",
                "phone": CALLER,
            },
        )
    ]


CANCELLATIONS = {
    "de": "Ich muss meinen Termin am Montag absagen.",
    "fr": "Je dois annuler mon rendez-vous de lundi.",
    "it": "Devo disdire il mio appuntamento di lunedì.",
    "en": "I need to cancel my appointment on Monday.",
}


@pytest.mark.parametrize("language", CANCELLATIONS)
def test_an_appointment_is_cancelled_in_every_language(language):
    call = Call(language, caller=CALLER)
    call.say(CANCELLATIONS[language], "Marco Rossi", YES[language], YES[language])
    assert call.actions == [
        ("appointment.cancel_requested", {"name": "Marco Rossi", "existing_date": "2026-11-23", "phone": CALLER})
    ]


CALLBACKS = {
    "de": ("Können Sie mich zurückrufen?", "Es geht um meine Rechnung."),
    "fr": ("Pouvez-vous me rappeler?", "C'est au sujet de ma facture."),
    "it": ("Mi può richiamare?", "Riguarda la mia fattura."),
    "en": ("Can you call me back?", "It's about my bill."),
}


@pytest.mark.parametrize("language", CALLBACKS)
def test_a_callback_is_requested_in_every_language(language):
    call = Call(language, caller=CALLER)
    call.say(*CALLBACKS[language], "Marco Rossi", YES[language], YES[language])
    assert call.actions == [
        ("callback.requested", {"message": CALLBACKS[language][1], "name": "Marco Rossi", "phone": CALLER})
    ]


EMERGENCIES = {
    "de": "Ich habe einen Notfall, ich blute stark!",
    "fr": "C'est une urgence, ça saigne beaucoup!",
    "it": "È un'emergenza, sanguina molto!",
    "en": "It's an emergency, it won't stop bleeding!",
}


@pytest.mark.parametrize("language", EMERGENCIES)
def test_an_emergency_is_flagged_at_once_and_the_numbers_are_told(language):
    call = Call(language, caller=CALLER)
    decision = call.say(EMERGENCIES[language])
    assert decision.action.kind == "emergency.flagged"
    assert decision.action.details["caller_number"] == CALLER
    assert PROFILE.emergency.text.in_language(language) in call.words
    assert "144" in call.words
    call.say(EMERGENCIES[language])
    assert len(call.actions) == 1
    assert call.say(NO_MORE[language]).hang_up


def test_an_emergency_comes_before_everything_else():
    call = Call("de")
    call.say(*BOOKINGS["de"][:-1])
    decision = call.say("Ja, aber es ist ein Notfall, ich bekomme keine Luft.")
    assert decision.action.kind == "emergency.flagged"
    assert len(call.actions) == 1


def test_an_emergency_is_transferred_where_that_is_possible():
    decision = Call("de", can_transfer=True).say("Das ist ein Notfall")
    assert decision.transfer_target == "on-call"
    assert decision.action.kind == "emergency.flagged"


def test_what_is_no_emergency_goes_on():
    call = Call("de")
    call.say("Das ist kein Notfall, ich hätte gern einen Termin.")
    assert call.actions == []
    assert call.dialogue.state.asked is Question.REASON


HUMANS = {
    "de": "Ich möchte mit einem Menschen sprechen.",
    "fr": "Je voudrais parler à quelqu'un.",
    "it": "Vorrei parlare con una persona.",
    "en": "I want to talk to a human.",
}


@pytest.mark.parametrize("language", HUMANS)
def test_a_human_is_given_by_transfer_or_by_callback(language):
    transferred = Call(language, can_transfer=True).say(HUMANS[language])
    assert transferred.transfer_target == "desk"
    assert transferred.action.kind == "transfer.requested"
    call = Call(language)
    assert call.say(HUMANS[language]).transfer_target is None
    assert call.dialogue.state.asked is Question.OFFER_CALLBACK
    call.say(YES[language])
    assert call.dialogue.state.asked is Question.MESSAGE


def test_a_transfer_that_fails_becomes_a_callback():
    call = Call("de", can_transfer=True)
    call.press("0")
    call.decisions.append(call.dialogue.transfer_failed())
    assert call.acts[0] == "transfer_failed"
    call.say("Ja gerne.")
    assert call.dialogue.state.asked is Question.MESSAGE


def test_nobody_is_put_through_twice_to_a_target_that_did_not_answer():
    call = Call("de", can_transfer=True)
    call.press("0")
    call.decisions.append(call.dialogue.transfer_failed())
    decision = call.say(HUMANS["de"])
    assert decision.transfer_target is None
    assert call.dialogue.state.asked is Question.OFFER_CALLBACK
    assert call.say("Es ist ein Notfall!").transfer_target == "on-call"


def test_an_emergency_that_nobody_answers_hears_the_numbers_again():
    call = Call("de", can_transfer=True)
    call.say("Das ist ein Notfall")
    call.decisions.append(call.dialogue.transfer_failed())
    assert call.acts[:2] == ["transfer_failed", "emergency"]
    assert call.dialogue.state.asked is Question.EMERGENCY_REPEAT
    assert call.say("Ja, bitte.").transfer_target is None


def test_hours_and_address_are_told_at_any_moment_and_the_open_question_is_asked_again():
    call = Call("de")
    call.say("Ich möchte einen Termin für eine Kontrolle.", "Wann haben Sie denn offen?")
    assert call.acts == ["opening_hours", "ask_preferred_date"]
    assert "Montag bis Donnerstag" in call.words
    call.say("Und wo sind Sie?")
    assert call.acts == ["address", "ask_preferred_date"]
    assert "Seestrasse 1, 8002 Zürich." in call.words


def test_a_question_about_hours_alone_ends_politely():
    call = Call("en")
    call.say("When are you open?")
    assert call.acts == ["opening_hours", "ask_anything_else"]
    assert call.say("No, thanks.").hang_up


def test_a_question_that_only_the_practice_answers_becomes_a_callback():
    call = Call("de", caller=CALLER)
    call.say("Was kostet eine Zahnreinigung?")
    assert call.acts == ["cannot_answer", "ask_offer_callback"]
    call.say("Ja gerne.", "Anna Keller", "Ja.", "Ja.")
    assert call.actions == [
        ("callback.requested", {"message": "Was kostet eine Zahnreinigung?", "name": "Anna Keller", "phone": CALLER})
    ]


def test_a_question_in_the_middle_of_a_task_does_not_end_it():
    call = Call("en")
    call.say("I need an appointment for a cleaning.", "How much is that?")
    assert call.acts == ["cannot_answer", "ask_preferred_date"]


def test_a_question_about_saturday_is_no_wish_for_saturday():
    call = Call("de")
    call.say("Haben Sie am Samstag offen?")
    assert call.acts == ["date_closed", "next_open", "ask_anything_else"]
    assert call.dialogue.state.task is None
    assert not call.last.facts


def test_repeat_says_the_same_again():
    call = Call("de")
    first = call.say("Ich möchte einen Termin für eine Kontrolle.")
    assert call.say("Wie bitte?").acts == first.acts
    assert call.say("Können Sie das wiederholen?").acts == first.acts


def test_a_correction_at_the_read_back_changes_one_fact_and_reads_it_back_again():
    call = Call("de")
    call.say(*BOOKINGS["de"][:-1])
    call.say("Nein, nicht um halb drei, um drei Uhr.")
    assert call.acts == ["read_back_changed", "read_back_preferred_time", "ask_read_back"]
    assert call.actions == []
    call.say("Ja.")
    assert call.actions == [("appointment.requested", {**BOOKING, "preferred_time": "15:00"})]


def test_a_yes_with_a_correction_is_no_yes():
    call = Call("de")
    call.say(*BOOKINGS["de"][:-1], "Ja, aber um drei Uhr.")
    assert call.actions == []
    call.say("Ja.")
    assert call.actions[0][1]["preferred_time"] == "15:00"


def test_a_plain_no_asks_what_is_wrong():
    call = Call("de")
    call.say(*BOOKINGS["de"][:-1], "Nein.")
    assert call.dialogue.state.asked is Question.WHAT_IS_WRONG
    call.say("Am Mittwoch.")
    assert call.acts == ["read_back_changed", "read_back_preferred_date", "ask_read_back"]


def test_a_name_that_was_misheard_is_spelled():
    call = Call("de")
    call.say(*BOOKINGS["de"][:4], "Anna Kehler", BOOKINGS["de"][5], "Nein, der Name ist falsch.")
    assert call.last.expectation is Expectation.SPELLING
    call.say("K, E, L, L, E, R")
    assert call.acts == ["read_back_changed", "read_back_name", "ask_read_back"]
    call.say("Ja.")
    assert call.actions == [("appointment.requested", BOOKING)]


@pytest.mark.parametrize(("name", "confidence"), [("Anakela", 0.9), ("Anna Kehler", 0.4)])
def test_a_name_that_was_hardly_understood_is_spelled_before_anything_is_read_back(name: str, confidence: float):
    call = Call("de")
    call.say(*BOOKINGS["de"][:4])
    call.take(name, confidence)
    assert call.last.expectation is Expectation.SPELLING
    call.say("K, E, L, L, E, R")
    assert call.dialogue.state.asked is Question.PHONE
    assert call.dialogue.state.fact(FactName.NAME).value.endswith("Keller")


def test_a_name_that_nobody_can_spell_is_read_back_as_it_was_understood():
    call = Call("de")
    call.say(*BOOKINGS["de"][:4], "Anakela")
    assert call.last.expectation is Expectation.SPELLING
    call.say("Hm.", "Hm.")
    assert call.dialogue.state.asked is Question.PHONE
    call.say(BOOKINGS["de"][5])
    assert "read_back_name" in call.acts


def test_a_number_that_is_wrong_is_asked_again():
    call = Call("de", caller=CALLER)
    call.say(*BOOKINGS["de"][:5], "Ja.", "Nein, die Telefonnummer stimmt nicht.")
    assert call.dialogue.state.asked is Question.PHONE
    call.say(BOOKINGS["de"][5], "Ja.")
    assert call.actions == [("appointment.requested", BOOKING)]


def test_the_number_of_the_caller_is_offered_and_can_be_refused():
    call = Call("de", caller=CALLER)
    call.say(*BOOKINGS["de"][:5])
    assert call.dialogue.state.asked is Question.CALLER_NUMBER
    call.say("Nein.")
    assert call.last.expectation is Expectation.PHONE
    call.say(BOOKINGS["de"][5])
    assert call.dialogue.state.asked is Question.READ_BACK


def test_a_no_to_what_was_just_understood_asks_for_it_again():
    call = Call("de")
    call.say("Ich möchte einen Termin für eine Kontrolle", "Am Dienstag.", "Nein!")
    assert call.dialogue.state.asked is Question.PREFERRED_DATE
    assert call.dialogue.state.fact(FactName.PREFERRED_DATE) is None


@pytest.mark.parametrize(
    ("text", "act", "question"),
    [
        ("Am Samstag.", "date_closed", Question.PREFERRED_DATE),
        ("Am 25. Dezember.", "date_closed_reason", Question.PREFERRED_DATE),
        ("Am 16. Februar 2027.", "date_closed", Question.PREFERRED_DATE),
        ("Am 2. November 2026.", "date_past", Question.PREFERRED_DATE),
        ("Am Dienstag um 20 Uhr.", "time_closed", Question.PREFERRED_TIME),
        ("Am Freitag, 27. November, um 15 Uhr.", "time_closed", Question.PREFERRED_TIME),
        ("Heute um 9 Uhr.", "time_past", Question.PREFERRED_TIME),
        ("Nächste Woche um 21 Uhr.", "time_closed_always", Question.PREFERRED_TIME),
    ],
)
def test_a_date_or_time_that_cannot_be_is_told_and_asked_again(text, act, question):
    call = Call("de")
    call.say("Ich möchte einen Termin für eine Kontrolle.", text)
    assert act in call.acts
    assert call.dialogue.state.asked is question


def test_at_three_is_in_the_afternoon_when_the_practice_is_closed_at_night():
    call = Call("de")
    call.say("Ich möchte einen Termin für eine Kontrolle am Dienstag um drei Uhr.")
    assert call.dialogue.state.fact(FactName.PREFERRED_TIME).value == "15:00"


def test_an_existing_date_that_is_forgotten_is_replaced_by_the_date_of_birth():
    call = Call("de", caller=CALLER)
    call.say("Ich möchte meinen Termin absagen.", "Anna Keller", "Das weiss ich nicht mehr.")
    assert call.dialogue.state.asked is Question.DATE_OF_BIRTH
    call.say("3. Mai 1985", "Ja.", "Ja.")
    assert call.actions == [
        (
            "appointment.cancel_requested",
            {"name": "Anna Keller", "date_of_birth": "1985-05-03", "phone": CALLER},
        )
    ]


def test_pain_is_asked_only_when_the_reason_does_not_tell():
    call = Call("de")
    call.say("Ich möchte einen Termin.", "Mein Zahn wackelt.")
    assert call.dialogue.state.asked is Question.PAIN
    call.say("Nein.")
    assert call.dialogue.state.fact(FactName.PAIN).value == "no"


def test_a_second_task_keeps_name_and_number_and_asks_the_rest():
    call = Call("de", caller=CALLER)
    call.say(*BOOKINGS["de"][:5], "Ja.", "Ja.", "Ja, ich muss noch meinen Termin am Montag absagen.")
    assert call.dialogue.state.asked is Question.READ_BACK
    call.say("Ja.")
    assert [kind for kind, _ in call.actions] == ["appointment.requested", "appointment.cancel_requested"]
    assert call.actions[1][1] == {"name": "Anna Keller", "existing_date": "2026-11-23", "phone": CALLER}


def test_recording_is_refused_once_by_voice_or_key():
    call = Call("de")
    assert call.press("9").stop_recording
    assert not call.press("9").stop_recording
    spoken = Call("de").say("Bitte keine Aufnahme, ich hätte gern einen Termin.")
    assert spoken.stop_recording
    assert spoken.state.asked is Question.REASON


def test_recording_is_announced_only_when_there_is_one():
    assert "recording" in [act.name for act in Call("de").last.acts]
    assert "recording" not in [act.name for act in Call("de", recording=False).last.acts]


def test_a_number_is_given_by_keys_or_in_parts():
    call = Call("de")
    call.say(*BOOKINGS["de"][:5])
    call.press("0794561234")
    assert call.dialogue.state.asked is Question.READ_BACK
    call = Call("de")
    call.say(*BOOKINGS["de"][:5], "Null sieben neun, vier fünf sechs")
    assert call.acts == ["phone_continue"]
    call.say("zwölf vierunddreissig")
    assert call.dialogue.state.fact(FactName.PHONE).value == "+41794561234"


def test_misses_lead_to_simpler_words_then_to_spelling_then_to_a_callback_then_to_the_end():
    call = Call("de")
    call.say(*BOOKINGS["de"][:4])
    call.say("Hm.")
    assert call.acts == ["not_understood", "ask_name_again"]
    call.say("Hm.")
    assert call.last.expectation is Expectation.SPELLING
    call.say("Hm.")
    assert call.acts == ["not_understood", "ask_spelling_again"]
    call.say("Hm.")
    assert call.dialogue.state.asked is Question.OFFER_CALLBACK
    call.say("Hm.", "Hm.", "Hm.")
    assert call.last.hang_up
    assert "give_up" in call.acts
    assert call.actions == []


def test_misses_at_the_number_lead_to_the_keypad():
    call = Call("de")
    call.say(*BOOKINGS["de"][:5], "Hm.", "Hm.")
    assert call.acts == ["not_understood", "ask_phone_keys"]


def test_nothing_understood_is_asked_again():
    call = Call("fr")
    call.say("")
    assert call.acts == ["not_understood", "ask_help_again"]


def test_silence_is_asked_about_and_ends_the_call_at_the_third_time():
    call = Call("de")
    call.silence()
    assert call.acts == ["still_there", "ask_help"]
    call.silence()
    assert not call.last.hang_up
    assert call.silence().hang_up


def test_goodbye_in_the_middle_says_that_nothing_was_passed_on():
    call = Call("de")
    call.say("Ich möchte einen Termin für eine Kontrolle.", "Tschüss.")
    assert call.last.hang_up
    assert "goodbye_unfinished" in call.acts
    assert call.actions == []


def test_goodbye_at_the_read_back_is_asked_about_once():
    call = Call("de")
    call.say(*BOOKINGS["de"][:-1], "Auf Wiederhören.")
    assert not call.last.hang_up
    call.say("Ja.")
    assert call.actions == [("appointment.requested", BOOKING)]


def test_the_answer_follows_the_language_of_the_first_turn():
    call = Call("fr")
    assert call.last.language == "de"
    assert call.say("Bonjour, je voudrais un rendez-vous.").language == "fr"


def test_one_short_turn_in_another_language_does_not_switch_but_two_do():
    call = Call("de")
    call.say("Ich möchte einen Termin für eine Kontrolle.")
    call.say("I would like to come on Tuesday please", language="en")
    assert call.last.language == "de"
    call.say("I would like to come at 3 pm please", language="en")
    assert call.last.language == "en"


def test_a_language_that_is_asked_for_is_spoken_at_once():
    call = Call("de")
    call.say("Ich möchte einen Termin für eine Kontrolle.", "Can we speak English please?")
    assert call.last.language == "en"
    assert call.acts == ["language_changed", "ask_preferred_date"]


def test_after_the_end_nothing_more_is_said():
    call = Call("de")
    call.say("Tschüss.")
    decision = call.say("Ich möchte doch noch einen Termin.")
    assert decision.hang_up
    assert decision.acts == ()


def test_a_wish_for_a_person_of_the_practice_goes_along():
    call = Call("de", caller=CALLER)
    call.say("Ich hätte gern einen Termin bei Frau Doktor Meier für eine Kontrolle am Dienstag um 15 Uhr.")
    call.say("Nein.", "Anna Keller.", "Ja.")
    assert "bei Frau Doktor Sandra Meier" in call.words
    call.say("Ja.")
    assert call.actions[0][1]["practitioner"] == "sandra-meier"
