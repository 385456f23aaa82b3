"""The HTTP application."""

import secrets
from collections.abc import Awaitable, Callable, Sequence
from importlib.metadata import version
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, status
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel

PartState = Literal["ok", "degraded", "down"]


class PartHealth(BaseModel):
    """One part's state and, where it is not well, one sentence why."""

    state: PartState
    detail: str | None = None


class Health(BaseModel):
    """The gateway's health. ``status`` is that of the worst part: ``down`` means that no call can be taken."""

    status: PartState
    version: str
    uptime_s: float
    calls: int
    parts: dict[str, PartHealth]


_UNAUTHORISED: dict[str, Any] = {"description": "The token is missing or wrong."}

HealthSource = Callable[[], Awaitable[Health]]


def worst(parts: dict[str, PartHealth]) -> PartState:
    """Return the state of the part that is worst off."""
    order: tuple[PartState, ...] = ("ok", "degraded", "down")
    return max((part.state for part in parts.values()), key=order.index, default="ok")


def create_app(
    health: HealthSource,
    *,
    ready: HealthSource | None = None,
    token: str | None,
    routers: Sequence[APIRouter] = (),
) -> FastAPI:
    """Return the application; with ``token`` every request needs it as a bearer token (RFC 6750).

    The routes of ``routers`` are under the same rule. ``ready`` says whether callers should be sent here.
    """
    bearer = HTTPBearer(auto_error=False)

    def authorised(credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> None:
        given = credentials.credentials if credentials else ""
        if token is not None and not secrets.compare_digest(given.encode(), token.encode()):
            raise HTTPException(
                status.HTTP_401_UNAUTHORIZED,
                "This needs the token from HTTP_TOKEN as a bearer token.",
                headers={"WWW-Authenticate": "Bearer"},
            )

    app = FastAPI(
        title="Practice gateway",
        version=version("practice-gateway"),
        summary="Answers a dental practice's telephone.",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )

    @app.get(
        "/api/conversations/health",
        dependencies=[Depends(authorised)],
        responses={200: {"model": Health}, 401: _UNAUTHORISED, 503: {"model": Health}},
        summary="Is the gateway able to take calls?",
    )
    async def read_health() -> JSONResponse:
        """Answer 200 while calls can be taken, even with a part degraded, and 503 when not."""
        current = await health()
        code = status.HTTP_503_SERVICE_UNAVAILABLE if current.status == "down" else status.HTTP_200_OK
        return JSONResponse(current.model_dump(), status_code=code)

    if ready is not None:

        @app.get(
            "/api/conversations/ready",
            dependencies=[Depends(authorised)],
            responses={200: {"model": Health}, 401: _UNAUTHORISED, 503: {"model": Health}},
            summary="Should callers be sent here?",
        )
        async def read_ready() -> JSONResponse:
            """Answer 200 when every part is well and warm, and 503 when one is not, or the gateway is being stopped."""
            current = await ready()
            code = status.HTTP_200_OK if current.status == "ok" else status.HTTP_503_SERVICE_UNAVAILABLE
            return JSONResponse(current.model_dump(), status_code=code)

    @app.get("/api/openapi.json", dependencies=[Depends(authorised)], include_in_schema=False)
    async def read_openapi() -> JSONResponse:
        return JSONResponse(app.openapi())

    for router in routers:
        app.include_router(
            router,
            dependencies=[Depends(authorised)],
            responses={401: _UNAUTHORISED},
        )

    @app.exception_handler(Exception)
    async def explain(request: Request, error: Exception) -> JSONResponse:
        return JSONResponse({"detail": "The gateway failed to answer this request."}, status_code=500)

    return app
