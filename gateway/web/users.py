"""Who may sign in: names and password hashes in a file of their own."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from pydantic import BaseModel, ValidationError

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 256
LONGEST_NAME = 64


class StaffUsersError(Exception):
    """The users cannot be read or changed; the message is one sentence."""


class _File(BaseModel):
    """What the file holds: argon2 hashes by name."""

    users: dict[str, str]


def check_name(name: str) -> str:
    """Return ``name`` without what is around it; raise ``StaffUsersError`` where it cannot be a user's."""
    stripped = " ".join(name.split())
    if not 0 < len(stripped) <= LONGEST_NAME or not stripped.isprintable():
        raise StaffUsersError(f"A name has 1 to {LONGEST_NAME} characters that can be read.")
    return stripped


def check_password(password: str) -> str:
    """Return ``password``; raise ``StaffUsersError`` where it is too short or too long."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise StaffUsersError(f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters.")
    return password


class StaffUsers:
    """The users in the file at ``path``, which is read anew when it has changed.

    ``hasher`` may be a cheaper one in tests. Every method raises ``StaffUsersError``.
    """

    def __init__(self, path: Path, hasher: PasswordHasher | None = None) -> None:
        self._path = path
        self._hasher = hasher or PasswordHasher()
        self._read_at: tuple[int, int, int] | None = None
        self._hashes: Mapping[str, str] = {}
        self._nobody: str | None = None
        self._one_at_a_time = asyncio.Lock()
        """A hash takes 64 MiB and a core: strangers get one of each, not all."""

    @property
    def path(self) -> Path:
        """Where the file is, or would be."""
        return self._path

    def names(self) -> list[str]:
        """Return the names of all users, sorted."""
        return sorted(self._users())

    def fingerprint(self, name: str) -> str | None:
        """Return what changes with a user's password; None where there is no such user."""
        return self._users().get(name)

    def add(self, name: str, password: str) -> bool:
        """Add a user, or give one another password; return whether the user is new."""
        name = check_name(name)
        users = dict(self._users())
        is_new = name not in users
        users[name] = self._hasher.hash(check_password(password))
        self._write(users)
        return is_new

    def remove(self, name: str) -> None:
        """Remove a user, whose sessions end with that."""
        users = dict(self._users())
        if users.pop(check_name(name), None) is None:
            raise StaffUsersError(f"There is no user {name}.")
        self._write(users)

    async def verify(self, name: str, password: str) -> bool:
        """Tell whether there is such a user with such a password; it takes as long where there is none."""
        hashed = self._users().get(name)
        async with self._one_at_a_time:
            right = await asyncio.to_thread(self._matches, hashed, password[:LONGEST_PASSWORD])
        return right and hashed is not None

    def _matches(self, hashed: str | None, password: str) -> bool:
        try:
            return self._hasher.verify(hashed or self._nobodys_hash(), password)
        except InvalidHashError as error:
            raise StaffUsersError(f"The file {self._path} holds a password hash that is none of argon2.") from error
        except Argon2Error:
            return False

    def _nobodys_hash(self) -> str:
        if self._nobody is None:
            self._nobody = self._hasher.hash("a user that there is not")
        return self._nobody

    def _users(self) -> Mapping[str, str]:
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise StaffUsersError(f"The file {self._path} cannot be read: {error.strerror}.") from error
        read_at = (status.st_ino, status.st_size, status.st_mtime_ns)
        if read_at != self._read_at:
            self._hashes = self._load()
            self._read_at = read_at
        return self._hashes

    def _load(self) -> Mapping[str, str]:
        try:
            return _File.model_validate_json(self._path.read_bytes()).users
        except OSError as error:
            raise StaffUsersError(f"The file {self._path} cannot be read: {error.strerror}.") from error
        except ValidationError as error:
            message = f"The file {self._path} does not hold users as `gateway staff add` writes them."
            raise StaffUsersError(message) from error

    def _write(self, users: Mapping[str, str]) -> None:
        """Replace the file at once: a crash leaves the old one or the new one."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=self._path.parent, prefix=f".{self._path.name}.")  # mode 0600
            temporary = Path(name)
            try:
                with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                    file.write(f"{_File(users=dict(users)).model_dump_json(indent=2)}\n")
                    file.flush()
                    os.fsync(file.fileno())
                temporary.replace(self._path)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
        except OSError as error:
            raise StaffUsersError(f"The file {self._path} cannot be written: {error.strerror}.") from error
