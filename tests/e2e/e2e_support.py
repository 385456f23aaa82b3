"""What the end-to-end tests share: reading a call's story, and looking at its sound."""

from __future__ import annotations

import asyncio
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from gateway_process import Gateway

from gateway.records.journal import Journal
from gateway.records.model import CallStory

SPOKEN_LEVEL = 300
"""Root mean square, in 16-bit steps, above which 20 ms of sound are no silence."""


async def stories(gateway: Gateway) -> list[CallStory]:
    """Return all calls of this gateway, the newest first."""
    journal = await Journal.open(gateway.database, read_only=True)
    try:
        found = [await journal.call(summary.id) for summary in await journal.calls(limit=500)]
    finally:
        await journal.close()
    return [story for story in found if story is not None]


async def finished_story(gateway: Gateway, sip_call_id: str | None, *, within_s: float = 15) -> CallStory:
    """Return the call with this SIP Call-ID once it is over and its actions are delivered."""
    async with asyncio.timeout(within_s):
        while True:
            for story in await stories(gateway):
                delivered = all(action.delivered_at is not None for action in story.actions)
                if story.summary.sip_call_id == sip_call_id and story.summary.ended_at is not None and delivered:
                    return story
            await asyncio.sleep(0.2)


@dataclass(frozen=True)
class Stereo:
    """A stereo recording at 8 kHz."""

    left: npt.NDArray[np.int16]
    right: npt.NDArray[np.int16]

    @property
    def seconds(self) -> float:
        return len(self.left) / 8000


def read_stereo(path: Path) -> Stereo:
    """Return the recording; fail when it is not 16-bit stereo at 8 kHz."""
    with wave.open(str(path), "rb") as reader:
        assert (reader.getnchannels(), reader.getsampwidth(), reader.getframerate()) == (2, 2, 8000)
        samples = np.frombuffer(reader.readframes(reader.getnframes()), "<i2").reshape(-1, 2)
    return Stereo(samples[:, 0], samples[:, 1])


def spoken_seconds(samples: npt.NDArray[np.int16]) -> float:
    """Return how many seconds of ``samples`` (8 kHz) are louder than silence."""
    return float(np.count_nonzero(_is_loud(samples))) * 0.02


def longest_silence(samples: npt.NDArray[np.int16]) -> float:
    """Return the seconds of the longest silence within ``samples`` (8 kHz)."""
    loud = np.concatenate([[-1], np.flatnonzero(_is_loud(samples)), [len(samples) // 160]])
    return float(np.diff(loud).max()) * 0.02


def _is_loud(samples: npt.NDArray[np.int16]) -> npt.NDArray[np.bool_]:
    frames = samples[: len(samples) // 160 * 160].reshape(-1, 160).astype(np.float64)
    return np.asarray(np.sqrt(np.mean(frames**2, axis=1)) > SPOKEN_LEVEL)
