"""Free times of the practice's calendar in a call: asked for, offered, chosen, booked."""

from __future__ import annotations

import pytest
from calendar_helpers import CalendarCall, slot
from dialogue_helpers import CALLER
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.dialogue.calendar_steps import BookingResult, BookingStatus, SlotBooking, SlotQuery, SlotsFound
from gateway.dialogue.model import Expectation, FactName, Question, Task
from gateway.language import LANGUAGES

NINE = slot("2026-12-08", "09:00")
HALF_PAST_TEN = slot("2026-12-08", "10:30")
TWO = slot("2026-12-08", "14:00")
THURSDAY = slot("2026-12-10", "08:30", "sandra-meier")
SLOTS = (NINE, HALF_PAST_TEN, TWO, THURSDAY)

WISHES = {
    "de": (
        "Ich hätte gerne einen Termin für eine Dentalhygiene.",
        "Am Dienstag, dem 8. Dezember.",
        "Am Vormittag.",
        "Ja, ich war schon bei Ihnen.",
    ),
    "fr": (
        "Bonjour, je voudrais prendre rendez-vous pour un détartrage.",
        "Le mardi huit décembre.",
        "Le matin.",
        "Oui, je suis déjà venue.",
    ),
    "it": (
        "Buongiorno, vorrei un appuntamento per una pulizia dei denti.",
        "Martedì otto dicembre.",
        "Di mattina.",
        "Sì, sono già stata da voi.",
    ),
    "en": (
        "Hello, I'd like to make an appointment for a cleaning.",
        "On Tuesday, the eighth of December.",
        "In the morning.",
        "Yes, I have been there before.",
    ),
}
YES = {"de": "Ja, genau.", "fr": "Oui, c'est ça.", "it": "Sì, va bene.", "en": "Yes, that's right."}
FIRST = {"de": "Der erste.", "fr": "Le premier.", "it": "Il primo.", "en": "The first one."}


def offered(language="de", *slots, **options):
    """Return a call in which two slots were just offered."""
    call = CalendarCall(language, *(slots or SLOTS), **options)
    call.say(*WISHES[language])
    return call


def chosen(call):
    slot = call.dialogue.state.calendar.chosen
    return slot.id if slot else None


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_offered_time_is_booked_in_every_language(language):
    call = offered(language)
    assert call.dialogue.state.asked is Question.SLOT
    assert call.last.expectation is Expectation.CHOICE
    call.say(FIRST[language], "Anna Keller", YES[language])
    assert call.dialogue.state.asked is Question.READ_BACK
    assert call.booked == []
    call.say(YES[language])
    assert call.booked == [NINE]
    assert call.actions == [
        (
            "appointment.requested",
            {
                "reason": "hygiene",
                "preferred_date": "2026-12-08",
                "preferred_time": "09:00",
                "patient_status": "known",
                "name": "Anna Keller",
                "phone": CALLER,
            },
        )
    ]
    action = call.decisions[-2].action
    assert action.details["slot"] == NINE.id
    assert action.details["slot_start"] == "2026-12-08T09:00:00+01:00"
    assert all(fact.confirmed for fact in action.facts)
    assert call.acts[0] == "booked_book"
    assert call.dialogue.state.asked is Question.ANYTHING_ELSE


def test_the_calendar_is_told_the_wishes_and_no_name():
    call = offered("de")
    assert [{str(fact.name): fact.value for fact in query.facts} for query in call.queries] == [
        {
            "reason": "hygiene",
            "patient_status": "known",
            "preferred_date": "2026-12-08",
            "preferred_time": "08:00/12:00",
        }
    ]


