"""Sessions of the staff's page: how they end."""

from __future__ import annotations

import pytest
from staff_page import Clock

from gateway.web import sessions as module
from gateway.web.sessions import IDLE_S, LONGEST_S, Sessions


def known(_: str) -> str:
    return "hash"


def test_a_session_is_found_by_its_token_and_by_no_other():
    sessions = Sessions(Clock())
    token, other = sessions.begin("Anna", "hash"), sessions.begin("Beat", "hash")
    assert (sessions.find(token, known).user, sessions.find(other, known).user) == ("Anna", "Beat")
    assert sessions.find(token[:-1], known) is None
    assert sessions.find("", known) is None


def test_each_session_has_secrets_of_its_own():
    sessions = Sessions(Clock())
    tokens = [sessions.begin("Anna", "hash") for _ in range(50)]
    secrets = {sessions.find(token, known).csrf for token in tokens} | set(tokens)
    assert len(secrets) == 100


def test_what_is_kept_does_not_open_a_session():
    sessions = Sessions(Clock())
    token = sessions.begin("Anna", "hash")
    assert token not in repr(vars(sessions))


@pytest.mark.parametrize(("idle", "found"), [(IDLE_S - 1, True), (IDLE_S, False)])
def test_a_session_that_is_not_used_ends(idle, found):
    clock = Clock()
    sessions = Sessions(clock)
    token = sessions.begin("Anna", "hash")
    clock.now += idle
    assert (sessions.find(token, known) is not None) == found


def test_a_session_that_is_used_goes_on_until_it_is_a_days_work_old():
    clock = Clock()
    sessions = Sessions(clock)
    token = sessions.begin("Anna", "hash")
    while clock.now + IDLE_S / 2 < 1000.0 + LONGEST_S:
        clock.now += IDLE_S / 2
        assert sessions.find(token, known) is not None
    clock.now = 1000.0 + LONGEST_S
    assert sessions.find(token, known) is None


def test_what_a_page_does_by_itself_keeps_nobody_signed_in():
    clock = Clock()
    sessions = Sessions(clock)
    token = sessions.begin("Anna", "hash")
    for _ in range(9):
        clock.now += IDLE_S / 10
        assert sessions.find(token, known, uses=False) is not None
    clock.now += IDLE_S / 10
    assert sessions.find(token, known) is None


@pytest.mark.parametrize("now_known", [None, "another hash"])
def test_a_session_ends_with_its_user_and_with_the_password(now_known):
    sessions = Sessions(Clock())
    token = sessions.begin("Anna", "hash")
    assert sessions.find(token, lambda _: now_known) is None
    assert sessions.find(token, known) is None, "and does not come back with them"


def test_signing_out_ends_one_session_only():
    sessions = Sessions(Clock())
    here, there = sessions.begin("Anna", "hash"), sessions.begin("Anna", "hash")
    sessions.end(here)
    sessions.end("no token at all")
    assert sessions.find(here, known) is None
    assert sessions.find(there, known) is not None


def test_sessions_are_bounded_and_the_idlest_makes_room(monkeypatch):
    monkeypatch.setattr(module, "MOST_SESSIONS", 3)
    clock = Clock()
    sessions = Sessions(clock)
    tokens = []
    for _ in range(3):
        clock.now += 1
        tokens.append(sessions.begin("Anna", "hash"))
    clock.now += 1
    sessions.find(tokens[0], known)
    tokens.append(sessions.begin("Anna", "hash"))
    assert [sessions.find(token, known) is not None for token in tokens] == [True, False, True, True]
