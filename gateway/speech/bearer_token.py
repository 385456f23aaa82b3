"""Bearer tokens (RFC 6750) in front of an ASGI application.

Plain ASGI: nothing of a request is read before its token is right, and a client's going away reaches the application.
"""

from __future__ import annotations

import json
import secrets

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send


class BearerToken:
    """Lets a request through that carries ``token``, and any to ``open_paths``; answers 401 to others."""

    def __init__(self, app: ASGIApp, *, token: str, open_paths: frozenset[str] = frozenset()) -> None:
        self._app = app
        self._token = token.encode()
        self._open_paths = open_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or scope["path"] in self._open_paths or self._is_allowed(Headers(scope=scope)):
            await self._app(scope, receive, send)
            return
        message = "This needs the token from SPEECH_TOKEN as a bearer token."
        body = {"error": {"message": message, "type": "authentication_error", "param": None, "code": None}}
        refusal = Response(
            json.dumps(body), status_code=401, media_type="application/json", headers={"WWW-Authenticate": "Bearer"}
        )
        await refusal(scope, receive, send)

    def _is_allowed(self, headers: Headers) -> bool:
        scheme, _, given = headers.get("authorization", "").partition(" ")
        # Compared in every case, and in a time that tells nothing of the token.
        same = secrets.compare_digest(given.strip().encode("utf-8", "surrogateescape"), self._token)
        return scheme.lower() == "bearer" and same
