"""Somebody of the practice with a telephone: rings, answers, says a tone, and keeps what is heard."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gateway.audio import Pcm
from gateway.media.client.media_worker import MediaWorker
from gateway.sip_line import SipLine
from gateway.telephony.call import IncomingCall
from gateway.telephony.network.listener import Listener
from gateway.telephony.user_agent import UserAgent

TONE_HZ = 700


class Person:
    """Answers after ``rings_s`` seconds, or never; use it as an asynchronous context manager."""

    def __init__(self, port: int, recording: Path, *, rings_s: float | None = 1.0) -> None:
        self.recording = recording
        self.calls = 0
        self._rings_s = rings_s
        self._worker = MediaWorker(port_min=26_000, port_max=26_099)
        self._agent = UserAgent(
            [Listener("127.0.0.1", port)],
            allowed=[ipaddress.ip_network("127.0.0.0/8")],
            max_calls=5,
            on_invite=self._take,
        )
        self._over = asyncio.Event()

    async def _take(self, call: IncomingCall) -> None:
        self.calls += 1
        await call.ring()
        if self._rings_s is None:
            await call.ended()
            self._over.set()
            return
        await asyncio.sleep(self._rings_s)
        leg = await self._worker.allocate()
        line = SipLine(call, leg)
        await call.answer(local_port=leg.local_port)
        await line.open()
        await leg.record(self.recording)
        await leg.play(_tone(30), barge_in=False)
        await call.ended()
        await line.close()
        self._over.set()

    async def over(self, within_s: float = 60) -> None:
        """Wait until the call is over and what was heard is written."""
        async with asyncio.timeout(within_s):
            await self._over.wait()

    async def __aenter__(self) -> Person:
        await self._worker.start()
        await self._agent.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._agent.stop()
        await self._worker.stop()


async def _tone(seconds: int) -> AsyncIterator[Pcm]:
    times = np.arange(8000) / 8000
    for _ in range(seconds):
        yield Pcm((6000 * np.sin(2 * np.pi * TONE_HZ * times)).astype(np.int16), 8000)


def tone_seconds(samples: npt.NDArray[np.int16], hertz: float) -> float:
    """Return how many seconds of ``samples`` (8 kHz) are mostly a tone of ``hertz``."""
    frames = samples[: len(samples) // 800 * 800].reshape(-1, 800).astype(np.float64)
    power = np.abs(np.fft.rfft(frames * np.hanning(800), axis=1)) ** 2
    near = np.abs(np.fft.rfftfreq(800, 1 / 8000) - hertz) <= 20
    return float(np.count_nonzero(power[:, near].sum(axis=1) > 0.7 * np.maximum(power.sum(axis=1), 1e6))) / 10
