"""The parts of benchmarks/recognition.py: what it feeds, counts and waits for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from recognition_clips import normalised, synthesised_clips, telephone, word_error_rate
from recognition_load import under_load

from gateway.audio import Pcm
from gateway.speech.batching import Batching
from gateway.speech.engines.features import frames_for
from gateway.speech.interface import Transcript
from gateway.speech.job import Job


def tone(hertz: float, rate: int = 16_000) -> Pcm:
    return Pcm((8000 * np.sin(2 * np.pi * hertz * np.arange(rate) / rate)).astype(np.int16), rate)


def level(pcm: Pcm) -> float:
    return float(np.sqrt(np.mean(pcm.samples[1000:-1000].astype(float) ** 2)))


def test_a_telephone_lets_speech_through_and_neither_hum_nor_hiss() -> None:
    assert telephone(tone(1000)).rate == 8000
    assert level(telephone(tone(1000))) == pytest.approx(8000 / np.sqrt(2), rel=0.05)
    assert level(telephone(tone(50))) < 100
    assert level(telephone(tone(6000))) < 200


@pytest.mark.parametrize(
    ("said", "heard", "language", "wrong", "words"),
    [
        ("Guten Tag, Frau Müller!", "guten tag frau müller", "de", 0, 4),
        ("Guten Tag.", "Guter Tag, ja.", "de", 2, 2),
        ("dreiundzwanzig Franken", "23 Franken", "de", 0, 2),
        ("Bahnhofstrasse", "Bahnhofstraße", "de", 0, 1),
        ("", "Untertitel", "de", 1, 0),
        ("né à Genève", "ne a Geneve", "fr", 3, 3),
    ],
)
def test_words_are_compared_as_people_would(said: str, heard: str, language: str, wrong: int, words: int) -> None:
    assert word_error_rate([(said, heard, language)]) == (wrong, words)


def test_numbers_are_the_same_in_digits_and_in_words() -> None:
    assert normalised("10\u2019000 Franken", "de") == normalised("10.000 Franken", "de")


def test_there_is_speech_in_every_language() -> None:
    clips = synthesised_clips()
    assert {clip.language for clip in clips} == {"de", "fr", "it", "en"}
    assert all(1 < clip.pcm.seconds < 10 for clip in clips)


class CountingEngine:
    """Recognises everything at once, and counts."""

    at_once = 1
    batching = Batching(1, 0.0)

    def __init__(self) -> None:
        self.jobs = 0

    def largest_batch(self) -> int:
        return 1

    def recognise(self, jobs: Sequence[Job]) -> list[Transcript]:
        self.jobs += len(jobs)
        return [Transcript("", "de", 1.0) for _ in jobs]


async def test_every_caller_gets_every_utterance_of_theirs_recognised() -> None:
    engine = CountingEngine()
    load = await under_load(engine, [tone(440), tone(880)], callers=3, rounds=4)  # type: ignore[arg-type]
    assert (load.utterances, load.failed, engine.jobs, load.mean_batch) == (12, 0, 12, 1.0)
    assert load.sound_a_second == pytest.approx(load.a_second)
    assert load.wait_p50_ms <= load.wait_p95_ms <= load.total_p95_ms


def test_the_encoder_works_as_long_as_the_utterance_is_and_not_for_a_window() -> None:
    short, long = (frames_for([np.zeros(16_000 * seconds, np.float32)]) for seconds in (2, 6))
    assert long - short == 400
    assert long < 3000 / 2
