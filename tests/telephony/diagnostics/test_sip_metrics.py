"""The metrics of a real user agent, as Prometheus reads them."""

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from sip_fixtures import request
from test_stream_calls import agent
from test_trunk_calls import CREDENTIALS, Registrar, agents, servers, trunk, until
from test_user_agent import target
from transport_fixtures import connected

from gateway.telephony.diagnostics.sip_metrics import SipMetrics
from gateway.telephony.errors import CallRejected
from gateway.telephony.network.listener import Listener

__all__ = ["agents", "servers"]


def scrape(agent):
    registry = CollectorRegistry()
    registry.register(SipMetrics(lambda: agent))
    samples = {}
    for family in text_string_to_metric_families(generate_latest(registry).decode()):
        for sample in family.samples:
            samples[sample.name, tuple(sorted(sample.labels.items()))] = sample.value
    return samples


async def test_trunks_calls_and_responses_are_counted(agents, servers):
    server = servers()
    server.script["REGISTER"] = Registrar()

    async def refuse(call):
        await call.reject(404)

    agent = await agents(
        trunk(server, credentials=CREDENTIALS, registration={}),
        trunk(trunk_id="pbx", allowed=["127.0.0.0/8"]),
        on_invite=refuse,
    )
    await until(lambda: agent.trunk_states()[0].up)
    caller = await agents(allowed=trunk(allowed=["127.0.0.0/8"]).profile.allowed)
    with pytest.raises(CallRejected):
        await caller.invite(target(agent), local_port=5000)
    await until(lambda: agent.calls == 0)
    samples = scrape(agent)
    assert samples["gateway_trunk_up", (("trunk", "provider"),)] == 1
    assert samples["gateway_trunk_registered", (("trunk", "provider"),)] == 1
    assert ("gateway_trunk_registered", (("trunk", "pbx"),)) not in samples
    assert samples["gateway_trunk_calls", (("trunk", "provider"),)] == 0
    assert samples["gateway_trunk_changed_timestamp_seconds", (("trunk", "provider"),)] > 1.7e9
    refused = sum(
        value
        for (name, labels), value in samples.items()
        if name == "gateway_sip_calls_ended_total" and ("outcome", "refused") in labels
    )
    assert refused == 1
    assert samples["gateway_sip_responses_total", (("class", "2xx"), ("direction", "incoming"))] >= 1
    assert samples["gateway_sip_responses_total", (("class", "4xx"), ("direction", "outgoing"))] >= 1
    assert samples["gateway_sip_dropped_total", (("reason", "foreign"),)] == 0
    assert samples["gateway_sip_refused_total", (("reason", "full"),)] == 0
    assert samples["gateway_sip_malformed_total", ()] == 0


def test_before_there_is_a_user_agent_there_is_nothing_to_show():
    assert scrape(None) == {}


async def test_connections_are_counted():
    async with agent(Listener("127.0.0.1", 0, "TCP")) as called, connected(*called.address) as peer:
        peer.send(request("OPTIONS"))
        await peer.read_message()
        samples = scrape(called)
        assert samples["gateway_sip_connections", ()] == 1
        assert samples["gateway_sip_connection_events_total", (("event", "accepted"),)] == 1
        assert samples["gateway_sip_connection_events_total", (("event", "failed_handshakes"),)] == 0
