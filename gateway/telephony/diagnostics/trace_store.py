"""Keeps the last SIP messages in memory, by call, within bounds. They are gone when the process is."""

from __future__ import annotations

import re
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import chain

from gateway.telephony.diagnostics.message_outline import call_id_of, outline
from gateway.telephony.diagnostics.trace import TracedMessage
from gateway.telephony.network.transport import Hop

MESSAGE_OVERHEAD = 600
"""What a message costs in memory besides its octets: measured with tracemalloc, rounded up."""

_TAKEN = re.compile(rb"INVITE |SIP/2\.0 [12]\d\d .*?[\r\n]cseq[ \t]*:[ \t]*\d+[ \t]+INVITE", re.IGNORECASE | re.DOTALL)
"""What this side sends for a call that it makes or takes, and not for one that it refuses or drops."""


@dataclass(frozen=True, slots=True)
class TracedCall:
    """The messages with one Call-ID, oldest first: a call, or a registration or a ping.

    ``omitted`` messages are missing after the first ``omitted_after``. There is one message at least.
    """

    call_id: str
    messages: tuple[TracedMessage, ...]
    omitted: int = 0
    omitted_after: int = 0

    @property
    def began_at(self) -> float:
        """When the first message was seen, in seconds since the epoch."""
        return self.messages[0].at

    @property
    def ended_at(self) -> float:
        """When the last message was seen, in seconds since the epoch."""
        return self.messages[-1].at

    @property
    def outgoing(self) -> bool:
        """Whether this side sent the first message."""
        return self.messages[0].sent

    @property
    def peer(self) -> Hop:
        """The other side of the first message."""
        return self.messages[0].remote

    @property
    def method(self) -> str:
        """The method of the first request; empty when none was seen."""
        return next((method for message in self.messages if (method := outline(message.data).method)), "")

    @property
    def final(self) -> tuple[int, str] | None:
        """Status and reason of the last final response to a request of ``method``; None when there was none.

        A challenge (401, 407) is followed by another try, whose response is the one that counts.
        """
        method = self.method
        for message in reversed(self.messages):
            read = outline(message.data)
            if read.status is not None and read.status >= 200 and read.cseq is not None and read.cseq[1] == method:
                return read.status, read.reason
        return None


@dataclass(slots=True)
class _Conversation:
    """A call under way: its first messages and its last ones."""

    first: list[TracedMessage] = field(default_factory=list)
    last: deque[TracedMessage] = field(default_factory=deque)
    omitted: int = 0
    octets: int = 0
    taken: bool = False

    def messages(self) -> Iterable[TracedMessage]:
        return chain(self.first, self.last)

    @property
    def last_at(self) -> float:
        return (self.last or self.first)[-1].at


class _Ring:
    """Conversations within bounds; the one that was silent longest goes first."""

    def __init__(self, max_calls: int, max_octets: int) -> None:
        self.conversations: OrderedDict[str, _Conversation] = OrderedDict()
        self.octets = 0
        self._max_calls = max_calls
        self._max_octets = max_octets

    def put(self, call_id: str, conversation: _Conversation) -> None:
        self.conversations[call_id] = conversation
        self.octets += conversation.octets

    def take(self, call_id: str) -> _Conversation:
        conversation = self.conversations.pop(call_id)
        self.octets -= conversation.octets
        return conversation

    def trim(self, oldest_at: float) -> None:
        while self.conversations:
            call_id, conversation = next(iter(self.conversations.items()))
            within = len(self.conversations) <= self._max_calls and self.octets <= self._max_octets
            if within and conversation.last_at >= oldest_at:
                return
            self.take(call_id)


class TraceStore:
    """A tracer that remembers. Messages have to be masked before (``MaskingTracer``).

    Calls that this side makes or takes have three quarters of ``max_octets`` to themselves, so that scanners, refused
    calls, registrations and pings cannot push them out. A call keeps its first and its last messages. What was silent
    for ``max_age_s`` is dropped. ``clock`` gives seconds since the epoch.
    """

    def __init__(
        self,
        *,
        max_octets: int = 16_000_000,
        max_calls: int = 2_000,
        max_age_s: float = 86_400.0,
        first_messages: int = 40,
        last_messages: int = 160,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.unreadable = 0
        """How many messages had no Call-ID and could not be kept."""
        self._calls = _Ring(max_calls, max_octets * 3 // 4)
        self._others = _Ring(max_calls, max_octets // 4)
        self._max_age_s = max_age_s
        self._first_messages = first_messages
        self._last_messages = last_messages
        self._clock = clock

    @property
    def octets(self) -> int:
        """How much is kept, in octets of memory."""
        return self._calls.octets + self._others.octets

    def __call__(self, message: TracedMessage) -> None:
        """Keep a message."""
        call_id = call_id_of(message.data)
        if call_id is None:
            self.unreadable += 1
            return
        ring = self._calls if call_id in self._calls.conversations else self._others
        conversation = ring.take(call_id) if call_id in ring.conversations else _Conversation()
        self._append(conversation, message)
        if message.sent and not conversation.taken and _TAKEN.match(message.data):
            conversation.taken = True
        ring = self._calls if conversation.taken else self._others
        ring.put(call_id, conversation)
        ring.trim(message.at - self._max_age_s)

    def calls(self, limit: int | None = None, *, invites_only: bool = False) -> list[TracedCall]:
        """Return what is kept, ``limit`` calls at most, the one that was heard of last first.

        With ``invites_only`` registrations, pings and the like are left out.
        """
        kept = sorted(self._kept(), key=lambda item: item[1].last_at, reverse=True)
        if invites_only:
            kept = [item for item in kept if item[1].first[0].data.startswith(b"INVITE ")]
        return [_traced(*item) for item in kept[:limit]]

    def find(self, call_id: str) -> list[TracedCall]:
        """Return the call with this Call-ID, or else all those whose Call-ID begins like that."""
        kept = self._kept()
        exact = [item for item in kept if item[0] == call_id]
        return [_traced(*item) for item in exact or kept if item[0].startswith(call_id)]

    def _kept(self) -> list[tuple[str, _Conversation]]:
        for ring in (self._calls, self._others):
            ring.trim(self._clock() - self._max_age_s)
        return [*self._calls.conversations.items(), *self._others.conversations.items()]

    def _append(self, conversation: _Conversation, message: TracedMessage) -> None:
        conversation.octets += len(message.data) + MESSAGE_OVERHEAD
        if len(conversation.first) < self._first_messages:
            conversation.first.append(message)
            return
        conversation.last.append(message)
        if len(conversation.last) > self._last_messages:
            conversation.omitted += 1
            conversation.octets -= len(conversation.last.popleft().data) + MESSAGE_OVERHEAD


def _traced(call_id: str, conversation: _Conversation) -> TracedCall:
    cut = len(conversation.first) if conversation.omitted else 0
    return TracedCall(call_id, tuple(conversation.messages()), conversation.omitted, cut)
