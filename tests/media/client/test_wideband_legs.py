"""Wideband codecs through a real worker and real UDP: from a voice at 16 kHz to an utterance at 16 kHz."""

from __future__ import annotations

import asyncio
import itertools
import socket
import wave
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest
import pytest_asyncio
from media_speech import share_heard, speech

from gateway.audio import Pcm, resample
from gateway.media.client.media_worker import MediaWorker, RtpLeg
from gateway.media.leg import LegEvent, PlaybackOutcome, SpeechEnded
from gateway.media.parameters import Codec, OpusParameters, StreamParameters
from gateway.media.rtp.packet import RtpPacket, parse_rtp

PATIENCE_S = 15
SENTENCE = "Ja, sehr gerne"
E = TypeVar("E", bound=LegEvent)


class Lines:
    """Allocates legs, and remembers them."""

    def __init__(self, media: MediaWorker) -> None:
        self.media = media
        self.legs: list[RtpLeg] = []

    async def allocate(self) -> RtpLeg:
        self.legs.append(await self.media.allocate())
        return self.legs[-1]


# One worker serves all: to start one takes longer than most of what is tested.
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def media() -> AsyncIterator[MediaWorker]:
    worker = MediaWorker(port_min=28_500, port_max=28_599)
    await worker.start()
    yield worker
    await worker.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def lines(media: MediaWorker) -> AsyncIterator[Lines]:
    lines = Lines(media)
    yield lines
    await asyncio.gather(*(leg.release() for leg in lines.legs))


def towards(port: int, codec: Codec, **changes: Any) -> StreamParameters:
    payload_types = {Codec.PCMA: 8, Codec.G722: 9, Codec.OPUS: 107}
    if codec is Codec.OPUS:
        changes = {"opus": OpusParameters(in_band_fec=True)} | changes
    return StreamParameters("127.0.0.1", port, codec, payload_types[codec], **changes)


async def connected(lines: Lines, codec: Codec, **changes: Any) -> tuple[RtpLeg, RtpLeg]:
    first, second = await lines.allocate(), await lines.allocate()
    await first.connect(towards(second.local_port, codec, **changes))
    await second.connect(towards(first.local_port, codec, **changes))
    return first, second


async def once(sound: Pcm) -> AsyncIterator[Pcm]:
    yield sound


async def first_of(leg: RtpLeg, kind: type[E]) -> E:
    async with asyncio.timeout(PATIENCE_S):
        async for event in leg.events():
            if isinstance(event, kind):
                return event
    raise AssertionError


def share_above_4_khz(sound: Pcm) -> float:
    power = np.abs(np.fft.rfft(sound.samples.astype(float))) ** 2
    frequencies = np.fft.rfftfreq(len(sound), 1 / sound.rate)
    return float(power[frequencies > 4000].sum() / power.sum())


@pytest.mark.parametrize(
    ("codec", "changes"),
    [(Codec.G722, {}), (Codec.G722, {"ptime_ms": 40}), (Codec.OPUS, {})],
    ids=["G.722", "G.722, 40 ms", "Opus"],
)
async def test_what_is_said_at_16_khz_is_heard_at_16_khz(lines: Lines, codec: Codec, changes: dict[str, Any]) -> None:
    caller, gateway = await connected(lines, codec, **changes)
    assert caller.sound_rate == 16_000
    said = speech(text=SENTENCE)
    playback = await caller.play(once(said))
    ended = await first_of(gateway, SpeechEnded)
    heard = await playback.finished()
    # Positions are in 1/8000 s for every codec.
    assert heard.samples == pytest.approx(len(said) / 2, abs=1)
    assert ended.pcm.rate == 16_000
    assert ended.end - ended.start == pytest.approx(len(said) / 2, abs=8000)
    assert share_heard(ended.pcm.samples, said.samples, 16_000) > 0.8
    assert share_above_4_khz(ended.pcm) > 0.3 * share_above_4_khz(said)


