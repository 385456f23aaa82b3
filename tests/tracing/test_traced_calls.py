"""What the journal of a call brings into its trace, on a real database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from gateway.actions.kinds import ActionKind
from gateway.actions.model import ActionCall
from gateway.actions.outbox import Outbox
from gateway.conversation.call_journal import CallJournal
from gateway.conversation.latency import Latency
from gateway.conversation.spoken import Spoken
from gateway.dialogue.model import ActionRequest
from gateway.media.leg import LegStatistics, PlaybackOutcome
from gateway.records.journal import Journal
from gateway.records.model import NewCall
from gateway.tracing.call_spans import CallSpans
from gateway.tracing.identifiers import CallIdentifiers

START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
WORDS = "Quistorpius hat Zahnschmerzen"
STATISTICS = LegStatistics(0, 0, 0, 0, 50, 0.0, 8000, codec="PCMA", encrypted=True)


class Traces:
    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        identifiers = CallIdentifiers()
        provider = TracerProvider(id_generator=identifiers, shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        tracer = provider.get_tracer("test")
        self.calls = CallSpans(tracer, identifiers)

    def named(self, name: str) -> list:
        return [span for span in self.exporter.get_finished_spans() if span.name == name]


@pytest.fixture
def traces() -> Traces:
    return Traces()


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    journal = await Journal.open(tmp_path / "records.sqlite3")
    yield journal
    await journal.close()


def a_call(call_id: str) -> ActionCall:
    return ActionCall(id=call_id, caller_number="+41791234567", language="de", started_at=START)


async def test_the_journal_tells_the_trace_all_of_a_call_but_its_words(traces, journal):
    call_id = await journal.begin_call(NewCall("sip", "rosengarten", START, caller_number="+41791234567"))
    trace = traces.calls.begin(call_id, "sip", "rosengarten", START)
    story = CallJournal(journal, Outbox(journal, None, None), a_call(call_id), "rosengarten", trace=trace)
    await story.answered()
    await story.caller_turn(WORDS, "de", 0.9, (8000, 16_000))
    spoken = Spoken(WORDS, "Quistorpius", 24_000, 32_000, (), PlaybackOutcome.STOPPED)
    await story.gateway_turn(spoken, "de", Latency(300, 200, 50, 450, 1000, 250))
    assert await story.commit_action(ActionRequest(ActionKind.CALLBACK_REQUESTED, ()), "de")
    await story.ended("caller")
    await story.leg_ended("person", STATISTICS)
    await story.leg_ended("caller", STATISTICS)
    traces.calls.finish(call_id)
    (root,) = traces.named("call")
    assert root.attributes["call.outcome"] == "callback.requested"
    assert root.attributes["call.codec"] == "PCMA"
    assert root.attributes["call.turns"] == 2
    assert traces.named("gateway.speech")[0].attributes["speech.interrupted"] is True
    names = {span.name for span in traces.exporter.get_finished_spans()}
    assert names >= {"caller.speech", "answer", "endpointing", "recognition", "understanding", "first_audio"}
    exported = "".join(span.to_json() for span in traces.exporter.get_finished_spans())
    assert not any(word in exported for word in (*WORDS.split(), "791234567"))
