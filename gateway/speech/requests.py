"""What comes in over the speech server's HTTP API, read and checked; every fault names the field.

An utterance comes as a form, as OpenAI's API has it, or as the request's own body with the other fields in the query:
a WAV file (``audio/wav``), or samples without a head, 16 bits, one channel: ``audio/L16;rate=8000`` in network byte
order (RFC 2586), ``audio/pcm;rate=8000`` in little-endian order.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from email.message import Message
from typing import Annotated, Literal, TypeAlias, get_args

import numpy as np
from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from gateway.audio import AudioFormatError, Pcm, read_wav
from gateway.language import LANGUAGES, Language
from gateway.speech.interface import RecognitionHints

LARGEST_UPLOAD = 12 * 1024 * 1024
"""Bytes of one request; a minute of stereo at 48 kHz."""
LARGEST_TEXT_REQUEST = 64 * 1024
"""Bytes of a request to speak: its text in the longest escapes, and the fields beside it."""
BODY_WITHIN_S = 30.0
"""A body that takes longer to come is given up."""
LONGEST_UTTERANCE_S = 120
LONGEST_TEXT = 4096
LONGEST_WORDS_HINT = 2000
DEADLINE_MS = (100, 120_000)
RATES = (8_000, 96_000)
OPENAI_RATE = 24_000
"""Rate of ``response_format=pcm`` where the request does not ask for another (OpenAI API reference)."""

TranscriptFormat: TypeAlias = Literal["json", "verbose_json", "text"]
SpeechFormat: TypeAlias = Literal["pcm", "wav", "flac", "opus", "mp3"]
StreamFormat: TypeAlias = Literal["audio", "sse"]

_Fields: TypeAlias = Mapping[str, Sequence[str]]
"""The text fields of a form or a query, each with all its values."""


class BadRequest(Exception):
    """The request cannot be used; ``param`` is the field, ``status`` the HTTP status."""

    def __init__(self, message: str, param: str | None = None, status: int = 400) -> None:
        super().__init__(message)
        self.param = param
        self.status = status


@dataclass(frozen=True, slots=True)
class TranscriptionRequest:
    """One utterance to be recognised; ``stream`` asks for the text as server-sent events."""

    pcm: Pcm
    hints: RecognitionHints
    response_format: TranscriptFormat
    stream: bool = False


class SpeechRequest(BaseModel):
    """One text to be spoken; unknown fields are ignored.

    The fields from ``language`` on are extensions. ``deadline_ms`` bounds the time until the first sound, ``call``
    names what its sentences are spoken one after the other for, and ``later`` tells that the sentence before it is
    still heard.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    input: Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]
    voice: str | None = None
    response_format: SpeechFormat = "wav"
    stream_format: StreamFormat = "audio"
    speed: Annotated[float, Field(ge=0.25, le=4.0)] = 1.0
    language: Language | None = None
    sample_rate: Annotated[int, Field(ge=RATES[0], le=RATES[1])] | None = None
    deadline_ms: Annotated[int, Field(ge=DEADLINE_MS[0], le=DEADLINE_MS[1])] = DEADLINE_MS[1]
    call: Annotated[str, Field(max_length=64)] | None = None
    later: bool = False


def parse_speech(body: bytes) -> SpeechRequest:
    """Return the request of ``POST /v1/audio/speech``; raise ``BadRequest``."""
    try:
        return SpeechRequest.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or None
        raise BadRequest(f"{first['msg']}.", field) from error


