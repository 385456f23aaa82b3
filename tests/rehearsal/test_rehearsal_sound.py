"""Who spoke when, from a recording and from what the patient did."""

import io
import wave

import numpy as np
import pytest

from gateway.audio import AudioFormatError
from gateway.caller.options import OwnSound
from gateway.caller.steps import Say
from gateway.rehearsal.patient import SoundKind, SpokenPart
from gateway.rehearsal.sound import CallSound, Span, measure, read_stereo, speech_spans

TURN, INTERRUPTION, BACKCHANNEL, FAREWELL = SoundKind


def stereo(left: np.ndarray, right: np.ndarray, rate: int = 8000) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as writer:
        writer.setnchannels(2)
        writer.setsampwidth(2)
        writer.setframerate(rate)
        writer.writeframes(np.column_stack([left, right]).astype("<i2").tobytes())
    return buffer.getvalue()


def tone(*spans: tuple[int, int], seconds: float) -> np.ndarray:
    sound = np.zeros(int(seconds * 8000))
    for start, end in spans:
        sound[start * 8 : end * 8] = 3000 * np.sin(np.arange((end - start) * 8) * 0.4)
    return sound.astype(np.int16)


def call(gateway: list[tuple[int, int]], *patient: tuple[int, int, SoundKind, int]) -> CallSound:
    sounds = [OwnSound(start, end, Say("x")) for start, end, _, _ in patient]
    parts = [SpokenPart(turn, kind, "x") for _, _, kind, turn in patient]
    return measure([Span(*span) for span in gateway], sounds, parts)


def test_both_channels_are_read():
    left, right = read_stereo(stereo(tone((100, 500), seconds=1), tone((600, 900), seconds=1)))
    assert [(span.start, span.end) for span in speech_spans(left)] == [(100, 500)]
    assert [(span.start, span.end) for span in speech_spans(right)] == [(600, 900)]


@pytest.mark.parametrize("data", [b"", b"RIFF", stereo(np.zeros(9), np.zeros(9), rate=16000)])
def test_another_recording_is_refused(data: bytes):
    with pytest.raises(AudioFormatError):
        read_stereo(data)


def test_short_gaps_are_part_of_speech_and_clicks_are_none():
    spans = speech_spans(tone((0, 400), (700, 1000), (1500, 1520), (2000, 2400), seconds=3))
    assert [(span.start, span.end) for span in spans] == [(0, 1000), (2000, 2400)]


def test_responses_are_from_the_end_of_a_turn_to_the_first_sound():
    found = call([(0, 1000), (3500, 4000)], (1500, 2000, TURN, 1), (2400, 3000, TURN, 1), (4500, 5000, FAREWELL, 2))
    assert found == CallSound(responses_ms=(500,))


def test_speech_into_a_turn_is_a_cut_off():
    found = call([(0, 1000), (2200, 3000)], (1500, 2000, TURN, 1), (2500, 3500, TURN, 1))
    assert (found.cut_offs, found.responses_ms) == (1, ())


@pytest.mark.parametrize(
    ("gateway", "missed"),
    [
        ([(0, 2500), (5000, 6000)], 0),
        ([(0, 3300), (5000, 6000)], 1),
        ([(0, 2500), (2840, 3900), (5000, 6000)], 1),
        ([(0, 2500), (4100, 6000)], 0),
    ],
    ids=["stops", "finishes its sentence", "says the next one", "answers at once"],
)
def test_an_interruption_is_missed_when_the_gateway_goes_on(gateway: list[tuple[int, int]], missed: int):
    found = call(gateway, (2000, 4000, INTERRUPTION, 1))
    assert (found.interruptions, found.missed, found.cut_offs) == (1, missed, 0)


def test_an_interruption_that_came_too_late_is_none_to_miss():
    assert call([(0, 1000), (5000, 6000)], (2000, 4000, INTERRUPTION, 1)).missed == 0


@pytest.mark.parametrize(
    ("gateway", "stopped", "resumed"),
    [
        ([(0, 2400), (3500, 6000)], 1, 1),
        ([(0, 2400), (4500, 6000)], 1, 0),
        ([(0, 6000)], 0, 0),
        ([(0, 2400)], 0, 0),
        ([(0, 3500), (4500, 6000)], 0, 0),
        ([(0, 2400), (2740, 6000)], 0, 0),
    ],
    ids=["goes on again", "begins anew", "goes on", "was at its end", "pauses later", "was between two sentences"],
)
def test_a_sound_without_meaning_must_not_stop_the_gateway(gateway: list[tuple[int, int]], stopped: int, resumed: int):
    found = call(gateway, (2000, 2300, BACKCHANNEL, 1))
    assert (found.backchannels, found.stopped_by, found.resumed, found.responses_ms) == (1, stopped, resumed, ())
