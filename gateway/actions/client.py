"""Sends one action to the practice's endpoint and says what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

from gateway.actions.retry import parse_retry_after
from gateway.actions.signature import SIGNATURE_HEADER, sign

if TYPE_CHECKING:
    import httpx

DEADLINE_S = 10.0
"""For one attempt as a whole: connecting, sending, waiting and reading the answer."""

_ANSWER_BYTES = 300
_LONGEST_ANSWER = 256 * 1024
"""Bytes of an answer that is read; a longer one counts as none."""
_TRANSIENT = frozenset({408, 425, 429})


class EndpointUnusable(Exception):
    """No request can be sent to the endpoint, whatever it answers; the message is one sentence that says why."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The endpoint has the action; ``answer`` is the body of its answer, where that was wanted."""

    status: int
    answer: bytes = b""


@dataclass(frozen=True, slots=True)
class TransientFault:
    """Trying again may help; ``retry_after_s`` is the wait that the endpoint asked for."""

    status: int | None
    error: str
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The endpoint will not take this action, however often it is sent."""

    status: int
    error: str


Attempt: TypeAlias = Accepted | TransientFault | Refused


def judge(status: int, answer: str, retry_after_s: float | None) -> Attempt:
    """Return what an HTTP status means for an action; ``answer`` is the beginning of the body."""
    # 409 with our own key: an earlier attempt arrived and its answer was lost on the way.
    if 200 <= status < 300 or status == 409:
        return Accepted(status)
    error = f"HTTP {status}" + (f": {answer}" if answer else "")
    if 300 <= status < 400:
        # The endpoint's address is wrong, not the action: it waits until the operator has set the right one.
        return TransientFault(status, f"{error} (redirects are not followed; set the endpoint's final URL)")
    if 400 <= status < 500 and status not in _TRANSIENT:
        return Refused(status, error)
    return TransientFault(status, error, retry_after_s)


class ActionClient:
    """An HTTP client for one endpoint: TLS verified, no redirects, no proxy, one deadline for each attempt.

    Certificates are verified against certifi's authorities, or those of the file that the environment's
    ``SSL_CERT_FILE`` names. With ``previous_secret`` each request is signed with both secrets.
    """

    def __init__(
        self,
        endpoint: str,
        secret: str,
        *,
        previous_secret: str | None = None,
        clock: Callable[[], datetime],
        deadline_s: float,
    ) -> None:
        self._endpoint = endpoint
        self._secret = secret
        self._previous_secret = previous_secret
        self._clock = clock
        self._deadline_s = deadline_s
        self._client: httpx.AsyncClient | None = None

    def prepare(self) -> None:
        """Load what the first request needs; raise ``EndpointUnusable`` where none could ever be sent."""
        import httpx  # noqa: PLC0415 - 7 MB that a gateway without an endpoint does without

        if self._client is not None:
            return
        try:
            authorities = httpx.create_ssl_context()
            httpx.URL(self._endpoint)
        except OSError as error:
            raise EndpointUnusable(f"SSL_CERT_FILE cannot be used: {error.strerror or error}.") from error
        except httpx.InvalidURL as error:
            raise EndpointUnusable(f"NEXTJS_ACTION_ENDPOINT is no URL that can be requested: {error}.") from error
        # What a patient wants goes to the endpoint that was set and through nobody else's proxy.
        self._client = httpx.AsyncClient(
            timeout=self._deadline_s, follow_redirects=False, trust_env=False, verify=authorities
        )

    async def send(
        self,
        body: bytes,
        idempotency_key: str,
        *,
        wants_answer: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> Attempt:
        """Send ``body`` once, signed now; faults of the network and the endpoint are an answer, never an exception.

        With ``wants_answer`` the body of a good answer is read as well; one that breaks off is a fault like any other,
        since what came of the action is not known. ``headers`` are sent beside its own.
        """
        import httpx  # noqa: PLC0415 - see above

        self.prepare()
        assert self._client is not None  # noqa: S101 - it has just been prepared
        sent_headers = {
            **(headers or {}),
            "Content-Type": "application/json",
            # The size of an answer is bounded as it comes over the wire, so it has to come as it is.
            "Accept-Encoding": "identity",
            "Idempotency-Key": idempotency_key,
            "User-Agent": "practice-gateway",
            SIGNATURE_HEADER: sign(body, self._secret, int(self._clock().timestamp()), self._previous_secret),
        }
        try:
            # httpx counts its own time-outs anew with every byte; the deadline bounds the whole.
            async with (
                asyncio.timeout(self._deadline_s),
                self._client.stream("POST", self._endpoint, content=body, headers=sent_headers) as response,
            ):
                retry_after = parse_retry_after(response.headers.get("Retry-After"), self._clock())
                accepted = judge(response.status_code, "", retry_after)
                if isinstance(accepted, Accepted):
                    return replace(accepted, answer=await _whole(response)) if wants_answer else accepted
                return judge(response.status_code, await _beginning(response), retry_after)
        except (TimeoutError, httpx.TimeoutException):
            return TransientFault(None, f"no answer within {self._deadline_s:g} s")
        except httpx.HTTPError as error:
            return TransientFault(None, str(error) or type(error).__name__)

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()


async def _whole(response: httpx.Response) -> bytes:
    """Return the body of an answer; of one that is too long, nothing."""
    content = b""
    async for chunk in response.aiter_raw():
        content += chunk
        if len(content) > _LONGEST_ANSWER:
            return b""
    return content


async def _beginning(response: httpx.Response) -> str:
    """Return the first characters of an answer on one line."""
    content = b""
    async for chunk in response.aiter_raw():
        content += chunk
        if len(content) >= _ANSWER_BYTES:
            break
    return " ".join(content[:_ANSWER_BYTES].decode(errors="replace").split())
