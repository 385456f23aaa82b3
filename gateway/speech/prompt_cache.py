"""Fixed prompts, synthesised once and kept.

Only texts that were named as fixed are kept, on disk and in memory. Everything else (a caller's name, a date read back)
goes straight through: what a patient said never reaches the disk this way.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
import structlog

from gateway.audio import Pcm, Resampler
from gateway.language import Language
from gateway.speech.interface import SpeechError, Synthesiser
from gateway.speech.streams import closed_after

_log = structlog.get_logger(__name__)

Key: TypeAlias = str

FORMAT = "2"
RATE = 16_000
"""Samples per second of a prompt that is kept: what a wideband line carries.

Narrowband lines get it resampled as it is played, which costs 50 microseconds a second of sound.
"""
MEMORY_BYTES = 32 * 1024 * 1024
"""About 17 minutes; the prompts of four languages take half of it."""
WARM_AT_ONCE = 2
UNUSED_S = 60 * 24 * 3600
"""After this long without being played or looked for, a prompt is of an engine or a wording that is gone."""
TOUCHED_EACH_S = 24 * 3600
CHUNK_MS = 500


class CachingSynthesiser:
    """A ``Synthesiser`` that keeps fixed prompts at 16 kHz. To be used inside one event loop."""

    def __init__(
        self,
        inner: Synthesiser,
        directory: Path,
        engine_version: str,
        *,
        voices: dict[Language, str] | None = None,
        memory_bytes: int = MEMORY_BYTES,
    ) -> None:
        """``engine_version`` is part of the key: another engine's sound is not this one's.

        It has to change with the engine, its model, and what levels its sound (``synthesis_version``).
        """
        self._inner = inner
        self._directory = directory
        self._engine_version = engine_version
        self._voices = voices or {}
        self._memory_bytes = memory_bytes
        self._memory: OrderedDict[Key, Pcm] = OrderedDict()
        self._held = 0
        self._fixed: set[Key] = set()
        self._making: dict[Key, asyncio.Task[Pcm]] = {}
        self.found = {"memory": 0, "disk": 0, "made": 0, "passed": 0}
        """How often sound came from where; ``passed`` counts texts that are no fixed prompts."""

    def fix(self, prompts: Iterable[tuple[str, Language]]) -> None:
        """Declare that these texts are fixed prompts, which may be kept on disk."""
        self._fixed.update(self._key(text, language, None) for text, language in prompts)

    def is_cached(self, text: str, language: Language) -> bool:
        """Whether ``text`` can be played without being synthesised."""
        key = self._key(text, language, None)
        return key in self._memory or (key in self._fixed and self._path(key).is_file())

    async def warm(self, prompts: Sequence[tuple[str, Language]]) -> int:
        """Declare ``prompts`` as fixed and synthesise those that are not on disk; return how many were synthesised.

        A prompt that fails is left for later: it is synthesised when it is first needed.
        """
        self.fix(prompts)
        gate = asyncio.Semaphore(WARM_AT_ONCE)

        async def make(text: str, language: Language) -> bool:
            async with gate:
                key = self._key(text, language, None)
                if key in self._memory or await asyncio.to_thread(_load, self._path(key)) is not None:
                    return False
                try:
                    await self._fixed_sound(key, text, language, None)
                except SpeechError as error:
                    _log.warning("prompt_not_warmed", error=type(error).__name__)
                    return False
                return True

        unique = dict.fromkeys(prompts)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(make(text, language)) for text, language in unique]
        await asyncio.to_thread(_sweep, self._directory, time.time() - UNUSED_S)
        return sum(task.result() for task in tasks)

    async def synthesise(self, text: str, language: Language, voice: str | None = None) -> AsyncIterator[Pcm]:
        """Yield the sound of ``text``, at 16 kHz where it is a fixed prompt; raise ``SpeechError``."""
        key = self._key(text, language, voice)
        if key not in self._fixed:
            self.found["passed"] += 1
            async with closed_after(self._inner.synthesise(text, language, voice)) as passing:
                async for chunk in passing:
                    yield chunk
            return
        sound = await self._fixed_sound(key, text, language, voice)
        step = sound.rate * CHUNK_MS // 1000
        for start in range(0, len(sound), step):
            yield Pcm(sound.samples[start : start + step], sound.rate)

    async def _fixed_sound(self, key: Key, text: str, language: Language, voice: str | None) -> Pcm:
        """Return a fixed prompt from memory, disk or the engine; who asks at the same time shares the work."""
        if key in self._memory:
            self._memory.move_to_end(key)
            self.found["memory"] += 1
            return self._memory[key]
        task = self._making.get(key)
        if task is None:
            task = self._making[key] = asyncio.create_task(self._obtain(key, text, language, voice))
            task.add_done_callback(lambda done: self._made(key, done))
        return await asyncio.shield(task)

    def _made(self, key: Key, task: asyncio.Task[Pcm]) -> None:
        del self._making[key]
        if not task.cancelled():
            task.exception()  # Taken note of, also when everybody who waited for it has gone.

    async def _obtain(self, key: Key, text: str, language: Language, voice: str | None) -> Pcm:
        path = self._path(key)
        sound = await asyncio.to_thread(_load, path)
        self.found["made" if sound is None else "disk"] += 1
        if sound is None:
            sound = await self._synthesise_whole(text, language, voice)
            try:
                await asyncio.to_thread(_store, path, sound)
            except OSError as error:
                _log.warning("prompt_not_stored", cause=str(error))
        self._remember(key, sound)
        return sound

    async def _synthesise_whole(self, text: str, language: Language, voice: str | None) -> Pcm:
        resampler: Resampler | None = None
        parts = []
        async for chunk in self._inner.synthesise(text, language, voice):
            if resampler is None:
                resampler = Resampler(chunk.rate, RATE)
            parts.append(resampler.push(chunk).samples)
        if resampler is None:
            raise SpeechError("Synthesis returned no sound.")
        parts.append(resampler.push(Pcm.silence(0, resampler.source_rate), last=True).samples)
        return Pcm(np.concatenate(parts), RATE)

    def _remember(self, key: Key, sound: Pcm) -> None:
        self._memory[key] = sound
        self._held += sound.samples.nbytes
        while self._held > self._memory_bytes:
            _, oldest = self._memory.popitem(last=False)
            self._held -= oldest.samples.nbytes

    def _key(self, text: str, language: Language, voice: str | None) -> Key:
        named = voice or self._voices.get(language, "")
        parts = (FORMAT, str(RATE), self._engine_version, language, named, text)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def _path(self, key: Key) -> Path:
        return self._directory / key[:2] / f"{key}.pcm"


def _load(path: Path) -> Pcm | None:
    """Return the sound in ``path``; None when it is not there or damaged.

    The file holds the SHA-256 of what follows, 32 bytes, and 16-bit little-endian samples at 16 kHz.
    """
    try:
        data = path.read_bytes()
    except OSError:
        return None
    digest, samples = data[:32], data[32:]
    if not samples or hashlib.sha256(samples).digest() != digest:
        return None
    _touch(path)
    return Pcm.from_bytes(samples, RATE)


def _touch(path: Path) -> None:
    """Note that a prompt is in use; where that cannot be written it is only made anew some day."""
    with contextlib.suppress(OSError):
        if time.time() - path.stat().st_mtime > TOUCHED_EACH_S:
            os.utime(path)


def _sweep(directory: Path, before: float) -> None:
    """Remove what was not used since ``before`` (seconds since 1970), unfinished files among it."""
    for path in [*directory.glob("??/*.pcm"), *directory.glob("??/*.partial")]:
        with contextlib.suppress(FileNotFoundError):  # Another process sweeps as well.
            try:
                if path.stat().st_mtime < before:
                    path.unlink()
            except PermissionError as error:
                _log.warning("prompt_not_removed", cause=str(error))


def _store(path: Path, sound: Pcm) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = sound.to_bytes()
    temporary = path.with_suffix(f".{os.getpid()}.partial")
    temporary.write_bytes(hashlib.sha256(samples).digest() + samples)
    temporary.replace(path)
