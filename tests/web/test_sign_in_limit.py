"""How often a password may be tried."""

from __future__ import annotations

from staff_page import Clock

from gateway.web import sign_in_limit as module
from gateway.web.sign_in_limit import MOST_FAILURES_OF_ADDRESS, MOST_FAILURES_OF_NAME, WINDOW_S, SignInLimit

HOME, ELSEWHERE = "192.0.2.1", "192.0.2.2"


def test_a_name_may_fail_a_few_times_and_then_has_to_wait():
    clock = Clock()
    limit = SignInLimit(clock)
    for _ in range(MOST_FAILURES_OF_NAME):
        assert limit.wait_s("Anna", HOME) == 0
        limit.failed("Anna", HOME)
    assert limit.wait_s("Anna", HOME) == WINDOW_S
    clock.now += WINDOW_S - 1
    assert limit.wait_s("Anna", HOME) == 1
    clock.now += 1
    assert limit.wait_s("Anna", HOME) == 0


def test_nobody_locks_a_colleague_out_from_elsewhere():
    limit = SignInLimit(Clock())
    for _ in range(MOST_FAILURES_OF_NAME):
        limit.failed("Anna", ELSEWHERE)
    assert limit.wait_s("Anna", HOME) == 0
    assert limit.wait_s("Beat", ELSEWHERE) == 0


def test_an_address_that_tries_many_names_has_to_wait_with_all_of_them():
    limit = SignInLimit(Clock())
    for number in range(MOST_FAILURES_OF_ADDRESS):
        limit.failed(f"name {number}", ELSEWHERE)
    assert limit.wait_s("yet another", ELSEWHERE) > 0
    assert limit.wait_s("yet another", HOME) == 0


def test_who_has_one_password_gains_no_attempts_at_others_by_it():
    limit = SignInLimit(Clock())
    for number in range(MOST_FAILURES_OF_ADDRESS):
        limit.failed(f"name {number}", HOME)
        limit.failed("Anna", HOME)
        limit.succeeded("Anna", HOME)
    assert limit.wait_s("Anna", HOME) > 0


def test_a_whole_practice_signs_in_from_one_address():
    limit = SignInLimit(Clock())
    for number in range(3 * MOST_FAILURES_OF_ADDRESS):
        assert limit.wait_s(f"name {number}", HOME) == 0
        limit.failed(f"name {number}", HOME)
        limit.succeeded(f"name {number}", HOME)


def test_strangers_cannot_fill_the_memory(monkeypatch):
    monkeypatch.setattr(module, "MOST_KEPT", 10)
    limit = SignInLimit(Clock())
    for number in range(100):
        limit.failed("Anna", f"2001:db8::{number:x}")
    assert len(limit._failures) == 10
    assert limit.wait_s("Anna", "2001:db8::63") == 0
