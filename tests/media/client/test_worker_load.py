"""By what workers are compared when a call is to go to one of them."""

from __future__ import annotations

from gateway.media.client.media_worker import WorkerStatus
from gateway.media.client.media_worker_pool import load
from gateway.media.wire import messages as m


def status(legs: int, busy_ms: float) -> WorkerStatus:
    return WorkerStatus(1, legs, 0, 0, m.Telemetry(1, legs, 100, 0, 0.0, 0.0, 0.0, busy_ms, busy_ms, busy_ms))


def test_the_load_grows_with_what_was_measured_and_with_each_leg() -> None:
    assert load(status(10, 4.0)) < load(status(11, 4.0)) < load(status(11, 5.0))


def test_a_worker_that_has_not_told_anything_yet_counts_by_its_legs() -> None:
    assert load(WorkerStatus(1, 0, 0, 0, None)) < load(WorkerStatus(1, 3, 0, 0, None)) < load(status(3, 0.1))
