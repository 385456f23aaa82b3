"""Forms that the page's own pages sent, and no other's."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from fastapi import Request

from gateway.web.faults import BadForm
from gateway.web.sessions import Session

LARGEST_FORM = 16 * 1024


async def read_form(request: Request, session: Session | None) -> Mapping[str, str]:
    """Return the fields of a form; raise ``BadForm`` where it is none of ours.

    A form of a signed-in person has to carry the session's ``csrf``; every one has to come from the same origin, by
    what the browser says of that (Fetch Metadata, and Origin, RFC 6454).
    """
    if not is_same_origin(request):
        raise BadForm
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_FORM:
            raise BadForm
    try:
        fields = dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=20))
    except ValueError as error:
        raise BadForm from error
    if session is not None and not secrets.compare_digest(fields.get("csrf", "").encode(), session.csrf.encode()):
        raise BadForm
    return fields


def one_line(text: str, longest: int) -> str:
    """Return what was entered in a field without what cannot be read, and no longer than ``longest`` characters."""
    readable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(readable.split())[:longest]


def is_same_origin(request: Request) -> bool:
    """Tell whether a browser sent this from one of the page's own pages; who says nothing is no browser."""
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")
