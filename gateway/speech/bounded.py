"""Synthesis with limits: a sound that doesn't come, stops coming, trickles or never ends is an error in time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

from gateway.audio import Pcm
from gateway.speech.interface import SpeechError, SpeechTimeout
from gateway.speech.streams import closed_after

FIRST_SOUND_S = 3.5
"""Until the first sound of a sentence; engines over HTTP have less."""
NEXT_SOUND_S = 3.5
"""Between two chunks."""
SENTENCE_S = 20.0
"""Until the last sound of a sentence."""
LONGEST_SOUND_S = 90.0
"""Of one sentence; the longest that is read aloud takes half of it."""


async def bounded(
    sound: AsyncIterator[Pcm],
    *,
    first_s: float = FIRST_SOUND_S,
    next_s: float = NEXT_SOUND_S,
    sentence_s: float = SENTENCE_S,
    longest_s: float = LONGEST_SOUND_S,
) -> AsyncIterator[Pcm]:
    """Yield the chunks of ``sound``, which is closed at the end.

    Raises:
        SpeechTimeout: a chunk took too long, or all of them together did.
        SpeechError: the sound is too long for a sentence, or what ``sound`` raises.

    """
    ends = time.monotonic() + sentence_s
    seconds = 0.0
    patience = first_s
    async with closed_after(sound):
        while True:
            try:
                async with asyncio.timeout(min(patience, ends - time.monotonic())):
                    chunk = await anext(sound, None)
            except TimeoutError as error:
                raise SpeechTimeout("Synthesis took too long.") from error
            if chunk is None:
                return
            seconds += chunk.seconds
            if seconds > longest_s:
                raise SpeechError("Synthesis does not end.")
            patience = next_s
            yield chunk
