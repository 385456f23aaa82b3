"""Recognition and synthesis by any server with the OpenAI audio API.

The fields that are not OpenAI's own (``languages``, ``deadline_ms``, ``sample_rate``, …) are ignored by other servers,
and what only our server answers has a sound default.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any, TypeVar

import httpx

from gateway.audio import Pcm, write_wav
from gateway.language import LANGUAGES, Language
from gateway.speech.interface import (
    RecognitionHints,
    SpeechError,
    SpeechRejected,
    SpeechTimeout,
    SpeechUnavailable,
    Transcript,
    Word,
)
from gateway.speech.sentence_order import is_later_sentence, opaque_call
from gateway.speech.voices import LOCALES

T = TypeVar("T")

CONNECT_S = 1.0
RETRY_AFTER_S = 0.25
SYNTHESIS_FIRST_S = 3.0
"""Until the first sound of a text, connection included."""
SYNTHESIS_NEXT_S = 3.0
"""Between two chunks."""
OPENAI_PCM_RATE = 24_000
LARGEST_ANSWER = 1 << 20
TOO_MANY_REQUESTS = 429

_LANGUAGE_NAMES: dict[str, Language] = {"german": "de", "french": "fr", "italian": "it", "english": "en"}
"""What OpenAI's own server calls the languages in ``verbose_json``."""


def new_client() -> httpx.AsyncClient:
    """Return a client that recogniser and synthesiser may share; connections are kept open between utterances."""
    return httpx.AsyncClient(
        timeout=httpx.Timeout(10.0, connect=CONNECT_S),
        limits=httpx.Limits(max_connections=100, max_keepalive_connections=20),
        trust_env=False,
    )


class _Endpoint:
    """A base URL and how it is spoken to, with a bearer token (RFC 6750) where there is one."""

    def __init__(
        self, base_url: str | Callable[[], str], client: httpx.AsyncClient | None, token: str | None = None
    ) -> None:
        self._base_url = base_url
        self._headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        self._owned = client is None
        self._client = client or new_client()

    async def close(self) -> None:
        """Close the connections, unless the client is somebody else's."""
        if self._owned:
            await self._client.aclose()

    def request(self, method: str, path: str, **options: Any) -> httpx.Request:
        base = self._base_url() if callable(self._base_url) else self._base_url
        base = base.rstrip("/").removesuffix("/v1")
        return self._client.build_request(method, f"{base}{path}", headers=self._headers, **options)

    async def send(self, request: httpx.Request) -> httpx.Response:
        """Send ``request`` and return the response's head.

        Tried once more when nobody listened or the connection broke before an answer: a connection that was kept open
        over a restart of the server breaks only when it is used. Doing the same work twice does no harm.
        """
        try:
            return await self._client.send(request, stream=True)
        except (httpx.NetworkError, httpx.RemoteProtocolError):
            await asyncio.sleep(RETRY_AFTER_S)
            return await self._client.send(request, stream=True)


class HttpRecogniser:
    """``Recogniser`` over ``POST /v1/audio/transcriptions``."""

    def __init__(
        self,
        base_url: str | Callable[[], str],
        *,
        model: str = "whisper-1",
        token: str | None = None,
        client: httpx.AsyncClient | None = None,
    ) -> None:
        """``base_url`` may be a function where the address can change; ``client`` may be shared."""
        self._endpoint = _Endpoint(base_url, client, token)
        self._model = model

    async def recognise(self, pcm: Pcm, hints: RecognitionHints) -> Transcript:
        """Return what ``pcm`` says; cancelling closes the connection. Raise ``SpeechError``."""
        fields = {
            "model": self._model,
            "response_format": "verbose_json",
            "languages": ",".join(hints.languages),
            "deadline_ms": str(hints.deadline_ms),
        }
        if hints.language is not None:
            fields["language"] = hints.language
        if hints.prompt:
            fields["prompt"] = hints.prompt
        if hints.partial:
            fields["partial"] = "true"
        if hints.word_times:
            fields["timestamp_granularities[]"] = "word"
        files = {"file": ("utterance.wav", write_wav(pcm), "audio/wav")}
        seconds = hints.deadline_ms / 1000
        try:
            async with asyncio.timeout(seconds):
                # httpx's own timeouts are off: the deadline above bounds everything.
                request = self._endpoint.request(
                    "POST", "/v1/audio/transcriptions", data=fields, files=files, timeout=None
                )
                response = await self._endpoint.send(request)
                try:
                    body = await _read(response)
                finally:
                    await response.aclose()
        except TimeoutError as error:
            raise SpeechTimeout(f"Recognition did not answer within {seconds:g} s.") from error
        except httpx.HTTPError as error:
            raise _unavailable("Recognition", error) from error
        _check_status("Recognition", response, body)
        return _transcript(body, hints)

    async def close(self) -> None:
        """Close the connections."""
        await self._endpoint.close()