CHOICES = [
    ("de", "Der erste.", NINE),
    ("de", "der zweite bitte", HALF_PAST_TEN),
    ("de", "Ich nehme den zweiten Termin.", HALF_PAST_TEN),
    ("de", "halb elf", HALF_PAST_TEN),
    ("de", "Um neun passt mir gut.", NINE),
    ("de", "der frühere", NINE),
    ("de", "Das ist mir egal.", NINE),
    ("de", "nicht der erste, der zweite", HALF_PAST_TEN),
    ("de", "der erste geht nicht, der zweite schon", HALF_PAST_TEN),
    ("en", "the first one, not the second", NINE),
    ("fr", "le deuxième s'il vous plaît", HALF_PAST_TEN),
    ("fr", "le second", HALF_PAST_TEN),
    ("fr", "à dix heures et demie", HALF_PAST_TEN),
    ("fr", "celui de neuf heures", NINE),
    ("fr", "peu importe", NINE),
    ("it", "il secondo grazie", HALF_PAST_TEN),
    ("it", "alle dieci e mezza", HALF_PAST_TEN),
    ("it", "quello delle nove", NINE),
    ("it", "per me è uguale", NINE),
    ("en", "the second one please", HALF_PAST_TEN),
    ("en", "ten thirty please", HALF_PAST_TEN),
    ("en", "the nine o'clock one", NINE),
    ("en", "the earlier one", NINE),
    ("en", "either is fine", NINE),
]


@pytest.mark.parametrize(("language", "text", "slot"), CHOICES, ids=[text for _, text, _ in CHOICES])
def test_a_time_is_chosen_by_its_order_or_by_its_hour(language, text, slot):
    call = offered(language)
    call.say(text)
    assert chosen(call) == slot.id
    assert len(call.queries) == 1


NEITHER = [
    ("de", "Keiner."),
    ("de", "Nein, das geht leider nicht."),
    ("de", "beide passen nicht"),
    ("de", "Haben Sie etwas später?"),
    ("fr", "aucun des deux"),
    ("fr", "ni l'un ni l'autre"),
    ("fr", "ça ne me convient pas"),
    ("it", "nessuno dei due"),
    ("it", "un altro giorno"),
    ("en", "neither of them works"),
    ("en", "something else please"),
]


@pytest.mark.parametrize(("language", "text"), NEITHER, ids=[text for _, text in NEITHER])
def test_who_takes_neither_is_offered_the_next_two(language, text):
    call = offered(language)
    call.say(text)
    assert call.dialogue.state.calendar.offered == (TWO, THURSDAY)
    assert len(call.queries) == 1


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Um neun kann ich nicht."),
        ("fr", "À neuf heures je ne peux pas."),
        ("en", "I can't make it at nine."),
    ],
)
def test_who_cannot_at_one_hour_is_not_offered_it_again(language, text):
    call = offered(language)
    call.say(text)
    assert call.dialogue.state.calendar.offered == (HALF_PAST_TEN, TWO)


def test_another_part_of_the_day_is_offered_from_what_was_found():
    call = offered("de")
    call.say("Lieber am Nachmittag.")
    assert call.dialogue.state.calendar.offered == (TWO,)
    assert len(call.queries) == 1
    assert call.say("Ja, gerne.")
    assert chosen(call) == TWO.id


def test_another_day_that_was_found_is_offered_and_not_taken_for_granted():
    call = offered("de")
    call.say("Am Donnerstag?")
    assert call.dialogue.state.asked is Question.SLOT
    assert call.dialogue.state.calendar.offered == (THURSDAY,)


def test_a_weekday_alone_is_that_of_the_week_that_is_talked_about():
    call = offered("de", NINE, HALF_PAST_TEN)
    call.say("Geht es auch am Mittwoch?")
    assert call.queries[-1] != call.queries[0]
    date = next(fact for fact in call.queries[-1].facts if fact.name is FactName.PREFERRED_DATE)
    assert date.value == "2026-12-09"


def test_another_wish_asks_the_calendar_again():
    call = offered("de")
    call.say("Lieber am Montag, dem 14. Dezember.")
    assert len(call.queries) == 2
    assert {fact.value for fact in call.queries[-1].facts} >= {"2026-12-14", "08:00/12:00"}


def test_a_yes_to_two_times_is_asked_which():
    call = offered("de")
    call.say("Ja.")
    assert call.acts == ["offer_slots", "ask_slot_again"]
    assert chosen(call) is None


def test_keys_choose():
    for key, expected in (("1", NINE), ("2", HALF_PAST_TEN)):
        call = offered("de")
        call.press(key)
        assert chosen(call) == expected.id
    call = offered("de")
    call.press("3")
    assert call.dialogue.state.calendar.offered == (TWO, THURSDAY)


