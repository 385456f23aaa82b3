"""A call's sound over RTP, carried by a media worker."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import itertools
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import structlog

from gateway.audio import TELEPHONE_RATE, Pcm
from gateway.media.client.playback import RtpPlayback, close_sound
from gateway.media.client.worker_process import WorkerProcess
from gateway.media.errors import LegGone, MediaError
from gateway.media.leg import (
    Endpointing,
    Heard,
    HungUp,
    LegEvent,
    LegStatistics,
    MediaLost,
    PlaybackEnded,
    PlaybackOutcome,
    PlaybackStarted,
    RecordingFailed,
)
from gateway.media.parameters import StreamParameters
from gateway.media.rtp.telephone_event import DIGITS
from gateway.media.wire import messages as m
from gateway.media.wire.event_wire import EventReader

_log = structlog.get_logger(__name__)

_NOTHING_COUNTED = LegStatistics(0, 0, 0, 0, 0, 0.0, 0)


class RtpLeg:
    """One party's sound both ways (``gateway.media.leg.Leg``), and the RTP session under it.

    Made by ``MediaWorker.allocate``. Once the leg is gone, ``play`` returns a playback that is over, ``statistics``
    the last counters, and everything else has no effect, so that a hang-up at any moment is harmless.
    """

    def __init__(
        self, process: WorkerProcess, leg_id: int, host: str, port: int, forget: Callable[[int], None]
    ) -> None:
        self.leg_id = leg_id
        self.local_address = host
        self.local_port = port
        self._process = process
        self._forget = forget
        self._queue: asyncio.Queue[LegEvent] = asyncio.Queue()
        self._reader = EventReader()
        self._playbacks: dict[int, RtpPlayback] = {}
        self._playback_ids = itertools.count(1)
        self._sound_rate = TELEPHONE_RATE
        self._statistics = _NOTHING_COUNTED
        self._ending: asyncio.Task[None] | None = None

    @property
    def rate(self) -> int:
        """Samples per second of this leg's positions: 8000."""
        return TELEPHONE_RATE

    @property
    def sound_rate(self) -> int:
        """Samples per second of the sound that this leg's codec carries: 8000 until it is connected."""
        return self._sound_rate

    @property
    def gone(self) -> bool:
        """Whether the leg has been hung up, by whomever."""
        return self._ending is not None

    async def connect(self, parameters: StreamParameters) -> None:
        """Start sending and receiving; call again when signalling changes the stream (hold, new address, codec).

        Raises:
            MediaError: the remote address is no IP address, the port or the packet length cannot be used, or the leg
                is gone.

        """
        try:
            remote = ipaddress.ip_address(parameters.remote_address)
        except ValueError as error:
            raise MediaError(f"{parameters.remote_address!r} is not an IP address to send RTP to") from error
        if remote.version == 4 and ":" in self.local_address:
            # A socket for both IP versions knows IPv4 addresses by their IPv6 form (RFC 3493 section 3.7).
            rtcp = parameters.remote_rtcp
            parameters = replace(
                parameters,
                remote_address=f"::ffff:{remote}",
                remote_rtcp=None if rtcp is None else (f"::ffff:{rtcp[0]}", rtcp[1]),
            )
        if not 0 < parameters.remote_port <= 65535:
            raise MediaError(f"{parameters.remote_port} is not a port to send RTP to")
        if not 10 <= parameters.ptime_ms <= 200:
            raise MediaError(f"packets of {parameters.ptime_ms} ms are not possible; 10 to 200 ms are")
        if self.gone:
            raise LegGone("the leg is gone")
        await self._process.request(lambda number: m.Connect(number, self.leg_id, parameters), m.Done)
        self._sound_rate = parameters.codec.sound_rate

    async def events(self) -> AsyncIterator[LegEvent]:
        """Yield what happens, in order, and end after ``HungUp``. Only one reader."""
        while True:
            event = await self._queue.get()
            yield event
            if isinstance(event, HungUp):
                return

    async def play(self, sound: AsyncIterator[Pcm], *, barge_in: bool = True, repeat: bool = False) -> RtpPlayback:
        """Queue ``sound`` of any rate behind what is playing; see ``gateway.media.leg.Leg.play``."""
        playback = RtpPlayback(self._process, self.leg_id, next(self._playback_ids), sound, self.sound_rate)
        if self.gone:
            playback.ended(Heard(PlaybackOutcome.LINE_LOST, None, 0, 0))
            await close_sound(sound)
            return playback
        self._playbacks[playback.playback_id] = playback
        playback.open(barge_in=barge_in, repeat=repeat)
        return playback

    def press(self, digit: str) -> None:
        """Take a key that the peer pressed and that came by signalling (INFO), as if it had come by RTP."""
        self._process.post(m.PressKey(self.leg_id, digit))

    async def send_dtmf(self, digits: str) -> None:
        """Send keys to the peer (RFC 4733), one after the other, if it has agreed to telephone events.

        Raises:
            ValueError: a character that is none of ``0-9*#A-D``.

        """
        for digit in digits:
            if digit not in DIGITS:
                raise ValueError(f"{digit!r} is not a DTMF digit")
        self._process.post(m.SendDtmf(self.leg_id, digits))

    async def set_endpointing(self, endpointing: Endpointing) -> None:
        """Use these times from now on."""
        self._process.post(m.SetEndpointing(self.leg_id, endpointing))

    async def record(self, path: Path | None) -> None:
        """Record both sides to a stereo WAV file from now on, or stop with None; return when it is open or closed.

        Sample ``n`` of the file is position ``n`` of the leg; what was not recorded is silent. A path that this leg
        has recorded to before is continued, another file is replaced. A disk that fails is logged and told by
        ``RecordingFailed``, and the call goes on unrecorded.
        """
        if self.gone:
            return
        text = None if path is None else _absolute(path)
        try:
            await self._process.request(lambda number: m.Record(number, self.leg_id, text), m.Done)
        except LegGone:
            return
        except MediaError as error:
            self._happened(RecordingFailed(str(error)))

    async def bridge(self, other: RtpLeg) -> None:
        """Let the parties of this leg and ``other`` hear each other, until ``unbridge`` or the end of either leg.

        What is being played on either stops; neither is recorded nor listened to meanwhile, and keys pass through.

        Raises:
            LegGone: one of the legs is gone.
            MediaError: one of them is bridged already, or they are not carried by the same worker.

        """
        if self.gone or other.gone:
            raise LegGone("the leg is gone")
        if other._process is not self._process:
            raise MediaError("legs of two workers cannot be bridged")
        await self._process.request(lambda number: m.Bridge(number, self.leg_id, other.leg_id), m.Done)

    async def unbridge(self) -> None:
        """Take both legs of the bridge back; harmless when there is none, or the leg is gone."""
        if not self.gone:
            with contextlib.suppress(LegGone):
                await self._process.request(lambda number: m.Unbridge(number, self.leg_id), m.Done)

    async def statistics(self) -> LegStatistics:
        """Return the counters as they are now, the last ones when the leg is gone."""
        if not self.gone:
            try:
                answer = await self._process.request(lambda number: m.GetStatistics(number, self.leg_id), m.Statistics)
            except MediaError as error:
                _log.warning("statistics_missing", leg=self.leg_id, fault=str(error))
            else:
                self._statistics = answer.statistics
        return self._statistics

    async def hang_up(self) -> None:
        """End the leg from this side: its sound stops, its ports are free, ``HungUp("gateway")`` follows."""
        await self._end("gateway")

    async def release(self) -> None:
        """Free the leg; the same as ``hang_up``, for signalling that gives up before a call came about."""
        await self._end("gateway")

    async def remote_hung_up(self, reason: str = "caller") -> None:
        """End the leg because the peer has; ``HungUp(reason)`` follows."""
        await self._end(reason)

    async def lost(self) -> None:
        """End the leg because its worker died; ``HungUp("worker_lost")`` follows."""
        await self._end("worker_lost")

    def failed(self) -> None:
        """Begin to end the leg because of a fault in it; ``HungUp("error")`` follows."""
        self._begin_end("error")

    def deliver(self, message: m.Event) -> None:
        """Take an event from the worker."""
        event = self._reader.read(message)
        if isinstance(event, PlaybackStarted) and event.playback_id in self._playbacks:
            self._playbacks[event.playback_id].start = event.position
        if isinstance(event, PlaybackEnded):
            playback = self._playbacks.pop(event.playback_id, None)
            if playback is not None:
                playback.ended(event.heard)
        self._happened(event)
        if isinstance(event, MediaLost):
            self._begin_end("media_lost")

    def _happened(self, event: LegEvent) -> None:
        if isinstance(event, RecordingFailed):
            _log.error("recording_failed", leg=self.leg_id, fault=event.reason)
        self._queue.put_nowait(event)

    async def _end(self, reason: str) -> None:
        await asyncio.shield(self._begin_end(reason))

    def _begin_end(self, reason: str) -> asyncio.Task[None]:
        """Start to take the leg down, unless that has begun: the first reason counts."""
        if self._ending is None:
            self._ending = asyncio.create_task(self._take_down(reason), name=f"end of leg {self.leg_id}")
        return self._ending

    async def _take_down(self, reason: str) -> None:
        try:
            answer = await self._process.request(lambda number: m.Release(number, self.leg_id), m.Statistics)
            self._statistics = answer.statistics
        except LegGone:
            reason = "worker_lost"
        except MediaError as error:
            _log.error("release_failed", leg=self.leg_id, fault=str(error))
        for playback in list(self._playbacks.values()):
            self._queue.put_nowait(PlaybackEnded(playback.playback_id, playback.line_lost()))
        self._playbacks.clear()
        self._forget(self.leg_id)
        self._queue.put_nowait(HungUp(reason))


def _absolute(path: Path) -> str:
    """Return the path as the worker, whose working directory may differ, has to see it."""
    return str(path.absolute())
