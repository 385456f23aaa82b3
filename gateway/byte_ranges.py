"""Parts of a body by range (RFC 9110, section 14), for bodies that are in no file."""

from __future__ import annotations

import re

from fastapi import Response

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class OutOfRange(Exception):
    """Nothing of the body lies in the range."""


def byte_range(wanted: str | None, length: int) -> tuple[int, int] | None:
    """Return first and last octet of a Range field; None where all is meant, or what is there means nothing.

    Raise ``OutOfRange`` where it lies outside of ``length`` octets.
    """
    match = _RANGE.fullmatch(wanted or "")
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        begin, end = max(0, length - int(last)), length - 1
    else:
        begin, end = int(first), min(int(last), length - 1) if last else length - 1
        if last and int(last) < begin:
            return None
    if begin >= length:
        raise OutOfRange
    return begin, end


def ranged_response(body: bytes, media_type: str, wanted: str | None, headers: dict[str, str]) -> Response:
    """Return the part of ``body`` that a Range field asks for, or all of it."""
    accepting = {**headers, "Accept-Ranges": "bytes"}
    try:
        found = byte_range(wanted, len(body))
    except OutOfRange:
        return Response(status_code=416, headers={**accepting, "Content-Range": f"bytes */{len(body)}"})
    if found is None:
        return Response(body, media_type=media_type, headers=accepting)
    begin, end = found
    part = {**accepting, "Content-Range": f"bytes {begin}-{end}/{len(body)}"}
    return Response(body[begin : end + 1], status_code=206, media_type=media_type, headers=part)
