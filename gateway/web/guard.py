"""Who is at the page: the session of the cookie, and the language."""

from __future__ import annotations

import ipaddress
from typing import Annotated, TypeAlias

from fastapi import Depends, Request, Response

from gateway.language import LANGUAGES, Language
from gateway.web.faults import SignInNeeded
from gateway.web.staff_context import SignedIn, StaffContext, Visitor
from gateway.web.wording import preferred_language, wording

SESSION_COOKIE = "staff_session"
LANGUAGE_COOKIE = "staff_language"
BY_ITSELF = "x-by-itself"
"""Header of requests that a page makes without anybody doing anything: they keep nobody signed in."""
_YEAR_S = 365 * 24 * 3600


def language_of(request: Request, context: StaffContext) -> Language:
    """Return the language that was chosen, or the first that the browser asks for."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    for language in LANGUAGES:
        if language == chosen:
            return language
    return preferred_language(request.headers.get("accept-language", ""), context.fallback_language)


def visitor_of(request: Request, context: StaffContext) -> Visitor:
    """Return who asks, signed in or not."""
    token = request.cookies.get(SESSION_COOKIE, "")
    session = context.sessions.find(token, context.users.fingerprint, uses=BY_ITSELF not in request.headers)
    return Visitor(wording(language_of(request, context)), session, request.url.path)


def context_of(request: Request) -> StaffContext:
    """Return the parts behind the pages of this application."""
    context: StaffContext = request.app.state.staff
    return context


Context: TypeAlias = Annotated[StaffContext, Depends(context_of)]


def signed_in(request: Request, context: Context) -> SignedIn:
    """Return who is signed in; raise ``SignInNeeded``."""
    visitor = visitor_of(request, context)
    if visitor.session is None:
        raise SignInNeeded
    return SignedIn(visitor.words, visitor.session, visitor.path)


Staff: TypeAlias = Annotated[SignedIn, Depends(signed_in)]


def is_protected(request: Request) -> bool:
    """Tell whether nobody on the way can read along: TLS, a proxy's before us included, or the machine itself."""
    return request.url.scheme == "https" or _is_loopback(request.url.hostname or "")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def set_session(response: Response, request: Request, token: str) -> None:
    """Give the browser a session."""
    secure = request.url.scheme == "https"
    response.set_cookie(SESSION_COOKIE, token, httponly=True, samesite="strict", secure=secure, path="/")


def forget_session(response: Response) -> None:
    """Take the session from the browser."""
    response.delete_cookie(SESSION_COOKIE, httponly=True, samesite="strict", path="/")


def set_language(response: Response, language: Language) -> None:
    """Let the browser remember a language."""
    response.set_cookie(LANGUAGE_COOKIE, language, max_age=_YEAR_S, httponly=True, samesite="strict", path="/")
