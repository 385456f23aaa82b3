from hypothesis import given
from hypothesis import strategies as st

from gateway.speech.batching import PADDED_S, members
from gateway.speech.engines.features import PADDING_S

SOUNDS = st.lists(st.floats(0.1, 120), min_size=1, max_size=30)


def padding(sounds):
    widths = [sound + PADDED_S for sound in sounds]
    return 1 - sum(widths) / (len(widths) * max(widths))


@given(SOUNDS, st.integers(1, 20), st.floats(0, 0.9))
def test_the_first_is_always_in_the_batch_and_no_more_of_it_is_padding_than_allowed(sounds, most, allowed):
    chosen = members(sounds, most, allowed)
    assert chosen[0] == 0
    assert chosen == sorted(set(chosen))
    assert len(chosen) <= most
    assert padding([sounds[index] for index in chosen]) <= allowed + 1e-9


@given(SOUNDS, st.integers(1, 20))
def test_batches_taken_one_after_the_other_leave_nobody_out(sounds, most):
    waiting = list(enumerate(sounds))
    served = []
    while waiting:
        chosen = members([sound for _, sound in waiting], most, 0.25)
        served += [waiting[index][0] for index in chosen]
        waiting = [one for index, one in enumerate(waiting) if index not in chosen]
    assert sorted(served) == list(range(len(sounds)))


def test_short_answers_do_not_wait_for_the_width_of_a_long_story():
    assert members([1.0, 28.0, 1.5, 2.0], 16, 0.25) == [0, 2, 3]
    assert members([28.0, 1.0, 25.0], 16, 0.25) == [0, 2]


def test_the_silence_that_is_counted_is_what_the_features_add():
    assert PADDED_S == PADDING_S
