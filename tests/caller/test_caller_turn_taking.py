import re

from hypothesis import given
from hypothesis import strategies as st

from gateway.caller.steps import HangUp, Pause, PressKeys, Say, Turn
from gateway.caller.turn_taking import Farewell, Patience, TurnTaking

PATIENCE = Patience(after_last_ms=8_000, otherwise_ms=25_000)


def saying(text: str, when: str | None = None, **options) -> Turn:
    return Turn((Say(text),), when=re.compile(when, re.IGNORECASE) if when else None, **options)


class Line:
    """Drives a TurnTaking the way a call does."""

    def __init__(self, *turns: Turn) -> None:
        self.taking = TurnTaking(turns, PATIENCE)
        self.taking.answered(0)
        self.now = 0.0
        self.utterances = 0

    def other_says(self, text: str | None, lasting: float = 1000):
        self.taking.other_started(self.now)
        self.now += lasting
        self.utterances += 1
        self.taking.other_ended(self.now, self.utterances)
        self.now += 900
        self.taking.understood(self.utterances, text)
        return self.taking.next_act(self.now)

    def own_sound(self, lasting: float = 1000) -> None:
        self.now += lasting
        self.taking.carried_out(self.now)


def test_nothing_is_said_before_the_other_side_spoke():
    line = Line(saying("a"))
    assert line.taking.next_act(5000) is None


def test_lines_without_a_condition_go_in_order():
    line = Line(saying("a"), saying("b"))
    assert line.other_says("x") == Say("a")
    line.own_sound()
    assert line.taking.next_act(line.now) is None
    assert line.other_says("y") == Say("b")


def test_the_first_line_that_fits_what_was_said_is_taken():
    line = Line(saying("name", "your name"), saying("phone", "number"), saying("yes"))
    assert line.other_says("Which number can we call?") == Say("phone")
    line.own_sound()
    assert line.other_says("And your name?") == Say("name")
    line.own_sound()
    assert line.other_says("Which number?") == Say("yes")


def test_a_line_may_be_taken_more_than_once_if_the_script_says_so():
    line = Line(saying("name", "name", times=2))
    for _ in range(2):
        assert line.other_says("name?") == Say("name")
        line.own_sound()
    assert line.other_says("name?") is None


def test_a_condition_waits_for_the_words_but_not_without_conditions():
    line = Line(saying("name", "name"))
    line.taking.other_started(0)
    line.taking.other_ended(1000, 1)
    assert line.taking.next_act(1900) is None
    line.taking.understood(1, "Your name?")
    assert line.taking.next_act(2300) == Say("name")

    plain = Line(saying("a"))
    plain.taking.other_started(0)
    plain.taking.other_ended(1000, 1)
    assert plain.taking.next_act(1900) == Say("a")


def test_a_condition_never_fits_words_that_were_not_understood():
    line = Line(saying("name", ".*"), saying("b", "x"))
    assert line.other_says("") == Say("name")
    line = Line(saying("name", "n"), saying("b"))
    assert line.other_says(None) == Say("b")


def test_a_question_in_two_parts_is_read_as_a_whole():
    line = Line(saying("name", "your.*name"))
    assert line.other_says("May I have your") is None
    assert line.other_says("name please") == Say("name")


def test_what_was_answered_already_does_not_count_again():
    line = Line(saying("name", "name", times=5), saying("phone", "phone"))
    line.other_says("name")
    line.own_sound()
    assert line.other_says("phone") == Say("phone")


def test_the_caller_does_not_speak_into_the_other_sides_speech():
    line = Line(saying("name", "name"))
    line.taking.other_started(0)
    line.taking.other_ended(1000, 1)
    line.taking.other_started(2000)
    line.taking.understood(1, "name")
    assert line.taking.next_act(2100) is None


def test_barge_in_comes_while_the_other_side_speaks():
    line = Line(saying("stop", barge_in_after_ms=1500), saying("b"))
    line.taking.other_started(100)
    assert line.taking.next_act(100) is None
    assert line.taking.due() == 1600
    assert line.taking.next_act(1599) is None
    assert line.taking.next_act(1600) == Say("stop")
    line.taking.carried_out(3000)
    line.taking.other_ended(1900, 1)
    line.taking.understood(1, "Good morning")
    assert line.taking.next_act(3000) is None, "the prompt that was cut off is no new turn"
    line.now = 3000
    assert line.other_says("yes?") == Say("b")


