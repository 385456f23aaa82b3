"""What happens now, as server-sent events (WHATWG HTML, section 9.2)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, TypeVar

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from gateway.conversation.live_calls import LiveEvent
from gateway.practice.profile import PracticeProfile
from gateway.web.fact_values import kind_name, shown_name, shown_value
from gateway.web.faults import NotFound
from gateway.web.formats import duration, position_s
from gateway.web.guard import SESSION_COOKIE, Context, Staff
from gateway.web.staff_context import StaffContext
from gateway.web.wording import Wording

T = TypeVar("T")

HEARTBEAT_S = 15.0
"""Time without an event after which a comment is sent: a proxy closes what it takes for dead."""
MOST_STREAMS = 100
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


router = APIRouter(include_in_schema=False)


@router.get("/live")
async def changes(request: Request, _: Staff, context: Context) -> Response:
    """Tell when a list on the first page is no longer what it was."""

    async def events() -> AsyncIterator[str]:
        async for number in context.live.changes():
            yield f"event: changed\nid: {number}\ndata: {{}}\n\n"

    return _stream(request, context, events())


@router.get("/calls/{call_id}/live")
async def story(request: Request, call_id: str, visitor: Staff, context: Context) -> Response:
    """Tell the story of a call as it grows."""
    call = context.live.find(call_id)
    if call is None:
        raise NotFound
    profile = context.practice(call.practice_id)

    async def events() -> AsyncIterator[str]:
        async for event in call.read(_last_number(request)):
            data = json.dumps(_told(event, visitor.words, profile), ensure_ascii=False)
            yield f"event: {event.kind}\nid: {event.number}\ndata: {data}\n\n"

    return _stream(request, context, events())


def _stream(request: Request, context: StaffContext, events: AsyncIterator[str]) -> Response:
    if len(context.streams) >= MOST_STREAMS:
        return Response(status_code=503, headers={"Retry-After": "30"})
    token = request.cookies.get(SESSION_COOKIE, "")

    async def lines() -> AsyncIterator[str]:
        own = object()
        context.streams.add(own)
        try:
            yield "retry: 2000\n\n"
            async for line in with_heartbeat(events, HEARTBEAT_S):
                if context.sessions.find(token, context.users.fingerprint, uses=False) is None:
                    yield "event: signed-out\ndata: {}\n\n"
                    return
                yield ":\n\n" if line is None else line
        finally:
            context.streams.discard(own)

    return StreamingResponse(lines(), media_type="text/event-stream", headers=_HEADERS)


async def with_heartbeat(items: AsyncIterator[T], every_s: float) -> AsyncIterator[T | None]:
    """Yield ``items``, and None whenever none came for a while."""

    async def following() -> T:
        return await anext(items)

    pending = asyncio.create_task(following())
    try:
        while True:
            await asyncio.wait([pending], timeout=every_s)
            if not pending.done():
                yield None
                continue
            try:
                item = pending.result()
            except StopAsyncIteration:
                return
            pending = asyncio.create_task(following())
            yield item
    finally:
        pending.cancel()
        await asyncio.wait([pending])
        if not pending.cancelled():
            pending.exception()


def _last_number(request: Request) -> int:
    number = request.headers.get("last-event-id", "")
    return int(number) if number.isascii() and number.isdecimal() and len(number) < 10 else 0


def _told(event: LiveEvent, words: Wording, profile: PracticeProfile) -> dict[str, Any]:
    """Return an event in the page's words."""
    data = event.data
    if event.kind == "said":
        at = position_s(data["start"])
        speaker = data["speaker"]
        return {
            "speaker": speaker,
            "label": words(f"call.{speaker}"),
            "text": data["text"],
            "clock": "" if at is None else duration(at),
        }
    if event.kind == "known":
        return {
            "facts": [
                {
                    "label": shown_name(fact["name"], words),
                    "value": shown_value(fact["name"], fact["value"], words, profile),
                }
                for fact in data["facts"]
            ]
        }
    if event.kind == "acted":
        return {"label": kind_name(data["kind"], words)}
    return {}