class HttpSynthesiser:
    """``Synthesiser`` over ``POST /v1/audio/speech`` with streamed PCM."""

    def __init__(
        self,
        base_url: str | Callable[[], str],
        *,
        model: str = "tts-1",
        voices: Mapping[Language, str] | None = None,
        sample_rate: int = 16_000,
        token: str | None = None,
        client: httpx.AsyncClient | None = None,
    ) -> None:
        """``voices`` names voices of languages; ``sample_rate`` is asked for, what comes may differ."""
        self._endpoint = _Endpoint(base_url, client, token)
        self._model = model
        self._voices = LOCALES | dict(voices or {})
        self._sample_rate = sample_rate

    async def synthesise(self, text: str, language: Language, voice: str | None = None) -> AsyncIterator[Pcm]:
        """Yield the sound of ``text`` as it arrives; closing the iterator closes the connection.

        Raises:
            SpeechError: no sound within ``SYNTHESIS_FIRST_S``, or a gap longer than ``SYNTHESIS_NEXT_S``.

        """
        body = {
            "model": self._model,
            "input": text,
            "voice": voice or self._voices[language],
            "language": language,
            "response_format": "pcm",
            "sample_rate": self._sample_rate,
            "deadline_ms": round(1000 * SYNTHESIS_FIRST_S),
            "call": opaque_call(),
            "later": is_later_sentence(),
        }
        async with AsyncExitStack() as stack:
            try:
                async with asyncio.timeout(SYNTHESIS_FIRST_S):
                    request = self._endpoint.request("POST", "/v1/audio/speech", json=body, timeout=None)
                    response = await self._endpoint.send(request)
                    stack.push_async_callback(response.aclose)
                    if not response.is_success:
                        _check_status("Synthesis", response, await _read(response))
                    rate = _rate(response)
                    chunks = response.aiter_bytes()
                    first = await anext(chunks, b"")
            except TimeoutError as error:
                raise SpeechTimeout(f"Synthesis did not begin within {SYNTHESIS_FIRST_S:g} s.") from error
            except httpx.HTTPError as error:
                raise _unavailable("Synthesis", error) from error
            if not first:
                raise SpeechError("Synthesis returned no sound.")
            pending = bytearray(first)
            while pending:
                whole = len(pending) // 2 * 2
                if whole:
                    yield Pcm.from_bytes(bytes(pending[:whole]), rate)
                    del pending[:whole]
                chunk = await _next_chunk(chunks)
                if not chunk:
                    break
                pending += chunk

    async def close(self) -> None:
        """Close the connections."""
        await self._endpoint.close()


async def _next_chunk(chunks: AsyncIterator[bytes]) -> bytes:
    try:
        async with asyncio.timeout(SYNTHESIS_NEXT_S):
            return await anext(chunks, b"")
    except TimeoutError as error:
        raise SpeechTimeout(f"Synthesis paused for longer than {SYNTHESIS_NEXT_S:g} s.") from error
    except httpx.HTTPError as error:
        raise _unavailable("Synthesis", error) from error


async def _read(response: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > LARGEST_ANSWER:
            raise SpeechError(f"The answer is larger than {LARGEST_ANSWER} bytes.")
    return bytes(body)


def _unavailable(what: str, error: httpx.HTTPError) -> SpeechUnavailable:
    return SpeechUnavailable(f"{what} cannot be reached: {str(error) or type(error).__name__}.")


def _check_status(what: str, response: httpx.Response, body: bytes) -> None:
    status = response.status_code
    if response.is_success:
        return
    reason = f"{what} answered {status}{_reason(body)}."
    if status == httpx.codes.GATEWAY_TIMEOUT:
        raise SpeechTimeout(reason)
    if status in (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.BAD_GATEWAY, httpx.codes.SERVICE_UNAVAILABLE):
        raise SpeechUnavailable(reason)
    if response.is_client_error:
        raise SpeechRejected(reason)
    raise SpeechError(reason)


def _reason(body: bytes) -> str:
    """Return what an error in OpenAI's form says, with a colon before it."""
    try:
        message = str(json.loads(body)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return ""
    return f": {message[:200].rstrip('.')}"


def _rate(response: httpx.Response) -> int:
    declared = response.headers.get("X-Sample-Rate", str(OPENAI_PCM_RATE))
    if not declared.isdecimal() or not 8_000 <= int(declared) <= 96_000:
        raise SpeechError("Synthesis answered with a sample rate that cannot be.")
    return int(declared)


def _transcript(body: bytes, hints: RecognitionHints) -> Transcript:
    """Return the transcript in ``body``; raise ``SpeechError`` when it is not one."""
    try:
        answer = json.loads(body)
        text: str = answer["text"].strip()
        shares = answer.get("languages") or {}
        languages = {code: float(shares[code]) for code in LANGUAGES if code in shares}
        confidence = float(answer.get("confidence", 1.0))
        no_speech = float(answer.get("no_speech", 0.0))
        language = _language(answer.get("language"), hints)
        words = tuple(_word(word) for word in answer.get("words") or ()) if hints.word_times else ()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SpeechError("Recognition answered with something that is no transcript.") from error
    return Transcript(text, language, confidence, no_speech, languages, words)


def _word(word: Mapping[str, Any]) -> Word:
    """Return a word of ``verbose_json``; how probable it is stands there in our own server's answers only."""
    start, end = (round(1000 * float(word[edge])) for edge in ("start", "end"))
    return Word(str(word["word"]).strip(), start, end, float(word.get("probability", 1.0)))


def _language(named: object, hints: RecognitionHints) -> Language:
    name = str(named).lower()
    code = next((language for language in LANGUAGES if language == name), _LANGUAGE_NAMES.get(name))
    return code or hints.language or hints.languages[0]