def test_a_prompt_that_goes_on_after_barge_in_is_a_turn():
    line = Line(saying("stop", barge_in_after_ms=500), saying("b"))
    line.taking.other_started(0)
    assert line.taking.next_act(500) == Say("stop")
    line.taking.carried_out(1500)
    line.taking.other_ended(4000, 1)
    assert line.taking.next_act(4900) == Say("b")


def test_a_barge_in_that_comes_too_late_is_an_ordinary_turn():
    line = Line(saying("stop", barge_in_after_ms=5000))
    assert line.other_says("hi") == Say("stop")


def test_a_pause_joins_two_lines_whatever_the_other_side_does():
    line = Line(Turn((Say("a"), Pause(1500), Say("b"))))
    assert line.other_says("x") == Say("a")
    line.own_sound()
    ended = line.now
    assert line.taking.next_act(ended) is None
    assert line.taking.due() == ended + 1500
    line.taking.other_started(ended + 100)
    assert line.taking.next_act(ended + 1499) is None
    assert line.taking.next_act(ended + 1500) == Say("b")


def test_an_opening_pause_counts_from_the_answer():
    line = Line(Turn((Pause(700), PressKeys("9")), opening=True))
    assert line.taking.due() == 700
    assert line.taking.next_act(699) is None
    assert line.taking.next_act(700) == PressKeys("9")


def test_hanging_up_is_the_last_act():
    line = Line(Turn((HangUp(),)), saying("b"))
    assert line.other_says("x") == HangUp()
    line.taking.carried_out(line.now)
    assert line.other_says("hello?") is None
    assert line.taking.due() is None


def test_goodbye_comes_after_silence_behind_the_last_line():
    line = Line(saying("a"))
    line.other_says("x")
    line.own_sound()
    assert line.taking.due() == line.now + 8_000
    assert line.taking.next_act(line.now + 7_999) is None
    assert line.taking.next_act(line.now + 8_000) == Farewell()
    assert line.taking.next_act(line.now + 20_000) is None


def test_goodbye_comes_later_while_lines_are_left_and_they_are_known():
    line = Line(saying("a", "never"))
    line.other_says("x")
    spoken = line.now - 900
    assert line.taking.next_act(spoken + 24_999) is None
    assert line.taking.next_act(spoken + 25_000) == Farewell()
    assert [turn.moves for turn in line.taking.unsaid] == [(Say("a"),)]


def test_nobody_says_goodbye_while_the_other_side_speaks():
    line = Line()
    line.taking.other_started(0)
    assert line.taking.next_act(60_000) is None


EVENTS = st.lists(st.tuples(st.sampled_from(["start", "end", "words", "done"]), st.integers(1, 4000)), max_size=40)
TURNS = st.lists(
    st.builds(
        Turn,
        moves=st.lists(st.sampled_from([Say("a"), Pause(300), PressKeys("1")]), min_size=1, max_size=3).map(tuple),
        when=st.sampled_from([None, re.compile("a")]),
        times=st.integers(1, 2),
    ),
    max_size=4,
)


@given(TURNS, EVENTS)
def test_every_line_is_said_at_most_as_often_as_written_and_one_at_a_time(turns, events):
    taking = TurnTaking(turns, PATIENCE)
    taking.answered(0)
    now, acting, speaking, utterance, acts = 0.0, False, False, 0, 0
    for kind, elapsed in events:
        now += elapsed
        if kind == "start" and not speaking:
            taking.other_started(now)
            speaking = True
        elif kind == "end" and speaking:
            utterance += 1
            taking.other_ended(now, utterance)
            speaking = False
        elif kind == "words" and utterance:
            taking.understood(utterance, "a b")
        elif kind == "done" and acting:
            taking.carried_out(now)
            acting = False
        act = taking.next_act(now)
        if act is not None:
            assert not acting
            acting = True
            acts += not isinstance(act, Farewell)
        due = taking.due()
        if due is not None and not acting and due > now:
            assert taking.next_act(due - 0.001) is None or speaking is False
    assert acts <= sum(turn.times * len(turn.moves) for turn in turns)
