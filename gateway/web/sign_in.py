"""Signing in and out, and choosing a language."""

from __future__ import annotations

import math

import structlog
from fastapi import APIRouter, Request, Response

from gateway.language import LANGUAGES
from gateway.web.faults import NotFound
from gateway.web.forms import one_line, read_form
from gateway.web.guard import (
    SESSION_COOKIE,
    Context,
    forget_session,
    is_protected,
    set_language,
    set_session,
    visitor_of,
)
from gateway.web.rendering import local_path, redirect, render
from gateway.web.staff_context import StaffContext
from gateway.web.users import LONGEST_NAME

_log = structlog.get_logger(__name__)


router = APIRouter(include_in_schema=False)


@router.get("/sign-in")
async def show_sign_in(request: Request, context: Context, next: str = "/", ended: bool = False) -> Response:  # noqa: A002 - the field's name
    """Show where one signs in."""
    return _page(request, context, local_path(next), "sign_in.ended" if ended else None)


@router.post("/sign-in")
async def sign_in(request: Request, context: Context) -> Response:
    """Sign somebody in, unless the password is wrong or was tried too often."""
    form = await read_form(request, None)
    name, to = one_line(form.get("name", ""), LONGEST_NAME), local_path(form.get("next"))
    address = request.client.host if request.client else ""
    if not _may_sign_in(request, context):
        return _page(request, context, to, None, status=403)
    if (wait_s := context.limit.wait_s(name, address)) > 0:
        return _page(request, context, to, "sign_in.wait", status=429, minutes=math.ceil(wait_s / 60))
    context.limit.failed(name, address)  # before the password is looked at, so that many at once count as many
    if not await context.users.verify(name, form.get("password", "")):
        _log.warning("staff_sign_in_refused")
        return _page(request, context, to, "sign_in.wrong", status=403)
    context.limit.succeeded(name, address)
    fingerprint = context.users.fingerprint(name)
    if fingerprint is None:
        return _page(request, context, to, "sign_in.wrong", status=403)
    response = redirect(to)
    set_session(response, request, context.sessions.begin(name, fingerprint))
    _log.info("staff_signed_in")
    return response


@router.post("/sign-out")
async def sign_out(request: Request, context: Context) -> Response:
    """End the session."""
    visitor = visitor_of(request, context)
    if visitor.session is not None:
        await read_form(request, visitor.session)
    context.sessions.end(request.cookies.get(SESSION_COOKIE, ""))
    response = redirect("/sign-in")
    forget_session(response)
    return response


@router.get("/language/{code}")
async def choose(code: str, next: str = "/") -> Response:  # noqa: A002 - the field's name
    """Let the browser remember a language."""
    for language in LANGUAGES:
        if language == code:
            response = redirect(local_path(next))
            set_language(response, language)
            return response
    raise NotFound


def _may_sign_in(request: Request, context: StaffContext) -> bool:
    return is_protected(request) or context.without_tls


def _page(
    request: Request, context: StaffContext, to: str, message: str | None, status: int = 200, **values: object
) -> Response:
    visitor = visitor_of(request, context)
    if visitor.session is not None and status == 200:
        return redirect(to)
    return render(
        "sign_in.html",
        visitor,
        status,
        next=to,
        message=None if message is None else visitor.words(message, **values),
        nobody=not context.users.names(),
        unprotected=not _may_sign_in(request, context),
    )
