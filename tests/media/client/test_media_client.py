"""The client with a real worker process and real UDP: two legs of one worker that are connected to each other."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from media_speech import share_heard, speech

from gateway.audio import Pcm, resample
from gateway.media.client import worker_process
from gateway.media.client.media_worker import MediaError, MediaWorker, RtpLeg
from gateway.media.leg import (
    Dtmf,
    Endpointing,
    HungUp,
    LegEvent,
    MediaLost,
    PlaybackEnded,
    PlaybackOutcome,
    PlaybackStarted,
    RecordingFailed,
    SpeechEnded,
    SpeechPaused,
    SpeechStarted,
)
from gateway.media.parameters import Codec, StreamParameters
from gateway.media.rtp.packet import RtpPacket, parse_rtp

PORTS = {"port_min": 28_100, "port_max": 28_399}
PATIENCE_S = 10
SHORT = "Ja, sehr gerne"


class Listener:
    """Reads a leg's events and lets a test wait for one."""

    def __init__(self, leg: RtpLeg) -> None:
        self.leg = leg
        self.events: list[LegEvent] = []
        self._changed = asyncio.Condition()
        self._task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for event in self.leg.events():
            async with self._changed:
                self.events.append(event)
                self._changed.notify_all()

    async def wait(self, kind: type, count: int = 1) -> Any:
        async with asyncio.timeout(PATIENCE_S), self._changed:
            await self._changed.wait_for(lambda: len(self.of(kind)) >= count)
            return self.of(kind)[count - 1]

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    async def ended(self) -> list[LegEvent]:
        async with asyncio.timeout(PATIENCE_S):
            await self._task
        return self.events


def parameters(peer: RtpLeg, **changes: Any) -> StreamParameters:
    values = {"codec": Codec.PCMA, "payload_type": 8, "telephone_event_payload_type": 101} | changes
    return StreamParameters("127.0.0.1", peer.local_port, **values)


@pytest.fixture
async def new_worker() -> AsyncIterator[Callable[..., Any]]:
    async with AsyncExitStack() as running:

        async def start(**changes: Any) -> MediaWorker:
            worker = MediaWorker(**(PORTS | changes))
            await worker.start()
            running.push_async_callback(worker.stop)
            return worker

        yield start


@pytest.fixture
async def worker(new_worker: Callable[..., Any]) -> MediaWorker:
    return await new_worker()


async def connected(worker: MediaWorker, **changes: Any) -> tuple[Listener, Listener]:
    first, second = await worker.allocate(), await worker.allocate()
    await first.connect(parameters(second, **changes))
    await second.connect(parameters(first, **changes))
    return Listener(first), Listener(second)


async def sound(*chunks: Pcm) -> AsyncIterator[Pcm]:
    for chunk in chunks:
        yield chunk


class Endless:
    """A sound without end that tells when it was closed."""

    def __init__(self) -> None:
        self.closed = False

    async def __call__(self) -> AsyncIterator[Pcm]:
        try:
            while True:
                yield Pcm.silence(200, 8000)
                await asyncio.sleep(0.02)
        finally:
            self.closed = True


def correlation(heard: np.ndarray, said: np.ndarray) -> tuple[float, int]:
    """Greatest normalised correlation, and the offset of ``said`` in ``heard`` at which it is reached."""
    length = len(heard) + len(said)
    product = np.fft.irfft(np.fft.rfft(heard, length) * np.conj(np.fft.rfft(said, length)), length)
    best = int(np.argmax(product))
    scale = np.linalg.norm(heard.astype(float)) * np.linalg.norm(said.astype(float))
    return float(product[best] / scale), best if best < len(heard) else best - length


