"""``gateway calls``."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from gateway.audio import TELEPHONE_RATE
from gateway.call_export import as_json as as_json_text
from gateway.cli.failure import fail
from gateway.config import ConfigurationError, load_settings
from gateway.records.address import DatabaseAddress, address_of
from gateway.records.errors import RecordsError
from gateway.records.journal import Journal
from gateway.records.model import CallStory, CallSummary, LegQuality, TurnRecord


def show_calls(call_id: str | None, *, limit: int, as_json: bool) -> int:
    """Print the latest calls, or the one whose id begins with ``call_id``; return the exit code."""
    try:
        settings = load_settings()
    except ConfigurationError as error:
        return fail(str(error))
    address = address_of(settings)
    if isinstance(address, Path) and not address.exists():
        return fail(f"There are no records yet: {address} does not exist.")
    try:
        return asyncio.run(_show(address, call_id, limit, as_json))
    except RecordsError as error:
        return fail(str(error))


async def _show(address: DatabaseAddress, call_id: str | None, limit: int, as_json: bool) -> int:
    journal = await Journal.open(address, read_only=True)
    try:
        if call_id is None:
            calls = await journal.calls(limit)
            print(as_json_text(calls) if as_json else "\n".join(_list(calls)))
            return 0
        story = await journal.call(call_id)
        if story is None:
            return fail(f"There is no call whose id begins with {call_id}.")
        print(as_json_text(story) if as_json else "\n".join(_story(story)))
        return 0
    finally:
        await journal.close()


def _local(moment: dt.datetime) -> str:
    return moment.astimezone().strftime("%d.%m.%Y %H:%M:%S")


def _list(calls: list[CallSummary]) -> Iterator[str]:
    if not calls:
        yield "No calls yet."
    for call in calls:
        caller = call.facts.get("name") or call.caller_name or call.caller_number or "anonymous"
        state = call.outcome or call.end_reason or "running"
        actions = ", ".join(f"{action.kind} ({action.status})" for action in call.actions) or "no action"
        yield f"{call.id}  {_local(call.started_at)}  {call.language or '--'}  {caller}  {state}  {actions}"


def _story(story: CallStory) -> Iterator[str]:
    call = story.summary
    yield f"Call {call.id}"
    yield f"  started    {_local(call.started_at)}"
    if call.ended_at is not None:
        yield f"  ended      {_local(call.ended_at)} ({call.end_reason})"
    yield f"  caller     {call.caller_number or 'anonymous'}"
    yield f"  language   {call.language or 'unknown'}"
    yield f"  outcome    {call.outcome or 'none'}"
    if call.summary:
        yield f"  about      {call.summary}"
    yield f"  recording  {call.recording_path or 'none'} ({call.recording_consent})"
    if story.hold is not None:
        yield f"  held       {story.hold.reason} (by {story.hold.placed_by}, {_local(story.hold.placed_at)})"
    yield from _turns(story)
    yield "Facts"
    for fact in story.current_facts:
        mark = "confirmed" if fact.confirmed else f"confidence {fact.confidence:.2f}"
        mark = mark if fact.corrected_by is None else f"corrected by {fact.corrected_by}"
        yield f"  {fact.name:<15} {fact.value}  ({mark}; said: {fact.words!r})"
    yield "Actions"
    for action in story.actions:
        answer = f", HTTP {action.last_status}" if action.last_status else ""
        trouble = f", {action.last_error}" if action.last_error else ""
        yield f"  {action.kind}: {action.status} after {action.attempts} attempts{answer}{trouble} (id {action.id})"
    yield "Sound"
    for leg in story.legs:
        yield f"  {leg.party:<7} {_sound(leg)}"
    yield "Events"
    for event in story.events:
        yield f"  {_local(event.at)} {event.name} {dict(event.data) or ''}".rstrip()


def _sound(leg: LegQuality) -> str:
    promised = leg.packets_received + leg.packets_lost
    parts = [
        f"{leg.codec} {'encrypted' if leg.encrypted else 'unencrypted'} for {leg.seconds:.0f} s",
        "MOS unknown" if leg.mos is None else f"MOS {leg.mos:.2f}",
        f"lost {leg.packets_lost} of {promised} packets, late {leg.packets_late}, concealed {leg.concealed_ms} ms",
        f"jitter {leg.jitter_ms:.1f} ms, buffer {leg.delay_ms:.0f} ms",
    ]
    if leg.round_trip_ms is not None:
        parts.append(f"round trip {leg.round_trip_ms:.0f} ms")
    if leg.remote_fraction_lost is not None and leg.remote_jitter_ms is not None:
        parts.append(f"there lost {leg.remote_fraction_lost:.1%}, jitter {leg.remote_jitter_ms:.1f} ms")
    if leg.packets_rejected:
        parts.append(f"rejected {leg.packets_rejected}")
    return "; ".join(parts)


def _turns(story: CallStory) -> Iterator[str]:
    yield "Turns"
    for turn in sorted(story.turns, key=_place):
        place = "   --   " if turn.start_sample is None else f"{turn.start_sample / TELEPHONE_RATE:7.2f}s"
        said = turn.text if turn.heard_text in (None, turn.text) else f"{turn.heard_text} [interrupted]"
        waited = turn.latency_ms.get("response_ms")
        yield f"  {place} {turn.speaker:<7} {said}" + (f"  [{waited:.0f} ms]" if waited is not None else "")


def _place(turn: TurnRecord) -> tuple[int, int]:
    return (turn.start_sample if turn.start_sample is not None else -1, turn.index)
