"""English callers' turns, as recognition writes them."""

from __future__ import annotations

import pytest
from dialogue_helpers import read, values

from gateway.dialogue.model import FactName, Intent, Question, Task

INTENTS = [
    ("Hello, I'd like to make an appointment.", Intent.BOOK),
    ("I would like an appointment please.", Intent.BOOK),
    ("I need an appointment for a cleaning.", Intent.BOOK),
    ("Can I book an appointment for tomorrow?", Intent.BOOK),
    ("Is there a chance to get an appointment?", Intent.BOOK),
    ("I'd like to see the dentist.", Intent.BOOK),
    ("Can I schedule a visit?", Intent.BOOK),
    ("I need a cleaning.", Intent.BOOK),
    ("Appointment please.", Intent.BOOK),
    ("I'd like to move my appointment.", Intent.MOVE),
    ("I need to reschedule.", Intent.MOVE),
    ("Can I change my appointment?", Intent.MOVE),
    ("I have to postpone my appointment.", Intent.MOVE),
    ("I'd like to cancel my appointment.", Intent.CANCEL),
    ("I have to cancel.", Intent.CANCEL),
    ("I can't make it tomorrow.", Intent.CANCEL),
    ("I cannot come on Monday.", Intent.CANCEL),
    ("Can you call me back?", Intent.CALLBACK),
    ("I would like a callback.", Intent.CALLBACK),
    ("Please call me back.", Intent.CALLBACK),
    ("Could someone give me a call?", Intent.CALLBACK),
    ("It's an emergency!", Intent.EMERGENCY),
    ("I had an accident.", Intent.EMERGENCY),
    ("I'm bleeding a lot.", Intent.EMERGENCY),
    ("It won't stop bleeding.", Intent.EMERGENCY),
    ("I can't breathe.", Intent.EMERGENCY),
    ("My tooth got knocked out.", Intent.EMERGENCY),
    ("The pain is unbearable.", Intent.EMERGENCY),
    ("My face is swollen.", Intent.EMERGENCY),
    ("Help!", Intent.EMERGENCY),
    ("What are your opening hours?", Intent.OPENING_HOURS),
    ("When are you open?", Intent.OPENING_HOURS),
    ("Are you open on Saturday?", Intent.OPENING_HOURS),
    ("What time do you close?", Intent.OPENING_HOURS),
    ("What's your address?", Intent.ADDRESS),
    ("Where are you located?", Intent.ADDRESS),
    ("How do I get there?", Intent.ADDRESS),
    ("Is there any parking?", Intent.ADDRESS),
    ("I want to talk to a human.", Intent.HUMAN),
    ("Can I speak to someone?", Intent.HUMAN),
    ("Can you put me through to the reception?", Intent.HUMAN),
    ("I don't want to talk to a robot.", Intent.HUMAN),
    ("Can I speak to Dr. Meier?", Intent.HUMAN),
    ("Can you repeat that?", Intent.REPEAT),
    ("Sorry, I didn't catch that.", Intent.REPEAT),
    ("Pardon?", Intent.REPEAT),
    ("Say that again please.", Intent.REPEAT),
    ("Goodbye.", Intent.GOODBYE),
    ("Bye bye.", Intent.GOODBYE),
    ("That's all, thank you.", Intent.GOODBYE),
    ("Have a nice day.", Intent.GOODBYE),
    ("I don't want to be recorded.", Intent.REFUSE_RECORDING),
    ("No recording please.", Intent.REFUSE_RECORDING),
    ("Do you speak German?", Intent.CHANGE_LANGUAGE),
    ("French please.", Intent.CHANGE_LANGUAGE),
    ("How much is a cleaning?", Intent.OPEN_QUESTION),
    ("I have a question about my bill.", Intent.OPEN_QUESTION),
    ("It's not an emergency.", None),
    ("I have an appointment on Tuesday.", None),
    ("Tuesday at three.", None),
    ("My name is John Smith.", None),
    ("Um.", None),
]

ANSWERS = [
    ("Yes.", True),
    ("Yes, please.", True),
    ("Yeah.", True),
    ("Yep.", True),
    ("That's right.", True),
    ("That's correct.", True),
    ("Correct.", True),
    ("Exactly.", True),
    ("Sure.", True),
    ("Okay.", True),
    ("Sounds good.", True),
    ("That works for me.", True),
    ("That's fine.", True),
    ("Of course.", True),
    ("Perfect.", True),
    ("All good.", True),
    ("No problem.", True),
    ("Um, yes.", True),
    ("Everything is correct.", True),
    ("No.", False),
    ("No, thank you.", False),
    ("Nope.", False),
    ("That's not right.", False),
    ("That's wrong.", False),
    ("Not quite.", False),
    ("No, that's incorrect.", False),
    ("It doesn't work for me.", False),
    ("That isn't correct.", False),
    ("Not at all.", False),
    ("No, never.", False),
    ("Yes, but that's not right.", False),
    ("Tuesday.", None),
    ("I'd like an appointment.", None),
    ("Maybe.", None),
    ("Smith.", None),
]

