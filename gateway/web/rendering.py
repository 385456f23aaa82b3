"""Templates to responses; what callers said is escaped, and nothing but our own files may run or be shown."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import PurePath
from typing import Any

from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from gateway.language import LANGUAGES
from gateway.web.staff_context import Visitor
from gateway.web.wording import LANGUAGE_NAMES

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; media-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Content Security Policy (W3C, level 3); the waveform's own style sheet carries the page's nonce."""
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_STATIC_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("gateway.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(static=static_url, languages=[(code, LANGUAGE_NAMES[code]) for code in LANGUAGES])
    return environment


def render(template: str, visitor: Visitor, status: int = 200, **values: Any) -> Response:
    """Return a page."""
    nonce = secrets.token_urlsafe(16)
    text = _environment().get_template(template).render(t=visitor.words, visitor=visitor, nonce=nonce, **values)
    headers = {**_HEADERS, "Content-Security-Policy": _POLICY.format(nonce=nonce)}
    return HTMLResponse(text, status_code=status, headers=headers)


def redirect(to: str) -> Response:
    """Return the way to another page, after a form."""
    return RedirectResponse(to, status_code=303, headers=_HEADERS)


def local_path(wanted: str | None) -> str:
    """Return ``wanted`` where it is a path of this page, the first page where it may lead elsewhere."""
    if wanted is None or not wanted.startswith("/") or wanted.startswith("//") or not wanted.isprintable():
        return "/"
    return "/" if "\\" in wanted or len(wanted) > 500 else wanted


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file that never changes under its ``url``, so that it may be kept for good."""

    url: str
    body: bytes
    media_type: str


@cache
def static_files() -> Mapping[str, StaticFile]:
    """Return all static files by their names, such as ``vendor/x.js``."""
    return dict(_static_files(files(__package__).joinpath("static"), ""))


def _static_files(folder: Traversable, inside: str) -> Iterator[tuple[str, StaticFile]]:
    for path in folder.iterdir():
        name = f"{inside}{path.name}"
        media_type = _STATIC_TYPES.get(PurePath(name).suffix)
        if path.is_dir():
            yield from _static_files(path, f"{name}/")
        elif media_type is not None:
            body = path.read_bytes()
            url = f"/static/{hashlib.sha256(body).hexdigest()[:12]}/{name}"
            yield name, StaticFile(url, body, media_type)


def static_url(name: str) -> str:
    """Return where a static file is."""
    return static_files()[name].url
