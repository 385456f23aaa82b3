import pytest

from gateway.speech.engines.batch_limit import FIRST_REST_S, LONGEST_REST_S, BatchLimit, is_out_of_memory


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_memory_that_runs_out_halves_what_was_tried(clock):
    limit = BatchLimit(16, clock)
    assert limit.size == 16
    assert limit.ran_out(16)
    assert limit.size == 8
    assert limit.ran_out(5)
    assert limit.size == 2
    assert limit.ran_out(2)
    assert limit.size == 1
    assert limit.failures == 3


def test_a_single_row_that_does_not_fit_cannot_be_halved(clock):
    limit = BatchLimit(16, clock)
    assert not limit.ran_out(1)
    assert limit.size == 1


def test_it_grows_back_by_doubling_and_waits_longer_each_time_that_fails(clock):
    limit = BatchLimit(16, clock)
    limit.ran_out(16)
    clock.now += FIRST_REST_S - 1
    assert limit.size == 8
    clock.now += 1
    assert limit.size == 16
    limit.ran_out(16)
    clock.now += FIRST_REST_S
    assert limit.size == 8
    clock.now += FIRST_REST_S
    assert limit.size == 16


def test_one_step_at_a_time_on_the_way_back(clock):
    limit = BatchLimit(16, clock)
    limit.ran_out(4)
    clock.now += 10 * LONGEST_REST_S
    assert limit.size == 4
    assert limit.size == 4


def test_a_whole_batch_that_fits_makes_the_next_rest_short_again(clock):
    limit = BatchLimit(4, clock)
    for _ in range(20):
        limit.ran_out(4)
        clock.now += LONGEST_REST_S
        assert limit.size == 4
    limit.fitted(3)
    limit.ran_out(4)
    clock.now += FIRST_REST_S
    assert limit.size == 2
    clock.now += LONGEST_REST_S
    assert limit.size == 4
    limit.fitted(4)
    limit.ran_out(4)
    clock.now += FIRST_REST_S
    assert limit.size == 4


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (RuntimeError("CUDA failed with error out of memory"), True),
        (RuntimeError("cuBLAS failed with status CUBLAS_STATUS_ALLOC_FAILED"), True),
        (RuntimeError("std::bad_alloc"), True),
        (MemoryError(), True),
        (RuntimeError("CUDA failed with error an illegal memory access was encountered"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_only_a_lack_of_memory_is_taken_for_one(error, expected):
    assert is_out_of_memory(error) is expected
