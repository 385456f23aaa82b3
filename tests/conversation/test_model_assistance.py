"""A model's help within a turn: whatever goes wrong, the rules go on within the deadline."""

import asyncio
import json
import sys
import time
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

sys.path[:0] = [str(Path(__file__).parents[1] / name) for name in ("language_model", "dialogue/assistance")]

from assistance_helpers import question, said  # noqa: E402 - see above
from chat_server import FAULTS, chat_server, completion, hang_after, stream  # noqa: E402

from gateway.conversation.assistance import ModelAssistance  # noqa: E402
from gateway.conversation.assistance_metrics import AssistanceMetrics  # noqa: E402
from gateway.dialogue.assistance import QuestionKind  # noqa: E402
from gateway.dialogue.model import Intent, KnownAnswer  # noqa: E402
from gateway.language_model.http_model import HttpChatModel  # noqa: E402

READ = question("ich brauche da mal einen Platz bei euch")
ANSWER = question("Was kostet eine Kontrolle und eine Dentalhygiene?", kind=QuestionKind.ANSWER)
FIRST = "Eine Kontrolle kostet zwischen 120 und 160 Franken."
SECOND = "Eine Dentalhygiene von einer Stunde kostet 180 Franken."
BOTH = ("price-check-up", "price-dental-hygiene")
WORDED = json.dumps({"entries": BOTH, "answer": f"{FIRST} {SECOND}"})


async def asked(behave, ask, deadline_ms=300):
    registry = CollectorRegistry()
    async with chat_server(behave) as server:
        model = HttpChatModel(server.url, model="m")
        assistance = ModelAssistance(model, deadline_ms=deadline_ms, metrics=AssistanceMetrics(registry))
        began = time.monotonic()
        reading = await assistance.read(ask)
        seconds = time.monotonic() - began
        await model.close()
    samples = [sample for metric in registry.collect() for sample in metric.samples]
    outcome = next(s.labels["outcome"] for s in samples if s.name.endswith("questions_total") and s.value)
    return reading, outcome, seconds


@pytest.mark.parametrize("ask", [READ, ANSWER], ids=str)
@pytest.mark.parametrize("fault", FAULTS)
async def test_every_fault_leaves_the_rules_result_within_the_deadline(fault, ask):
    reading, outcome, seconds = await asked(FAULTS[fault], ask)
    assert reading is None or reading.known == ask.understanding.known
    assert outcome in {"timeout", "unavailable", "rejected", "rubbish"}
    assert seconds < 0.8


async def test_a_reading_is_checked():
    reading, outcome, _ = await asked(completion(json.dumps(said([("book", "einen Platz"), ("cancel", "lost")]))), READ)
    assert (reading.intents, outcome) == ((Intent.BOOK,), "answered")


async def test_a_reading_that_adds_nothing_is_none():
    assert (await asked(completion(json.dumps(said())), READ))[:2] == (None, "empty")


async def test_an_answer_is_worded():
    reading, outcome, _ = await asked(stream(*WORDED), ANSWER, 2000)
    assert (reading.known, outcome) == (KnownAnswer(BOTH, f"{FIRST} {SECOND}"), "answered")


async def test_a_model_that_hangs_mid_sentence_leaves_the_sentences_before():
    reading, outcome, seconds = await asked(hang_after(WORDED[: WORDED.index("Stunde")]), ANSWER)
    assert (reading.known, outcome) == (KnownAnswer(BOTH, FIRST), "timeout")
    assert seconds < 0.8


async def test_a_model_that_disappears_mid_sentence_leaves_the_sentences_before():
    reading, outcome, _ = await asked(stream(WORDED[: WORDED.index("Stunde")], end=b""), ANSWER)
    assert (reading.known, outcome) == (KnownAnswer(BOTH, FIRST), "unavailable")


async def test_an_answer_that_is_refused_leaves_the_entries():
    reading, outcome, _ = await asked(stream(WORDED.replace("180", "80")), ANSWER)
    assert (reading.known, outcome) == (KnownAnswer(BOTH), "refused")


async def test_it_does_not_wait_for_more_than_it_needs():
    """Two checked sentences are enough, though the stream goes on."""
    reading, _, seconds = await asked(hang_after(WORDED), ANSWER, 5000)
    assert reading.known.words.endswith(SECOND)
    assert seconds < 1.0


class Stubborn:
    """A model that keeps no deadline."""

    async def complete(self, request):
        await asyncio.Event().wait()

    async def stream(self, request):
        await asyncio.Event().wait()
        yield ""


@pytest.mark.parametrize("ask", [READ, ANSWER], ids=str)
async def test_a_model_that_keeps_no_deadline_is_left(ask):
    began = time.monotonic()
    reading = await ModelAssistance(Stubborn(), deadline_ms=100).read(ask)
    assert reading is None or reading.known == ask.understanding.known
    assert time.monotonic() - began < 0.6
