import pytest

from gateway.telephony.messages.uri import parse_uri
from gateway.telephony.trunks.trunk import Trunk
from gateway.telephony.trunks.trunk_profile import TrunkProfile


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("sip:reception@192.168.1.10", True),
        ("sip:reception@192.168.1.10:5080", True),
        ("sip:reception@192.168.1.10:5080;transport=tcp", True),
        ("sip:reception@192.168.1.10:5060", False),
        ("sip:reception@192.168.1.10;transport=udp", False),
        ("sip:reception@192.168.1.11", False),
        ("sip:reception@SIP.provider.example", True),
        ("sip:reception@sip.provider.example:5060", True),
        ("sip:reception@provider.example", True),
        ("sip:reception@provider.example:5060", False),
    ],
)
def test_a_uri_belongs_to_the_trunk_whose_domain_or_server_it_names(uri, expected):
    servers = ["sip:192.168.1.10:5080;transport=tcp", "sip:sip.provider.example"]
    profile = TrunkProfile.model_validate({"id": "a", "servers": servers, "identity": {"domain": "provider.example"}})
    assert Trunk(profile, tuple(map(parse_uri, servers))).has(parse_uri(uri)) is expected
