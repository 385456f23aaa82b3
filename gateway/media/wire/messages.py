"""What the worker and its client say to each other: msgpack structs, each behind its length (4 octets, big-endian).

All sound on this wire is int16, little-endian, mono, at the rate that goes with it. A message with a ``request`` gets
an answer that repeats the number.
"""

from __future__ import annotations

import struct
from typing import Any, TypeAlias

import msgspec

from gateway.audio import TELEPHONE_RATE
from gateway.media.leg import Endpointing, LegStatistics
from gateway.media.parameters import StreamParameters

_LENGTH = struct.Struct("!I")
_LONGEST_MESSAGE = 64 * 1024 * 1024


class Allocate(msgspec.Struct, tag="allocate", frozen=True):
    """Bind a pair of ports for a new leg; answered by ``Allocated`` or ``Failed``."""

    request: int
    leg: int


class Connect(msgspec.Struct, tag="connect", frozen=True):
    """Start or change the leg's stream; answered by ``Done``."""

    request: int
    leg: int
    parameters: StreamParameters


class OpenSound(msgspec.Struct, tag="open_sound", frozen=True):
    """Queue a playback of ``rate`` samples a second; with ``repeat`` it begins anew at its end."""

    leg: int
    playback: int
    barge_in: bool
    rate: int = TELEPHONE_RATE
    repeat: bool = False


class SoundChunk(msgspec.Struct, tag="sound_chunk", frozen=True):
    """Add sound to a playback."""

    leg: int
    playback: int
    pcm: bytes


class EndSound(msgspec.Struct, tag="end_sound", frozen=True):
    """No chunk follows."""

    leg: int
    playback: int


class StopSound(msgspec.Struct, tag="stop_sound", frozen=True):
    """Stop a playback; its end comes as an event."""

    leg: int
    playback: int


class SetEndpointing(msgspec.Struct, tag="endpointing", frozen=True):
    """Use these times from now on."""

    leg: int
    endpointing: Endpointing


class SendDtmf(msgspec.Struct, tag="send_dtmf", frozen=True):
    """Send digits to the peer."""

    leg: int
    digits: str


class PressKey(msgspec.Struct, tag="press_key", frozen=True):
    """Take a key that the peer has pressed and signalling has brought, as if it had come by RTP."""

    leg: int
    digit: str


class Record(msgspec.Struct, tag="record", frozen=True):
    """Record to ``path``, or stop with None; answered by ``Done`` or ``Failed`` when the file is open or closed."""

    request: int
    leg: int
    path: str | None


class Bridge(msgspec.Struct, tag="bridge", frozen=True):
    """Let two legs hear each other instead of the assistant; answered by ``Done`` or ``Failed``."""

    request: int
    leg: int
    other: int


class Unbridge(msgspec.Struct, tag="unbridge", frozen=True):
    """Take both legs of the bridge back; answered by ``Done``."""

    request: int
    leg: int


class GetStatistics(msgspec.Struct, tag="statistics", frozen=True):
    """Answered by ``Statistics``."""

    request: int
    leg: int


class Release(msgspec.Struct, tag="release", frozen=True):
    """Free the leg; answered by ``Statistics`` after its last events, when its recording is closed."""

    request: int
    leg: int


class GetTelemetry(msgspec.Struct, tag="telemetry", frozen=True):
    """Answered by ``Telemetry``; also how the client sees that the clock still ticks."""

    request: int


ToWorker: TypeAlias = (
    Allocate
    | Connect
    | OpenSound
    | SoundChunk
    | EndSound
    | StopSound
    | SetEndpointing
    | SendDtmf
    | PressKey
    | Record
    | Bridge
    | Unbridge
    | GetStatistics
    | Release
    | GetTelemetry
)


class Ready(msgspec.Struct, tag="ready", frozen=True):
    """The worker can take legs; ``runs_with`` says in words what priority and CPU the system has granted it."""

    pid: int
    runs_with: str = ""


class Allocated(msgspec.Struct, tag="allocated", frozen=True):
    """The leg has ``port`` for RTP and the next one for RTCP."""

    request: int
    port: int


class Done(msgspec.Struct, tag="done", frozen=True):
    """It is done."""

    request: int


class Failed(msgspec.Struct, tag="failed", frozen=True):
    """It cannot be done; ``sentence`` says why."""

    request: int
    sentence: str


class Statistics(msgspec.Struct, tag="statistics", frozen=True):
    """The leg's counters."""

    request: int
    statistics: LegStatistics


class Telemetry(msgspec.Struct, tag="telemetry", frozen=True):
    """How the worker's clock has kept time over the last minute.

    ``late_*_ms`` is how long after its moment a tick began, ``busy_*_ms`` how long its work took. After a stall,
    ``made_up`` ticks ran without sending and ``skipped`` ones were given up. ``load_level`` is that of ``Load``.
    """

    request: int
    legs: int
    ticks: int
    skipped: int
    late_p50_ms: float
    late_p99_ms: float
    late_max_ms: float
    busy_p50_ms: float
    busy_p99_ms: float
    busy_max_ms: float
    made_up: int = 0
    load_level: int = 0


class Event(msgspec.Struct, tag="event", frozen=True):
    """Something happened on a leg: the name and the fields of one of ``LegEvent``'s classes."""

    leg: int
    name: str
    fields: dict[str, Any]


class Notice(msgspec.Struct, tag="notice", frozen=True):
    """A fault for the log; it ends the leg when ``fatal``."""

    leg: int
    sentence: str
    fatal: bool = False


class Load(msgspec.Struct, tag="load", frozen=True):
    """What the worker sheds because it has too much to do, each level with those before it; sent when that changes.

    0 nothing; 1 neural voice activity; 2 recording; 3 new calls.
    """

    level: int

    @property
    def accepts_calls(self) -> bool:
        """Whether the worker takes new calls."""
        return self.level < 3


Answer: TypeAlias = Allocated | Done | Failed | Statistics | Telemetry
FromWorker: TypeAlias = Ready | Answer | Event | Notice | Load

_ENCODER = msgspec.msgpack.Encoder()


def pack(message: ToWorker | FromWorker) -> bytes:
    """Return the message with its length before it."""
    body = _ENCODER.encode(message)
    return _LENGTH.pack(len(body)) + body


class MessageReader:
    """Cuts a byte stream into the bodies of messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Take what was read in; return the bodies that are complete.

        Raises:
            ValueError: a length that no message has; the stream is out of step and cannot go on.

        """
        self._buffer += data
        bodies = []
        while len(self._buffer) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer)
            if length > _LONGEST_MESSAGE:
                raise ValueError(f"a message of {length} bytes")
            end = _LENGTH.size + length
            if len(self._buffer) < end:
                break
            bodies.append(bytes(self._buffer[_LENGTH.size : end]))
            del self._buffer[:end]
        return bodies
