"""What the speech server answers with: transcripts and sound, whole or as server-sent events (OpenAI API reference)."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from typing import Any

from gateway.audio import Pcm
from gateway.speech.interface import Transcript
from gateway.speech.sound_formats import SoundEncoder, Tempo
from gateway.speech.streams import closed_after


def verbose(transcript: Transcript, seconds: float, *, words: bool = False) -> dict[str, Any]:
    """Return a transcript as ``verbose_json``: OpenAI's fields, and ours beside them."""
    answer: dict[str, Any] = {
        "task": "transcribe",
        "text": transcript.text,
        "language": transcript.language,
        "duration": round(seconds, 3),
        "confidence": round(transcript.confidence, 4),
        "no_speech": round(transcript.no_speech, 4),
        "languages": {language: round(share, 4) for language, share in transcript.languages.items()},
    }
    if words:
        answer["words"] = [
            {
                "word": word.text,
                "start": word.start_ms / 1000,
                "end": word.end_ms / 1000,
                "probability": round(word.probability, 4),
            }
            for word in transcript.words
        ]
    return answer


def transcript_events(transcript: Transcript) -> Iterator[bytes]:
    """Yield a transcript as events: its text, which is known all at once, and its end."""
    if transcript.text:
        yield _event({"type": "transcript.text.delta", "delta": transcript.text})
    yield _event({"type": "transcript.text.done", "text": transcript.text})


async def speech_events(parts: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    """Yield encoded sound as events; closing the iterator closes ``parts``."""
    async with closed_after(parts):
        async for part in parts:
            yield _event({"type": "speech.audio.delta", "audio": base64.b64encode(part).decode()})
    yield _event({"type": "speech.audio.done"})


async def encoded(first: Pcm, rest: AsyncIterator[Pcm], encoder: SoundEncoder, speed: float) -> AsyncGenerator[bytes]:
    """Yield ``first`` and ``rest`` faster by ``speed`` and as ``encoder`` writes them; closing closes ``rest``."""
    tempo = Tempo(speed, first.rate)
    async with closed_after(rest):
        if begun := encoder.push(tempo.push(first)):
            yield begun
        async for part in rest:
            if more := encoder.push(tempo.push(part)):
                yield more
    if end := encoder.push(tempo.finish()) + encoder.finish():
        yield end


def _event(body: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(body, ensure_ascii=False)}\n\n".encode()
