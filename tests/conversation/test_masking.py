"""When a wait is bridged by words: where it is long, once, and never where the answer is there."""

from gateway.conversation.masking import LEAST_WAIT_S, MASKED_AFTER_S, Masking


def test_an_answer_that_comes_in_time_is_not_announced() -> None:
    masking = Masking(after_s=0.9)
    masking.began(10.0)
    assert masking.due_at == 10.9
    assert not masking.on_time(10.8)
    wait = masking.answered(10.85)
    assert wait is not None
    assert not wait.masked
    assert round(wait.waited_ms) == 850
    assert masking.due_at is None
    assert not masking.on_time(20.0)


def test_a_long_wait_is_bridged_once() -> None:
    masking = Masking(after_s=0.9)
    masking.began(10.0)
    assert masking.on_time(10.9)
    assert masking.due_at is None
    assert not masking.on_time(11.0)
    masking.began(11.5)
    assert masking.due_at is None, "the calendar after the model is the same wait for the caller"
    wait = masking.answered(14.0)
    assert wait is not None
    assert wait.as_dict() == {"waited_ms": 4000.0, "masked": True}


def test_each_wait_has_an_acknowledgement_of_its_own_and_their_wordings_take_turns() -> None:
    masking = Masking(after_s=0.9)
    variants = []
    for began in (10.0, 20.0, 30.0):
        masking.began(began)
        variants.append(masking.variant)
        assert masking.on_time(began + 1)
        masking.answered(began + 2)
    assert variants == [0, 1, 2]


def test_who_has_been_asked_for_patience_is_not_asked_again() -> None:
    masking = Masking()
    masking.asked_for_patience()
    masking.began(10.0)
    assert masking.due_at is None
    assert not masking.on_time(99.0)
    masking.answered(11.0)
    masking.began(20.0)
    assert masking.due_at == 20.0 + MASKED_AFTER_S, "the next wait is another one"


def test_who_is_asked_for_patience_during_the_wait_is_not_asked_again() -> None:
    masking = Masking()
    masking.began(10.0)
    masking.asked_for_patience()
    assert masking.due_at is None


def test_a_turn_whose_end_was_waited_for_long_leaves_the_answer_some_time_to_come_by_itself() -> None:
    masking = Masking(after_s=0.9)
    masking.began(10.0, now=11.1)
    assert masking.due_at == 11.1 + LEAST_WAIT_S


def test_a_wait_that_is_given_up_is_not_bridged() -> None:
    masking = Masking()
    masking.began(10.0)
    masking.given_up()
    assert masking.due_at is None
    assert masking.answered(12.0) is None
