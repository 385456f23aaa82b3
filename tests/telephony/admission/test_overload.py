import asyncio
import time

from hypothesis import given
from hypothesis import strategies as st

from gateway.telephony.admission.loop_load import LoopLoad
from gateway.telephony.admission.overload import LEAST_SHARE, PATIENCE, OverloadController


def admitted(controller, calls=1000):
    return sum(controller.lets_in() for _ in range(calls)) / calls


def test_a_gateway_at_ease_lets_every_call_in():
    controller = OverloadController()
    controller.measured(0.01, 0.5)
    assert admitted(controller) == 1
    assert not controller.overloaded


def measure(controller, lag_s, busy, times=PATIENCE):
    for _ in range(times):
        controller.measured(lag_s, busy)


def test_one_stall_is_no_overload():
    controller = OverloadController()
    for _ in range(20):
        measure(controller, 2.0, 1.0, PATIENCE - 1)
        controller.measured(0.0, 0.5)
    assert admitted(controller) == 1


def test_lag_and_a_full_core_each_shed_calls_and_some_always_get_through():
    for lag_s, busy in ((0.3, 0.2), (0.0, 0.99)):
        controller = OverloadController()
        measure(controller, lag_s, busy)
        assert 0.5 < admitted(controller) < 0.7
        for _ in range(50):
            controller.measured(lag_s, busy)
        assert 0 < admitted(controller) <= LEAST_SHARE + 0.001


def test_it_opens_more_slowly_than_it_closed_and_not_while_the_load_is_near_the_target():
    controller = OverloadController()
    measure(controller, 1.0, 1.0)
    closed = controller.share
    controller.measured(0.08, 0.5)
    assert controller.share == closed
    controller.measured(0.0, 0.5)
    assert 0 < controller.share - closed < 1 - closed


@given(st.lists(st.tuples(st.floats(0, 10), st.floats(0, 1.1)), max_size=100))
def test_the_share_of_calls_let_in_is_the_share_that_it_says(measurements):
    controller = OverloadController()
    for lag_s, busy in measurements:
        controller.measured(lag_s, busy)
        assert LEAST_SHARE <= controller.share <= 1
    assert abs(admitted(controller, 500) - controller.share) <= 0.01


async def test_the_load_of_a_real_loop_is_measured():
    measured = []
    load = LoopLoad(lambda lag_s, busy: measured.append((lag_s, busy)), interval_s=0.02)
    load.start()
    try:
        until = time.thread_time() + 0.2
        while time.thread_time() < until:  # the loop is held up for 0.2 s of work
            pass
        async with asyncio.timeout(5):
            while not measured:
                await asyncio.sleep(0)
    finally:
        load.stop()
    lag_s, busy = measured[0]
    assert lag_s > 0.15
    assert busy > 0.05
    load.stop()
