"""What a user agent counts, as Prometheus metrics; no label holds a number or a name of a caller."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from gateway.telephony.trunks.registration import RegistrationState
from gateway.telephony.user_agent import UserAgent


class SipMetrics(Collector):
    """Reads the user agent that ``user_agent`` returns whenever it is asked; None: there is none yet."""

    def __init__(self, user_agent: Callable[[], UserAgent | None]) -> None:
        self._user_agent = user_agent

    def describe(self) -> Iterable[Metric]:
        """Return nothing: the metrics are known once they are collected."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Yield every metric as it is now."""
        user_agent = self._user_agent()
        if user_agent is None:
            return
        yield from _trunks(user_agent)
        yield from _calls(user_agent)
        yield from _messages(user_agent)
        yield from _connections(user_agent)


def _trunks(user_agent: UserAgent) -> Iterator[Metric]:
    up = GaugeMetricFamily("gateway_trunk_up", "1 while nothing is known that keeps calls away.", labels=["trunk"])
    registered = GaugeMetricFamily(
        "gateway_trunk_registered", "1 while registered; only trunks that register.", labels=["trunk"]
    )
    calls = GaugeMetricFamily("gateway_trunk_calls", "Calls on the trunk now.", labels=["trunk"])
    since = GaugeMetricFamily(
        "gateway_trunk_changed_timestamp_seconds", "When the trunk last went up or down.", labels=["trunk"]
    )
    for state in user_agent.trunk_states():
        up.add_metric([state.id], state.up)
        calls.add_metric([state.id], state.calls)
        since.add_metric([state.id], state.since.timestamp())
        if state.registration is not None:
            registered.add_metric([state.id], state.registration is RegistrationState.REGISTERED)
    yield from (up, registered, calls, since)


def _calls(user_agent: UserAgent) -> Iterator[Metric]:
    yield GaugeMetricFamily("gateway_sip_calls", "Calls now, incoming and outgoing.", value=user_agent.calls)
    ended = CounterMetricFamily(
        "gateway_sip_calls_ended", "Calls that ended.", labels=["trunk", "direction", "outcome"]
    )
    for (trunk, direction, outcome), count in sorted(user_agent.statistics.calls.items()):
        ended.add_metric([trunk, str(direction), str(outcome)], count)
    yield ended


def _messages(user_agent: UserAgent) -> Iterator[Metric]:
    responses = CounterMetricFamily("gateway_sip_responses", "SIP responses.", labels=["direction", "class"])
    for (direction, status_class), count in sorted(user_agent.statistics.responses.items()):
        responses.add_metric([str(direction), status_class], count)
    yield responses
    dropped = CounterMetricFamily("gateway_sip_dropped", "Messages that got no answer.", labels=["reason"])
    refused = CounterMetricFamily("gateway_sip_refused", "Requests refused before any call began.", labels=["reason"])
    other: list[Metric] = []
    for field in dataclasses.fields(user_agent.counters):
        count = getattr(user_agent.counters, field.name)
        kind, _, reason = field.name.partition("_")
        if kind == "dropped":
            dropped.add_metric([reason], count)
        elif kind == "refused":
            refused.add_metric([reason], count)
        else:
            text = f"{field.name.replace('_', ' ').capitalize()} since the start."
            other.append(CounterMetricFamily(f"gateway_sip_{field.name}", text, value=count))
    yield from (dropped, refused, *other)


def _connections(user_agent: UserAgent) -> Iterator[Metric]:
    connections = user_agent.connections
    yield GaugeMetricFamily("gateway_sip_connections", "TCP and TLS connections now.", value=len(connections))
    events = CounterMetricFamily(
        "gateway_sip_connection_events", "What became of TCP and TLS connections.", labels=["event"]
    )
    for field in dataclasses.fields(connections.counters):
        events.add_metric([field.name], getattr(connections.counters, field.name))
    yield events
