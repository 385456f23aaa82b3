"""What a call is asked to be, and how it went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from gateway.caller.conversation_log import ConversationLine
from gateway.caller.steps import PlaySound, PlayWav, Say, Script, Turn
from gateway.caller.turn_taking import Patience
from gateway.media.leg import LegStatistics
from gateway.media.parameters import Codec
from gateway.telephony.sessions.media_policy import DEFAULT_OFFERED

DEFAULT_TARGET = "sip:assistant@127.0.0.1:5060"
DEFAULT_RECOGNITION = "http://127.0.0.1:8090"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOptions:
    """One call.

    ``to`` is a SIP URI whose host is an address or a name. What is said comes from ``script``, or from ``say`` (texts)
    and then ``wav`` (files); ``language``, ``voice`` and ``number`` (who calls) yield to what the script says of them.
    ``save`` is a stereo WAV file: the other side left, the caller right. ``reply_after_ms`` is the silence after which
    the other side counts as done. ``recognition_endpoint`` is the base URL of an OpenAI-compatible server,
    ``recognition_token`` its bearer token; only lines that depend on what was said wait for its answers. ``codecs`` are
    offered in this order.
    """

    to: str = DEFAULT_TARGET
    say: Sequence[str] = ()
    wav: Sequence[Path] = ()
    script: Path | Script | None = None
    language: str = "de"
    voice: str | None = None
    number: str | None = None
    save: Path | None = None
    reply_after_ms: int = 900
    longest_s: float = 300
    answer_within_s: float = 30
    transcribe: bool = True
    recognition_endpoint: str = DEFAULT_RECOGNITION
    recognition_token: str | None = field(default=None, repr=False)
    patience: Patience = field(default_factory=Patience)
    codecs: tuple[Codec, ...] = DEFAULT_OFFERED


class Ending(StrEnum):
    """How a call came to its end."""

    OTHER_SIDE = "the other side hung up"
    CALLER = "the caller hung up"
    TOO_LONG = "the call reached its longest time"
    LINE_LOST = "the line was lost"
    REFUSED = "the call was refused"
    NO_ANSWER = "the call was not answered"


@dataclass(frozen=True, slots=True)
class OwnSound:
    """A sound of the caller's own, from ``start_ms`` to ``end_ms`` on the leg's clock."""

    start_ms: float
    end_ms: float
    move: Say | PlayWav | PlaySound


@dataclass(frozen=True, slots=True, kw_only=True)
class CallReport:
    """How a call went.

    ``reason`` is one sentence. ``status`` is the SIP status of the answer, None when there was none. ``unsaid`` are the
    turns that never came; ``seconds`` is the time from the answer to the end. ``own_sounds`` tells when the caller
    spoke.
    """

    ending: Ending
    reason: str
    status: int | None = None
    sip_call_id: str | None = None
    lines: tuple[ConversationLine, ...] = ()
    own_sounds: tuple[OwnSound, ...] = ()
    unsaid: tuple[Turn, ...] = ()
    seconds: float = 0.0
    recording: Path | None = None
    statistics: LegStatistics | None = None

    @property
    def exit_code(self) -> int:
        """0 when the call went through to a normal end, otherwise 1."""
        return 0 if self.ending in (Ending.OTHER_SIDE, Ending.CALLER) else 1
