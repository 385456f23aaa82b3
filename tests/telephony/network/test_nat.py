"""Peers and ourselves behind NAT."""

import pytest
from sip_fixtures import confirmed, invite, request

from gateway.telephony.messages.message import parse_message
from gateway.telephony.network.nat import moved_origin, observed_address
from gateway.telephony.network.network_address import is_private
from gateway.telephony.network.transport import Hop


def response(via):
    return parse_message(
        f"SIP/2.0 200 OK\r\nVia: {via}\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\n"
        "Call-ID: c\r\nCSeq: 1 REGISTER\r\n\r\n".encode()
    )


@pytest.mark.parametrize(
    ("via", "address"),
    [
        ("SIP/2.0/UDP 10.0.0.5:5060;branch=z;received=203.0.113.9;rport=41000", ("203.0.113.9", 41000)),
        ("SIP/2.0/UDP 203.0.113.9;branch=z;rport=5060", ("203.0.113.9", 5060)),
        ("SIP/2.0/TLS [2001:db8::5];branch=z;received=2001:db8::9;rport=41000", ("2001:db8::9", 41000)),
        ("SIP/2.0/UDP 10.0.0.5:5060;branch=z;received=203.0.113.9;rport", None),
        ("SIP/2.0/UDP 10.0.0.5:5060;branch=z;received=203.0.113.9;rport=0", None),
        ("SIP/2.0/UDP 10.0.0.5:5060;branch=z;received=203.0.113.9;rport=99999999999", None),
        ("SIP/2.0/UDP praxis.example;branch=z;rport=41000", None),
        ("SIP/2.0/UDP 10.0.0.5:5060;branch=z", None),
    ],
)
def test_a_response_tells_where_our_request_was_seen_to_come_from(via, address):
    assert observed_address(response(via)) == address


@pytest.mark.parametrize(
    ("host", "private"),
    [
        ("10.1.2.3", True),
        ("172.31.0.1", True),
        ("172.32.0.1", False),
        ("100.100.0.1", True),
        ("127.0.0.1", True),
        ("fe80::1%eth0", True),
        ("fd12::1", True),
        ("2001:db8::1", False),
        ("192.0.2.1", False),
        ("8.8.8.8", False),
        ("praxis.example", False),
    ],
)
def test_private_addresses_are_known(host, private):
    assert is_private(host) is private


@pytest.mark.parametrize(
    ("origin", "source", "now_at"),
    [
        (Hop("198.51.100.7", 40000), Hop("198.51.100.7", 41000), Hop("198.51.100.7", 41000)),
        (Hop("198.51.100.7", 40000), Hop("198.51.100.7", 41000, "TCP"), Hop("198.51.100.7", 40000)),
        (Hop("198.51.100.7", 5061, "TLS", 1, "a.example"), Hop("198.51.100.7", 41000, "TLS", 1), None),
    ],
)
def test_a_peer_is_followed_where_its_nat_moves_it(origin, source, now_at):
    assert moved_origin(origin, source) == (now_at or origin)


def test_a_bye_follows_a_telephone_whose_nat_gave_it_another_port(driver):
    behind_nat = ("Contact: <sip:caller@192.168.1.5>",)
    session, tag = confirmed(driver, invite(headers=behind_nat))
    moved = Hop("192.0.2.9", 40_999)
    driver.receive(request("INFO", branch="i", cseq=2, to_tag=tag), moved)
    session.hang_up(driver.now)
    driver.sent()
    assert driver.hops == [moved]
