"""What a line gives the conversation, whether it is SIP, WebRTC or a WAV file over HTTP.

Positions are samples at the leg's rate, counted from the leg's first tick. They are the only truth about when something
was heard or said; ``Pcm`` of any rate goes in and is resampled below this seam.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol, TypeAlias

from gateway.audio import Pcm


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """The caller began to speak at ``position``. Any playback that allows barge-in has been stopped already."""

    position: int


@dataclass(frozen=True, slots=True)
class SpeechPaused:
    """The caller fell silent at ``end``, perhaps only to breathe; a good moment to start recognising ``pcm``.

    ``start`` and ``end`` bound the speech; ``pcm`` is the utterance so far with a little sound before and after it.
    """

    start: int
    end: int
    pcm: Pcm


@dataclass(frozen=True, slots=True)
class SpeechResumed:
    """The caller went on at ``position`` before the utterance was over; work on the ``SpeechPaused`` is void."""

    position: int


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    """The utterance is over: silence since ``end`` for as long as the endpointing asked for.

    ``decided`` is the position at which that was decided. ``pcm`` is the same sound as in the last ``SpeechPaused``
    of this utterance, so work that began then holds. ``forced`` tells that the utterance reached its longest length.
    """

    start: int
    end: int
    decided: int
    pcm: Pcm
    forced: bool = False


@dataclass(frozen=True, slots=True)
class Dtmf:
    """A key was pressed (RFC 4733): ``digit`` is one of ``0-9*#A-D``, reported once per press."""

    digit: str
    position: int


class PlaybackOutcome(StrEnum):
    """Why a playback is over."""

    FINISHED = "finished"
    STOPPED = "stopped"
    BARGE_IN = "barge_in"
    LINE_LOST = "line_lost"


@dataclass(frozen=True, slots=True)
class Heard:
    """What the caller was sent of a playback.

    ``start`` is the position of its first sample, or None when none was sent; ``samples`` how many were sent, at the
    leg's rate, and ``of`` how many had been queued by then: of a repeated sound, once through.
    """

    outcome: PlaybackOutcome
    start: int | None
    samples: int
    of: int


@dataclass(frozen=True, slots=True)
class PlaybackStarted:
    """The first sample of playback ``playback_id`` went out at ``position``."""

    playback_id: int
    position: int


@dataclass(frozen=True, slots=True)
class PlaybackEnded:
    """Playback ``playback_id`` is over."""

    playback_id: int
    heard: Heard


@dataclass(frozen=True, slots=True)
class MediaLost:
    """No RTP packet has arrived for ``silent_ms`` milliseconds."""

    silent_ms: int


@dataclass(frozen=True, slots=True)
class RecordingFailed:
    """The recording ended early or has gaps while the call goes on; ``reason`` says why."""

    reason: str


@dataclass(frozen=True, slots=True)
class HungUp:
    """The leg is gone; no event follows. ``reason`` is one of caller, gateway, idle, media_lost, worker_lost, error."""

    reason: str


LegEvent: TypeAlias = (
    SpeechStarted
    | SpeechPaused
    | SpeechResumed
    | SpeechEnded
    | Dtmf
    | PlaybackStarted
    | PlaybackEnded
    | MediaLost
    | RecordingFailed
    | HungUp
)


@dataclass(frozen=True, slots=True)
class Endpointing:
    """How the leg cuts the caller's sound into utterances, in milliseconds.

    ``pause_ms`` of silence emits ``SpeechPaused``, ``end_ms`` ends the utterance, ``barge_in_ms`` of speech stops a
    playback, and no utterance is longer than ``longest_ms``.
    """

    pause_ms: int = 200
    end_ms: int = 600
    barge_in_ms: int = 128
    longest_ms: int = 20_000


@dataclass(frozen=True, slots=True)
class LegStatistics:
    """Counters of one leg since it was connected.

    ``delay_ms`` is how long the jitter buffer holds sound back at present, ``concealed_ms`` how much sound had to be
    made up. What the peer's reports say is None until one has come: ``round_trip_ms``, and of our packets the fraction
    lost (0 to 1) and the jitter. ``mos`` is the quality of what we hear, estimated by the E-model (ITU-T G.107), None
    before anything came. ``codec`` is the one of now by its encoding name, empty before there is one; ``encrypted``
    tells that the stream is SRTP, ``packets_rejected`` how many datagrams were not taken because they were no
    RTP of this stream, came from elsewhere than the peer or, under SRTP, were forged or replayed.
    """

    packets_received: int
    packets_lost: int
    packets_late: int
    packets_duplicated: int
    packets_sent: int
    jitter_ms: float
    position: int
    delay_ms: float = 0.0
    concealed_ms: int = 0
    round_trip_ms: float | None = None
    remote_fraction_lost: float | None = None
    remote_jitter_ms: float | None = None
    mos: float | None = None
    codec: str = ""
    encrypted: bool = False
    packets_rejected: int = 0


class Playback(Protocol):
    """One sound that is being played to the caller."""

    @property
    def playback_id(self) -> int:
        """The number by which events name this playback."""

    async def stop(self) -> Heard:
        """Stop at once, drop what is queued and return what was heard; harmless when it is over already."""

    async def finished(self) -> Heard:
        """Wait until it is over, for whatever reason, and return what was heard."""


class Leg(Protocol):
    """One party's sound, both ways."""

    @property
    def rate(self) -> int:
        """Samples per second of this leg's positions."""

    def events(self) -> AsyncIterator[LegEvent]:
        """Yield what happens, in order, and end after ``HungUp``. Only one reader."""

    async def play(self, sound: AsyncIterator[Pcm], *, barge_in: bool = True, repeat: bool = False) -> Playback:
        """Queue ``sound`` behind what is playing; it starts as soon as its first chunk is there.

        The iterator is read as fast as it yields and closed when the playback is stopped. With ``barge_in`` the
        caller's speech stops this playback and all that are queued behind it. With ``repeat`` the sound begins anew at
        its end until it is stopped. A sound that raises ends where it is: what was queued is still played, and the
        error is raised by ``Playback.finished``.
        """

    async def set_endpointing(self, endpointing: Endpointing) -> None:
        """Use these times from now on."""

    async def record(self, path: Path | None) -> None:
        """Record both sides to a stereo WAV file from now on, or stop with None."""

    async def statistics(self) -> LegStatistics:
        """Return the counters as they are now."""

    async def hang_up(self) -> None:
        """End the leg from this side; ``HungUp("gateway")`` follows."""
