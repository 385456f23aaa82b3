"""What comes in over the speech server's HTTP API, read and checked; every fault names the field."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias, get_args

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from gateway.audio import AudioFormatError, Pcm, read_wav
from gateway.language import LANGUAGES, Language
from gateway.speech.interface import RecognitionHints

LARGEST_UPLOAD = 12 * 1024 * 1024
"""Bytes of one request; a minute of stereo at 48 kHz."""
LONGEST_UTTERANCE_S = 120
LONGEST_TEXT = 4096
LONGEST_WORDS_HINT = 2000
DEADLINE_MS = (100, 120_000)
RATES = (8_000, 96_000)
OPENAI_RATE = 24_000
"""Rate of ``response_format=pcm`` where the request does not ask for another (OpenAI API reference)."""

TranscriptFormat: TypeAlias = Literal["json", "verbose_json", "text"]
SpeechFormat: TypeAlias = Literal["pcm", "wav"]


class BadRequest(Exception):
    """The request cannot be used; ``param`` is the field, ``status`` the HTTP status."""

    def __init__(self, message: str, param: str | None = None, status: int = 400) -> None:
        super().__init__(message)
        self.param = param
        self.status = status


@dataclass(frozen=True, slots=True)
class TranscriptionRequest:
    """One utterance to be recognised."""

    pcm: Pcm
    hints: RecognitionHints
    response_format: TranscriptFormat


class SpeechRequest(BaseModel):
    """One text to be spoken. ``language`` and ``sample_rate`` are extensions; unknown fields are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    input: Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]
    voice: str | None = None
    language: Language | None = None
    response_format: SpeechFormat = "wav"
    sample_rate: Annotated[int, Field(ge=RATES[0], le=RATES[1])] | None = None


def check_length(request: Request) -> None:
    """Refuse a body that says itself that it is too large."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > LARGEST_UPLOAD:
        raise _too_large()


async def read_body(request: Request) -> bytes:
    """Return the body; raise ``BadRequest`` with 413 as soon as it is too large."""
    check_length(request)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_UPLOAD:
            raise _too_large()
    return bytes(body)


async def read_transcription(request: Request) -> TranscriptionRequest:
    """Return the request of ``POST /v1/audio/transcriptions``; raise ``BadRequest``."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise BadRequest("The body must be multipart/form-data.", status=415)
    body = await read_body(request)
    form = await _form(request, body)
    try:
        upload = form.get("file")
        if not isinstance(upload, UploadFile):
            raise BadRequest("A WAV file is needed.", "file")
        pcm = _sound(await upload.read())
    finally:
        await form.close()
    language = _text(form, "language")
    if language is not None and language not in LANGUAGES:
        raise BadRequest(f"It must be one of {', '.join(LANGUAGES)}.", "language")
    response_format = _text(form, "response_format") or "json"
    if response_format not in get_args(TranscriptFormat):
        raise BadRequest(f"It must be one of {', '.join(get_args(TranscriptFormat))}.", "response_format")
    prompt = _text(form, "prompt")
    if prompt is not None and len(prompt) > LONGEST_WORDS_HINT:
        raise BadRequest(f"It must not be longer than {LONGEST_WORDS_HINT} characters.", "prompt")
    hints = RecognitionHints(
        languages=_languages(form),
        language=_known(language),
        prompt=prompt,
        deadline_ms=_deadline(form),
        partial=_text(form, "partial") == "true",
    )
    chosen: TranscriptFormat = next(name for name in get_args(TranscriptFormat) if name == response_format)
    return TranscriptionRequest(pcm, hints, chosen)


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
        pcm = read_wav(data)
    except AudioFormatError as error:
        raise BadRequest(f"It must be a 16-bit PCM WAV file: {error}.", "file") from error
    if not RATES[0] <= pcm.rate <= RATES[1]:
        raise BadRequest(f"It has {pcm.rate} samples a second; {RATES[0]} to {RATES[1]} are accepted.", "file")
    if pcm.seconds > LONGEST_UTTERANCE_S:
        raise BadRequest(f"It must not be longer than {LONGEST_UTTERANCE_S} s.", "file", status=413)
    return pcm


def _text(form: FormData, name: str) -> str | None:
    value = form.get(name)
    if isinstance(value, UploadFile):
        raise BadRequest("It must be text.", name)
    return value.strip() or None if value is not None else None


def _known(code: str | None) -> Language | None:
    return next((language for language in LANGUAGES if language == code), None)


def _languages(form: FormData) -> tuple[Language, ...]:
    codes = [code.strip() for code in (_text(form, "languages") or ",".join(LANGUAGES)).split(",")]
    languages = tuple(language for language in map(_known, codes) if language is not None)
    if len(languages) != len(codes):
        raise BadRequest(f"It must be some of {', '.join(LANGUAGES)}, separated by commas.", "languages")
    return languages


def _deadline(form: FormData) -> int:
    value = _text(form, "deadline_ms")
    if value is None:
        return DEADLINE_MS[1]
    if not value.isdecimal() or not DEADLINE_MS[0] <= int(value) <= DEADLINE_MS[1]:
        raise BadRequest(f"It must be a number from {DEADLINE_MS[0]} to {DEADLINE_MS[1]}.", "deadline_ms")
    return int(value)


def _too_large() -> BadRequest:
    return BadRequest(f"The request must not be larger than {LARGEST_UPLOAD} bytes.", "file", status=413)
