"""Two legs of one worker whose parties hear each other, tick by tick over real sockets."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from media_bench import PlaneBench

from gateway.media.codecs.g711 import decode, encode
from gateway.media.frame import FRAME_SAMPLES
from gateway.media.leg import Dtmf, SpeechStarted
from gateway.media.parameters import Codec, StreamParameters
from gateway.media.rtp.packet import RtpPacket, parse_rtp
from gateway.media.wire import messages as m

PAYLOAD_TYPES = {Codec.PCMA: 8, Codec.PCMU: 0}
EVENTS = 101
JITTER_TICKS = 2
"""The jitter buffer's 40 ms."""


class Party:
    """A telephone with a leg of the worker on the other end."""

    def __init__(self, leg: int, port: int, codec: Codec = Codec.PCMA, ptime_ms: int = 20) -> None:
        self.leg = leg
        self.codec = codec
        self.ptime_ms = ptime_ms
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)
        self._to = ("127.0.0.1", port)
        self._sequence = 0
        self._timestamp = 0

    @property
    def stream(self) -> StreamParameters:
        port = self.socket.getsockname()[1]
        return StreamParameters("127.0.0.1", port, self.codec, PAYLOAD_TYPES[self.codec], EVENTS, self.ptime_ms)

    def send(self, samples: np.ndarray) -> None:
        self._packet(PAYLOAD_TYPES[self.codec], encode(self.codec, samples).tobytes())
        self._timestamp += len(samples)

    def press(self, event: int) -> None:
        self._packet(EVENTS, struct.pack("!BBH", event, 0x80 | 10, 800))
        self._timestamp += 800

    def _packet(self, payload_type: int, payload: bytes) -> None:
        self._sequence += 1
        packet = RtpPacket(payload_type, self._sequence, self._timestamp, self.leg, payload, False)
        self.socket.sendto(packet.build(), self._to)

    def receive(self) -> list[RtpPacket]:
        packets = []
        while True:
            try:
                packets.append(parse_rtp(self.socket.recv(2048)))
            except BlockingIOError:
                return packets

    def hear(self) -> np.ndarray:
        """Return all sound that has come."""
        sound = [
            decode(self.codec, np.frombuffer(packet.payload, np.uint8))
            for packet in self.receive()
            if packet.payload_type == PAYLOAD_TYPES[self.codec]
        ]
        return np.concatenate(sound) if sound else np.zeros(0, np.int16)


class Exchange(PlaneBench):
    """A worker's plane with the parties that are connected to it."""

    def __init__(self) -> None:
        super().__init__(28_520, 28_559)
        self.parties: list[Party] = []

    def party(self, codec: Codec = Codec.PCMA, ptime_ms: int = 20) -> Party:
        leg = len(self.parties) + 1
        made = Party(leg, self.add(leg).port, codec, ptime_ms)
        self.parties.append(made)
        self.handle(m.Connect(leg, leg, made.stream))
        return made

    def bridge(self, one: Party, other: Party) -> Any:
        self.handle(m.Bridge(77, one.leg, other.leg))
        return self.posted[-1]

    def events(self, leg: int, kind: type) -> list[Any]:
        return [event for event in self.of(m.Event) if event.leg == leg and event.name == kind.__name__]

    def talk(self, speakers: dict[Party, np.ndarray], ticks: int) -> None:
        """Let each speaker say its sound, 20 ms a tick."""
        for tick in range(ticks):
            for party, sound in speakers.items():
                frame = sound[tick * FRAME_SAMPLES : (tick + 1) * FRAME_SAMPLES]
                if len(frame) == FRAME_SAMPLES:
                    party.send(frame)
            self.tick()

    def close(self) -> None:
        super().close()
        for party in self.parties:
            party.socket.close()


@pytest.fixture
def exchange() -> Iterator[Exchange]:
    made = Exchange()
    yield made
    made.close()


def tone(hertz: float, ticks: int, level: float = 8000) -> np.ndarray:
    times = np.arange(ticks * FRAME_SAMPLES) / 8000
    return (level * np.sin(2 * np.pi * hertz * times)).astype(np.int16)


def speech_like(ticks: int) -> np.ndarray:
    noise = np.random.default_rng(1).normal(size=ticks * FRAME_SAMPLES)
    return (3000 * np.convolve(noise, np.ones(6) / 6, "same")).astype(np.int16)


def is_silent(sound: np.ndarray) -> bool:
    """Return whether ``sound`` is nothing but the smallest step of A-law, which has no zero."""
    return len(sound) > 0 and int(np.abs(sound).max()) <= 8


