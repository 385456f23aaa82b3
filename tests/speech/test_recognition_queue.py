import asyncio
import threading

import pytest

from gateway.audio import Pcm
from gateway.speech.batching import Batching
from gateway.speech.interface import RecognitionHints, SpeechError, SpeechTimeout, SpeechUnavailable, Transcript
from gateway.speech.recognition_queue import RecognitionQueue

SOUND = Pcm.silence(100)


def heard(text):
    return Transcript(text, "de", 1.0)


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
    queue = RecognitionQueue(engine, batching=Batching(largest=2, most_padding=0.5))
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


async def test_a_full_queue_refuses_at_once(engine):
    queue = RecognitionQueue(engine, longest=1)
    running = ask(queue, "running")
    await asyncio.to_thread(engine.busy.wait, 10)
    waits = ask(queue, "waits")
    await asyncio.sleep(0)
    with pytest.raises(SpeechUnavailable, match="overloaded"):
        await queue.recognise(SOUND, RecognitionHints())
    engine.release.set()
    await asyncio.gather(running, waits)
    await queue.close()
    assert engine.batches == [["running"], ["waits"]]


async def test_what_cannot_be_done_before_its_deadline_is_refused_at_once_and_never_begun(engine):
    queue = RecognitionQueue(engine)
    running = ask(queue, "running")
    await asyncio.to_thread(engine.busy.wait, 10)
    with pytest.raises(SpeechUnavailable, match="overloaded"):
        await queue.recognise(SOUND, RecognitionHints(deadline_ms=20))
    engine.release.set()
    await running
    await queue.close()
    assert engine.batches == [["running"]]


async def test_a_deadline_ends_the_wait_for_an_engine_that_hangs(engine):
    queue = RecognitionQueue(engine)
    with pytest.raises(SpeechTimeout):
        await queue.recognise(SOUND, RecognitionHints(deadline_ms=20))
    engine.release.set()
    await queue.close()


async def test_utterances_are_recognised_at_once_in_as_many_threads_as_the_engine_allows():
    both = threading.Barrier(2)

    def recognise(jobs):
        both.wait(10)
        return [heard(job.hints.prompt) for job in jobs]

    queue = RecognitionQueue(recognise, at_once=2)
    answers = await asyncio.gather(ask(queue, "one"), ask(queue, "two"))
    assert [answer.text for answer in answers] == ["one", "two"]
    await queue.close()


async def test_an_engine_that_answers_for_fewer_than_it_was_asked_fails_those_and_goes_on():
    answers = [[], [heard("fine")]]
    queue = RecognitionQueue(lambda _: answers.pop(0))
    with pytest.raises(SpeechError):
        await queue.recognise(SOUND, RecognitionHints())
    assert (await queue.recognise(SOUND, RecognitionHints())).text == "fine"
    await queue.close()


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


async def test_an_idle_engine_gathers_what_comes_within_the_window():
    batches = []

    def recognise(jobs):
        batches.append([job.hints.prompt for job in jobs])
        return [heard(job.hints.prompt) for job in jobs]

    queue = RecognitionQueue(recognise, batching=Batching(largest=3, window_s=30.0))
    answers = await asyncio.gather(*(ask(queue, name) for name in ("one", "two", "three")))
    assert [answer.text for answer in answers] == ["one", "two", "three"]
    assert batches == [["one", "two", "three"]]
    await queue.close()


async def test_the_window_ends_by_itself():
    queue = RecognitionQueue(lambda jobs: [heard("alone") for _ in jobs], batching=Batching(3, window_s=0.01))
    assert (await queue.recognise(SOUND, RecognitionHints())).text == "alone"
    await queue.close()


async def test_closing_does_not_wait_for_the_window():
    queue = RecognitionQueue(lambda jobs: [heard("") for _ in jobs], batching=Batching(3, window_s=30.0))
    waits = ask(queue, "waits")
    await asyncio.sleep(0)
    await queue.close()
    with pytest.raises(SpeechUnavailable, match="stopped"):
        await waits


async def test_the_engine_learns_who_went_on_while_it_works(engine):
    wanted = []

    def recognise(jobs):
        answers = engine(jobs)
        wanted.extend(job.is_wanted() for job in jobs)
        return answers

    queue = RecognitionQueue(recognise, batching=Batching(2, window_s=30.0))
    gone, stays = ask(queue, "gone"), ask(queue, "stays")
    await asyncio.to_thread(engine.busy.wait, 10)
    gone.cancel()
    await asyncio.wait([gone])
    engine.release.set()
    assert (await stays).text == "stays"
    assert wanted == [False, True]
    await queue.close()


async def test_the_engine_is_told_by_when_a_text_must_be_there():
    deadlines = []

    def recognise(jobs):
        deadlines.extend(job.deadline for job in jobs)
        return [heard("") for _ in jobs]

    queue = RecognitionQueue(recognise, clock=lambda: 50.0)
    await queue.recognise(SOUND, RecognitionHints(deadline_ms=4000))
    assert deadlines == [54.0]
    await queue.close()


async def test_an_engine_out_of_memory_is_overloaded_rather_than_broken():
    def recognise(_jobs):
        raise SpeechUnavailable("Recognition is out of memory.")

    queue = RecognitionQueue(recognise)
    with pytest.raises(SpeechUnavailable, match="memory"):
        await queue.recognise(SOUND, RecognitionHints())
    await queue.close()


async def test_no_more_are_handed_over_than_the_engine_takes_at_the_moment(engine):
    largest = 4
    queue = RecognitionQueue(engine, batching=Batching(4), largest=lambda: largest)
    running = ask(queue, "running")
    await asyncio.to_thread(engine.busy.wait, 10)
    largest = 1
    waiting = [ask(queue, name) for name in ("one", "two")]
    await asyncio.sleep(0)
    engine.release.set()
    await asyncio.gather(running, *waiting)
    assert engine.batches == [["running"], ["one"], ["two"]]
    await queue.close()


async def test_every_batch_is_reported_failed_ones_too():
    turns = []
    answers = [[heard("fine")], []]
    queue = RecognitionQueue(lambda _: answers.pop(0), observe=turns.append)
    await queue.recognise(SOUND, RecognitionHints())
    with pytest.raises(SpeechError):
        await queue.recognise(SOUND, RecognitionHints())
    assert [(turn.sounds_s, turn.failed) for turn in turns] == [((0.1,), False), ((0.1,), True)]
    assert all(turn.took_s >= 0 and turn.waited_s[0] >= 0 for turn in turns)
    await queue.close()
