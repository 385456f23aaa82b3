"""Leg events on their way through the socket between worker and client."""

from __future__ import annotations

from typing import Any

import msgspec

from gateway.audio import Pcm
from gateway.media.leg import (
    Dtmf,
    LegEvent,
    MediaLost,
    PlaybackEnded,
    PlaybackStarted,
    RecordingFailed,
    SpeechEnded,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
)
from gateway.media.wire.messages import Event

_PLAIN: dict[
    str, type[SpeechStarted | SpeechResumed | Dtmf | PlaybackStarted | PlaybackEnded | MediaLost | RecordingFailed]
] = {
    kind.__name__: kind
    for kind in (SpeechStarted, SpeechResumed, Dtmf, PlaybackStarted, PlaybackEnded, MediaLost, RecordingFailed)
}


def to_message(leg: int, event: LegEvent) -> Event:
    """Return the message for ``event``. ``SpeechEnded`` leaves out its sound, which the last pause has brought."""
    fields: dict[str, Any]
    match event:
        case SpeechPaused(start, end, pcm):
            fields = {"start": start, "end": end, "pcm": pcm.to_bytes(), "rate": pcm.rate}
        case SpeechEnded(start, end, decided, _, forced):
            fields = {"start": start, "end": end, "decided": decided, "forced": forced}
        case _:
            fields = msgspec.to_builtins(event)
    return Event(leg, type(event).__name__, fields)


class EventReader:
    """Turns one leg's messages back into events; it remembers the sound of the last pause."""

    def __init__(self) -> None:
        self._pcm = Pcm.silence(0)

    def read(self, message: Event) -> LegEvent:
        """Return the event; raise ``msgspec.ValidationError`` or ``KeyError`` when it is of another version."""
        fields = message.fields
        if message.name == SpeechPaused.__name__:
            self._pcm = Pcm.from_bytes(fields["pcm"], fields["rate"])
            return SpeechPaused(fields["start"], fields["end"], self._pcm)
        if message.name == SpeechEnded.__name__:
            return SpeechEnded(fields["start"], fields["end"], fields["decided"], self._pcm, fields["forced"])
        return msgspec.convert(fields, type=_PLAIN[message.name])
