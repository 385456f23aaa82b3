"""``ChatModel`` over ``POST /v1/chat/completions``, as vLLM, TGI, llama.cpp and OpenAI serve it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from gateway.actions.retry import parse_retry_after
from gateway.language_model.circuit_breaker import BreakerTimes, CircuitBreaker
from gateway.language_model.completion import DONE, AnswerForm, body_of, delta_of, first_model, text_of
from gateway.language_model.errors import (
    LanguageModelError,
    ModelRejected,
    ModelRubbish,
    ModelTimeout,
    ModelUnavailable,
)
from gateway.language_model.interface import ChatRequest
from gateway.language_model.rate_limit import RateLimit
from gateway.language_model.server_sent_events import EventStream

if TYPE_CHECKING:
    import httpx

MOST_REQUESTS = 32
"""Requests under way at a time; one more is refused at once, since it would only wait for a deadline."""
REQUESTS_PER_SECOND = 20
REQUESTS_AT_ONCE = 60
CHARACTERS_PER_TOKEN = 16
"""No tokeniser packs more into a token on average; an answer that is longer than that was not asked for."""
LARGEST_BODY = 1 << 20
"""Octets of a whole answer, and of all events of a stream."""

_FORM_REFUSED = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY})
_TOO_SLOW = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.GATEWAY_TIMEOUT})


class HttpChatModel:
    """A model at ``base_url``; connections are kept open between requests.

    ``model`` is its name there, None for the first that the server lists. A model that fails again and again is left
    alone for a while (``CircuitBreaker``). Neither logs nor errors hold anything of what is asked or answered.
    """

    def __init__(
        self,
        base_url: str,
        *,
        model: str | None = None,
        api_key: str | None = None,
        clock: Callable[[], float] = time.monotonic,
        breaker: BreakerTimes | None = None,
    ) -> None:
        self._base_url = base_url.rstrip("/").removesuffix("/v1")
        self._model = model
        self._listed_model: str | None = None
        self._api_key = api_key
        self._breaker = CircuitBreaker(clock, breaker)
        self._rate = RateLimit(clock, REQUESTS_PER_SECOND, REQUESTS_AT_ONCE)
        self._under_way = 0
        self._form = AnswerForm.JSON_SCHEMA
        self._client: httpx.AsyncClient | None = None

    @property
    def is_resting(self) -> bool:
        """Whether the model failed so often that it is not asked for now."""
        return self._breaker.is_resting

    async def model_name(self, deadline_ms: int) -> str:
        """Return the name by which the model is asked for; raise ``LanguageModelError``.

        Asked once when the gateway starts, it opens the connection and finds the name before the first caller waits.
        """
        with self._counted():
            return await self._name(_deadline(deadline_ms))

    async def stream(self, request: ChatRequest) -> AsyncGenerator[str, None]:
        """Yield the answer's text as it comes; closing the generator closes the connection.

        Raises:
            LanguageModelError: there is no answer, or it broke off; what was yielded before is the answer's beginning.

        """
        deadline = _deadline(request.deadline_ms)
        room = CHARACTERS_PER_TOKEN * request.max_tokens
        octets = 0
        events = EventStream()
        with self._counted():
            async with AsyncExitStack() as stack:
                response = await self._open(request, stack, deadline, stream=True)
                _check_type(response, "text/event-stream")
                chunks = response.aiter_bytes()
                while chunk := await _within(deadline, anext(chunks, b"")):
                    octets += len(chunk)
                    if octets > LARGEST_BODY:
                        raise ModelRubbish("The model's stream does not end.")
                    for data in events.feed(chunk):
                        if data == DONE:
                            return
                        text = delta_of(data)
                        room -= len(text)
                        if room < 0:
                            raise ModelRubbish("The model's answer is longer than was asked for.")
                        if text:
                            yield text
                raise ModelUnavailable("The model's server broke off in the middle of an answer.")

    async def complete(self, request: ChatRequest) -> str:
        """Return the whole answer; raise ``LanguageModelError``."""
        deadline = _deadline(request.deadline_ms)
        with self._counted():
            async with AsyncExitStack() as stack:
                response = await self._open(request, stack, deadline, stream=False)
                _check_type(response, "application/json")
                text = text_of(await _read(response, deadline))
        if len(text) > CHARACTERS_PER_TOKEN * request.max_tokens:
            raise ModelRubbish("The model's answer is longer than was asked for.")
        return text

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()

    @contextmanager
    def _counted(self) -> Iterator[None]:
        """Admit one request and note how it ended."""
        if self._under_way >= MOST_REQUESTS or not self._rate.take():
            raise ModelUnavailable("Too many questions are put to the language model at a time.")
        if not self._breaker.admit():
            raise ModelUnavailable("The language model failed several times in a row and is left alone for a while.")
        self._under_way += 1
        try:
            yield
        except ModelUnavailable as error:
            self._breaker.failed(error.retry_after_s)
            raise
        except LanguageModelError:
            self._breaker.failed()
            raise
        except GeneratorExit:
            # Whoever asked has heard enough of an answer that was on its way.
            self._breaker.succeeded()
            raise
        except BaseException:
            self._breaker.abandoned()
            raise
        else:
            self._breaker.succeeded()
        finally:
            self._under_way -= 1

    async def _open(
        self, request: ChatRequest, stack: AsyncExitStack, deadline: float, *, stream: bool
    ) -> httpx.Response:
        """Return the head of a good answer; ``stack`` closes it.

        A server that refuses a form of answer (400 or 422) is asked for the next simpler one, and what it took is
        remembered. Where it refuses all of them, the form was not what it refused.
        """
        name = await self._name(deadline)
        forms = list(AnswerForm)
        forms = forms[forms.index(self._form) :] if request.schema is not None else [AnswerForm.FREE]
        for form in forms:
            body = body_of(request, name, form, stream=stream)
            response = await self._send("POST", "/v1/chat/completions", deadline, body)
            stack.push_async_callback(response.aclose)
            if response.status_code in _FORM_REFUSED and form is not AnswerForm.FREE:
                continue
            self._check_status(response)
            if request.schema is not None:
                self._form = form
            return response
        raise AssertionError("the last form is answered or raised")

    async def _name(self, deadline: float) -> str:
        if self._model is not None:
            return self._model
        if self._listed_model is None:
            response = await self._send("GET", "/v1/models", deadline)
            try:
                self._check_status(response)
                self._listed_model = first_model(await _read(response, deadline))
            finally:
                await response.aclose()
        return self._listed_model

    async def _send(
        self, method: str, path: str, deadline: float, body: dict[str, Any] | None = None
    ) -> httpx.Response:
        """Send a request and return the response's head.

        Tried once more when the connection broke before an answer: one that was kept open over a restart of the server
        breaks only when it is used. Asking the same twice does no harm.
        """
        import httpx  # noqa: PLC0415 - 7 MB that a gateway without an endpoint does without

        if self._client is None:
            self._client = httpx.AsyncClient(
                # No time-outs of its own: the request's deadline bounds everything.
                timeout=None,  # noqa: S113
                limits=httpx.Limits(max_connections=MOST_REQUESTS, max_keepalive_connections=8, keepalive_expiry=60),
                follow_redirects=False,
                trust_env=False,
            )
        client = self._client
        headers = {"User-Agent": "practice-gateway"}
        if self._api_key is not None:
            headers["Authorization"] = f"Bearer {self._api_key}"
        for last_try in (False, True):
            request = client.build_request(method, f"{self._base_url}{path}", json=body, headers=headers)
            try:
                async with asyncio.timeout_at(deadline):
                    return await client.send(request, stream=True)
            except TimeoutError:
                raise ModelTimeout("The language model did not answer in time.") from None
            except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError) as error:
                if last_try:
                    raise _unreachable(error) from None
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise _unreachable(error) from None
        raise AssertionError("the last try returns or raises")

    def _check_status(self, response: httpx.Response) -> None:
        """Raise what the status of ``response`` means; its body may quote the request and is not looked at."""
        status = response.status_code
        if response.is_success:
            return
        reason = f"The language model's server answered {status}."
        if status in _TOO_SLOW:
            raise ModelTimeout(reason)
        if status == HTTPStatus.TOO_MANY_REQUESTS or response.is_server_error:
            raise ModelUnavailable(reason, parse_retry_after(response.headers.get("Retry-After"), datetime.now(UTC)))
        if status == HTTPStatus.NOT_FOUND:
            # The model that was listed may have been replaced by another.
            self._listed_model = None
        raise ModelRejected(reason, status)


def _deadline(milliseconds: int) -> float:
    return asyncio.get_running_loop().time() + milliseconds / 1000


async def _within(deadline: float, chunk: Any) -> bytes:
    """Return what ``chunk`` brings; the faults of the network become ours."""
    import httpx  # noqa: PLC0415 - see ``_send``

    try:
        async with asyncio.timeout_at(deadline):
            octets: bytes = await chunk
            return octets
    except TimeoutError:
        raise ModelTimeout("The language model's answer was not complete in time.") from None
    except httpx.HTTPError as error:
        raise _unreachable(error) from None


async def _read(response: httpx.Response, deadline: float) -> bytes:
    body = bytearray()
    chunks = response.aiter_bytes()
    while chunk := await _within(deadline, anext(chunks, b"")):
        body += chunk
        if len(body) > LARGEST_BODY:
            raise ModelRubbish(f"The model's answer is larger than {LARGEST_BODY} octets.")
    return bytes(body)


def _check_type(response: httpx.Response, wanted: str) -> None:
    given = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if given != wanted:
        raise ModelRubbish(f"The language model's server did not answer with {wanted}.")


def _unreachable(error: Exception) -> ModelUnavailable:
    return ModelUnavailable(f"The language model cannot be reached: {type(error).__name__}.")
