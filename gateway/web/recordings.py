"""What the page plays: a call's recording, and the outline that its waveform is drawn from."""

from __future__ import annotations

import asyncio
import io
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import av
import numpy as np
from av.error import FFmpegError

from gateway.recording_files import find_recording, read_recording
from gateway.records.model import CallSummary
from gateway.records.recording_keys import RecordingKeyError, RecordingKeys, is_sealed

TYPES = {".wav": "audio/wav", ".flac": "audio/flac", ".opus": "audio/ogg", ".ogg": "audio/ogg"}

PEAKS_A_SECOND = 20
MOST_KEPT = 50
"""Outlines in memory; an hour's takes a megabyte as text."""
_RATE = 8000

Missing: TypeAlias = Literal["none", "refused", "deleted", "encrypted"]


class Unplayable(Exception):
    """The recording cannot be read as sound."""


@dataclass(frozen=True, slots=True)
class Outline:
    """The loudest value of each twentieth of a second, 0 to 1, of the caller's side and of the gateway's."""

    seconds: float
    caller: tuple[float, ...]
    gateway: tuple[float, ...]


class Recordings:
    """The recordings in ``folder``; what is encrypted is opened by ``keys``, in memory only."""

    def __init__(self, folder: Path, keys: RecordingKeys | None = None) -> None:
        self._folder = folder
        self._keys = keys
        self._kept: OrderedDict[tuple[Path, int], Outline] = OrderedDict()

    def find(self, call: CallSummary) -> Path | Missing:
        """Return where the recording of ``call`` is, or why there is none to be played."""
        if call.audio_deleted_at is not None:
            return "deleted"
        if call.recording_consent == "refused":
            return "refused"
        path = None if call.recording_path is None else find_recording(self._folder, call.recording_path)
        if path is None:
            return "none"
        return "encrypted" if is_sealed(path) and self._keys is None else path

    async def read(self, path: Path) -> tuple[bytes, str]:
        """Return a recording's octets, decrypted, and their type; raise ``Unplayable``."""
        try:
            suffix, octets = await asyncio.to_thread(read_recording, path, self._keys)
        except (OSError, RecordingKeyError) as error:
            raise Unplayable(str(error)) from error
        return octets, TYPES.get(suffix, "application/octet-stream")

    async def outline(self, path: Path) -> Outline:
        """Return the outline of a recording that is over, computed once; raise ``Unplayable``."""
        octets, _ = await self.read(path)
        key = (path, len(octets))
        if key not in self._kept:
            self._kept[key] = await asyncio.to_thread(outline_of, octets)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]


def outline_of(recording: bytes) -> Outline:
    """Return the outline of a whole recording, the caller on its left channel; raise ``Unplayable``."""
    try:
        with av.open(io.BytesIO(recording), mode="r") as container:
            frames = [frame.to_ndarray() for frame in _planar(container)]
    except (FFmpegError, OSError, ValueError, IndexError) as error:
        raise Unplayable(str(error)) from error
    if not frames:
        raise Unplayable("there is no sound in it")
    samples = np.concatenate(frames, axis=1)
    sides = samples if len(samples) > 1 else np.repeat(samples, 2, axis=0)
    caller, gateway = (_peaks(side) for side in sides[:2])
    return Outline(samples.shape[1] / _RATE, caller, gateway)


def _planar(container: av.container.InputContainer) -> list[av.AudioFrame]:
    resampler = av.AudioResampler(format="s16p", layout="stereo", rate=_RATE)
    stream = container.streams.audio[0]
    return [made for frame in [*container.decode(stream), None] for made in resampler.resample(frame)]


def _peaks(side: np.ndarray[tuple[int, ...], np.dtype[np.int16]]) -> tuple[float, ...]:
    width = _RATE // PEAKS_A_SECOND
    padded = np.zeros(-(-len(side) // width) * width, np.int32)
    padded[: len(side)] = np.abs(side.astype(np.int32))
    return tuple(np.round(padded.reshape(-1, width).max(axis=1) / 32768, 3).tolist())