async def read_body(request: Request, largest: int = LARGEST_UPLOAD) -> bytes:
    """Return the body; raise ``BadRequest`` with 413 as soon as it is too large, with 408 when it does not come."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > largest:
        raise _too_large(largest)
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > largest:
                    raise _too_large(largest)
    except TimeoutError as error:
        raise BadRequest(f"The body did not come within {BODY_WITHIN_S:g} s.", status=408) from error
    return bytes(body)


async def read_transcription(request: Request) -> TranscriptionRequest:
    """Return the request of ``POST /v1/audio/transcriptions``; raise ``BadRequest``."""
    kind = Message()
    kind["content-type"] = request.headers.get("content-type", "")
    if kind.get_content_type() == "multipart/form-data":
        return await _from_form(request, await read_body(request))
    query = {name: request.query_params.getlist(name) for name in request.query_params}
    if kind.get_content_type() in {"audio/wav", "audio/x-wav", "audio/wave"}:
        return _transcription(_sound(await read_body(request)), query)
    if kind.get_content_type() in {"audio/l16", "audio/pcm"}:
        return _transcription(_samples(await read_body(request), kind), query)
    raise BadRequest("The body must be multipart/form-data, audio/wav, audio/L16 or audio/pcm with a rate.", status=415)


async def _from_form(request: Request, body: bytes) -> TranscriptionRequest:
    form = await _form(request, body)
    try:
        upload = form.get("file")
        if not isinstance(upload, UploadFile):
            raise BadRequest("A WAV file is needed.", "file")
        pcm = _sound(await upload.read())
    finally:
        await form.close()
    fields: dict[str, list[str]] = {}
    for name, value in form.multi_items():
        if isinstance(value, str):
            fields.setdefault(name, []).append(value)
        elif name != "file":
            raise BadRequest("It must be text.", name)
    return _transcription(pcm, fields)


def _transcription(pcm: Pcm, fields: _Fields) -> TranscriptionRequest:
    language = _text(fields, "language")
    if language is not None and language not in LANGUAGES:
        raise BadRequest(f"It must be one of {', '.join(LANGUAGES)}.", "language")
    name = _text(fields, "response_format") or "json"
    response_format: TranscriptFormat | None = next((known for known in _TRANSCRIPT_FORMATS if known == name), None)
    if response_format is None:
        raise BadRequest(f"It must be one of {', '.join(_TRANSCRIPT_FORMATS)}.", "response_format")
    prompt = _text(fields, "prompt")
    if prompt is not None and len(prompt) > LONGEST_WORDS_HINT:
        raise BadRequest(f"It must not be longer than {LONGEST_WORDS_HINT} characters.", "prompt")
    hints = RecognitionHints(
        languages=_languages(fields),
        language=_known(language),
        prompt=prompt,
        deadline_ms=_deadline(fields),
        partial=_text(fields, "partial") == "true",
        word_times=_wants_word_times(fields, response_format),
    )
    return TranscriptionRequest(pcm, hints, response_format, stream=_text(fields, "stream") == "true")


_TRANSCRIPT_FORMATS: tuple[TranscriptFormat, ...] = get_args(TranscriptFormat)


def _wants_word_times(fields: _Fields, response_format: TranscriptFormat) -> bool:
    name = "timestamp_granularities[]"
    wanted = [value.strip() for value in fields.get(name, fields.get("timestamp_granularities", ()))]
    if not set(wanted) <= {"word", "segment"}:
        raise BadRequest("It must be word or segment.", name)
    if "word" in wanted and response_format != "verbose_json":
        raise BadRequest("It needs response_format=verbose_json.", name)
    return "word" in wanted


class _InMemory(MultiPartParser):
    """Keeps an upload in memory: a caller's voice does not belong in a temporary file."""

    spool_max_size = LARGEST_UPLOAD + 1


async def _form(request: Request, body: bytes) -> FormData:
    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    parser = _InMemory(request.headers, stream(), max_files=1, max_fields=20, max_part_size=LARGEST_UPLOAD)
    try:
        return await parser.parse()
    except (MultiPartException, KeyError) as error:
        raise BadRequest(f"The form cannot be read: {error}.") from error


def _sound(data: bytes) -> Pcm:
    try:
        return _checked(read_wav(data))
    except AudioFormatError as error:
        raise BadRequest(f"It must be a 16-bit PCM WAV file: {error}.", "file") from error


def _samples(data: bytes, kind: Message) -> Pcm:
    rate = str(kind.get_param("rate", ""))
    if not rate.isdecimal():
        raise BadRequest("The type must name the samples a second, such as audio/L16;rate=8000.", "rate")
    if str(kind.get_param("channels", "1")) != "1":
        raise BadRequest("It must have one channel.", "channels")
    if not data or len(data) % 2:
        raise BadRequest("It must hold whole samples of 16 bits.", "file")
    order = ">i2" if kind.get_content_type() == "audio/l16" else "<i2"
    return _checked(Pcm(np.frombuffer(data, order).astype(np.int16), max(1, int(rate))))


def _checked(pcm: Pcm) -> Pcm:
    if not RATES[0] <= pcm.rate <= RATES[1]:
        raise BadRequest(f"It has {pcm.rate} samples a second; {RATES[0]} to {RATES[1]} are accepted.", "file")
    if pcm.seconds > LONGEST_UTTERANCE_S:
        raise BadRequest(f"It must not be longer than {LONGEST_UTTERANCE_S} s.", "file", status=413)
    return pcm


def _text(fields: _Fields, name: str) -> str | None:
    values = fields.get(name, ())
    return values[-1].strip() or None if values else None


def _known(code: str | None) -> Language | None:
    return next((language for language in LANGUAGES if language == code), None)


def _languages(fields: _Fields) -> tuple[Language, ...]:
    codes = [code.strip() for code in (_text(fields, "languages") or ",".join(LANGUAGES)).split(",")]
    languages = tuple(language for language in map(_known, codes) if language is not None)
    if len(languages) != len(codes):
        raise BadRequest(f"It must be some of {', '.join(LANGUAGES)}, separated by commas.", "languages")
    return languages


def _deadline(fields: _Fields) -> int:
    value = _text(fields, "deadline_ms")
    if value is None:
        return DEADLINE_MS[1]
    if not value.isdecimal() or not DEADLINE_MS[0] <= int(value) <= DEADLINE_MS[1]:
        raise BadRequest(f"It must be a number from {DEADLINE_MS[0]} to {DEADLINE_MS[1]}.", "deadline_ms")
    return int(value)


def _too_large(largest: int) -> BadRequest:
    return BadRequest(f"The request must not be larger than {largest} bytes.", "file", status=413)
