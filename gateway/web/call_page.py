"""One call: what was said and heard, what is known of it, and what people do with that."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from gateway.byte_ranges import ranged_response
from gateway.records.errors import AmbiguousCallId
from gateway.records.model import CallStory
from gateway.web.faults import EmptyValue, NotFound
from gateway.web.forms import one_line, read_form
from gateway.web.guard import Context, Staff
from gateway.web.recordings import Unplayable
from gateway.web.rendering import redirect, render
from gateway.web.staff_context import StaffContext
from gateway.web.views import Viewer

LONGEST_VALUE = 500
_PRIVATE = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}


router = APIRouter(prefix="/calls/{call_id}", include_in_schema=False)


@router.get("")
async def show(call_id: str, visitor: Staff, context: Context, correct: str | None = None) -> Response:
    """Show a call, or follow it while it is held."""
    story = await _story(context, call_id)
    if story.summary.ended_at is None and context.live.find(call_id) is not None:
        call = Viewer(context, visitor.words).call(story)
        return render("live_call.html", visitor, call=call)
    found = context.recordings.find(story.summary)
    return render(
        "call.html",
        visitor,
        call=Viewer(context, visitor.words).call(story),
        sound=not isinstance(found, str),
        no_sound=visitor.words("call.no_sound" if found == "none" else f"call.sound_{found}")
        if isinstance(found, str)
        else "",
        correct=correct,
    )


@router.get("/sound")
async def sound(request: Request, call_id: str, _: Staff, context: Context) -> Response:
    """Return the recording, or a range of it."""
    try:
        octets, media_type = await context.recordings.read(await _recording(context, call_id))
    except Unplayable as error:
        raise NotFound from error
    return ranged_response(octets, media_type, request.headers.get("range"), _PRIVATE)


@router.get("/outline")
async def outline(call_id: str, _: Staff, context: Context) -> Response:
    """Return what the waveform is drawn from."""
    try:
        drawn = await context.recordings.outline(await _recording(context, call_id))
    except Unplayable as error:
        raise NotFound from error
    content = {"seconds": drawn.seconds, "peaks": [drawn.caller, drawn.gateway]}
    return JSONResponse(content, headers=_PRIVATE)


@router.post("/facts/{name}")
async def correct_fact(request: Request, call_id: str, name: str, visitor: Staff, context: Context) -> Response:
    """Write a fact by hand; the former value is kept."""
    form = await read_form(request, visitor.session)
    value = one_line(form.get("value", ""), LONGEST_VALUE)
    if not value:
        raise EmptyValue
    story = await _story(context, call_id)
    former = next((fact for fact in story.current_facts if fact.name == name), None)
    if former is None:
        raise NotFound
    if former.value != value:
        await context.journal.staff.correct_fact(story.summary.id, name, value, visitor.session.user)
    return redirect(f"/calls/{story.summary.id}#known")


@router.post("/hold")
async def hold(request: Request, call_id: str, visitor: Staff, context: Context) -> Response:
    """Keep everything of a call from deletion."""
    form = await read_form(request, visitor.session)
    reason = one_line(form.get("reason", ""), LONGEST_VALUE)
    if not reason:
        raise EmptyValue
    story = await _story(context, call_id)
    await context.journal.staff.hold(story.summary.id, reason, visitor.session.user)
    return redirect(f"/calls/{story.summary.id}")


@router.post("/release")
async def release(request: Request, call_id: str, visitor: Staff, context: Context) -> Response:
    """Let the call be deleted in its time again."""
    await read_form(request, visitor.session)
    story = await _story(context, call_id)
    await context.journal.staff.release(story.summary.id, visitor.session.user)
    return redirect(f"/calls/{story.summary.id}")


async def _story(context: StaffContext, call_id: str) -> CallStory:
    try:
        story = await context.journal.call(call_id)
    except AmbiguousCallId:
        story = None
    if story is None or story.summary.id != call_id:
        raise NotFound
    return story


async def _recording(context: StaffContext, call_id: str) -> Path:
    story = await _story(context, call_id)
    found = context.recordings.find(story.summary)
    if isinstance(found, str) or story.summary.ended_at is None:
        raise NotFound
    return found
