"""Conversations over HTTP: begun, gone on with and ended without a telephone, and all calls to be read."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request, Response, status
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field

from gateway.api.conversation_query import ConversationQuery
from gateway.api.conversation_views import (
    ConversationPage,
    ConversationStoryView,
    FactView,
    conversation_view,
    fact_view,
    story_view,
)
from gateway.api.uploads import WAV_TYPES, read_utterance
from gateway.audio import write_wav
from gateway.byte_ranges import ranged_response
from gateway.conversation.exchange import (
    AnswerLate,
    ConversationBusy,
    ConversationExchange,
    Exchange,
    ExchangeError,
    NoSuchConversation,
    TooManyConversations,
    UnknownPractice,
)
from gateway.dialogue.model import Expectation
from gateway.language import Language
from gateway.recording_files import find_recording, read_recording
from gateway.records.errors import AmbiguousCallId, RecordsError
from gateway.records.journal import Journal
from gateway.records.model import CallStory
from gateway.records.recording_keys import RecordingKeyError, RecordingKeys, is_sealed

E164 = r"^\+[1-9][0-9]{6,14}$"
RETRY_AFTER_S = "10"
LARGEST_BEGINNING = 16 * 1024
"""How many octets the body may have that begins a conversation; it is read before the token is looked at."""
RECORDING_TYPES = {".wav": "audio/wav", ".flac": "audio/flac", ".opus": "audio/ogg", ".ogg": "audio/ogg"}


class NewConversation(BaseModel):
    """How a conversation begins."""

    model_config = ConfigDict(extra="forbid")

    practice: str | None = Field(default=None, description="The profile's id; needed where there are several.")
    caller_number: Annotated[str | None, Field(pattern=E164)] = Field(
        default=None,
        description="The number that the caller is taken to call from, in E.164.",
        examples=["+41791234567"],
    )


class Reply(BaseModel):
    """What came of the beginning of a conversation, or of one utterance."""

    id: str
    transcript: str = Field(description="What was understood of the utterance.")
    language: Language | None = Field(description="The language of the reply.")
    confidence: float | None = Field(description="Of the transcript, 0 to 1.")
    reply: str = Field(description="What the gateway says to it; empty where it listens on.")
    audio: str = Field(description="The reply's sound: a WAV file, 16-bit mono at 16 kHz, in Base64.")
    facts: list[FactView] = Field(description="All that is known by now.")
    actions: list[str] = Field(description="The kinds of the actions that were written by now.")
    expects: Expectation = Field(description="The kind of answer that the gateway awaits now.")
    end_reason: str | None = Field(description="Why the conversation is over; null while it goes on.")


class Problem(BaseModel):
    """What is wrong, in one sentence."""

    detail: str


_STATUS: dict[type[ExchangeError], int] = {
    NoSuchConversation: status.HTTP_404_NOT_FOUND,
    ConversationBusy: status.HTTP_409_CONFLICT,
    TooManyConversations: status.HTTP_503_SERVICE_UNAVAILABLE,
    AnswerLate: status.HTTP_504_GATEWAY_TIMEOUT,
}

_UNWRITTEN: dict[int | str, dict[str, Any]] = {
    503: {"model": Problem, "description": "The records can't be read or written now."}
}
_UNKNOWN: dict[int | str, dict[str, Any]] = {404: {"model": Problem, "description": "There is no such conversation."}}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            **{kind: {"schema": {"type": "string", "format": "binary"}} for kind in sorted(WAV_TYPES)},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"file": {"type": "string", "format": "binary"}},
                    "required": ["file"],
                }
            },
        },
    }
}


@contextmanager
def _problems() -> Iterator[None]:
    """Answer what goes wrong with the right status."""
    try:
        yield
    except UnknownPractice as error:
        problem = {"type": "value_error", "loc": ("body", "practice"), "msg": str(error), "input": None}
        raise RequestValidationError([problem]) from error
    except ExchangeError as error:
        headers = {"Retry-After": RETRY_AFTER_S} if isinstance(error, TooManyConversations) else None
        raise HTTPException(_STATUS[type(error)], str(error), headers) from error
    except RecordsError as error:
        raise HTTPException(status.HTTP_503_SERVICE_UNAVAILABLE, str(error), {"Retry-After": RETRY_AFTER_S}) from error


def _reply(exchange: Exchange) -> Reply:
    heard = [turn for turn in exchange.said if turn.speaker == "caller"]
    spoken = [turn for turn in exchange.said if turn.speaker == "gateway"]
    confidences = [turn.confidence for turn in heard if turn.confidence is not None]
    return Reply(
        id=exchange.call_id,
        transcript=" ".join(turn.text for turn in heard),
        language=spoken[-1].language if spoken else None,
        confidence=min(confidences, default=None),
        reply=" ".join(turn.text for turn in spoken),
        audio=base64.b64encode(write_wav(exchange.sound)).decode("ascii"),
        facts=[fact_view(fact) for fact in exchange.facts],
        actions=list(exchange.actions),
        expects=exchange.expects,
        end_reason=exchange.end_reason,
    )


def create_conversations_router(
    exchange: ConversationExchange, journal: Journal, *, recordings: Path = Path(), keys: RecordingKeys | None = None
) -> APIRouter:
    """Return the routes under ``/api/conversations``.

    Recordings that are not where the records say are looked for in the folder ``recordings``; those that are encrypted
    are opened with ``keys``, in memory only.
    """
    router = APIRouter(prefix="/api/conversations", tags=["conversations"])
    _add_exchange(router, exchange, journal)
    _add_reading(router, journal)
    _add_recording(router, journal, recordings, keys)
    return router


def _add_exchange(router: APIRouter, exchange: ConversationExchange, journal: Journal) -> None:
    @router.post(
        "",
        status_code=status.HTTP_201_CREATED,
        max_body_size=LARGEST_BEGINNING,
        summary="Begin a conversation without a telephone",
        responses={
            400: {"model": Problem, "description": "The body is no text."},
            413: {"content": {"text/plain": {}, "application/json": {}}, "description": "The body is too large."},
            504: {"model": Problem, "description": "The greeting took too long."},
            **_UNWRITTEN,
        },
    )
    async def begin(wanted: NewConversation, response: Response) -> Reply:
        """Answer as a call is answered: with the greeting."""
        with _problems():
            begun = await exchange.begin(wanted.practice, wanted.caller_number)
        response.headers["Location"] = f"/api/conversations/{begun.call_id}"
        return _reply(begun)

    @router.post(
        "/{conversation_id}/audio",
        summary="Say something, and hear the reply",
        openapi_extra=_BODY,
        responses={
            **_UNKNOWN,
            409: {"model": Problem, "description": "The last utterance has not been answered yet."},
            413: {"model": Problem, "description": "The utterance is too large or too long."},
            415: {"model": Problem, "description": "It is no WAV file by its type."},
            422: {"model": Problem, "description": "It is no sound that can be used."},
            504: {"model": Problem, "description": "The answer took too long; the conversation goes on."},
        },
    )
    async def hear(conversation_id: str, request: Request) -> Reply:
        """Take one utterance: a 16-bit PCM WAV file of any rate from 8 kHz, mono or stereo, of at most 60 s."""
        pcm = await read_utterance(request)
        with _problems():
            return _reply(await exchange.hear(conversation_id, pcm))

    @router.post("/{conversation_id}/end", summary="End a conversation", responses={**_UNKNOWN, **_UNWRITTEN})
    async def end(conversation_id: str) -> ConversationStoryView:
        """Hang up, and return what is known of the conversation."""
        with _problems():
            await exchange.end(conversation_id)
            return story_view(await _story(journal, conversation_id))


def _add_reading(router: APIRouter, journal: Journal) -> None:
    @router.get("", summary="List calls", responses=_UNWRITTEN)
    async def list_conversations(query: Annotated[ConversationQuery, Query()]) -> ConversationPage:
        """Return calls, on the telephone and over HTTP, the latest first."""
        with _problems():
            calls = await journal.calls(query.limit + 1, query.before, query.wanted())
        page = calls[: query.limit]
        return ConversationPage(
            conversations=[conversation_view(call) for call in page],
            next=page[-1].id if len(calls) > query.limit else None,
        )

    @router.get("/{conversation_id}", summary="Read one call", responses={**_UNKNOWN, **_UNWRITTEN})
    async def read(conversation_id: str) -> ConversationStoryView:
        """Return a call with everything that is known of it."""
        with _problems():
            return story_view(await _story(journal, conversation_id))


def _add_recording(router: APIRouter, journal: Journal, folder: Path, keys: RecordingKeys | None) -> None:
    @router.get(
        "/{conversation_id}/recording",
        summary="Hear one call",
        response_class=FileResponse,
        responses={
            200: {"content": {kind: {} for kind in sorted(set(RECORDING_TYPES.values()))}},
            206: {"description": "The range that was asked for (RFC 9110, section 14)."},
            404: {"model": Problem, "description": "There is no such conversation, or no recording of it."},
            416: {"description": "The range lies outside of the recording."},
            503: {"model": Problem, "description": "The records can't be read now, or the recording can't be opened."},
        },
    )
    async def recording(conversation_id: str, request: Request) -> Response:
        """Return the recording, the caller on its left channel and the gateway on its right; ranges are served."""
        with _problems():
            stored = (await _story(journal, conversation_id)).summary.recording_path
        path = None if stored is None else find_recording(folder, stored)
        if path is None:
            raise HTTPException(status.HTTP_404_NOT_FOUND, "There is no recording of this conversation.")
        if not is_sealed(path):
            return FileResponse(path, media_type=_sound_type(path.suffix))
        try:
            suffix, octets = await asyncio.to_thread(read_recording, path, keys)
        except (OSError, RecordingKeyError) as error:
            raise HTTPException(status.HTTP_503_SERVICE_UNAVAILABLE, str(error)) from error
        return ranged_response(octets, _sound_type(suffix), request.headers.get("range"), {})


async def _story(journal: Journal, conversation_id: str) -> CallStory:
    """Return the call with exactly this id; raise ``NoSuchConversation``."""
    try:
        story = await journal.call(conversation_id)
    except AmbiguousCallId:
        story = None
    if story is None or story.summary.id != conversation_id:
        raise NoSuchConversation("There is no conversation with this id.")
    return story


def _sound_type(suffix: str) -> str:
    return RECORDING_TYPES.get(suffix, "application/octet-stream")
