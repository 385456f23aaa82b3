"""One sound on its way from the conversation to the worker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from gateway.audio import TELEPHONE_RATE, Pcm, Resampler
from gateway.media.client.worker_process import WorkerProcess
from gateway.media.errors import MediaError
from gateway.media.leg import Heard, PlaybackOutcome
from gateway.media.wire import messages as m

_LONGEST_S = 600


async def close_sound(sound: AsyncIterator[Pcm]) -> None:
    """Close ``sound`` if it is a generator, so that whoever makes it stops at once."""
    close = getattr(sound, "aclose", None)
    if close is not None:
        await close()


class RtpPlayback:
    """Reads a sound as fast as it yields, resamples it to the leg's ``rate`` and hands it to the worker.

    Should the leg's codec change meanwhile, the worker converts the rest. A sound longer than ten minutes is cut there,
    and ``finished`` raises ``MediaError``.
    """

    def __init__(
        self, process: WorkerProcess, leg_id: int, playback_id: int, sound: AsyncIterator[Pcm], rate: int
    ) -> None:
        self._process = process
        self._leg_id = leg_id
        self._id = playback_id
        self._sound = sound
        self._rate = rate
        self._queued = 0
        self._resampler: Resampler | None = None
        self._heard: asyncio.Future[Heard] = asyncio.get_running_loop().create_future()
        self._reading: asyncio.Task[None] | None = None
        self._was_read = False
        self._error: Exception | None = None
        self.start: int | None = None
        """Position of the first sample, once it was sent."""

    @property
    def playback_id(self) -> int:
        """The number by which events name this playback."""
        return self._id

    def open(self, *, barge_in: bool, repeat: bool) -> None:
        """Queue the sound in the worker and begin to read it."""
        self._process.post(m.OpenSound(self._leg_id, self._id, barge_in, self._rate, repeat))
        self._reading = asyncio.create_task(self._read(), name=f"playback {self._id}")

    async def stop(self) -> Heard:
        """Stop at once, drop what is queued and return what was heard; harmless when it is over already."""
        if not self._heard.done():
            self._process.post(m.StopSound(self._leg_id, self._id))
        return await asyncio.shield(self._heard)

    async def finished(self) -> Heard:
        """Wait until it is over and return what was heard; raise what the sound raised, if it did."""
        heard = await asyncio.shield(self._heard)
        if self._error is not None:
            raise self._error
        return heard

    def ended(self, heard: Heard) -> None:
        """Take note that the worker is done with it."""
        if not self._heard.done():
            self._heard.set_result(heard)
        if self._reading is not None and not self._was_read:
            self._reading.cancel()

    def line_lost(self) -> Heard:
        """Take note that the line is gone without a last word from the worker; return what is known to be heard."""
        heard = Heard(PlaybackOutcome.LINE_LOST, self.start, 0, self._queued * TELEPHONE_RATE // self._rate)
        self.ended(heard)
        return heard

    async def _read(self) -> None:
        try:
            try:
                async for pcm in self._sound:
                    await self._send(pcm, last=False)
                await self._flush()
            finally:
                self._was_read = True
                self._process.post(m.EndSound(self._leg_id, self._id))
                await close_sound(self._sound)
        except Exception as error:  # noqa: BLE001 - kept for finished(), which raises it to the one who plays
            self._error = error

    async def _send(self, pcm: Pcm, *, last: bool) -> None:
        if self._resampler is None or self._resampler.source_rate != pcm.rate:
            await self._flush()
            self._resampler = Resampler(pcm.rate, self._rate)
        sound = self._resampler.push(pcm, last=last)
        if self._queued + len(sound) > _LONGEST_S * self._rate:
            raise MediaError("the sound is longer than ten minutes")
        if len(sound):
            self._queued += len(sound)
            self._process.post(m.SoundChunk(self._leg_id, self._id, sound.to_bytes()))
            await self._process.drain()

    async def _flush(self) -> None:
        """Send what the resampling filter still holds."""
        resampler = self._resampler
        if resampler is not None:
            await self._send(Pcm.silence(0, resampler.source_rate), last=True)
            self._resampler = None