def test_keys_say_yes_and_no_to_a_single_time():
    call = offered("de", NINE)
    call.press("1")
    assert chosen(call) == NINE.id
    call = offered("de", NINE, TWO)
    call.say("Um neun kann ich nicht.")
    call.press("2")
    assert call.dialogue.state.asked is Question.PREFERRED_DATE


def test_the_exact_time_wished_for_is_taken_where_it_is_free():
    call = CalendarCall("de", *SLOTS)
    call.say(*WISHES["de"][:2], "Um vierzehn Uhr.", WISHES["de"][3])
    assert chosen(call) == TWO.id
    assert "slot_free" in call.said
    assert call.dialogue.state.asked is Question.NAME


def test_answers_that_are_not_understood_lead_to_keys_and_then_to_a_request():
    call = offered("de")
    call.say("Blaukraut.")
    assert call.acts == ["not_understood", "offer_slots", "ask_slot_again"]
    call.say("Blaukraut.")
    assert call.acts == ["not_understood", "offer_slots", "ask_slot_keys"]
    call.say("Blaukraut.")
    assert call.acts[0] == "slot_request"
    assert call.dialogue.state.asked is Question.NAME
    call.say("Anna Keller", "Ja.", "Ja, genau.")
    assert call.booked == []
    assert call.acts[:1] == ["done_book"]
    assert "slot" not in call.last.action.details


def test_without_an_answer_of_the_calendar_the_wish_is_passed_on_as_ever():
    call = CalendarCall("de", *SLOTS)
    call.silent = True
    call.say(*WISHES["de"], "Anna Keller", "Ja.")
    assert call.dialogue.state.asked is Question.READ_BACK
    call.say("Ja, genau.")
    assert call.acts == ["done_book", "ask_anything_else"]
    assert call.last.action.details == {"language": "de", "caller_number": CALLER}
    assert len(call.queries) == 1


def test_where_nothing_is_free_another_day_is_asked_for_and_at_last_the_practice_decides():
    call = CalendarCall("de")
    call.say(*WISHES["de"])
    for day in ("Am Mittwoch, dem 9. Dezember.", "Am Donnerstag, dem 10. Dezember.", "Am Montag, dem 14. Dezember."):
        assert call.dialogue.state.asked is Question.PREFERRED_DATE
        assert "no_slots" in call.acts
        call.say(day, "Am Vormittag.")
    assert "slot_request" in call.acts
    assert call.dialogue.state.asked is Question.NAME
    assert len(call.queries) == 4


def test_a_correction_at_the_read_back_gives_the_slot_up_and_looks_for_another():
    call = offered("de")
    call.say("Der erste.", "Anna Keller", "Ja.")
    assert call.dialogue.state.asked is Question.READ_BACK
    call.say("Nein, lieber um vierzehn Uhr.")
    assert chosen(call) == TWO.id
    assert call.dialogue.state.asked is Question.READ_BACK
    call.say("Ja, genau.")
    assert call.booked == [TWO]


def test_another_day_at_the_read_back_keeps_the_part_of_the_day_that_was_wished_for():
    call = offered("de")
    call.say("Der erste.", "Anna Keller", "Ja.")
    call.say("Nein, lieber am Donnerstag, dem 10. Dezember.")
    assert {fact.value for fact in call.queries[-1].facts} >= {"2026-12-10", "08:00/12:00"}
    assert call.booked == []


def test_another_reason_at_the_read_back_asks_the_calendar_again():
    call = offered("de")
    call.say("Der erste.", "Anna Keller", "Ja.")
    call.say("Nein, nicht Dentalhygiene, eine Kontrolle.")
    assert len(call.queries) == 2
    assert {fact.value for fact in call.queries[-1].facts} >= {"check-up", "2026-12-08", "08:00/12:00"}
    assert chosen(call) is None


