import pytest

from gateway.speech.engine_pace import MARGIN, OVERHEAD_S, EnginePace


def test_before_anything_is_measured_a_batch_takes_as_long_as_its_members_one_after_the_other():
    pace = EnginePace(0.1)
    assert pace.expected_s([1.0]) == pytest.approx(MARGIN * 0.1 * (1 + OVERHEAD_S))
    assert pace.expected_s([1.0] * 4) == pytest.approx(4 * pace.expected_s([1.0]))


def test_a_batch_is_as_wide_as_its_longest_member():
    pace = EnginePace(0.1)
    assert pace.expected_s([1.0, 9.0]) == pace.expected_s([9.0, 9.0])


def test_an_engine_that_takes_batches_in_the_time_of_one_is_believed_after_the_first():
    pace = EnginePace(0.1)
    pace.observe([3.0] * 8, 0.5)
    assert pace.expected_s([3.0] * 8) == pytest.approx(MARGIN * 0.5)
    # A smaller batch takes no longer; one twice as large twice as long at worst.
    assert pace.expected_s([3.0] * 4) == pytest.approx(MARGIN * 0.5)
    assert pace.expected_s([3.0] * 16) == pytest.approx(MARGIN * 1.0)


def test_each_size_has_an_average_of_its_own():
    pace = EnginePace(0.1)
    for _ in range(50):
        pace.observe([2.0], 0.2)
        pace.observe([2.0] * 8, 0.4)
    assert pace.expected_s([2.0]) == pytest.approx(MARGIN * 0.2, rel=0.01)
    assert pace.expected_s([2.0] * 8) == pytest.approx(MARGIN * 0.4, rel=0.01)


def test_one_measurement_does_not_turn_the_average():
    pace = EnginePace(0.1)
    pace.observe([3.0], 5.0)
    assert pace.expected_s([3.0]) < MARGIN * 2.0
