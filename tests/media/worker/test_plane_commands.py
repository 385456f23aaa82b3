"""Any order of commands and any datagrams end no leg, and least of all the worker."""

from __future__ import annotations

import contextlib
import secrets
import socket
import struct
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from media_bench import PlaneBench

from gateway.media.codecs.codec import make_codec
from gateway.media.leg import Endpointing
from gateway.media.parameters import Codec, SrtpKeys, StreamParameters
from gateway.media.playout.silence_fill import Silence
from gateway.media.rtp.packet import RtpPacket
from gateway.media.rtp.srtp import SUITES, SrtpTransform
from gateway.media.wire import messages as m
from gateway.media.worker.overload import LoadLevel

SOUND, EVENT, NOISE = 96, 101, 13
NUMBERS = st.one_of(st.integers(0, 2**32 - 1), st.sampled_from([0, 1, 160, 2**31, 2**32 - 1]))
PLACES = st.integers(0, 3)
LENGTHS = st.sampled_from([0, 1, 79, 80, 160, 240, 320, 480, 800, 1400])


def keys_of(suite: str) -> SrtpKeys:
    return SrtpKeys(suite, secrets.token_bytes(SUITES[suite]), secrets.token_bytes(SUITES[suite]))


class Telephone:
    """A peer that speaks with its keys, if it has some."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)
        self.ssrc = secrets.randbits(32)
        self.sequence, self.timestamp = secrets.randbits(16), secrets.randbits(32)
        self.srtp: SrtpTransform | None = None
        self.codec = Codec.PCMA
        self.rtcp_mux = False

    def packet(self, payload_type: int, payload: bytes) -> bytes:
        self.sequence = (self.sequence + 1) & 0xFFFF
        return RtpPacket(payload_type, self.sequence, self.timestamp & 0xFFFFFFFF, self.ssrc, payload).build()

    def empty(self) -> None:
        with contextlib.suppress(BlockingIOError, ConnectionError):
            while True:
                self.socket.recv(2048)


class PlaneMachine(RuleBasedStateMachine):
    """Several legs, at most as many as the plane carries."""

    @initialize(
        silence=st.sampled_from(["silence", "comfort_noise"]),
        timeout=st.sampled_from([0.1, 20]),
        codecs=st.tuples(*[st.sampled_from(Codec)] * 3),
    )
    def start(self, silence: str, timeout: float, codecs: tuple) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.bench = PlaneBench(29_000, 29_079, vad="webrtc", media_timeout_s=timeout, silence=Silence(silence))
        self.telephones: dict[int, Telephone] = {}
        self.ports: dict[int, int] = {}
        self.requests = 0
        self.random = np.random.default_rng(len(silence))
        self.legs = [0, 0, 0, 0]
        for place, codec in enumerate(codecs):
            self.add(place)
            self.connect(place, codec, 20, (True, True, False, True, False), None)

    def request(self) -> int:
        self.requests += 1
        return self.requests

    @rule(place=PLACES)
    def add(self, place: int) -> None:
        """Let another leg take the place, in which the one before may still be."""
        if self.legs[place] in self.telephones:
            self.release(place)
        leg = self.legs[place] = self.request()
        self.ports[leg] = self.bench.add(leg).port
        self.telephones[leg] = Telephone()

    @rule(
        place=PLACES,
        codec=st.sampled_from(Codec),
        ptime=st.sampled_from([10, 20, 30, 40, 60]),
        flags=st.tuples(*[st.booleans()] * 5),
        suite=st.sampled_from([None, None, *SUITES]),
    )
    def connect(self, place: int, codec: Codec, ptime: int, flags: tuple, suite: str | None) -> None:
        leg = self.legs[place]
        telephone = self.telephones.get(leg)
        if telephone is None:
            self.bench.handle(m.Connect(self.request(), leg, StreamParameters("127.0.0.1", 9, codec, SOUND)))
            return
        send, receive, mux, noise, moved = flags
        if moved:
            telephone.socket.close()
            fresh = Telephone()
            self.telephones[leg] = telephone = fresh
        keys = None if suite is None else keys_of(suite)
        telephone.srtp = None if keys is None else SrtpTransform(SrtpKeys(keys.suite, keys.remote, keys.local))
        telephone.codec, telephone.rtcp_mux = codec, mux
        port = telephone.socket.getsockname()[1]
        parameters = StreamParameters(
            "127.0.0.1",
            port,
            codec,
            SOUND,
            EVENT,
            ptime,
            send,
            receive,
            comfort_noise_payload_type=NOISE if noise else None,
            rtcp_mux=mux,
            srtp=keys,
        )
        self.bench.handle(m.Connect(self.request(), leg, parameters))

    @rule(
        place=PLACES,
        playback=st.integers(1, 4),
        rate=st.sampled_from([8000, 16_000]),
        flags=st.tuples(st.booleans(), st.booleans(), st.booleans()),
        chunks=st.lists(st.sampled_from([0, 1, 37, 160, 320, 1000]), max_size=4),
    )
    def play(self, place: int, playback: int, rate: int, flags: tuple, chunks: list[int]) -> None:
        leg = self.legs[place]
        barge_in, repeat, complete = flags
        self.bench.handle(m.OpenSound(leg, playback, barge_in, rate, repeat))
        for length in chunks:
            self.bench.handle(m.SoundChunk(leg, playback, self.random.integers(-9000, 9000, length, "<i2").tobytes()))
        if complete:
            self.bench.handle(m.EndSound(leg, playback))

    @rule(place=PLACES, playback=st.integers(1, 4))
    def stop_sound(self, place: int, playback: int) -> None:
        leg = self.legs[place]
        self.bench.handle(m.StopSound(leg, playback))

    @rule(place=PLACES, on=st.booleans())
    def record(self, place: int, on: bool) -> None:
        leg = self.legs[place]
        path = str(Path(self.folder.name) / f"{leg}.wav") if on else None
        self.bench.handle(m.Record(self.request(), leg, path))

    @rule(place=PLACES, partner=PLACES)
    def bridge(self, place: int, partner: int) -> None:
        leg, other = self.legs[place], self.legs[partner]
        self.bench.handle(m.Bridge(self.request(), leg, other))

    @rule(place=PLACES)
    def unbridge(self, place: int) -> None:
        leg = self.legs[place]
        self.bench.handle(m.Unbridge(self.request(), leg))

    @rule(place=PLACES, digits=st.text("0123456789*#ABCD", max_size=3))
    def send_keys(self, place: int, digits: str) -> None:
        leg = self.legs[place]
        self.bench.handle(m.SendDtmf(leg, digits))

    @rule(place=PLACES, digit=st.sampled_from("05*#"))
    def press_key(self, place: int, digit: str) -> None:
        leg = self.legs[place]
        self.bench.handle(m.PressKey(leg, digit))

    @rule(place=PLACES)
    def endpointing(self, place: int) -> None:
        leg = self.legs[place]
        self.bench.handle(m.SetEndpointing(leg, Endpointing()))

    @rule(place=PLACES)
    def ask(self, place: int) -> None:
        leg = self.legs[place]
        self.bench.handle(m.GetStatistics(self.request(), leg))

    @rule(place=PLACES)
    def release(self, place: int) -> None:
        leg = self.legs[place]
        self.bench.handle(m.Release(self.request(), leg))
        telephone = self.telephones.pop(leg, None)
        if telephone is not None:
            telephone.socket.close()

    @rule(
        place=PLACES,
        frames=st.lists(st.booleans(), min_size=1, max_size=30),
        octets=LENGTHS,
        step=st.one_of(st.none(), NUMBERS),
        paced=st.booleans(),
    )
    def speak(self, place: int, frames: list[bool], octets: int, step: int | None, paced: bool) -> None:
        """Send sound of the leg's codec, or octets where it takes any; ``frames`` tells which are not lost."""
        leg = self.legs[place]
        telephone = self.telephones.get(leg)
        if telephone is None:
            return
        codec = make_codec(telephone.codec)
        if step is not None:
            telephone.timestamp += step
        for arrives in frames:
            if codec is None or octets < 80:
                payload = self.random.bytes(octets)
            else:
                payload = codec.encode(self.random.integers(-9000, 9000, 320, np.int16))
            packet = telephone.packet(SOUND, payload)
            if arrives:
                self._send(leg, telephone, packet)
            telephone.timestamp += 960 if telephone.codec is Codec.OPUS else octets
            if paced:
                self.bench.tick()

    @rule(place=PLACES, event=st.integers(0, 255), duration=st.integers(0, 65_535), held=st.booleans())
    def press(self, place: int, event: int, duration: int, held: bool) -> None:
        leg = self.legs[place]
        telephone = self.telephones.get(leg)
        if telephone is not None:
            telephone.timestamp += 0 if held else 800
            self._send(leg, telephone, telephone.packet(EVENT, struct.pack("!BBH", event, 0x8A, duration)))

    @rule(place=PLACES, payload=st.binary(max_size=40))
    def describe_noise(self, place: int, payload: bytes) -> None:
        leg = self.legs[place]
        telephone = self.telephones.get(leg)
        if telephone is not None:
            self._send(leg, telephone, telephone.packet(NOISE, payload))

    @rule(
        place=PLACES,
        first=st.sampled_from([0x80, 0x81, 0x8F, 0x90, 0xA0, 0xBF, 0x00]),
        kind=st.sampled_from([SOUND, SOUND | 0x80, EVENT, NOISE, 200, 201, 202, 203]),
        numbers=st.tuples(NUMBERS, NUMBERS, NUMBERS),
        body=st.one_of(st.binary(max_size=60), LENGTHS.map(bytes)),
    )
    def hostile(self, place: int, first: int, kind: int, numbers: tuple, body: bytes) -> None:
        leg = self.legs[place]
        telephone = self.telephones.get(leg)
        if telephone is not None:
            sequence, timestamp, ssrc = numbers
            packet = struct.pack("!BBHII", first, kind, sequence & 0xFFFF, timestamp, ssrc) + body
            self._send(leg, telephone, packet)

    @rule(place=PLACES, datagram=st.binary(max_size=80), to_rtcp=st.booleans())
    def garbage(self, place: int, datagram: bytes, to_rtcp: bool) -> None:
        leg = self.legs[place]
        telephone = self.telephones.get(leg)
        if telephone is not None:
            telephone.socket.sendto(datagram, ("127.0.0.1", self.ports[leg] + to_rtcp))

    @rule(place=PLACES, kind=st.integers(199, 204), count=st.integers(0, 31), body=st.binary(max_size=100))
    def report(self, place: int, kind: int, count: int, body: bytes) -> None:
        leg = self.legs[place]
        telephone = self.telephones.get(leg)
        if telephone is not None:
            body += bytes(-len(body) % 4)
            datagram = struct.pack("!BBH", 0x80 | count, kind, len(body) // 4) + body
            with contextlib.suppress(Exception):
                datagram = datagram if telephone.srtp is None else telephone.srtp.protect_rtcp(datagram)
            telephone.socket.sendto(datagram, ("127.0.0.1", self.ports[leg] + (not telephone.rtcp_mux)))

    def _send(self, leg: int, telephone: Telephone, packet: bytes) -> None:
        with contextlib.suppress(Exception):
            packet = packet if telephone.srtp is None else telephone.srtp.protect(packet)
        telephone.socket.sendto(packet, ("127.0.0.1", self.ports[leg]))

    @rule(count=st.integers(1, 40), late=st.booleans())
    def tick(self, count: int, late: bool) -> None:
        self.bench.tick(count, late=late)
        for telephone in self.telephones.values():
            telephone.empty()

    @rule(level=st.integers(0, 3))
    def shed(self, level: int) -> None:
        self.bench.plane.shed(LoadLevel(level))

    @invariant()
    def no_leg_is_given_up(self) -> None:
        if hasattr(self, "bench"):
            assert not [notice.sentence for notice in self.bench.of(m.Notice) if notice.fatal]

    def teardown(self) -> None:
        if hasattr(self, "bench"):
            self.bench.tick(2)
            self.bench.close()
            for telephone in self.telephones.values():
                telephone.socket.close()
            self.folder.cleanup()
            assert not [notice.sentence for notice in self.bench.of(m.Notice) if notice.fatal]


TestPlaneCommands = pytest.mark.filterwarnings("error")(PlaneMachine.TestCase)
PlaneMachine.TestCase.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
