"""Where SRTP keys travel unencrypted is told, once in the log and with the trunk's state."""

import asyncio

import pytest
import structlog
from sip_fixtures import CoreDriver

from gateway.telephony.errors import CallFailed
from gateway.telephony.messages.uri import parse_uri
from gateway.telephony.network.listener import Listener
from gateway.telephony.trunks.key_exposure import key_exposure
from gateway.telephony.trunks.trunk import Trunk
from gateway.telephony.trunks.trunk_group import TrunkGroup
from gateway.telephony.trunks.trunk_policy import TrunkPolicy
from gateway.telephony.trunks.trunk_profile import TrunkProfile

UDP, TLS = Listener("192.0.2.1", 5060), Listener("192.0.2.1", 5061, "TLS")


def trunk(srtp: str = "required", *servers: str) -> Trunk:
    fields = {"id": "line", "srtp": srtp, "servers": servers, "allowed": ["198.51.100.0/24"]}
    return Trunk(TrunkProfile.model_validate(fields), tuple(map(parse_uri, servers)))


@pytest.mark.parametrize(
    ("servers", "listeners", "problem"),
    [
        (["sip:sip.provider.example"], [TLS], "sip:sip.provider.example is not encrypted"),
        (["sips:sip.provider.example", "sip:192.0.2.9;transport=tcp"], [TLS], "sip:192.0.2.9;transport=tcp is not"),
        (["sips:sip.provider.example"], [UDP], None),
        (["sip:192.0.2.9;transport=tls"], [UDP, TLS], None),
        ([], [TLS], None),
        ([], [UDP, TLS], "a listener without TLS"),
    ],
)
def test_the_way_that_is_not_encrypted_is_named(servers, listeners, problem):
    for mode in ("required", "preferred"):
        sentence = key_exposure(trunk(mode, *servers), listeners)
        assert (sentence is None) if problem is None else problem in sentence
    assert key_exposure(trunk("off", *servers), listeners) is None


async def test_it_is_logged_once_at_the_start_and_told_with_the_trunks_state():
    async def locate(uri):
        raise CallFailed("nobody is asked here")

    trunks = [trunk("preferred", "sip:sip.provider.example")]
    core = CoreDriver().core
    group = TrunkGroup(
        trunks,
        core,
        TrunkPolicy(trunks),
        locate=locate,
        now=asyncio.get_running_loop().time,
        flush=lambda: None,
        listeners=[UDP],
    )
    with structlog.testing.capture_logs() as logs:
        group.start()
        await group.close()
    (entry,) = [entry for entry in logs if entry["event"] == "srtp_keys_not_encrypted"]
    assert entry["trunk"] == "line"
    (state,) = group.states(lambda trunk_id: 0)
    assert state.warning == entry["problem"]
