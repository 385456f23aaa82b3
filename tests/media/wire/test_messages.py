"""The wire between worker and client."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audio import Pcm
from gateway.media.leg import (
    Dtmf,
    Endpointing,
    Heard,
    LegEvent,
    LegStatistics,
    MediaLost,
    PlaybackEnded,
    PlaybackOutcome,
    PlaybackStarted,
    SpeechEnded,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
)
from gateway.media.parameters import Codec, StreamParameters
from gateway.media.wire import messages as m
from gateway.media.wire.event_wire import EventReader, to_message

TO_WORKER = [
    m.Allocate(1, 2),
    m.Connect(1, 2, StreamParameters("192.0.2.1", 4000, Codec.PCMU, 0, None, 30, send=False)),
    m.OpenSound(1, 2, True),
    m.OpenSound(1, 2, False, 16_000, True),
    m.SoundChunk(1, 2, b"\x00\x01"),
    m.EndSound(1, 2),
    m.StopSound(1, 2),
    m.SetEndpointing(1, Endpointing(1, 2, 3, 4)),
    m.SendDtmf(1, "12#"),
    m.Record(1, 2, None),
    m.GetStatistics(1, 2),
    m.Release(1, 2),
    m.GetTelemetry(1),
]
FROM_WORKER = [
    m.Ready(1),
    m.Allocated(1, 4000),
    m.Done(1),
    m.Failed(1, "no"),
    m.Statistics(1, LegStatistics(1, 2, 3, 4, 5, 6.5, 7)),
    m.Notice(1, "fault", fatal=True),
]


@given(st.integers(1, 50))
def test_messages_read_back_however_the_stream_is_cut(size: int) -> None:
    for messages, union in ((TO_WORKER, m.ToWorker), (FROM_WORKER, m.FromWorker)):
        stream = b"".join(m.pack(message) for message in messages)
        reader = m.MessageReader()
        bodies = [body for begin in range(0, len(stream), size) for body in reader.feed(stream[begin : begin + size])]
        assert [msgspec.msgpack.decode(body, type=union) for body in bodies] == messages


def test_a_stream_out_of_step_is_refused() -> None:
    with pytest.raises(ValueError, match="a message of 4294967295 bytes"):
        m.MessageReader().feed(b"\xff" * 8)


@pytest.mark.parametrize(
    "event",
    [
        SpeechStarted(5),
        SpeechResumed(6),
        Dtmf("#", 7),
        PlaybackStarted(1, 8),
        PlaybackEnded(1, Heard(PlaybackOutcome.BARGE_IN, None, 0, 9)),
        MediaLost(20_000),
    ],
)
def test_events_cross_the_wire_unchanged(event: LegEvent) -> None:
    body = m.pack(to_message(3, event))[4:]
    message = msgspec.msgpack.decode(body, type=m.FromWorker)
    assert isinstance(message, m.Event)
    assert message.leg == 3
    assert EventReader().read(message) == event


@pytest.mark.parametrize("rate", [8000, 16_000])
def test_the_end_of_an_utterance_brings_the_very_sound_of_its_last_pause(rate: int) -> None:
    pcm = Pcm(np.arange(100, dtype=np.int16), rate)
    reader = EventReader()
    paused = reader.read(to_message(1, SpeechPaused(1, 2, pcm)))
    ended = reader.read(to_message(1, SpeechEnded(1, 2, 3, pcm, forced=True)))
    assert isinstance(paused, SpeechPaused)
    assert isinstance(ended, SpeechEnded)
    assert np.array_equal(paused.pcm.samples, pcm.samples)
    assert paused.pcm.rate == rate
    assert ended.pcm is paused.pcm
    assert (ended.start, ended.end, ended.decided, ended.forced) == (1, 2, 3, True)
