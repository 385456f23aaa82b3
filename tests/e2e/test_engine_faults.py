"""Recognition and synthesis on other machines hang or break off: what the caller hears meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import pytest_asyncio
from e2e_support import finished_story, longest_silence, read_stereo, spoken_seconds
from gateway_process import Gateway
from own_latency import spoken
from stub_engines import TONE_HZ, StubEngines, StubTimes

from gateway.caller.call import place_call
from gateway.caller.conversation_log import ConversationLine
from gateway.caller.options import CallOptions, Ending
from gateway.caller.steps import HangUp, Pause, Say, Script, Turn
from gateway.records.model import CallStory

pytestmark = pytest.mark.asyncio(loop_scope="module")

OPENING = "Guten Tag wann haben Sie geöffnet?"
BOOKING = "Ich möchte einen Termin für eine Kontrolle."
HANGS_MS = 60_000.0
LISTENS_S = 15.0
ANSWERED_S = 5.0
"""After the caller's first line: it has been understood, and its answer needs no engine."""


def well() -> StubTimes:
    """Return the times of engines that are well."""
    return StubTimes(recognition_ms=100, synthesis_ms=0, model_ms=0)


@dataclass
class Elsewhere:
    """A gateway whose engines are elsewhere; their voice is a tone, so that it can be told from the gateway's own."""

    gateway: Gateway
    engines: StubEngines
    folder: Path

    async def call(self, fault: Callable[[StubEngines], None]) -> tuple[npt.NDArray[np.int16], CallStory]:
        """Let ``fault`` happen before the caller's second line; return what is heard after it, and the story."""

        def on_line(line: ConversationLine) -> None:
            if line.text == OPENING:
                asyncio.get_running_loop().call_later(ANSWERED_S, fault, self.engines)

        # A tone is no voice to the caller either: it speaks by the clock.
        moves = (Pause(10_000), Say(OPENING), Pause(9_000), Say(BOOKING), Pause(round(1000 * LISTENS_S)), HangUp())
        script = Script((Turn(moves, opening=True),))
        saved = self.folder / "heard.wav"
        options = CallOptions(to=self.gateway.uri, script=script, save=saved, transcribe=False, longest_s=90)
        report = await place_call(options, on_line=on_line)
        assert report.ending is Ending.CALLER, report.reason
        began = next(line.at_ms for line in report.lines if line.text == BOOKING)
        ended = began / 1000 + self.engines.lines[BOOKING].seconds
        heard = read_stereo(saved).left[round(8000 * ended) : round(8000 * (ended + LISTENS_S))]
        return heard, await finished_story(self.gateway, report.sip_call_id)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def started(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Elsewhere]:
    """The gateway and its engines, for all tests of this file together."""
    folder = tmp_path_factory.mktemp("elsewhere")
    async with StubEngines({line: await spoken(line) for line in (OPENING, BOOKING)}, well()) as engines:
        settings = {"ASR_ENDPOINT": engines.url, "TTS_ENDPOINT": engines.url, "CACHE_DIR": str(folder / "cache")}
        gateway = Gateway(folder, settings)
        try:
            await asyncio.to_thread(gateway.wait_until_healthy)
            async with asyncio.timeout(60):
                while "prompts_ready" not in gateway.log.read_text():
                    await asyncio.sleep(0.2)
            yield Elsewhere(gateway, engines, folder)
        finally:
            await asyncio.to_thread(gateway.stop)


@pytest.fixture
def elsewhere(started: Elsewhere) -> Elsewhere:
    """The gateway with engines that are well, whatever the test before has done to them."""
    started.engines.times, started.engines.stalls = well(), False
    return started


def voice_seconds(samples: npt.NDArray[np.int16]) -> float:
    """Return how many seconds of ``samples`` are a voice and not the engines' tone."""
    blocks = samples[: len(samples) // 800 * 800].reshape(-1, 800).astype(np.float64)
    power = np.abs(np.fft.rfft(blocks * np.hanning(800), axis=1)) ** 2
    tone = TONE_HZ * 800 // 8000
    share = power[:, tone - 2 : tone + 3].sum(axis=1) / (power.sum(axis=1) + 1)
    loud = np.sqrt(np.mean(blocks**2, axis=1)) > 300
    return float(np.count_nonzero(loud & (share < 0.5))) * 0.1


@pytest.mark.timeout(150)
async def test_a_caller_whose_words_are_stuck_is_asked_for_a_moment_and_then_to_say_it_again(
    elsewhere: Elsewhere,
) -> None:
    def hang(engines: StubEngines) -> None:
        engines.times.recognition_ms = HANGS_MS

    heard, story = await elsewhere.call(hang)
    assert spoken_seconds(heard[: 5 * 8000]) > 0.3, "one moment, please"
    assert spoken_seconds(heard[8 * 8000 :]) > 1, "the apology"
    assert longest_silence(heard[: 12 * 8000]) < 8, "the caller was left alone"
    assert "recognition_failed" in [event.name for event in story.events]


@pytest.mark.timeout(150)
async def test_a_voice_that_hangs_is_replaced_by_the_one_inside_the_gateway(elsewhere: Elsewhere) -> None:
    def hang(engines: StubEngines) -> None:
        engines.times.synthesis_ms = HANGS_MS

    heard, story = await elsewhere.call(hang)
    assert voice_seconds(heard) > 0.3, "the sentence that was not in the cache"
    assert longest_silence(heard[: 9 * 8000]) < 5
    assert [turn for turn in story.turns if turn.speaker == "gateway" and "Kontrolle." in (turn.heard_text or "")]


@pytest.mark.timeout(150)
async def test_a_sentence_that_breaks_off_is_said_once_more_by_the_voice_inside_the_gateway(
    elsewhere: Elsewhere,
) -> None:
    def stall(engines: StubEngines) -> None:
        engines.stalls = True

    heard, story = await elsewhere.call(stall)
    assert voice_seconds(heard) > 0.3, "the sentence once more"
    assert longest_silence(heard[: 9 * 8000]) < 5
    assert [turn for turn in story.turns if turn.speaker == "gateway" and "Kontrolle." in (turn.heard_text or "")]
