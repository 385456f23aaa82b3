"""Conversations in which whole utterances are exchanged: what comes of one, and what can go wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from gateway.audio import Pcm
from gateway.dialogue.model import Expectation
from gateway.records.model import FactValue, NewTurn


class ExchangeError(Exception):
    """The conversation can't be begun or gone on with; the message is one sentence."""


class TooManyConversations(ExchangeError):
    """As many conversations as may be are being held; later there may be room."""


class UnknownPractice(ExchangeError):
    """There is no practice with this id, or several and none was named."""


class NoSuchConversation(ExchangeError):
    """No conversation with this id is being held."""


class ConversationBusy(ExchangeError):
    """The last utterance has not been answered yet."""


class AnswerLate(ExchangeError):
    """The answer took too long; the conversation goes on."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """What came of the beginning of a conversation, or of one utterance.

    ``said`` holds the turns in the order in which they were said, ``sound`` what the gateway said (16 kHz). ``facts``
    are all that are known, ``actions`` the kinds of those that were written by now, ``expects`` is the kind of answer
    that is awaited. ``end_reason`` is None while the conversation goes on.
    """

    call_id: str
    said: tuple[NewTurn, ...]
    sound: Pcm
    facts: tuple[FactValue, ...]
    actions: tuple[str, ...]
    expects: Expectation
    end_reason: str | None = None


class ConversationExchange(Protocol):
    """Where such conversations are held."""

    async def begin(self, practice_id: str | None = None, caller_number: str | None = None) -> Exchange:
        """Begin a conversation with the practice of this id, which may be left out where there is one only.

        Raises:
            UnknownPractice: there is no such practice, or several and none was named.
            TooManyConversations: there is no room.
            RecordsError: the conversation can't be written down.
            AnswerLate: the greeting took too long.

        """

    async def hear(self, call_id: str, pcm: Pcm) -> Exchange:
        """Take an utterance of the caller, and return what came of it.

        Raises:
            NoSuchConversation: it is over, or there never was one.
            ConversationBusy: the last utterance has not been answered.
            AnswerLate: the answer took too long.

        """

    async def end(self, call_id: str) -> None:
        """End a conversation as a caller who hangs up does; raise ``NoSuchConversation``."""
