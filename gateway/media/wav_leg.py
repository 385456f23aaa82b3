"""A leg without a line: the caller's sound comes in whole utterances, the replies are collected.

Its clock is virtual. Positions advance by what is said, as fast as it is made, so that a call without a telephone has
the same story, and the same recording, as one with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np

from gateway.audio import TELEPHONE_RATE, Pcm, resample
from gateway.media.errors import MediaError
from gateway.media.leg import (
    Endpointing,
    Heard,
    HungUp,
    LegEvent,
    LegStatistics,
    PlaybackEnded,
    PlaybackOutcome,
    PlaybackStarted,
    RecordingFailed,
    SpeechEnded,
    SpeechPaused,
    SpeechStarted,
)
from gateway.media.recording.recording_file import RecordingFile

REPLY_RATE = 16_000
"""Samples per second of the collected replies: what the embedded voices have."""
LONGEST_REPLY_S = 600


class WavLeg:
    """``Leg`` for utterances that come as files. ``hear`` one, ``take_sound`` of what was answered to it.

    Only one utterance at a time, and none while something is being played: nobody interrupts.
    """

    rate = TELEPHONE_RATE

    def __init__(self) -> None:
        self.position = 0
        """Where the call is, in samples at ``rate``."""
        self._events: asyncio.Queue[LegEvent] = asyncio.Queue()
        self._endpointing = Endpointing()
        self._playing: list[WavPlayback] = []
        self._playbacks = 0
        self._sound: list[Pcm] = []
        self._recording: RecordingFile | None = None
        self._over = False

    @property
    def is_over(self) -> bool:
        """Whether the call has been ended, from whichever side."""
        return self._over

    async def hear(self, pcm: Pcm) -> int:
        """Take an utterance of the caller, of any rate; return the position of its end.

        Raises:
            MediaError: the call is over.

        """
        if self._over:
            raise MediaError("the call is over")
        start = self.position
        narrow = resample(pcm, self.rate)
        end = start + len(narrow)
        self.position = end + self._endpointing.end_ms * self.rate // 1000
        await self._record(start, narrow, caller=True)
        for event in (
            SpeechStarted(start),
            SpeechPaused(start, end, pcm),
            SpeechEnded(start, end, self.position, pcm),
        ):
            self._events.put_nowait(event)
        return end

    def take_sound(self) -> Pcm:
        """Return what was played since this was last called, at ``REPLY_RATE``."""
        sound, self._sound = self._sound, []
        parts = [part.samples for part in sound]
        return Pcm(np.concatenate(parts) if parts else np.zeros(0, np.int16), REPLY_RATE)

    async def events(self) -> AsyncIterator[LegEvent]:
        """Yield what happens, in order, and end after ``HungUp``. Only one reader."""
        while True:
            event = await self._events.get()
            yield event
            if isinstance(event, HungUp):
                return

    async def play(self, sound: AsyncIterator[Pcm], *, barge_in: bool = True, repeat: bool = False) -> WavPlayback:
        """Collect ``sound`` behind what is being collected; ``repeat`` or not, it is heard once."""
        self._playbacks += 1
        before = self._playing[-1] if self._playing else None
        playback = WavPlayback(self._playbacks, self, sound, before)
        self._playing.append(playback)
        return playback

    async def set_endpointing(self, endpointing: Endpointing) -> None:
        """Use these times: they are the silence that is put behind an utterance."""
        self._endpointing = endpointing

    async def record(self, path: Path | None) -> None:
        """Record both sides to a stereo WAV file from now on, or stop with None."""
        recording, self._recording = self._recording, None
        try:
            if recording is not None:
                await asyncio.to_thread(recording.close)
            if path is not None:
                self._recording = await asyncio.to_thread(RecordingFile, path)
        except OSError as error:
            self._events.put_nowait(RecordingFailed(str(error)))

    async def statistics(self) -> LegStatistics:
        """Return the counters: no packet ever comes here, and none goes."""
        return LegStatistics(0, 0, 0, 0, 0, 0.0, self.position)

    async def hang_up(self) -> None:
        """End the leg from this side; ``HungUp("gateway")`` follows."""
        await self.close("gateway")

    async def close(self, reason: str) -> None:
        """End the leg for ``reason`` (see ``HungUp``): what is played stops, the recording is finished."""
        if self._over:
            return
        self._over = True
        for playback in list(self._playing):
            await playback.end(PlaybackOutcome.LINE_LOST)
        await self.record(None)
        self._events.put_nowait(HungUp(reason))

    async def collect(self, playback: WavPlayback, sound: Pcm) -> Heard:
        """Take the whole of ``playback``, and let the clock go on by its length."""
        narrow = resample(sound, self.rate)
        start = self.position
        self.position += len(narrow)
        self._sound.append(resample(sound, REPLY_RATE))
        await self._record(start, narrow, caller=False)
        self._events.put_nowait(PlaybackStarted(playback.playback_id, start))
        return Heard(PlaybackOutcome.FINISHED, start if len(narrow) else None, len(narrow), len(narrow))

    def over(self, playback: WavPlayback, heard: Heard) -> None:
        """Take note that ``playback`` is over."""
        self._playing.remove(playback)
        self._events.put_nowait(PlaybackEnded(playback.playback_id, heard))

    async def _record(self, position: int, pcm: Pcm, *, caller: bool) -> None:
        if self._recording is None or not len(pcm):
            return
        stereo = np.zeros((len(pcm), 2), np.int16)
        stereo[:, 0 if caller else 1] = pcm.samples
        try:
            await asyncio.to_thread(self._recording.write, position, stereo.astype("<i2").tobytes())
        except OSError as error:
            self._recording = None
            self._events.put_nowait(RecordingFailed(str(error)))


class WavPlayback:
    """A sound that is read to its end and collected, behind the one ``before`` it."""

    def __init__(self, playback_id: int, leg: WavLeg, sound: AsyncIterator[Pcm], before: WavPlayback | None) -> None:
        self._id = playback_id
        self._leg = leg
        self._sound = sound
        self._heard: asyncio.Future[Heard] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._read(before), name=f"wav-playback-{playback_id}")

    @property
    def playback_id(self) -> int:
        """The number by which events name this playback."""
        return self._id

    async def stop(self) -> Heard:
        """Stop and return what was heard: nothing, unless all of it was."""
        return await self.end(PlaybackOutcome.STOPPED)

    async def end(self, outcome: PlaybackOutcome) -> Heard:
        """End for ``outcome``; harmless when it is over already."""
        if not self._heard.done():
            self._task.cancel()
            await asyncio.wait([self._task])
        if not self._heard.done():
            self._finish(Heard(outcome, None, 0, 0))
        return await self.finished()

    async def finished(self) -> Heard:
        """Wait until it is over and return what was heard; raise what its sound raised."""
        return await asyncio.shield(self._heard)

    async def _read(self, before: WavPlayback | None) -> None:
        try:
            sound = await self._whole()
            if before is not None:
                await asyncio.wait([before._heard])
            self._finish(await self._leg.collect(self, sound))
        except Exception as error:  # noqa: BLE001 - raised to whoever waits for the playback
            self._heard.set_exception(error)
            self._heard.exception()  # told to those who ask; nobody has to
            self._leg.over(self, Heard(PlaybackOutcome.FINISHED, None, 0, 0))

    async def _whole(self) -> Pcm:
        parts: list[np.ndarray[tuple[int], np.dtype[np.int16]]] = []
        rate, seconds = REPLY_RATE, 0.0
        try:
            async for chunk in self._sound:
                rate, seconds = chunk.rate, seconds + chunk.seconds
                if seconds > LONGEST_REPLY_S:
                    raise MediaError(f"a sound is longer than {LONGEST_REPLY_S} s")
                parts.append(chunk.samples)
        finally:
            close = getattr(self._sound, "aclose", None)
            if close is not None:
                await close()
        return Pcm(np.concatenate(parts) if parts else np.zeros(0, np.int16), rate)

    def _finish(self, heard: Heard) -> None:
        self._heard.set_result(heard)
        self._leg.over(self, heard)
