"""Figures that are read beside the metrics, by a clock that the test sets."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from gateway.monitoring.disk import disk_space
from gateway.monitoring.sampling import Sampler


class Source:
    """Returns what the test wants, or raises it."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = 0
        self.hangs = asyncio.Event()
        self.hangs.set()

    async def __call__(self):
        self.asked += 1
        await self.hangs.wait()
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


async def test_what_was_read_last_stays_and_its_age_tells_of_a_fault():
    now = [100.0]
    sampler = Sampler("actions", Source(7, OSError("gone"), 8), (OSError,), clock=lambda: now[0])
    assert sampler.last is None
    await sampler.sample()
    assert (sampler.last, sampler.age_s) == (7, 0)
    now[0] += 20
    await sampler.sample()
    assert (sampler.last, sampler.age_s) == (7, 20)
    await sampler.sample()
    assert (sampler.last, sampler.age_s) == (8, 0)


async def test_a_source_that_hangs_is_asked_once_and_grows_old():
    now = [0.0]
    source = Source(1)
    source.hangs.clear()
    sampler = Sampler("disk", source, (OSError,), every_s=0, clock=lambda: now[0])
    sampler.start()
    for _ in range(20):
        await asyncio.sleep(0)
    now[0] = 300.0
    assert (source.asked, sampler.last, sampler.age_s) == (1, None, 300)
    await sampler.stop()


async def test_a_fault_that_nobody_expected_does_not_end_the_reading():
    source = Source(ValueError("what?"), 5)
    sampler = Sampler("speech", source, (OSError,), every_s=0)
    sampler.start()
    while sampler.last is None:
        await asyncio.sleep(0)
    await sampler.stop()
    assert sampler.last == 5


async def test_an_expected_fault_is_told_once_for_as_long_as_it_lasts():
    sampler = Sampler("actions", Source(OSError("a"), OSError("b"), 1, OSError("c")), (OSError,))
    with capture_logs() as told:
        for _ in range(4):
            await sampler.sample()
    assert [line["event"] for line in told].count("figures_not_read") == 2


async def test_the_room_on_the_disk_is_that_of_the_folder(tmp_path):
    space = await disk_space(tmp_path)
    assert 0 < space.free <= space.size
    with pytest.raises(OSError, match="nowhere"):
        await disk_space(tmp_path / "nowhere")