@pytest.mark.parametrize("codec", [(Codec.PCMA, 8, 20), (Codec.PCMU, 0, 30)], ids=["A-law", "mu-law, 30 ms"])
async def test_what_one_leg_says_the_other_hears(worker: MediaWorker, codec: tuple[Codec, int, int]) -> None:
    name, payload_type, ptime_ms = codec
    caller, gateway = await connected(worker, codec=name, payload_type=payload_type, ptime_ms=ptime_ms)
    sentence = speech() if name is Codec.PCMA else speech(text=SHORT)
    halves = [Pcm(half, 16_000) for half in np.array_split(sentence.samples, 2)]
    playback = await caller.leg.play(sound(*halves))
    heard = await playback.finished()
    assert heard.outcome is PlaybackOutcome.FINISHED
    assert abs(heard.samples - len(sentence) // 2) <= 2
    ended = await gateway.wait(SpeechEnded)
    assert gateway.of(SpeechPaused)[-1].pcm is ended.pcm
    said = resample(sentence, 8000).samples
    assert share_heard(ended.pcm.samples, said, likeness=0.97) > 0.8
    # Heard is in the caller's clock, the utterance in the gateway's; both began within a moment of each other.
    assert heard.start is not None
    assert ended.end - ended.start == pytest.approx(len(said), abs=8000)
    assert not caller.of(SpeechStarted)


async def test_keys_arrive_once_each_and_in_order(worker: MediaWorker) -> None:
    caller, gateway = await connected(worker)
    await caller.leg.send_dtmf("1*")
    await gateway.wait(Dtmf, 2)
    assert [event.digit for event in gateway.of(Dtmf)] == ["1", "*"]
    with pytest.raises(ValueError, match="'x' is not a DTMF digit"):
        await caller.leg.send_dtmf("x")


async def test_a_callers_speech_stops_the_playback_within_300_ms(worker: MediaWorker) -> None:
    caller, gateway = await connected(worker)
    await gateway.leg.set_endpointing(Endpointing(barge_in_ms=160))
    endless = Endless()
    playback = await gateway.leg.play(endless())
    queued = await gateway.leg.play(sound(Pcm.silence(1000)))
    await gateway.wait(PlaybackStarted)
    await caller.leg.play(sound(speech()), barge_in=False)
    started = await gateway.wait(SpeechStarted)
    kinds = [type(event) for event in gateway.events]
    assert kinds == [PlaybackStarted, PlaybackEnded, PlaybackEnded, SpeechStarted]
    heard = await playback.finished()
    assert heard.outcome is (await queued.finished()).outcome is PlaybackOutcome.BARGE_IN
    assert heard.start is not None
    stopped_after = heard.start + heard.samples - started.position
    # The sound ends with the frame before the window that decides, hence one frame less.
    assert 1280 - 160 <= stopped_after <= 2400
    async with asyncio.timeout(PATIENCE_S):
        while not endless.closed:
            await asyncio.sleep(0.01)


async def test_a_playback_can_be_stopped_and_its_sound_is_closed(worker: MediaWorker) -> None:
    caller, _ = await connected(worker)
    endless = Endless()
    playback = await caller.leg.play(endless())
    await caller.wait(PlaybackStarted)
    heard = await playback.stop()
    assert heard.outcome is PlaybackOutcome.STOPPED
    assert 0 < heard.samples <= heard.of
    assert await playback.stop() == await playback.finished() == heard
    async with asyncio.timeout(PATIENCE_S):
        while not endless.closed:
            await asyncio.sleep(0.01)


async def test_a_sound_that_fails_is_played_as_far_as_it_came(worker: MediaWorker) -> None:
    caller, _ = await connected(worker)

    async def failing() -> AsyncIterator[Pcm]:
        yield Pcm.silence(100, 8000)
        raise RuntimeError("the engine broke")

    playback = await caller.leg.play(failing())
    with pytest.raises(RuntimeError, match="the engine broke"):
        await playback.finished()
    heard = await playback.stop()
    assert (heard.outcome, heard.samples) == (PlaybackOutcome.FINISHED, 800)


async def test_a_hang_up_ends_playbacks_frees_the_ports_and_keeps_the_counters(worker: MediaWorker) -> None:
    caller, gateway = await connected(worker)
    playback = await gateway.leg.play(Endless()())
    await gateway.wait(PlaybackStarted)
    await asyncio.gather(gateway.leg.hang_up(), gateway.leg.remote_hung_up(), gateway.leg.release())
    events = await gateway.ended()
    assert isinstance(events[-2], PlaybackEnded)
    assert events[-1] == HungUp("gateway")
    heard = await playback.finished()
    assert heard.outcome is PlaybackOutcome.LINE_LOST
    assert heard.samples > 0
    assert (await gateway.leg.statistics()).packets_sent > 0
    for port in (gateway.leg.local_port, gateway.leg.local_port + 1):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(("127.0.0.1", port))
    after = await gateway.leg.play(sound(Pcm.silence(20)))
    assert (await after.finished()).outcome is PlaybackOutcome.LINE_LOST
    await gateway.leg.record(None)
    await caller.leg.remote_hung_up("caller")
    assert (await caller.ended())[-1] == HungUp("caller")
    assert worker.legs == 0


async def test_both_sides_are_recorded_at_the_positions_of_the_leg(worker: MediaWorker, tmp_path: Path) -> None:
    caller, gateway = await connected(worker)
    path = tmp_path / "recordings" / "call.wav"
    await gateway.leg.record(path)
    tone = (8000 * np.sin(2 * np.pi * 440 * np.arange(4000) / 8000)).astype(np.int16)
    heard = await (await gateway.leg.play(sound(Pcm(tone, 8000)), barge_in=False)).finished()
    spoken = await (await caller.leg.play(sound(speech(text=SHORT)), barge_in=False)).finished()
    ended = await gateway.wait(SpeechEnded)
    await gateway.leg.record(None)
    assert spoken.outcome is PlaybackOutcome.FINISHED
    stereo = read_stereo(path)
    assert heard.start is not None
    right = stereo[heard.start : heard.start + heard.samples, 1]
    similarity, offset = correlation(right, tone)
    assert (similarity > 0.99, offset) == (True, 0)
    similarity, offset = correlation(stereo[:, 0], ended.pcm.samples)
    begin = max(ended.start - 1600, 0)
    assert stereo[begin : begin + len(ended.pcm), 0].tolist() == ended.pcm.samples.tolist()
    assert offset == begin


def read_stereo(path: Path) -> np.ndarray:
    with wave.open(str(path), "rb") as reader:
        assert (reader.getnchannels(), reader.getframerate()) == (2, 8000)
        return np.frombuffer(reader.readframes(reader.getnframes()), "<i2").reshape(-1, 2)


async def test_a_killed_worker_loses_its_calls_but_not_their_recording_and_is_replaced(
    worker: MediaWorker, tmp_path: Path
) -> None:
    caller, gateway = await connected(worker)
    path = tmp_path / "call.wav"
    await gateway.leg.record(path)
    playback = await gateway.leg.play(sound(speech(text=SHORT)), barge_in=False)
    await caller.wait(SpeechPaused)
    await playback.finished()
    position = (await gateway.leg.statistics()).position
    pid = worker.pid
    assert pid is not None
    killed = time.monotonic()
    os.kill(pid, signal.SIGKILL)
    assert (await caller.ended())[-1] == HungUp("worker_lost")
    assert (await gateway.ended())[-1] == HungUp("worker_lost")
    leg = await worker.allocate()
    assert time.monotonic() - killed < 3
    assert worker.pid not in (None, pid)
    assert leg.local_port
    stereo = read_stereo(path)
    # At most a second is missing, and the sound that is there is the one that was played.
    assert position - len(stereo) < 8000
    assert correlation(stereo[:, 1], resample(speech(text=SHORT), 8000).samples)[0] > 0.9


async def test_playbacks_of_a_killed_worker_end(worker: MediaWorker) -> None:
    caller, _ = await connected(worker)
    endless = Endless()
    playback = await caller.leg.play(endless())
    started = await caller.wait(PlaybackStarted)
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGKILL)
    heard = await playback.finished()
    assert (heard.outcome, heard.start) == (PlaybackOutcome.LINE_LOST, started.position)
    events = await caller.ended()
    assert [type(event) for event in events[-2:]] == [PlaybackEnded, HungUp]


