"""A simulated patient, fed by hand."""

from pathlib import Path

import pytest
from rehearsal_helpers import PROFILE, TODAY, scenario_of

from gateway.caller.part import Act, Farewell
from gateway.caller.steps import HangUp, PressKeys, Say
from gateway.dialogue.values import Telling
from gateway.rehearsal.answers import Answers
from gateway.rehearsal.patient import Patient, SoundKind, sayings
from gateway.rehearsal.scenario import COUGH, Scenario
from gateway.rehearsal.wordings_heard import WordingEar

SCENARIO = """
language: de
from: "+41791234567"
wants: Einen Termin, bitte.
knows: {name: Sandra Fischer, preferred_date: "2026-12-01", preferred_time: "14:30", phone: "+41791234567"}
answers:
  preferred_date: ["Am Dienstag [pause 900] in einer Woche.", "[silence]"]
corrections: {preferred_time: Nein, um halb drei.}
interruptions:
  - {after: name, after_ms: 700, noise: "[cough]"}
  - {after: start, after_ms: 1500, say: Einen Termin!}
expect: {actions: [appointment.requested]}
"""
EAR = WordingEar(PROFILE)


class Call:
    """A patient on a line whose time is the test's."""

    def __init__(self, scenario: Scenario) -> None:
        self.patient = Patient(
            scenario, Answers(scenario, PROFILE, TODAY), EAR, Telling(scenario.language, PROFILE, TODAY)
        )
        self.now = 0.0
        self.utterance = 0
        self.patient.answered(0)

    def hears(self, words: str | None, *, lasts: float = 2000) -> Act | None:
        """Let the gateway say ``words``, and return what the patient does then."""
        self.patient.other_started(self.now)
        self.now += lasts
        return self.heard(words)

    def heard(self, words: str | None) -> Act | None:
        self.utterance += 1
        self.patient.other_ended(self.now, self.utterance)
        assert self.patient.next_act(self.now) is None, "nobody answers what they do not know yet"
        self.now += 900
        self.patient.understood(self.utterance, words)
        return self.patient.next_act(self.now)

    def done(self, lasts: float = 1000) -> Act | None:
        """Let the patient finish what it does, and return what it does next."""
        self.now += lasts
        self.patient.carried_out(self.now)
        return self.patient.next_act(self.now)

    def later(self, milliseconds: float) -> Act | None:
        self.now += milliseconds
        return self.patient.next_act(self.now)


@pytest.fixture
def call(tmp_path: Path) -> Call:
    return Call(scenario_of(tmp_path, SCENARIO.replace("Nein, um halb drei.", "'Nein, um halb drei.'")))


def test_a_question_is_answered_from_what_the_patient_knows(call: Call):
    assert call.hears("Guten Tag. Wie kann ich Ihnen helfen?") == Say("Einen Termin, bitte.")
    assert call.done() is None
    assert call.hears("Wie ist Ihr Vorname und Nachname?") == Say("Mein Name ist Sandra Fischer.")
    assert call.done() is None
    assert call.hears("Um welche Zeit passt es Ihnen?") == Say("Um vierzehn Uhr dreissig.")


def test_a_pause_within_an_answer_is_kept(call: Call):
    assert call.hears("Welcher Tag passt Ihnen?") == Say("Am Dienstag")
    assert call.done() is None
    assert call.patient.due() == pytest.approx(call.now + 900)
    assert call.later(899) is None
    assert call.later(1) == Say("in einer Woche.")
    assert call.done() is None
    assert [part.turn for part in call.patient.spoken] == [1, 1]


def test_silence_is_an_answer_until_it_is_asked_again(call: Call):
    call.hears("Welcher Tag passt Ihnen?")
    call.done()
    call.later(900)
    call.done()
    assert call.hears("Welcher Tag passt Ihnen?") is None
    assert call.later(6000) is None


def test_a_wrong_read_back_is_corrected_and_never_agreed_to(call: Call):
    wrong = "Sie möchten am Dienstag, den ersten Dezember, um dreizehn Uhr kommen. Ist das so richtig?"
    right = "Sie möchten am Dienstag, den ersten Dezember, um vierzehn Uhr dreissig kommen. Ist das so richtig?"
    assert call.hears(wrong) == Say("Nein, um halb drei.")
    assert call.done() is None
    assert call.hears("Ihr Name ist Sandra Vischer. Ist das so richtig?") == Say(
        "Nein, das stimmt nicht. Mein Name ist Sandra Fischer."
    )
    assert call.done() is None
    assert call.hears(f"Ihr Name ist Sandra Fischer. {right}") == Say("Ja, das ist alles richtig.")
    assert call.patient.corrections == 2