async def test_a_recording_of_a_wideband_leg_is_at_8_khz_and_in_step(lines: Lines, tmp_path: Path) -> None:
    caller, gateway = await connected(lines, Codec.G722)
    await gateway.record(tmp_path / "call.wav")
    said = speech(text=SENTENCE)
    await caller.play(once(said))
    ended = await first_of(gateway, SpeechEnded)
    await gateway.record(None)
    with wave.open(str(tmp_path / "call.wav")) as reader:
        assert reader.getframerate() == 8000
        left = np.frombuffer(reader.readframes(reader.getnframes()), "<i2").reshape(-1, 2)[:, 0]
    spoken = left[ended.start : ended.end]
    assert share_heard(spoken, resample(said, 8000).samples) > 0.8


async def test_a_change_of_codec_lets_the_sound_that_is_queued_go_on(lines: Lines) -> None:
    caller, gateway = await connected(lines, Codec.PCMA)
    tone = (8000 * np.sin(2 * np.pi * 1000 * np.arange(8000) / 8000)).astype(np.int16)
    playback = await caller.play(once(Pcm(tone, 8000)), barge_in=False)
    await asyncio.sleep(0)
    for codec in (Codec.G722, Codec.OPUS, Codec.PCMA):
        await caller.connect(towards(gateway.local_port, codec))
        await gateway.connect(towards(caller.local_port, codec))
        assert caller.sound_rate == codec.sound_rate
    heard = await playback.finished()
    assert (heard.outcome, heard.samples) == (PlaybackOutcome.FINISHED, len(tone))


@pytest.mark.parametrize(
    ("ours", "theirs", "heard_rate"),
    [(Codec.G722, Codec.OPUS, 16_000), (Codec.PCMA, Codec.G722, 16_000), (Codec.OPUS, Codec.PCMA, 8_000)],
)
async def test_bridged_parties_hear_each_other_whatever_their_codecs(
    lines: Lines, ours: Codec, theirs: Codec, heard_rate: int
) -> None:
    caller, to_caller = await connected(lines, ours)
    person, to_person = await connected(lines, theirs)
    await to_caller.bridge(to_person)
    said = speech(text=SENTENCE)
    await caller.play(once(said))
    heard = (await first_of(person, SpeechEnded)).pcm
    assert heard.rate == heard_rate
    assert share_heard(heard.samples, resample(said, heard_rate).samples, heard_rate) > 0.8


async def test_a_repeated_sound_goes_on_until_it_is_stopped(lines: Lines) -> None:
    caller, _ = await connected(lines, Codec.G722)
    playback = await caller.play(once(Pcm(np.ones(1600, np.int16), 16_000)), barge_in=False, repeat=True)
    async with asyncio.timeout(PATIENCE_S):
        while (await caller.statistics()).position < 8000:
            await asyncio.sleep(0.05)
    heard = await playback.stop()
    assert heard.outcome is PlaybackOutcome.STOPPED
    assert heard.of == 800
    assert heard.samples > heard.of


@pytest.mark.parametrize(("codec", "step"), [(Codec.G722, 160), (Codec.OPUS, 960)])
async def test_timestamps_go_at_the_codecs_own_clock(lines: Lines, codec: Codec, step: int) -> None:
    leg = await lines.allocate()
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        peer.setblocking(False)
        await leg.connect(towards(peer.getsockname()[1], codec))
        async with asyncio.timeout(PATIENCE_S):
            packets: list[RtpPacket] = [parse_rtp(await loop.sock_recv(peer, 1500)) for _ in range(6)]
    stamps = [packet.timestamp for packet in packets]
    numbers = [packet.sequence for packet in packets]
    assert {(later - earlier) % 2**32 % step for earlier, later in itertools.pairwise(stamps)} == {0}
    assert {(later - earlier) % 2**16 for earlier, later in itertools.pairwise(numbers)} == {1}
    assert (stamps[1] - stamps[0]) % 2**32 == step