FACTS = [
    ("John Smith", Question.NAME, {"name": "John Smith"}),
    ("My name is John Smith.", Question.HELP, {"name": "John Smith"}),
    ("The third of May 1985.", Question.DATE_OF_BIRTH, {"date_of_birth": "1985-05-03"}),
    ("I was born on May 3rd 1985.", Question.HELP, {"date_of_birth": "1985-05-03"}),
    ("079 456 12 34", Question.PHONE, {"phone": "+41794561234"}),
    ("Oh seven nine, four five six, one two, three four.", Question.PHONE, {"phone": "+41794561234"}),
    ("Yes, I have been there before.", Question.PATIENT_STATUS, {"patient_status": "known"}),
    ("Yes.", Question.PATIENT_STATUS, {"patient_status": "known"}),
    ("No.", Question.PATIENT_STATUS, {"patient_status": "new"}),
    ("No, it's my first time.", Question.PATIENT_STATUS, {"patient_status": "new"}),
    ("I'm a new patient.", Question.HELP, {"patient_status": "new"}),
    ("I haven't been to your practice before.", Question.PATIENT_STATUS, {"patient_status": "new"}),
    ("For a check-up.", Question.REASON, {"reason": "check-up"}),
    ("A checkup", Question.REASON, {"reason": "check-up"}),
    ("A check up", Question.REASON, {"reason": "check-up"}),
    ("A cleaning.", Question.REASON, {"reason": "hygiene"}),
    ("I lost a filling.", Question.REASON, {"reason": "filling"}),
    ("My tooth is loose.", Question.REASON, {"reason": "My tooth is loose."}),
    ("I have a toothache.", Question.HELP, {"pain": "yes", "reason": "toothache"}),
    ("Yes, a little.", Question.PAIN, {"pain": "yes"}),
    ("No, no pain.", Question.PAIN, {"pain": "no"}),
    ("It doesn't hurt.", Question.PAIN, {"pain": "no"}),
    ("Tuesday.", Question.PREFERRED_DATE, {"preferred_date": "2026-11-24"}),
    ("Next Tuesday.", Question.PREFERRED_DATE, {"preferred_date": "2026-11-24"}),
    ("The eighth of December.", Question.PREFERRED_DATE, {"preferred_date": "2026-12-08"}),
    ("As soon as possible.", Question.PREFERRED_DATE, {"preferred_date": "2026-11-20/2026-12-04"}),
    ("Any day.", Question.PREFERRED_DATE, {"preferred_date": "2026-11-20/2026-12-18"}),
    ("At half past three.", Question.PREFERRED_TIME, {"preferred_time": "15:30"}),
    ("At 3:30 pm.", Question.PREFERRED_TIME, {"preferred_time": "15:30"}),
    ("Any time.", Question.PREFERRED_TIME, {"preferred_time": "00:00/23:59"}),
    (
        "Tuesday at 2 pm for a check-up.",
        Question.HELP,
        {"preferred_date": "2026-11-24", "preferred_time": "14:00", "reason": "check-up"},
    ),
    ("With Doctor Meier.", Question.PREFERRED_DATE, {"practitioner": "sandra-meier"}),
    ("It's about my bill.", Question.MESSAGE, {"message": "It's about my bill."}),
    ("Can you call me back about my bill?", Question.HELP, {"message": "about my bill?"}),
    ("S M I T H", Question.SPELLING, {"name": "Smith"}),
]


@pytest.mark.parametrize(("text", "intent"), INTENTS)
def test_intents_of_english_callers_are_found(text, intent):
    assert (read(text, "en").intents or (None,))[0] == intent


@pytest.mark.parametrize(("text", "answer"), ANSWERS)
def test_yes_and_no_of_english_callers_are_found(text, answer):
    assert read(text, "en", Question.READ_BACK).answer is answer


@pytest.mark.parametrize(("text", "asked", "expected"), FACTS)
def test_facts_of_english_callers_are_read(text, asked, expected):
    assert values(read(text, "en", asked, Task.BOOK if asked is not Question.HELP else None)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("No, not Tuesday, Thursday.", {"preferred_date": "2026-11-26"}),
        ("No not Tuesday but Thursday", {"preferred_date": "2026-11-26"}),
        ("Thursday, not Tuesday.", {"preferred_date": "2026-11-26"}),
        ("No, it's Thursday not Tuesday.", {"preferred_date": "2026-11-26"}),
        ("Thursday instead of Tuesday.", {"preferred_date": "2026-11-26"}),
        ("Tuesday doesn't work, Thursday please.", {"preferred_date": "2026-11-26"}),
        ("No, not at three, at four pm.", {"preferred_time": "16:00"}),
        ("No, my name is Smyth.", {"name": "Smyth"}),
    ],
)
def test_a_negated_value_is_dropped_and_the_right_one_taken(text, expected):
    assert values(read(text, "en", Question.READ_BACK, Task.BOOK)) == expected


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("No, the phone number is wrong.", FactName.PHONE),
        ("The name isn't right.", FactName.NAME),
        ("The time is wrong.", FactName.PREFERRED_TIME),
    ],
)
def test_a_fact_that_is_called_wrong_by_name_is_found(text, name):
    assert name in read(text, "en", Question.READ_BACK, Task.BOOK).rejected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "I'd like to move my appointment from Tuesday to Thursday.",
            {"existing_date": "2026-11-24", "preferred_date": "2026-11-26"},
        ),
        ("I need to cancel my appointment on Monday.", {"existing_date": "2026-11-23"}),
    ],
)
def test_dates_belong_to_the_old_or_to_the_new_appointment(text, expected):
    assert values(read(text, "en")) == expected