def level_db(sound: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(sound.astype(np.float64) ** 2)))


def test_each_party_hears_the_other_octet_by_octet_two_ticks_later(exchange: Exchange) -> None:
    caller, human = exchange.party(), exchange.party()
    assert exchange.bridge(caller, human) == m.Done(77)
    sounds = {caller: tone(440, 50), human: tone(1000, 50)}
    exchange.talk(sounds, 50)
    for speaker, listener in ((caller, human), (human, caller)):
        heard = listener.hear()
        said = decode(Codec.PCMA, encode(Codec.PCMA, sounds[speaker]))
        assert is_silent(heard[: JITTER_TICKS * FRAME_SAMPLES])
        heard, said = heard[JITTER_TICKS * FRAME_SAMPLES :], said[: -JITTER_TICKS * FRAME_SAMPLES]
        # The first 4 ms are blended in, so that a sound that begins loudly makes no click.
        assert np.array_equal(heard[32:], said[32:])
        assert np.abs(np.diff(heard.astype(int))).max() <= np.abs(np.diff(said.astype(int))).max()


def test_codecs_and_packet_lengths_are_translated_at_0_db_without_clicks(exchange: Exchange) -> None:
    caller, human = exchange.party(Codec.PCMA, 20), exchange.party(Codec.PCMU, 40)
    exchange.bridge(caller, human)
    said = tone(437, 100, 6000)
    exchange.talk({caller: said}, 100)
    packets = [packet for packet in human.receive() if packet.payload_type == 0]
    assert {len(packet.payload) for packet in packets} == {320}
    heard = decode(Codec.PCMU, np.frombuffer(b"".join(packet.payload for packet in packets), np.uint8))
    heard = heard[JITTER_TICKS * FRAME_SAMPLES :]
    said = said[: len(heard)]
    # Quantised once more by the other law, whose steps lie elsewhere: 0.17 dB.
    assert level_db(heard) == pytest.approx(level_db(said), abs=0.25)
    # A click would stand out of the steps of the two companding laws, at most 256 here.
    assert np.abs(heard[32:].astype(int) - said[32:]).max() <= 256


def test_a_packet_that_is_lost_is_concealed_for_the_other_party(exchange: Exchange) -> None:
    caller, human = exchange.party(), exchange.party()
    exchange.bridge(caller, human)
    said = tone(400, 60)
    for tick in range(60):
        frame = said[tick * FRAME_SAMPLES : (tick + 1) * FRAME_SAMPLES]
        if tick == 30:
            caller._sequence += 1
            caller._timestamp += FRAME_SAMPLES
        else:
            caller.send(frame)
        exchange.tick()
    heard = human.hear()
    lost = heard[32 * FRAME_SAMPLES : 33 * FRAME_SAMPLES]
    assert level_db(lost) > level_db(said) - 6
    assert np.abs(np.diff(heard.astype(int))).max() < 2 * np.abs(np.diff(said.astype(int))).max()


def test_keys_pass_through_and_are_no_events(exchange: Exchange) -> None:
    caller, human = exchange.party(), exchange.party()
    exchange.bridge(caller, human)
    human.press(5)
    exchange.tick(15)
    digits = [packet.payload[0] for packet in caller.receive() if packet.payload_type == EVENTS]
    assert set(digits) == {5}
    assert exchange.events(human.leg, Dtmf) == []
    assert exchange.events(caller.leg, Dtmf) == []


def test_a_key_that_came_by_signalling_is_a_key_like_any_other(exchange: Exchange) -> None:
    caller, human = exchange.party(), exchange.party()
    exchange.tick(3)
    exchange.handle(m.PressKey(caller.leg, "3"))
    exchange.tick()
    (event,) = exchange.events(caller.leg, Dtmf)
    assert event.fields == {"digit": "3", "position": 3 * FRAME_SAMPLES}
    exchange.bridge(caller, human)
    exchange.handle(m.PressKey(caller.leg, "8"))
    exchange.tick(15)
    assert {packet.payload[0] for packet in human.receive() if packet.payload_type == EVENTS} == {8}
    assert len(exchange.events(caller.leg, Dtmf)) == 1


def test_a_key_for_a_party_without_telephone_events_is_dropped(exchange: Exchange) -> None:
    caller, human = exchange.party(), exchange.party()
    without = StreamParameters("127.0.0.1", caller.socket.getsockname()[1], Codec.PCMA, 8)
    exchange.handle(m.Connect(9, caller.leg, without))
    exchange.bridge(caller, human)
    human.press(5)
    exchange.tick(5)
    exchange.handle(m.Connect(10, caller.leg, caller.stream))
    exchange.tick(15)
    assert {packet.payload_type for packet in caller.receive()} == {8}


