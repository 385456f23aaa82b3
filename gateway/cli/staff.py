"""``gateway staff``: who may sign in on the staff's page."""

from __future__ import annotations

import sys
from collections.abc import Callable
from getpass import getpass

from gateway.cli.failure import fail
from gateway.config import ConfigurationError, load_settings
from gateway.web.users import StaffUsers, StaffUsersError, check_name, check_password


def add_user(name: str, *, password_stdin: bool) -> int:
    """Add a user, or give one another password; return the exit code."""

    def work(users: StaffUsers) -> int:
        check_name(name)
        password = sys.stdin.readline().rstrip("\r\n") if password_stdin else _ask()
        if password is None:
            return fail("The two passwords are not the same.")
        is_new = users.add(name, check_password(password))
        print(f"{name} may sign in now." if is_new else f"{name} has another password now; older sessions have ended.")
        return 0

    return _run(work)


def remove_user(name: str) -> int:
    """Remove a user; return the exit code."""

    def work(users: StaffUsers) -> int:
        users.remove(name)
        print(f"{name} may no longer sign in, and is signed out.")
        return 0

    return _run(work)


def list_users() -> int:
    """Print the users' names; return the exit code."""

    def work(users: StaffUsers) -> int:
        print("\n".join(users.names()) or "Nobody may sign in yet.")
        return 0

    return _run(work)


def _ask() -> str | None:
    password = check_password(getpass("Password: "))
    return password if getpass("Once more: ") == password else None


def _run(work: Callable[[StaffUsers], int]) -> int:
    try:
        return work(StaffUsers(load_settings().staff_users_path))
    except (ConfigurationError, StaffUsersError) as error:
        return fail(str(error))
