"""Next hops of requests and ways back of responses."""

import pytest
from sip_fixtures import invite

from gateway.telephony.messages.headers import parse_name_address, parse_via
from gateway.telephony.messages.top_via import answered_transaction, read_top_via
from gateway.telephony.messages.uri import parse_uri
from gateway.telephony.network.transport import Hop, next_hop, response_hops


@pytest.mark.parametrize(
    ("uri", "hop"),
    [
        ("sip:192.0.2.1", Hop("192.0.2.1", 5060)),
        ("sip:192.0.2.1:5080;transport=tcp", Hop("192.0.2.1", 5080, "TCP")),
        ("sip:192.0.2.1;transport=tls", Hop("192.0.2.1", 5061, "TLS")),
        ("sips:192.0.2.1", Hop("192.0.2.1", 5061, "TLS")),
        ("sips:192.0.2.1;transport=tcp", Hop("192.0.2.1", 5061, "TLS")),
        ("sip:praxis.example", Hop("praxis.example", 0)),
        ("sip:praxis.example:5060", Hop("praxis.example", 5060)),
    ],
)
def test_a_uri_names_the_next_hop(uri, hop):
    assert next_hop(parse_uri(uri)) == hop
    assert next_hop(parse_uri("tel:+41441234567"), (parse_name_address(f"<{uri}>"),)) == hop


@pytest.mark.parametrize(
    ("uri", "problem"),
    [
        ("tel:+41441234567", "a tel URI without a route names no host"),
        ("mailto:a@b", "a mailto URI without a route names no host"),
        ("sip:192.0.2.1;transport=ws", "none of UDP, TCP and TLS"),
        ("sips:192.0.2.1;transport=udp", "cannot be reached over UDP"),
    ],
)
def test_a_uri_that_names_no_hop_is_refused(uri, problem):
    with pytest.raises(ValueError, match=problem):
        next_hop(parse_uri(uri))


SOURCE = Hop("198.51.100.7", 40123, "TCP", 1)
TLS_SOURCE = SOURCE._replace(transport="TLS")


@pytest.mark.parametrize(
    ("via", "source", "hops"),
    [
        ("SIP/2.0/UDP 10.0.0.5;rport=40123;received=198.51.100.7", SOURCE._replace(transport="UDP"), 40123),
        ("SIP/2.0/UDP 10.0.0.5:5080;received=198.51.100.7", SOURCE._replace(transport="UDP"), 5080),
        ("SIP/2.0/TCP 10.0.0.5:5080;received=198.51.100.7", SOURCE, (SOURCE, SOURCE._replace(port=5080))),
        ("SIP/2.0/TLS 10.0.0.5", TLS_SOURCE, (TLS_SOURCE, TLS_SOURCE._replace(port=5061))),
        (
            "SIP/2.0/TLS pbx.example:5070",
            TLS_SOURCE,
            (TLS_SOURCE, TLS_SOURCE._replace(port=5070, server_name="pbx.example")),
        ),
    ],
)
def test_a_response_goes_back_by_its_connection_or_to_the_port_in_via(via, source, hops):
    if isinstance(hops, int):
        hops = (source._replace(port=hops), None)
    assert response_hops(parse_via(via), source) == hops


@pytest.mark.parametrize(
    ("head", "host"),
    [
        (b"Via: SIP/2.0/TCP a.example:5070;branch=z, SIP/2.0/UDP b.example", "a.example"),
        (b"v : SIP/2.0/TCP\r\n a.example", "a.example"),
        (b"Subject: x\r\nVIA:SIP / 2.0 / TCP a.example", "a.example"),
        (b"Via: rubbish", None),
        (b'Via: SIP/2.0/TCP "open', None),
        (b"Subject: Via: SIP/2.0/TCP a.example", None),
    ],
)
def test_the_topmost_via_is_read_without_parsing_the_message(head, host):
    via = read_top_via(b"OPTIONS sip:x SIP/2.0\r\n" + head + b"\r\n\r\n")
    assert (via and via.host) == host


def test_a_final_response_names_its_transaction():
    head = b"Via: SIP/2.0/TCP a;branch=z9hG4bKq\r\nCSeq:  7   INVITE\r\n\r\n"
    assert answered_transaction(b"SIP/2.0 200 OK\r\n" + head) == "z9hG4bKq INVITE"
    assert answered_transaction(b"SIP/2.0 180 Ringing\r\n" + head) is None
    assert answered_transaction(b"SIP/2.0 200 OK\r\n\r\n") is None
    assert answered_transaction(invite()) is None
