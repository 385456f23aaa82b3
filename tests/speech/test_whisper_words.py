import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gateway.speech.engines.whisper_words import TimedToken, timed_words

PIECES = {
    1: " Guten",
    2: " Tag",
    3: ",",
    4: " Z",
    5: "ür",
    6: "ich",
    7: "�",
    8: "�",
    9: " ",
    10: " 26",
    11: "%",
    12: "…",
}


def decode(tokens):
    text = "".join(PIECES[token] for token in tokens)
    return text.replace("��", "ü")


def sound(*spans, seconds=2.0):
    """Return silence with a tone in each span of milliseconds."""
    wave = np.zeros(int(16_000 * seconds), np.float32)
    for start, end in spans:
        wave[16 * start : 16 * end] = 0.3
    return wave


def token(number, start, end, probability=0.5):
    return TimedToken(number, start, end, probability)


def test_words_end_with_their_punctuation():
    tokens = [token(1, 0, 300), token(2, 300, 500), token(3, 500, 520), token(10, 520, 800), token(11, 800, 900)]
    words = timed_words(tokens, decode, sound((0, 900)))
    assert [(word.text, word.start_ms, word.end_ms) for word in words] == [
        ("Guten", 0, 300),
        ("Tag,", 300, 520),
        ("26%", 520, 900),
    ]


def test_the_parts_of_a_word_and_of_a_letter_stay_together():
    words = timed_words([token(4, 0, 100), token(5, 100, 200), token(6, 200, 300)], decode, sound((0, 300)))
    assert [word.text for word in words] == ["Zürich"]
    words = timed_words([token(4, 0, 100), token(7, 100, 150), token(8, 150, 200)], decode, sound((0, 300)))
    assert [word.text for word in words] == ["Zü"]
    assert words[0].end_ms == 200


def test_silence_around_a_word_does_not_belong_to_it():
    words = timed_words([token(1, 0, 800), token(2, 800, 1900)], decode, sound((400, 700), (900, 1300)))
    assert [(word.start_ms, word.end_ms) for word in words] == [(400, 700), (900, 1300)]


def test_a_words_probability_is_the_geometric_mean_of_its_tokens():
    (word,) = timed_words([token(4, 0, 9, 0.9), token(5, 9, 10, 0.1)], decode, sound((0, 300)))
    assert abs(word.probability - 0.3) < 1e-9


def test_no_tokens_make_no_words():
    assert timed_words([], decode, sound()) == ()
    assert timed_words([token(9, 0, 100)], decode, sound((0, 100)))[0].text == ""


@given(st.lists(st.tuples(st.sampled_from(sorted(PIECES)), st.integers(0, 200)), max_size=20), st.integers(0, 5000))
def test_words_are_in_order_and_within_the_sound(pieces, offset):
    tokens, now = [], 0
    for number, length in pieces:
        tokens.append(token(number, now, now + length))
        now += length
    wave = sound((100, 900), seconds=4.1)
    words = timed_words(tokens, decode, wave, offset)
    starts = [word.start_ms for word in words]
    assert starts == sorted(starts)
    assert all(offset <= word.start_ms <= word.end_ms <= offset + now for word in words)
