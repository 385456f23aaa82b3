"""Sending a request again with credentials after a 401 or 407 (RFC 3261 section 22.2)."""

from __future__ import annotations

from collections.abc import Callable

from gateway.telephony.authentication.digest import DigestClient
from gateway.telephony.messages.message import Request, Response


class RequestAuthentication:
    """How the challenges to one request are answered; ``next_cseq`` gives the number of the request sent instead."""

    def __init__(self, digest: DigestClient, next_cseq: Callable[[], int]) -> None:
        self._digest = digest
        self._next_cseq = next_cseq
        self._withdrawn = False

    def authorise(self, request: Request) -> None:
        """Put into ``request`` the credentials for the challenges that are known already."""
        self._digest.authorise(request)

    def withdraw(self) -> None:
        """Note that the request is no longer wanted, so that it is not sent again."""
        self._withdrawn = True

    def retry(self, request: Request, response: Response, via: str) -> Request | None:
        """Return ``request`` with credentials, a higher CSeq and the new ``via``, or None when that is of no use.

        To stays as it was sent: the tag in the failed response makes no dialog (RFC 3261 section 8.1.3.5).
        """
        if self._withdrawn or not self._digest.challenged(request, response):
            return None
        again = Request(method=request.method, uri=request.uri, headers=request.headers.copy(), body=request.body)
        again.headers.set("Via", via)
        again.headers.set("CSeq", f"{self._next_cseq()} {request.method}")
        self._digest.authorise(again)
        return again