async def test_a_leg_without_packets_is_given_up(new_worker: Callable[..., Any]) -> None:
    worker = await new_worker(media_timeout_s=1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        leg = await worker.allocate()
        listener = Listener(leg)
        await leg.connect(StreamParameters("127.0.0.1", silent.getsockname()[1], Codec.PCMA, 8))
        events = await listener.ended()
    assert [type(event) for event in events] == [MediaLost, HungUp]
    assert 1000 <= events[0].silent_ms < 1500
    assert events[1] == HungUp("media_lost")


async def test_a_held_leg_is_not_given_up_and_sends_nothing(new_worker: Callable[..., Any]) -> None:
    worker = await new_worker(media_timeout_s=1)
    caller, gateway = await connected(worker)
    await gateway.leg.connect(parameters(caller.leg, send=False, receive=False))
    sent = (await gateway.leg.statistics()).packets_sent
    # The other side gives up for want of packets; by then the held one would have as well.
    await caller.wait(MediaLost)
    assert (await gateway.leg.statistics()).packets_sent == sent
    assert not gateway.of(MediaLost)


async def test_reports_go_to_the_next_port_and_goodbye_is_said(worker: MediaWorker) -> None:
    leg = await worker.allocate()
    loop = asyncio.get_running_loop()
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as rtp,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as rtcp,
    ):
        rtp.bind(("127.0.0.1", 28_450))
        rtcp.bind(("127.0.0.1", 28_451))
        rtcp.setblocking(False)
        await leg.connect(StreamParameters("127.0.0.1", 28_450, Codec.PCMA, 8))
        async with asyncio.timeout(PATIENCE_S):
            report, source = await loop.sock_recvfrom(rtcp, 1500)
            assert report[1] == 200
            assert source == ("127.0.0.1", leg.local_port + 1)
            await leg.hang_up()
            goodbye = await loop.sock_recv(rtcp, 1500)
    assert bytes([0x81, 203]) in goodbye


