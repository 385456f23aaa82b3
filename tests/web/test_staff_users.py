"""The file of those who may sign in."""

from __future__ import annotations

import stat

import pytest
from staff_page import CHEAP

from gateway.web.users import StaffUsers, StaffUsersError

PASSWORD = "correct horse battery"


@pytest.fixture
def users(tmp_path):
    return StaffUsers(tmp_path / "folder" / "staff-users.json", CHEAP)


def test_where_there_is_no_file_there_is_nobody(users):
    assert users.names() == []
    assert users.fingerprint("Anna") is None


async def test_who_was_added_gets_in_with_their_password_only(users):
    assert users.add("Anna", PASSWORD)
    users.add("Beat", "another long password")
    assert users.names() == ["Anna", "Beat"]
    assert await users.verify("Anna", PASSWORD)
    assert not await users.verify("Beat", PASSWORD)
    assert not await users.verify("Anna", PASSWORD + " ")
    assert not await users.verify("Anna", "")


async def test_an_unknown_name_costs_a_hash_as_a_known_one_does(users, monkeypatch):
    users.add("Anna", PASSWORD)
    verified = []
    monkeypatch.setattr(type(CHEAP), "verify", lambda _, hashed, password: verified.append((hashed, password)) or True)
    assert not await users.verify("Nobody", PASSWORD), "even where the hash fitted"
    assert await users.verify("Anna", PASSWORD)
    (unknown, _), (known, _) = verified
    assert unknown.rsplit("$", 2)[0] == known.rsplit("$", 2)[0], "with the same parameters"


async def test_another_password_takes_the_place_of_the_first(users):
    users.add("Anna", PASSWORD)
    before = users.fingerprint("Anna")
    assert not users.add("Anna", "another long password")
    assert users.fingerprint("Anna") not in (None, before)
    assert not await users.verify("Anna", PASSWORD)


async def test_who_was_removed_does_not_get_in(users):
    users.add("Anna", PASSWORD)
    users.remove("Anna")
    assert not await users.verify("Anna", PASSWORD)
    with pytest.raises(StaffUsersError, match="no user Anna"):
        users.remove("Anna")


async def test_a_change_by_another_process_counts_at_once(users):
    users.add("Anna", PASSWORD)
    StaffUsers(users.path, CHEAP).add("Beat", PASSWORD)
    assert users.names() == ["Anna", "Beat"]
    StaffUsers(users.path, CHEAP).remove("Anna")
    assert users.fingerprint("Anna") is None


def test_the_file_is_its_owners_alone_and_holds_no_password(users):
    users.add("Anna", PASSWORD)
    assert stat.S_IMODE(users.path.stat().st_mode) == 0o600
    assert PASSWORD not in users.path.read_text()
    assert "$argon2id$" in users.path.read_text()
    assert [path.name for path in users.path.parent.iterdir()] == ["staff-users.json"]


def test_a_write_that_fails_leaves_the_file_as_it_was(users, monkeypatch):
    users.add("Anna", PASSWORD)
    before = users.path.read_bytes()
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(StaffUsersError, match="cannot be written: No space left on device"):
        users.add("Beat", PASSWORD)
    assert users.path.read_bytes() == before
    assert [path.name for path in users.path.parent.iterdir()] == ["staff-users.json"]


@pytest.mark.parametrize("content", ["", "[]", '{"users": 1}', '{"users": {"Anna": 3}}', "\xff"])
def test_a_file_of_something_else_is_one_sentence(users, content):
    users.path.parent.mkdir()
    users.path.write_text(content, encoding="latin-1")
    with pytest.raises(StaffUsersError, match="does not hold users as `gateway staff add` writes them"):
        users.names()


async def test_a_hash_of_something_else_is_one_sentence(users):
    users.path.parent.mkdir()
    users.path.write_text('{"users": {"Anna": "md5"}}')
    with pytest.raises(StaffUsersError, match="none of argon2"):
        await users.verify("Anna", PASSWORD)


@pytest.mark.parametrize("name", ["", "  ", "x" * 65, "An\x00na", "An\u202ena"])
def test_a_name_that_nobody_can_read_is_refused(users, name):
    with pytest.raises(StaffUsersError, match="A name has"):
        users.add(name, PASSWORD)


@pytest.mark.parametrize("password", ["", "ninechars", "x" * 257])
def test_a_password_that_is_too_short_or_too_long_is_refused(users, password):
    with pytest.raises(StaffUsersError, match="A password has 10 to 256"):
        users.add("Anna", password)
    assert users.names() == []
