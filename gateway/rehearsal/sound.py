"""When each side was heard to speak, read from the patient's own stereo recording. Pure.

The left channel is what came from the gateway, the right one what the patient sent. All times are milliseconds from the
beginning of the recording.
"""

from __future__ import annotations

import io
import wave
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gateway.audio import AudioFormatError
from gateway.audio.pcm import Samples
from gateway.caller.options import OwnSound
from gateway.rehearsal.patient import SoundKind, SpokenPart

_FRAME_MS = 20
_LOUD = 200.0
"""Root mean square, in 16-bit steps, from which 20 ms are no silence; nothing but speech is on the gateway's side."""
_JOINED_MS = 320
"""Silences up to this length are part of speech."""
_GOES_ON_MS = 1_200
"""How long after words have begun the gateway may go on before the interruption counts as missed."""
_REACTS_MS = 900
"""How long after a sound of no meaning the gateway's falling silent counts as caused by it."""
_STOP_MS = 500
"""The shortest silence that is more than the one between two sentences."""
_RESUMES_MS = 2_000
"""Silence after which the gateway has not taken up its sentence again but begun another one."""
_OVERLAP_MS = 300
"""How much longer both may speak at once."""
_SHORTEST_MS = 60


@dataclass(frozen=True, slots=True)
class Span:
    """From ``start`` to ``end``, in milliseconds."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class CallSound:
    """How the two sides took turns in one call.

    ``responses_ms`` are the times from the end of each of the patient's turns to the gateway's first sound.
    ``cut_offs`` counts turns of the patient's into which the gateway began to speak. Of the patient's ``interruptions``
    those were ``missed`` over which the gateway went on. Of the patient's ``backchannels`` those were ``stopped_by`` at
    which the gateway fell silent; it ``resumed`` soon after some of these.
    """

    responses_ms: tuple[float, ...] = ()
    cut_offs: int = 0
    interruptions: int = 0
    missed: int = 0
    backchannels: int = 0
    stopped_by: int = 0
    resumed: int = 0


def read_stereo(data: bytes) -> tuple[Samples, Samples]:
    """Return the left and the right channel of a WAV file; raise ``AudioFormatError`` when it is none of that kind."""
    try:
        with wave.open(io.BytesIO(data), "rb") as reader:
            if (reader.getnchannels(), reader.getsampwidth(), reader.getframerate()) != (2, 2, 8000):
                raise AudioFormatError("no stereo recording of 16 bits at 8 kHz")
            sides = np.frombuffer(reader.readframes(reader.getnframes()), "<i2").reshape(-1, 2)
    except (wave.Error, EOFError) as error:
        raise AudioFormatError(f"not a WAV file: {error}") from error
    return sides[:, 0].astype(np.int16), sides[:, 1].astype(np.int16)


def speech_spans(samples: Samples) -> tuple[Span, ...]:
    """Return when there was speech on one side (8 kHz)."""
    size = 8 * _FRAME_MS
    frames = samples[: len(samples) // size * size].reshape(-1, size).astype(np.float64)
    loud = np.flatnonzero(np.sqrt(np.mean(frames**2, axis=1)) > _LOUD)
    spans: list[Span] = []
    for frame in loud:
        start, end = float(frame * _FRAME_MS), float((frame + 1) * _FRAME_MS)
        if spans and start - spans[-1].end <= _JOINED_MS:
            spans[-1] = Span(spans[-1].start, end)
        else:
            spans.append(Span(start, end))
    return tuple(span for span in spans if span.end - span.start >= _SHORTEST_MS)


@dataclass(frozen=True, slots=True)
class _Turn:
    span: Span
    kind: SoundKind


def measure(gateway: Sequence[Span], sounds: Sequence[OwnSound], parts: Sequence[SpokenPart]) -> CallSound:
    """Return how the turns were taken.

    ``gateway`` is when the gateway spoke; ``sounds`` are the patient's with what each was meant as in ``parts``.
    """
    turns = _turns(sounds, parts)
    responses: list[float] = []
    cut_offs = missed = stopped = resumed = 0
    for index, turn in enumerate(turns):
        until = turns[index + 1].span.start if index + 1 < len(turns) else float("inf")
        spoken_into = _span_at(gateway, turn.span.start)
        if turn.kind is SoundKind.BACKCHANNEL:
            silence = None if spoken_into is None else _silence_after(gateway, spoken_into, turn.span.start)
            stopped += silence is not None
            resumed += silence is not None and silence <= _RESUMES_MS
            continue
        if turn.kind is SoundKind.INTERRUPTION and spoken_into is not None:
            missed += _spoken_over(gateway, spoken_into, turn.span)
        else:
            cut_offs += any(turn.span.start < span.start < turn.span.end for span in gateway)
        answer = next((span.start for span in gateway if turn.span.end <= span.start < until), None)
        if answer is not None and turn.kind is not SoundKind.FAREWELL:
            responses.append(answer - turn.span.end)
    return CallSound(
        responses_ms=tuple(responses),
        cut_offs=cut_offs,
        interruptions=sum(turn.kind is SoundKind.INTERRUPTION for turn in turns),
        missed=missed,
        backchannels=sum(turn.kind is SoundKind.BACKCHANNEL for turn in turns),
        stopped_by=stopped,
        resumed=resumed,
    )


def _turns(sounds: Sequence[OwnSound], parts: Sequence[SpokenPart]) -> list[_Turn]:
    turns: dict[int, _Turn] = {}
    for sound, part in zip(sounds, parts, strict=False):
        known = turns.get(part.turn)
        start = sound.start_ms if known is None else known.span.start
        turns[part.turn] = _Turn(Span(start, sound.end_ms), part.kind)
    return list(turns.values())


def _span_at(spans: Sequence[Span], at: float) -> Span | None:
    return next((span for span in spans if span.start <= at <= span.end), None)


def _spoken_over(spans: Sequence[Span], speaking: Span, words: Span) -> bool:
    """Tell whether the gateway went on over the patient's words, pauses between its sentences or not."""
    patience = words.start + _GOES_ON_MS
    overlap = sum(max(0.0, min(span.end, words.end) - max(span.start, patience)) for span in spans)
    return speaking.end > patience or overlap > _OVERLAP_MS


def _silence_after(spans: Sequence[Span], speaking: Span, at: float) -> float | None:
    """Return for how long the gateway fell silent at a sound at ``at`` that can have been the cause; None: it did not.

    What it had to say may have been over then by itself: it was, where it does not speak again.
    """
    following = next((span.start for span in spans if span.start > speaking.end), None)
    if following is None or speaking.end - at > _REACTS_MS or following - speaking.end < _STOP_MS:
        return None
    return following - speaking.end
