"""The staff's page, put together."""

from __future__ import annotations

from urllib.parse import quote

import structlog
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import JSONResponse

from gateway.records.errors import RecordsError
from gateway.web import call_list, call_page, live, sign_in, work_list
from gateway.web.faults import NotFound, SignInNeeded, StaffFault
from gateway.web.guard import BY_ITSELF, SESSION_COOKIE, visitor_of
from gateway.web.rendering import redirect, render, static_files
from gateway.web.staff_context import StaffContext
from gateway.web.users import StaffUsersError

_log = structlog.get_logger(__name__)

_FOR_GOOD = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}


def add_pages(app: FastAPI, context: StaffContext) -> None:
    """Let ``app`` serve the staff's page beside its API; neither's key opens the other."""
    app.state.staff = context
    for router in (_static(), sign_in.router, work_list.router, call_list.router, live.router, call_page.router):
        app.include_router(router)

    async def ask_to_sign_in(request: Request, _: Exception) -> Response:
        if request.method != "GET" or BY_ITSELF in request.headers:
            return Response(status_code=401)
        path = request.url.path if not request.url.query else f"{request.url.path}?{request.url.query}"
        ended = "&ended=1" if SESSION_COOKIE in request.cookies else ""
        return redirect(f"/sign-in?next={quote(path)}{ended}")

    async def explain(request: Request, error: Exception) -> Response:
        status, sentence = 503, "fault.records"
        if isinstance(error, StaffFault):
            status, sentence = error.status, error.wording
        if request.url.path.startswith("/api/"):
            return JSONResponse({"detail": str(error)}, status_code=status)
        visitor = visitor_of(request, context)
        return render("fault.html", visitor, status, sentence=visitor.words(sentence))

    async def explain_users(_: Request, error: Exception) -> Response:
        _log.error("staff_users_unreadable", cause=str(error))
        return Response("The file of the staff's users cannot be read; the log says why.", status_code=503)

    app.add_exception_handler(SignInNeeded, ask_to_sign_in)
    app.add_exception_handler(StaffFault, explain)
    app.add_exception_handler(RecordsError, explain)
    app.add_exception_handler(StaffUsersError, explain_users)


def _static() -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/static/{digest}/{name:path}")
    async def read(request: Request, name: str) -> Response:
        found = static_files().get(name)
        if found is None or found.url != request.url.path:
            raise NotFound
        return Response(found.body, media_type=found.media_type, headers=_FOR_GOOD)

    return router
