"""How soon a worker is started again."""

from __future__ import annotations

from gateway.media.client.restart_back_off import DELAYS_S, HEALTHY_AFTER_S, RestartBackOff


def test_faults_that_follow_each_other_closely_wait_ever_longer() -> None:
    back_off = RestartBackOff()
    delays = []
    for number in range(len(DELAYS_S) + 2):
        back_off.ready(10.0 * number)
        delays.append(back_off.failed(10.0 * number + 1))
    assert delays == [*DELAYS_S, DELAYS_S[-1], DELAYS_S[-1]]


def test_a_start_that_fails_counts_as_a_fault() -> None:
    back_off = RestartBackOff()
    assert [back_off.failed(0), back_off.failed(1), back_off.failed(2)] == list(DELAYS_S[:3])


def test_after_a_healthy_while_the_next_start_is_prompt() -> None:
    back_off = RestartBackOff()
    back_off.failed(0)
    back_off.failed(1)
    back_off.ready(2)
    assert back_off.failed(2 + HEALTHY_AFTER_S) == DELAYS_S[0]