def test_a_slot_with_somebody_else_names_them_and_is_read_back_with_them():
    call = offered("de", slot("2026-12-08", "09:00", "sandra-meier"), slot("2026-12-08", "10:30", "luca-bernasconi"))
    assert "bei Frau Doktor Sandra Meier" in call.words
    assert "bei Luca Bernasconi" in call.words
    call.say("Der zweite.", "Anna Keller", "Ja.")
    assert "Luca Bernasconi" in call.words


def test_another_person_than_the_one_asked_for_is_offered_only_where_that_one_has_no_time():
    words = "Ich möchte einen Termin bei Frau Doktor Meier für eine Kontrolle am 8. Dezember um zehn."
    hers, his = slot("2026-12-08", "11:00", "sandra-meier"), slot("2026-12-08", "10:00", "luca-bernasconi")
    call = CalendarCall("de", hers, his)
    call.say(words, "Ja.")
    assert call.dialogue.state.calendar.offered == (hers,)
    assert "bei" not in call.words
    call = CalendarCall("de", his)
    call.say(words, "Ja.")
    assert "slots_elsewhere" in call.acts
    assert "um zehn Uhr bei Luca Bernasconi" in call.words
    call.say("Ja, gerne.", "Anna Keller", "Ja.")
    assert "bei Luca Bernasconi" in call.words
    call.say("Ja, genau.")
    assert ("practitioner", "luca-bernasconi") in call.actions[-1][1].items()


@pytest.mark.parametrize(
    ("text", "act"), [("English please", "language_changed"), ("Wann haben Sie offen?", "opening_hours")]
)
def test_something_else_in_between_is_answered_and_the_offer_made_again(text, act):
    call = offered("de")
    call.say(text)
    assert call.acts == [act, "offer_slots", "ask_slot"]


def test_a_refusal_of_the_recording_in_between_makes_the_offer_again():
    call = offered("de")
    call.say("Bitte keine Aufnahme.")
    assert call.last.stop_recording
    assert call.acts == ["recording_stopped", "offer_slots", "ask_slot"]


def test_a_taken_slot_is_said_and_others_are_offered_and_booked_by_another_action():
    call = offered("de")
    call.statuses = [BookingStatus.TAKEN]
    call.say("Der erste.", "Anna Keller", "Ja.", "Ja, genau.")
    assert "slot_taken" in call.said
    assert call.booked == []
    assert NINE not in call.dialogue.state.calendar.offered
    call.say("Der erste.", "Ja, genau.")
    assert call.booked == [HALF_PAST_TEN]
    slots = [decision.action.details["slot"] for decision in call.decisions if decision.action]
    assert slots == [NINE.id, HALF_PAST_TEN.id]


def test_a_taken_slot_is_not_offered_again_even_where_the_calendar_still_shows_it():
    call = offered("de", NINE)
    call.statuses = [BookingStatus.TAKEN]
    call.say("Ja.", "Anna Keller", "Ja.")
    call.busy = True
    call.say("Ja, genau.")
    call.answer(call.last.calendar)
    query = call.last.calendar
    assert isinstance(query, SlotQuery)
    call.decisions.append(call.dialogue.calendar_answered(SlotsFound(query, (NINE,))))
    assert call.dialogue.state.asked is Question.PREFERRED_DATE


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_booking_without_an_answer_is_told_as_a_request(language):
    call = offered(language)
    call.statuses = [BookingStatus.REQUESTED]
    call.say(FIRST[language], "Anna Keller", YES[language], YES[language])
    assert call.acts == ["done_book", "ask_anything_else"]


def test_a_calendar_that_names_another_time_has_not_booked_what_was_confirmed():
    call = offered("de")
    call.say("Der erste.", "Anna Keller", "Ja.")
    call.busy = True
    call.say("Ja, genau.")
    booking = call.last.calendar
    decision = call.dialogue.calendar_answered(BookingResult(booking, BookingStatus.BOOKED, TWO.start))
    assert [act.name for act in decision.acts] == ["done_book", "ask_anything_else"]


def test_what_could_not_be_written_down_is_not_promised():
    call = offered("de")
    call.statuses = [BookingStatus.UNWRITTEN]
    call.say("Der erste.", "Anna Keller", "Ja.", "Ja, genau.")
    assert call.acts[0] == "apology"


