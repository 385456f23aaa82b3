import pytest
from whisper_fakes import CERTAIN, DOUBTED, NOISE, said

from gateway.speech.engines.doubt import best_of, is_doubtful

LOOP = "und dann und dann " * 12


@pytest.mark.parametrize(
    ("text", "doubtful"),
    [
        (said("guten Tag", CERTAIN), False),
        (said("guten Tag", -0.99), False),
        (said("guten Tag", DOUBTED), True),
        (said("guten Tag", -1.49), True),
        (said("guten Tag", NOISE), False),
        (said("guten Tag", DOUBTED, no_speech=0.7), False),
        (said(LOOP, CERTAIN), True),
        (said("", DOUBTED), False),
        (said("…", DOUBTED), False),
    ],
)
def test_text_is_doubted_between_certainty_and_noise_and_where_it_loops(text, doubtful):
    assert is_doubtful(text) is doubtful


def test_the_likeliest_attempt_that_does_not_loop_is_taken():
    certain, doubted, loop = said("a", CERTAIN), said("b", DOUBTED), said(LOOP, -0.01)
    assert best_of([doubted, certain, loop]) is certain
    assert best_of([loop, doubted]) is doubted
    assert best_of([loop, said(LOOP, -0.5)]) is loop