def test_what_was_wrong_is_not_forgotten_before_it_was_read_back_right(call: Call):
    assert call.hears("Ihr Name ist Fritz Maier. Ist das so richtig?") == Say(
        "Nein, das stimmt nicht. Mein Name ist Sandra Fischer."
    )
    call.done()
    for question in ("Was darf ich ändern?", "Ist das so richtig?"):
        assert call.hears(question) == Say("Nein, das stimmt nicht. Ich heisse Sandra Fischer."), question
        call.done()
    assert call.hears("Ihr Name ist Sandra Fischer. Ist das so richtig?") == Say("Ja, das ist alles richtig.")


def test_of_two_that_are_wrong_neither_is_forgotten(call: Call):
    both = "Ihr Name ist Fritz Maier. Ihre Telefonnummer ist 0 7 9, 1 2 3, 4 5, 6 8. Ist das so richtig?"
    assert call.hears(both) == Say("Nein, das stimmt nicht. Mein Name ist Sandra Fischer.")
    call.done()
    assert call.hears("Ihr Name ist Sandra Fischer. Ist das so richtig?") == Say(
        "Nein, das stimmt nicht. Null sieben neun, Eins zwei drei, Vier fünf, Sechs sieben."
    )
    call.done()
    right = "Ihre Telefonnummer ist 0 7 9, 1 2 3, 4 5, 6 7. Ist das so richtig?"
    assert call.hears(right) == Say("Ja, das ist alles richtig.")


def test_an_answer_that_is_repeated_wrong_is_not_confirmed(call: Call):
    call.hears("Um welche Zeit passt es Ihnen?")
    call.done()
    assert call.hears("Um vierzehn Uhr. Stimmt das?") == Say("Nein, um halb drei.")
    call.done()
    call.hears("Um welche Zeit passt es Ihnen?")
    call.done()
    assert call.hears("Um vierzehn Uhr dreissig. Stimmt das?") == Say("Ja, das ist alles richtig.")


def test_a_patient_who_is_never_understood_hangs_up_rather_than_agree(call: Call):
    acts = []
    for _ in range(5):
        acts.append(call.hears("Ihr Name ist Fritz Maier. Ist das so richtig?"))
        call.done()
    assert acts[-1] == HangUp()
    assert all(act != Say("Ja, das ist alles richtig.") for act in acts)


def test_keys_are_pressed_where_keys_are_wanted(call: Call):
    assert call.hears("Bitte tippen Sie Ihre Telefonnummer auf der Tastatur Ihres Telefons ein.") == PressKeys(
        "0791234567"
    )


def test_words_are_said_into_the_greeting(call: Call):
    call.patient.other_started(0)
    assert call.patient.due() == 1500
    assert call.later(1499) is None
    assert call.later(1) == Say("Einen Termin!")
    # The gateway falls silent while the patient speaks; what was cut off is not answered.
    call.now += 300
    call.patient.other_ended(call.now, 1)
    call.patient.understood(1, "Guten Tag, wie kann")
    assert call.done() is None
    assert call.patient.spoken[0].kind is SoundKind.INTERRUPTION
    assert call.patient.turns == 1


def test_a_cough_takes_no_turn(call: Call):
    call.hears("Wie ist Ihr Vorname und Nachname?")
    call.done()
    call.patient.other_started(call.now)
    assert call.later(700) == COUGH
    assert call.done(200) is None
    assert call.heard("Welcher Tag passt Ihnen?") == Say("Am Dienstag")
    assert [part.kind for part in call.patient.spoken] == [SoundKind.TURN, SoundKind.BACKCHANNEL, SoundKind.TURN]
    assert call.patient.turns == 2


@pytest.mark.parametrize("words", [None, "", "Parkplätze gibt es hinter dem Haus."])
def test_what_is_no_question_is_not_answered(call: Call, words: str | None):
    assert call.hears(words) is None
    assert call.later(29_000) is None
    assert call.later(1_200) == Farewell()
    assert call.patient.due() is None


def test_the_end_is_not_waited_for_long(call: Call):
    assert call.hears("Kann ich sonst noch etwas für Sie tun?") == Say("Nein, ich brauche nichts mehr.")
    call.done()
    assert call.later(9_100) == Farewell()


def test_everything_that_is_said_was_announced(call: Call, tmp_path: Path):
    scenario = scenario_of(tmp_path, SCENARIO.replace("Nein, um halb drei.", "'Nein, um halb drei.'"))
    known = set(sayings(Answers(scenario, PROFILE, TODAY)))
    for words in ("Wie kann ich Ihnen helfen?", "Welcher Tag passt Ihnen?", "Was passt Ihnen besser?"):
        act = call.hears(words)
        while isinstance(act, Say):
            assert act in known
            act = call.done() or call.later(1000)
