"""Sound that is uploaded, read and checked; every fault says what is wrong."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from fastapi import HTTPException, Request, status
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from gateway.audio import AudioFormatError, Pcm, read_wav

LARGEST_UPLOAD = 12 * 1024 * 1024
"""Bytes of one request; a minute of stereo at 48 kHz."""
LONGEST_S = 60
RATES = (8_000, 96_000)
WAV_TYPES = frozenset({"audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave", "application/octet-stream"})


class _InMemory(MultiPartParser):
    """Keeps an upload in memory: a caller's voice does not belong in a temporary file."""

    spool_max_size = LARGEST_UPLOAD + 1


async def read_utterance(request: Request) -> Pcm:
    """Return the WAV file in ``request``: its body, or the part ``file`` of a form.

    Raises:
        HTTPException: 413 too large or too long, 415 no WAV file by its type, 422 no sound that can be used.

    """
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return _sound(await _part(request, await _body(request)))
    if kind in WAV_TYPES:
        return _sound(await _body(request))
    raise HTTPException(
        status.HTTP_415_UNSUPPORTED_MEDIA_TYPE, "A WAV file is needed, as audio/wav or as the part `file` of a form."
    )


async def _body(request: Request) -> bytes:
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > LARGEST_UPLOAD:
        raise _too_large()
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_UPLOAD:
            raise _too_large()
    return bytes(body)


async def _part(request: Request, body: bytes) -> bytes:
    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    try:
        parser = _InMemory(request.headers, stream(), max_files=1, max_fields=8, max_part_size=LARGEST_UPLOAD)
        form = await parser.parse()
    except (MultiPartException, KeyError) as error:
        raise _unusable(f"The form can't be read: {error}.") from error
    try:
        upload = form.get("file")
        if not isinstance(upload, UploadFile):
            raise _unusable("file: a WAV file is needed.")
        return await upload.read()
    finally:
        await form.close()


def _sound(data: bytes) -> Pcm:
    try:
        pcm = read_wav(data)
    except AudioFormatError as error:
        raise _unusable(f"file: it must be a 16-bit PCM WAV file: {error}.") from error
    if not RATES[0] <= pcm.rate <= RATES[1]:
        raise _unusable(f"file: it has {pcm.rate} samples a second; {RATES[0]} to {RATES[1]} are accepted.")
    if pcm.seconds > LONGEST_S:
        raise HTTPException(
            status.HTTP_413_CONTENT_TOO_LARGE, f"file: an utterance must not be longer than {LONGEST_S} s."
        )
    return pcm


def _unusable(message: str) -> HTTPException:
    return HTTPException(status.HTTP_422_UNPROCESSABLE_CONTENT, message)


def _too_large() -> HTTPException:
    return HTTPException(
        status.HTTP_413_CONTENT_TOO_LARGE, f"The request must not be larger than {LARGEST_UPLOAD} bytes."
    )