async def test_a_peer_behind_address_translation_is_answered_where_it_sends_from(worker: MediaWorker) -> None:
    leg = await worker.allocate()
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as real:
        real.bind(("127.0.0.1", 0))
        real.setblocking(False)
        await leg.connect(StreamParameters("127.0.0.1", 9, Codec.PCMA, 8))
        for sequence in range(3):
            packet = RtpPacket(8, sequence, sequence * 160, 77, bytes([0xD5]) * 160)
            real.sendto(packet.build(), ("127.0.0.1", leg.local_port))
        async with asyncio.timeout(PATIENCE_S):
            answer = parse_rtp(await loop.sock_recv(real, 1500))
    assert (answer.payload_type, len(answer.payload)) == (8, 160)


async def test_when_all_ports_are_taken_allocation_says_so(new_worker: Callable[..., Any]) -> None:
    worker = await new_worker(port_min=28_400, port_max=28_403)
    legs = [await worker.allocate(), await worker.allocate()]
    assert all(leg.local_port % 2 == 0 for leg in legs)
    with pytest.raises(MediaError, match=r"no RTP port between 28400 and 28403 is free"):
        await worker.allocate()
    await legs[0].release()
    assert (await worker.allocate()).local_port == legs[0].local_port


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"remote_address": "pbx.example"}, "'pbx.example' is not an IP address"),
        ({"remote_port": 0}, "0 is not a port"),
        ({"ptime_ms": 5}, "packets of 5 ms are not possible"),
    ],
)
async def test_a_stream_that_cannot_be_is_refused(worker: MediaWorker, changes: dict[str, Any], reason: str) -> None:
    leg = await worker.allocate()
    values = {"remote_address": "127.0.0.1", "remote_port": 9, "codec": Codec.PCMA, "payload_type": 8} | changes
    with pytest.raises(MediaError, match=reason):
        await leg.connect(StreamParameters(**values))


async def test_a_disk_that_fails_leaves_the_call_alone(worker: MediaWorker, tmp_path: Path) -> None:
    caller, gateway = await connected(worker)
    (tmp_path / "file").write_text("")
    await gateway.leg.record(tmp_path / "file" / "call.wav")
    await caller.leg.play(sound(speech()))
    failed = await gateway.wait(RecordingFailed)
    assert failed.reason in {"cannot record: Not a directory", "cannot record: File exists"}
    await gateway.wait(SpeechStarted)


async def test_a_stopped_worker_hangs_up_and_refuses(new_worker: Callable[..., Any]) -> None:
    worker = await new_worker()
    caller, _ = await connected(worker)
    await worker.stop()
    assert (await caller.ended())[-1] == HungUp("gateway")
    assert worker.pid is None
    with pytest.raises(MediaError, match="the media worker is not running"):
        await worker.allocate()


async def test_a_range_without_room_stops_the_start() -> None:
    with pytest.raises(MediaError, match="no pair of RTP ports fits between 28000 and 28000"):
        await MediaWorker(port_min=28_000, port_max=28_000).start()


async def test_a_worker_that_ends_while_it_starts_is_told() -> None:
    # One odd and one even port are no pair, which only the worker finds out.
    with pytest.raises(MediaError, match="ended while it started"):
        await MediaWorker(port_min=28_001, port_max=28_002).start()


async def test_the_clock_keeps_time_and_memory_stays_small(worker: MediaWorker) -> None:
    await connected(worker)
    async with asyncio.timeout(PATIENCE_S):
        while (telemetry := await worker.telemetry()).ticks < 20:
            await asyncio.sleep(0.02)
    assert telemetry.legs == 2
    assert telemetry.late_p50_ms < 20
    assert resident_kb(worker) < 120 * 1024


def resident_kb(worker: MediaWorker) -> int:
    return int(Path(f"/proc/{worker.pid}/status").read_text().split("VmRSS:")[1].split()[0])


async def test_a_worker_that_stands_still_is_killed_and_replaced(
    worker: MediaWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_process, "REQUEST_DEADLINE_S", 0.5)
    caller, _ = await connected(worker)
    pid = worker.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    assert (await caller.ended())[-1] == HungUp("worker_lost")
    assert (await worker.allocate()).local_port
    assert worker.pid != pid