def test_nobody_listens_in_and_what_was_played_stops(exchange: Exchange, tmp_path: Path) -> None:
    caller, human = exchange.party(), exchange.party()
    exchange.handle(m.Record(5, caller.leg, str(tmp_path / "call.wav")))
    exchange.handle(m.OpenSound(caller.leg, 1, False))
    exchange.handle(m.SoundChunk(caller.leg, 1, tone(300, 500).astype("<i2").tobytes()))
    exchange.tick(10)
    exchange.bridge(caller, human)
    exchange.talk({caller: speech_like(100), human: tone(700, 100)}, 100)
    (ended,) = [event for event in exchange.posted if isinstance(event, m.Event) and event.name == "PlaybackEnded"]
    assert (ended.fields["heard"]["outcome"], ended.fields["heard"]["samples"]) == ("stopped", 10 * FRAME_SAMPLES)
    assert exchange.events(caller.leg, SpeechStarted) == []
    assert exchange.events(human.leg, SpeechStarted) == []
    exchange.handle(m.Record(6, caller.leg, None))
    exchange.writer.stop()
    recorded = np.frombuffer((tmp_path / "call.wav").read_bytes()[44:], "<i2").reshape(-1, 2)
    assert not recorded[10 * FRAME_SAMPLES :].any()
    assert recorded[: 10 * FRAME_SAMPLES, 1].any()


def test_the_counters_run_on(exchange: Exchange) -> None:
    caller, human = exchange.party(), exchange.party()
    exchange.bridge(caller, human)
    exchange.talk({caller: tone(440, 20), human: tone(440, 20)}, 20)
    exchange.handle(m.GetStatistics(8, caller.leg))
    counted = exchange.posted[-1].statistics
    assert (counted.packets_received, counted.packets_sent, counted.position) == (20, 20, 20 * FRAME_SAMPLES)


def test_a_leg_is_taken_back_by_the_assistant(exchange: Exchange) -> None:
    caller, human = exchange.party(), exchange.party()
    exchange.bridge(caller, human)
    exchange.talk({human: tone(700, 20)}, 20)
    exchange.handle(m.Unbridge(78, caller.leg))
    assert exchange.posted[-1] == m.Done(78)
    caller.hear()
    exchange.handle(m.OpenSound(caller.leg, 2, True))
    exchange.handle(m.SoundChunk(caller.leg, 2, tone(300, 20).astype("<i2").tobytes()))
    exchange.talk({human: tone(700, 20)}, 20)
    heard = caller.hear()
    strongest = np.argmax(np.abs(np.fft.rfft(heard))) * 8000 / len(heard)
    assert strongest == pytest.approx(300, abs=10)


def test_a_leg_whose_partner_is_released_is_the_assistants_again(exchange: Exchange) -> None:
    caller, human = exchange.party(), exchange.party()
    exchange.bridge(caller, human)
    exchange.talk({human: tone(700, 10)}, 10)
    exchange.handle(m.Release(9, human.leg))
    caller.hear()
    exchange.tick(10)
    assert is_silent(caller.hear())
    third = exchange.party()
    assert exchange.bridge(caller, third) == m.Done(77)


def test_a_partner_on_hold_is_silent(exchange: Exchange) -> None:
    caller, human = exchange.party(), exchange.party()
    exchange.bridge(caller, human)
    exchange.talk({human: tone(700, 10)}, 10)
    held = StreamParameters("127.0.0.1", human.socket.getsockname()[1], Codec.PCMA, 8, EVENTS, 20, True, False)
    exchange.handle(m.Connect(9, human.leg, held))
    exchange.talk({human: tone(700, 10)}, 10)
    caller.hear()
    exchange.talk({human: tone(700, 10)}, 10)
    assert is_silent(caller.hear())


def test_legs_that_cannot_be_bridged_are_refused(exchange: Exchange) -> None:
    caller, human, third = exchange.party(), exchange.party(), exchange.party()
    assert exchange.bridge(caller, caller) == m.Failed(77, "a leg cannot be bridged with itself")
    exchange.bridge(caller, human)
    assert exchange.bridge(third, human) == m.Failed(77, "the leg is bridged already")
    exchange.handle(m.Bridge(79, caller.leg, 99))
    assert exchange.posted[-1] == m.Failed(79, "the leg is gone")
    exchange.handle(m.Unbridge(80, third.leg))
    assert exchange.posted[-1] == m.Done(80)
    exchange.tick()
    assert exchange.of(m.Notice) == []
