import asyncio
from functools import partial

import pytest

from gateway.conversation.thinking import Continuation, Thinking, Thought


class Mind:
    """Thoughts as they come, and what became of the work."""

    def __init__(self) -> None:
        self.thoughts: list[Thought] = []
        self.done: list[str] = []
        self.gate = asyncio.Event()
        self.thinking = Thinking(self.thoughts.append, lambda task: task)

    async def work(self, name: str) -> Continuation:
        await self.gate.wait()
        self.done.append(name)
        return self._use

    async def _use(self) -> None:
        self.done.append("used")


@pytest.fixture
def mind() -> Mind:
    return Mind()


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_result_is_reported_once_and_is_what_was_awaited(mind: Mind) -> None:
    mind.thinking.begin(partial(mind.work, "a"))
    assert mind.thinking.under_way
    mind.gate.set()
    await settle()
    (thought,) = mind.thoughts
    assert thought.is_awaited()
    await thought.go_on()
    assert mind.done == ["a", "used"]
    assert not mind.thinking.under_way
    assert not thought.is_awaited()


async def test_what_is_given_up_reports_nothing(mind: Mind) -> None:
    mind.thinking.begin(partial(mind.work, "a"))
    await settle()
    mind.thinking.give_up()
    mind.gate.set()
    await settle()
    assert mind.thoughts == []
    assert mind.done == []


async def test_a_result_that_was_on_its_way_when_it_was_given_up_is_not_used(mind: Mind) -> None:
    mind.gate.set()
    mind.thinking.begin(partial(mind.work, "a"))
    await settle()
    mind.thinking.give_up()
    mind.thinking.begin(partial(mind.work, "b"))
    await settle()
    first, second = mind.thoughts
    assert not first.is_awaited()
    assert second.is_awaited()


async def test_new_work_takes_the_place_of_what_is_under_way(mind: Mind) -> None:
    mind.thinking.begin(partial(mind.work, "a"))
    await settle()
    mind.thinking.begin(partial(mind.work, "b"))
    mind.gate.set()
    await settle()
    assert mind.done == ["b"]


async def test_what_must_finish_is_not_given_up_and_nothing_takes_its_place(mind: Mind) -> None:
    mind.thinking.begin(partial(mind.work, "booking"), must_finish=True)
    mind.thinking.give_up()
    assert mind.thinking.must_finish
    with pytest.raises(RuntimeError, match="must finish"):
        mind.thinking.begin(partial(mind.work, "b"))
    mind.gate.set()
    await settle()
    assert mind.done == ["booking"]


async def test_the_end_waits_for_what_must_finish_and_gives_up_the_rest(mind: Mind) -> None:
    mind.thinking.begin(partial(mind.work, "a"))
    await mind.thinking.end()
    assert mind.done == []
    mind.thinking.begin(partial(mind.work, "booking"), must_finish=True)
    ending = asyncio.create_task(mind.thinking.end())
    await settle()
    assert not ending.done()
    mind.gate.set()
    await ending
    assert mind.done == ["booking"]