@pytest.mark.parametrize("text", ["Hallo?", "Danke.", "Nein, doch lieber am Donnerstag.", "Auf Wiederhören.", "Ja."])
def test_what_the_caller_says_while_it_is_booked_changes_nothing(text):
    call = offered("de")
    call.say("Der erste.", "Anna Keller", "Ja.")
    call.busy = True
    call.say("Ja, genau.")
    booking = call.last.calendar
    call.say(text)
    assert call.acts == ["ask_calendar"]
    assert call.last.action is None
    decision = call.dialogue.calendar_answered(BookingResult(booking, BookingStatus.BOOKED))
    assert [act.name for act in decision.acts] == ["booked_book", "ask_anything_else"]


def test_an_emergency_comes_before_the_booking_and_the_outcome_is_told_afterwards():
    call = offered("de")
    call.say("Der erste.", "Anna Keller", "Ja.")
    call.busy = True
    call.say("Ja, genau.")
    booking = call.last.calendar
    call.say("Hilfe, ich bekomme keine Luft mehr!")
    assert call.acts[0] == "emergency"
    assert call.dialogue.calendar_answered(BookingResult(booking, BookingStatus.BOOKED)).acts == ()
    call.say("Nein, danke.")
    assert "booked_book" in call.acts


def test_a_booking_that_is_under_way_is_waited_for_and_not_made_again_after_an_emergency():
    call = offered("de")
    call.say("Der erste.", "Anna Keller", "Ja.")
    call.busy = True
    call.say("Ja, genau.")
    booking = call.last.calendar
    call.say("Hilfe, ich bekomme keine Luft mehr!", "Nein.")
    assert call.acts == ["ask_calendar"]
    call.say("Ja.")
    assert call.last.action is None
    decision = call.dialogue.calendar_answered(BookingResult(booking, BookingStatus.BOOKED))
    assert [act.name for act in decision.acts] == ["booked_book", "ask_anything_else"]


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (BookingStatus.BOOKED, "booked_book"),
        (BookingStatus.REQUESTED, "done_book"),
        (BookingStatus.TAKEN, "slot_taken"),
    ],
)
def test_what_became_of_a_booking_is_told_even_in_another_task(status, told):
    call = offered("de")
    call.say("Der erste.", "Anna Keller", "Ja.")
    call.busy = True
    call.say("Ja, genau.")
    booking = call.last.calendar
    call.say("Ich möchte mit einem Menschen sprechen.", "Ja, gerne einen Rückruf.")
    assert call.dialogue.state.task is Task.CALLBACK
    assert call.dialogue.calendar_answered(BookingResult(booking, status)).acts == ()
    call.say("Wegen meiner Rechnung.")
    assert told in call.acts
    assert call.dialogue.state.task is Task.CALLBACK


def test_a_new_wish_while_the_calendar_is_asked_asks_anew_and_the_late_answer_is_dropped():
    call = CalendarCall("de", *SLOTS)
    call.busy = True
    call.say(*WISHES["de"])
    first = call.last.calendar
    call.say("Ach nein, lieber am Donnerstag, dem 10. Dezember.")
    second = call.last.calendar
    assert isinstance(second, SlotQuery)
    assert not second.same_wish(first)
    before = call.dialogue.state
    assert call.dialogue.calendar_answered(SlotsFound(first, SLOTS)).acts == ()
    assert call.dialogue.state == before
    call.answer(second)
    assert call.dialogue.state.asked is Question.SLOT


def test_who_says_nothing_new_while_the_calendar_is_asked_waits_on():
    call = CalendarCall("de", *SLOTS)
    call.busy = True
    call.say(*WISHES["de"])
    query = call.last.calendar
    call.say("Okay.")
    assert call.acts == ["ask_calendar"]
    assert call.last.calendar is None
    call.silence()
    assert call.acts == ["ask_calendar"]
    call.answer(query)
    assert call.dialogue.state.asked is Question.SLOT


def test_a_person_is_asked_for_from_an_offer():
    call = offered("de", can_transfer=True)
    call.say("Ich möchte mit einem Menschen sprechen.")
    assert call.last.transfer_target == "desk"


