"""The last SIP messages over HTTP: a list of calls, and one call with its messages."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Protocol

from fastapi import APIRouter, HTTPException, Query, status
from pydantic import BaseModel


class Peer(Protocol):
    """A transport address."""

    @property
    def host(self) -> str:
        """The IP address."""

    @property
    def port(self) -> int:
        """The port."""

    @property
    def transport(self) -> str:
        """UDP, TCP or TLS."""


class Message(Protocol):
    """One message as it was traced, its secrets masked."""

    @property
    def at(self) -> float:
        """When it was seen, in seconds since the epoch."""

    @property
    def sent(self) -> bool:
        """Whether this side sent it."""

    @property
    def local(self) -> tuple[str, int]:
        """Our address and port."""

    @property
    def remote(self) -> Peer:
        """The other side."""

    @property
    def data(self) -> bytes:
        """The octets."""


class Call(Protocol):
    """All messages with one Call-ID."""

    @property
    def call_id(self) -> str:
        """The Call-ID."""

    @property
    def messages(self) -> Sequence[Message]:
        """The messages, oldest first."""

    @property
    def omitted(self) -> int:
        """How many are missing."""

    @property
    def omitted_after(self) -> int:
        """After how many messages they are missing."""

    @property
    def began_at(self) -> float:
        """When it began, in seconds since the epoch."""

    @property
    def ended_at(self) -> float:
        """When the last message was seen, in seconds since the epoch."""

    @property
    def outgoing(self) -> bool:
        """Whether this side began it."""

    @property
    def peer(self) -> Peer:
        """The other side of the first message."""

    @property
    def method(self) -> str:
        """The method of the first request."""

    @property
    def final(self) -> tuple[int, str] | None:
        """Status and reason of the final response."""


class TraceSource(Protocol):
    """Where the messages are kept."""

    def calls(self, limit: int | None = None, *, invites_only: bool = False) -> Sequence[Call]:
        """Return the latest calls, the one that was heard of last first; pings and the like only if wanted."""

    def find(self, call_id: str) -> Sequence[Call]:
        """Return the call with this Call-ID, or else all those whose Call-ID begins like that."""


FindSipCallId = Callable[[str], Awaitable[str | None]]
"""Returns the Call-ID of the call whose id in the records begins so, or None."""


class CallSummary(BaseModel):
    """A call in one line. Times are in seconds since the epoch."""

    call_id: str
    began_at: float
    ended_at: float
    direction: str
    """``in`` or ``out``."""
    host: str
    port: int
    transport: str
    method: str
    status: int | None
    reason: str | None
    messages: int


class MessageBody(BaseModel):
    """One message. ``octets`` (Base64) is there when ``text`` is not exactly what was on the wire."""

    at: float
    sent: bool
    local_host: str
    local_port: int
    host: str
    port: int
    transport: str
    text: str
    octets: str | None = None


class CallMessages(BaseModel):
    """A call with its messages; ``omitted`` of them are missing after the first ``omitted_after``."""

    call_id: str
    omitted: int
    omitted_after: int
    messages: list[MessageBody]


class CallList(BaseModel):
    """The latest calls, the one that was heard of last first."""

    calls: list[CallSummary]


def create_sip_trace_router(source: TraceSource | None, find_sip_call_id: FindSipCallId | None = None) -> APIRouter:
    """Return the routes; ``source`` is None where SIP_TRACE is off. Who may ask is decided where they are included."""
    router = APIRouter(prefix="/api/sip-trace")

    def opened() -> TraceSource:
        if source is None:
            raise HTTPException(status.HTTP_404_NOT_FOUND, "No SIP messages are kept because SIP_TRACE is off.")
        return source

    @router.get("", summary="Which calls are in the trace?")
    async def list_calls(
        limit: Annotated[int, Query(ge=1, le=500)] = 50, invites_only: Annotated[bool, Query()] = False
    ) -> CallList:
        """Return the latest calls, registrations and pings."""
        calls = opened().calls(limit, invites_only=invites_only)
        # Reading the messages of 500 calls takes tens of milliseconds, in which SIP would not be answered.
        return CallList(calls=await asyncio.to_thread(lambda: [_summary(call) for call in calls]))

    @router.get(
        "/{call:path}",
        responses={404: {"description": "No such call is kept."}, 409: {"description": "Several calls begin so."}},
        summary="The messages of one call",
    )
    async def read_call(call: str) -> CallMessages:
        """Return the call with this Call-ID or id in the records, or the only one whose id begins so."""
        found = opened().find(call)
        if not found and find_sip_call_id is not None and (sip_call_id := await find_sip_call_id(call)):
            found = opened().find(sip_call_id)
        if not found:
            raise HTTPException(status.HTTP_404_NOT_FOUND, "No call that begins like that is in the trace.")
        if len(found) > 1:
            raise HTTPException(status.HTTP_409_CONFLICT, f"{len(found)} calls begin like that; give more of the id.")
        return _messages(found[0])

    return router


def _summary(call: Call) -> CallSummary:
    final = call.final
    return CallSummary(
        call_id=call.call_id,
        began_at=call.began_at,
        ended_at=call.ended_at,
        direction="out" if call.outgoing else "in",
        host=call.peer.host,
        port=call.peer.port,
        transport=call.peer.transport,
        method=call.method,
        status=final[0] if final else None,
        reason=final[1] if final else None,
        messages=len(call.messages) + call.omitted,
    )


def _messages(call: Call) -> CallMessages:
    bodies = [_body(message) for message in call.messages]
    return CallMessages(call_id=call.call_id, omitted=call.omitted, omitted_after=call.omitted_after, messages=bodies)


def _body(message: Message) -> MessageBody:
    text = message.data.decode("utf-8", "replace")
    exact = text.encode() == message.data
    return MessageBody(
        at=message.at,
        sent=message.sent,
        local_host=message.local[0],
        local_port=message.local[1],
        host=message.remote.host,
        port=message.remote.port,
        transport=message.remote.transport,
        text=text,
        octets=None if exact else base64.b64encode(message.data).decode(),
    )
