import asyncio
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audio import Pcm
from gateway.speech.interface import RecognitionHints, SpeechError, SpeechTimeout, SpeechUnavailable, Transcript
from gateway.speech.recognition_queue import Entry, RecognitionQueue, Waiting

SOUND = Pcm.silence(100)


def heard(text):
    return Transcript(text, "de", 1.0)


@given(st.lists(st.booleans(), max_size=30))
def test_final_utterances_come_before_partial_ones_each_in_order(kinds):
    waiting = Waiting(longest=100)
    for number, partial in enumerate(kinds):
        waiting.add(Entry(number, deadline=10, partial=partial))
    turn, late = waiting.take(100, now=0)
    assert [entry.item for entry in turn] == sorted(range(len(kinds)), key=lambda number: (kinds[number], number))
    assert late == []


def test_a_full_queue_refuses_but_gives_up_a_partial_for_a_final():
    waiting = Waiting(longest=2)
    waiting.add(Entry("final", 10))
    waiting.add(Entry("partial", 10, partial=True))
    with pytest.raises(OverflowError):
        waiting.add(Entry("another partial", 10, partial=True))
    assert [entry.item for entry in waiting.add(Entry("second final", 10))] == ["partial"]
    with pytest.raises(OverflowError):
        waiting.add(Entry("third final", 10))


def test_who_has_waited_too_long_leaves_and_takes_nobodys_turn():
    waiting = Waiting(longest=9)
    for item, deadline in (("late", 1), ("first", 5), ("second", 5)):
        waiting.add(Entry(item, deadline))
    turn, late = waiting.take(1, now=1)
    assert [entry.item for entry in turn] == ["first"]
    assert [entry.item for entry in late] == ["late"]
    assert len(waiting) == 1


class Engine:
    """Blocks until it is released, and remembers what it was asked."""

    def __init__(self):
        self.batches = []
        self.release = threading.Event()
        self.busy = threading.Event()

    def __call__(self, jobs):
        self.batches.append([job.hints.prompt for job in jobs])
        self.busy.set()
        assert self.release.wait(10)
        return [heard(job.hints.prompt) for job in jobs]


@pytest.fixture
async def engine():
    engine = Engine()
    yield engine
    engine.release.set()


def ask(queue, name, **hints):
    return asyncio.create_task(queue.recognise(SOUND, RecognitionHints(prompt=name, **hints)))


async def test_what_waits_is_recognised_in_batches_finals_first(engine):
    queue = RecognitionQueue(engine, largest_batch=2)
    tasks = [ask(queue, "running")]
    await asyncio.to_thread(engine.busy.wait, 10)
    tasks += [ask(queue, "partial", partial=True), ask(queue, "one"), ask(queue, "two")]
    await asyncio.sleep(0)
    engine.release.set()
    assert [task.text for task in await asyncio.gather(*tasks)] == ["running", "partial", "one", "two"]
    assert engine.batches == [["running"], ["one", "two"], ["partial"]]
    await queue.close()


async def test_a_cancelled_utterance_is_never_begun(engine):
    queue = RecognitionQueue(engine)
    running = ask(queue, "running")
    await asyncio.to_thread(engine.busy.wait, 10)
    gone, stays = ask(queue, "gone"), ask(queue, "stays")
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.wait([gone])
    assert len(queue) == 1
    engine.release.set()
    await asyncio.gather(running, stays)
    assert engine.batches == [["running"], ["stays"]]
    await queue.close()


async def test_a_full_queue_refuses_at_once_and_a_deadline_ends_the_wait(engine):
    queue = RecognitionQueue(engine, longest=1)
    running = ask(queue, "running")
    await asyncio.to_thread(engine.busy.wait, 10)
    short = ask(queue, "short", deadline_ms=20)
    await asyncio.sleep(0)
    with pytest.raises(SpeechUnavailable, match="overloaded"):
        await queue.recognise(SOUND, RecognitionHints())
    with pytest.raises(SpeechTimeout):
        await short
    engine.release.set()
    await running
    await queue.close()
    assert engine.batches == [["running"]]


async def test_an_engine_that_fails_fails_that_utterance_only():
    def recognise(jobs):
        if jobs[0].hints.prompt == "bad":
            raise RuntimeError("broken")
        return [heard("fine")]

    queue = RecognitionQueue(recognise)
    with pytest.raises(SpeechError, match="broken"):
        await queue.recognise(SOUND, RecognitionHints(prompt="bad"))
    assert (await queue.recognise(SOUND, RecognitionHints())).text == "fine"
    await queue.close()


async def test_closing_refuses_what_waits(engine):
    queue = RecognitionQueue(engine)
    running = ask(queue, "running")
    await asyncio.to_thread(engine.busy.wait, 10)
    waits = ask(queue, "waits")
    await asyncio.sleep(0)
    closing = asyncio.create_task(queue.close())
    with pytest.raises(SpeechUnavailable, match="stopped"):
        await waits
    engine.release.set()
    await closing
    assert (await running).text == "running"
    with pytest.raises(SpeechUnavailable, match="stopped"):
        await queue.recognise(SOUND, RecognitionHints())