def test_a_silence_repeats_the_offer():
    call = offered("de")
    call.silence()
    assert call.acts == ["still_there", "offer_slots", "ask_slot"]


def test_an_appointment_is_moved_to_a_slot():
    call = CalendarCall("de", slot("2026-11-26", "15:00"), slot("2026-11-26", "16:00"))
    call.say("Ich möchte meinen Termin vom Dienstag auf Donnerstag um 15 Uhr verschieben.", "Marco Rossi", "Ja.")
    assert chosen(call) == "2026-11-26 15:00"
    call.say("Ja, genau.")
    assert [slot.id for slot in call.booked] == ["2026-11-26 15:00"]
    assert call.actions[0][0] == "appointment.move_requested"
    assert call.acts[0] == "booked_move"


def test_a_second_booking_of_the_call_asks_the_calendar_for_itself():
    call = offered("de")
    call.say("Der erste.", "Anna Keller", "Ja.", "Ja, genau.")
    call.say("Ja, ich möchte noch einen Termin für eine Kontrolle.", "Am Dienstag, dem 8. Dezember.", "Am Vormittag.")
    assert call.dialogue.state.asked is Question.CALENDAR or call.dialogue.state.calendar.found
    assert NINE not in call.dialogue.state.calendar.found
    call.say("Um halb elf.", "Ja, genau.")
    assert call.booked == [NINE, HALF_PAST_TEN]


TURNS = st.lists(
    st.one_of(
        st.sampled_from(
            [
                *(text for texts in WISHES.values() for text in texts),
                *(text for _, text, _ in CHOICES),
                *(text for _, text in NEITHER),
                *YES.values(),
                *("Nein.", "Am Donnerstag.", "um neun", "Lieber am Nachmittag.", "Anna Keller", "Hm.", "Tschüss."),
                *("Nein, nicht am Dienstag, am Mittwoch.", "Die Zeit stimmt nicht.", "Wie bitte?", "keine Aufnahme"),
                *("Ich habe einen Notfall!", "Wann haben Sie offen?", "English please", "egal", "weiss nicht"),
            ]
        ),
        st.sampled_from(["1", "2", "3", "0"]),
        st.sampled_from(list(BookingStatus)),
    ),
    max_size=14,
)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(LANGUAGES), st.booleans(), st.booleans(), TURNS)
def test_no_slot_is_booked_that_was_not_read_back_and_confirmed_and_none_twice(language, silent, late, turns):
    call = CalendarCall(language, *SLOTS)
    call.silent = silent
    call.say(*WISHES[language], FIRST[language], "Anna Keller", YES[language])
    call.busy = late
    bookings: list[SlotBooking] = []
    for turn in (*turns, YES[language], YES[language]):
        before = call.dialogue.state
        count = len(call.decisions)
        if isinstance(turn, BookingStatus):
            call.statuses = [turn]
        elif turn.isdigit():
            call.press(turn)
        else:
            call.say(turn)
        for decision in call.decisions[count:]:
            if isinstance(decision.calendar, SlotBooking):
                bookings.append(decision.calendar)
                booked = decision.calendar
                assert before.asked in {Question.READ_BACK, Question.WHAT_IS_WRONG}
                read = dict(before.read_back)
                assert read[FactName.PREFERRED_DATE] == booked.slot.start.date().isoformat()
                assert read[FactName.PREFERRED_TIME] == booked.slot.start.strftime("%H:%M")
                assert decision.action is booked.action
        if late and (step := call.dialogue.state.calendar.pending):
            call.answer(step)
    assert len(call.booked) == len({slot.id for slot in call.booked})
    assert len([booking.slot.id for booking in bookings]) >= len(call.booked)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Der zweite nicht"),
        ("de", "Der zweite geht nicht"),
        ("fr", "Le deuxième ne va pas"),
        ("it", "Il secondo non va"),
        ("en", "The second one doesn't work"),
    ],
)
def test_a_time_that_is_refused_by_its_order_is_not_taken(language, text):
    call = offered(language)
    call.say(text)
    assert call.dialogue.state.calendar.chosen is None
