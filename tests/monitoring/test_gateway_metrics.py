"""The gateway's metrics move when something happens, through the real parts."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from every_metric import a_gateway, families, parts, sampled
from http_line_fakes import UTTERANCE, practice
from prometheus_client import CollectorRegistry, generate_latest

from gateway.conversation.call_metrics import CallMetrics
from gateway.conversation.latency import Latency
from gateway.monitoring.disk import DiskSpace
from gateway.monitoring.part_metrics import PartMetrics
from gateway.monitoring.sampling import Sampler
from gateway.records.action_queue import Backlog

LATENCY = Latency(endpointing=600, recognition=40, dialogue=20, first_audio=90, response=750, recogniser=300)


@pytest.fixture
def registry():
    return CollectorRegistry()


@pytest.fixture
def metrics(registry):
    return CallMetrics(registry)


def value(registry, name, **labels):
    return registry.get_sample_value(name, labels)


def test_each_stage_of_an_answer_is_observed_in_seconds(registry, metrics):
    metrics.of("sip").turn("gateway", "de", LATENCY)
    sums = {
        stage: value(registry, "gateway_turn_stage_seconds_sum", stage=stage, language="de")
        for stage in ("endpointing", "recognition", "understanding", "first_audio", "response")
    }
    expected = {"endpointing": 0.6, "recognition": 0.04, "understanding": 0.02, "first_audio": 0.09, "response": 0.75}
    assert sums == pytest.approx(expected)


def test_the_virtual_clock_of_http_spoils_no_time(registry, metrics):
    figures = metrics.of("http")
    figures.turn("gateway", "fr", LATENCY)
    figures.interrupted(3.0, "fr")
    assert value(registry, "gateway_turn_stage_seconds_count", stage="response", language="fr") is None
    assert value(registry, "gateway_barge_in_seconds_count", language="fr") is None
    assert value(registry, "gateway_turns_total", line="http", speaker="gateway", language="fr") == 1


@pytest.mark.parametrize(
    ("reason", "outcome", "shown"),
    [
        ("caller", None, ("caller", "none")),
        ("transferred", "transfer.requested", ("transferred", "transfer.requested")),
        ("+41 79 123 45 67", "Anna Keller", ("other", "other")),
    ],
)
def test_ends_are_counted_by_reason_and_outcome_and_what_is_unknown_is_other(registry, metrics, reason, outcome, shown):
    figures = metrics.of("sip")
    figures.answered()
    figures.ended(reason, outcome)
    labels = {"line": "sip", "reason": shown[0], "outcome": shown[1]}
    assert value(registry, "gateway_conversations_ended_total", **labels) == 1
    assert value(registry, "gateway_conversation_seconds_count", line="sip") == 1


def test_a_call_that_was_never_answered_has_no_length(registry, metrics):
    metrics.of("sip").ended("not_answered", None)
    assert value(registry, "gateway_conversation_seconds_count", line="sip") is None


def test_transfers_are_counted_by_method_and_outcome(registry, metrics):
    figures = metrics.of("sip")
    figures.transferred({"target": "t", "method": "bridge", "outcome": "completed", "seconds": 4.5})
    figures.transferred({"target": "t", "method": None, "outcome": "failed", "seconds": 0.0})
    assert value(registry, "gateway_transfers_total", method="bridge", outcome="completed") == 1
    assert value(registry, "gateway_transfers_total", method="none", outcome="failed") == 1
    assert value(registry, "gateway_transfer_seconds_sum", outcome="completed") == 4.5


async def test_a_conversation_moves_turns_actions_and_its_end(tmp_path, registry, metrics):
    async with practice(tmp_path, "Es blutet stark und ich bekomme keine Luft!") as held:
        object.__setattr__(held.line._desk, "metrics", metrics)
        exchange = await held.line.begin()
        await held.line.hear(exchange.call_id, UTTERANCE)
        await held.line.close()
    assert value(registry, "gateway_turns_total", line="http", speaker="caller", language="de") == 1
    assert value(registry, "gateway_turns_total", line="http", speaker="gateway", language="de") >= 2
    assert value(registry, "gateway_actions_written_total", line="http", kind="emergency.flagged") == 1
    assert value(registry, "gateway_conversation_seconds_count", line="http") == 1


def test_the_backlog_is_shown_with_the_age_of_its_oldest(registry):
    now = datetime.now(UTC)
    backlog = Backlog(3, 2, now - timedelta(minutes=20), now - timedelta(seconds=90))
    registry.register(PartMetrics(lambda: parts(backlog=sampled("actions", backlog))))
    assert value(registry, "gateway_actions_pending") == 3
    assert value(registry, "gateway_actions_failed") == 2
    assert value(registry, "gateway_action_oldest_seconds", urgency="other") == pytest.approx(1200, abs=5)
    assert value(registry, "gateway_action_oldest_seconds", urgency="emergency") == pytest.approx(90, abs=5)


def test_what_has_never_been_read_is_not_shown_as_well(registry):
    unread = {name: sampled(name, None) for name in ("backlog", "speech", "disk")}
    registry.register(PartMetrics(lambda: parts(**unread, retention_done=lambda: None)))
    shown = generate_latest(registry).decode()
    for name in ("actions_pending", "speech_ready", "disk_free_bytes", "retention_last_success_timestamp_seconds"):
        assert f"gateway_{name}" not in shown


async def test_metrics_are_read_while_everything_behind_them_hangs(registry):
    async def hang():
        await asyncio.Event().wait()

    now = [0.0]
    disk = Sampler("disk", hang, (OSError,), clock=lambda: now[0])
    disk.last = DiskSpace(60, 100)
    registry.register(PartMetrics(lambda: parts(disk=disk)))
    disk.start()
    await asyncio.sleep(0)
    now[0] = 500.0
    assert value(registry, "gateway_disk_free_bytes") == 60
    assert value(registry, "gateway_sample_age_seconds", of="disk") == 500
    await disk.stop()


async def test_before_the_start_only_what_is_counted_is_shown():
    nothing = CollectorRegistry()
    nothing.register(PartMetrics(lambda: None))
    assert list(families(nothing)) == []
    assert b"gateway_conversations{" in generate_latest(a_gateway().registry)
