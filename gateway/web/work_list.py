"""The first page: emergencies, what is to be done, who is on the telephone, today's calls; and dead letters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import structlog
from fastapi import APIRouter, Request, Response

from gateway.records.action_archive import Retry, RetryResult
from gateway.records.call_filter import CallFilter
from gateway.records.journal import utc_now
from gateway.records.model import ActionRecord, ActionStatus
from gateway.web.fact_values import kind_name
from gateway.web.faults import NotFound
from gateway.web.formats import clock_time, midnight
from gateway.web.forms import read_form
from gateway.web.guard import Context, Staff
from gateway.web.rendering import local_path, redirect, render
from gateway.web.staff_context import StaffContext, Visitor
from gateway.web.views import WORK_KINDS, CallLine, Viewer, WorkItem

_log = structlog.get_logger(__name__)

MOST_SHOWN = 100


router = APIRouter(include_in_schema=False)


@router.get("/")
async def today(visitor: Staff, context: Context, kind: str | None = None, done: bool = False) -> Response:
    """Show what is to be done, or was, and the calls of today."""
    kinds = [wanted for wanted in WORK_KINDS if kind in (None, wanted)]
    viewer = Viewer(context, visitor.words)
    if done:
        actions = [action for action in await context.journal.staff.done_actions() if action.kind in kinds]
    else:
        opened = await context.journal.staff.open_actions([str(kind) for kind in kinds], MOST_SHOWN)
        actions = [action for _, action in opened]
    items = await _items(context, viewer, actions)
    return render(
        "today.html",
        visitor,
        done=done,
        kind=kind,
        kinds=[(str(wanted), kind_name(wanted, visitor.words)) for wanted in WORK_KINDS],
        emergencies=[item for item in items if item.urgent and not done],
        items=[item for item in items if not item.urgent or done],
        more=len(actions) >= MOST_SHOWN,
        live=_live(context, visitor),
        calls=await _calls_of_today(context, viewer),
        failed=len(await context.journal.action_archive.list(ActionStatus.FAILED, MOST_SHOWN)),
        health=await context.health(),
    )


@router.get("/undelivered")
async def undelivered(visitor: Staff, context: Context) -> Response:
    """Show the dead letters."""
    viewer = Viewer(context, visitor.words)
    failed = await context.journal.action_archive.list(ActionStatus.FAILED, MOST_SHOWN)
    return render("undelivered.html", visitor, items=[viewer.work_item(action) for action in failed])


@router.post("/actions/{action_id}/{deed}")
async def act(request: Request, action_id: str, deed: str, visitor: Staff, context: Context) -> Response:
    """Mark an action as done, put it back, or send it again."""
    form = await read_form(request, visitor.session)
    found = await context.journal.action_archive.find(action_id)
    if len(found) != 1 or found[0].id != action_id:
        raise NotFound
    if deed == "done":
        await context.journal.staff.mark_done(action_id, visitor.session.user)
    elif deed == "reopen":
        await context.journal.staff.reopen(action_id, visitor.session.user)
    elif deed == "again":
        _sent_again(context, await context.journal.action_archive.retry([action_id], utc_now()))
    else:
        raise NotFound
    context.live.changed()
    return redirect(local_path(form.get("next")))


@router.post("/undelivered/again")
async def all_again(request: Request, visitor: Staff, context: Context) -> Response:
    """Send every dead letter again."""
    await read_form(request, visitor.session)
    _sent_again(context, await context.journal.action_archive.retry_all(utc_now()))
    return redirect("/undelivered")


def _sent_again(context: StaffContext, results: Sequence[Retry]) -> None:
    queued = sum(retry.result is RetryResult.QUEUED for retry in results)
    _log.info("dead_letters_sent_again", queued=queued, asked=len(results))
    context.notify_outbox()


async def _items(context: StaffContext, viewer: Viewer, actions: Sequence[ActionRecord]) -> list[WorkItem]:
    none: Mapping[str, str] = {}
    corrections = await context.journal.staff.corrections({action.call_id for action in actions})
    return [viewer.work_item(action, corrections.get(action.call_id, none)) for action in actions]


def _live(context: StaffContext, visitor: Visitor) -> list[dict[str, str]]:
    return [
        {"id": call.id, "since": visitor.words("live.since", time=clock_time(call.started_at, context.zone))}
        for call in context.live.calls()
    ]


async def _calls_of_today(context: StaffContext, viewer: Viewer) -> list[CallLine]:
    since = midnight(datetime.now(context.zone).date(), context.zone)
    calls = await context.journal.calls(MOST_SHOWN, wanted=CallFilter(since=since))
    return [viewer.call_line(call) for call in calls]
