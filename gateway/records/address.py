"""Where the records lie: a SQLite file, or a database on a PostgreSQL server."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from gateway.config import Settings

_DRIVER = "postgresql+psycopg"
_SCHEMES = frozenset(("postgresql", "postgres", _DRIVER))


@dataclass(frozen=True, slots=True)
class PostgresAddress:
    """A database on a PostgreSQL server.

    ``gateway`` names the one that writes there: several may share a database, each under a name of its own. What is
    printed of it holds neither user, password nor options.
    """

    url: URL = field(repr=False)
    gateway: str

    def __str__(self) -> str:
        """Return the address without anything that has to be kept secret."""
        host = self.url.host or self.url.query.get("host") or "localhost"
        port = f":{self.url.port}" if self.url.port else ""
        return f"postgresql://{host}{port}/{self.url.database}"


DatabaseAddress: TypeAlias = Path | PostgresAddress
"""Where the records lie; a path is that of a SQLite file."""


def address_of(settings: Settings) -> DatabaseAddress:
    """Return where the settings keep the records."""
    if settings.database_url is None:
        return settings.database_path
    return postgres_address(settings.database_url.get_secret_value(), settings.gateway_name)


def postgres_address(url: str, gateway: str) -> PostgresAddress:
    """Return the address that ``url`` (``postgresql://user:password@host/database``) stands for.

    Raise ``ValueError`` with a sentence that repeats nothing of it.
    """
    try:
        parsed = make_url(url.strip())
    except (ArgumentError, ValueError):
        parsed = None
    if parsed is None or parsed.drivername not in _SCHEMES or not parsed.database:
        raise ValueError("has to be a URL such as postgresql://gateway:password@db.example.ch/gateway")
    return PostgresAddress(parsed.set(drivername=_DRIVER), gateway)
