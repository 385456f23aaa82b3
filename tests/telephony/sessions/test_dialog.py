import pytest
from sip_fixtures import PEER, accept, invite, request

from gateway.telephony.errors import MalformedMessage
from gateway.telephony.messages.message import parse_message
from gateway.telephony.network.nat import in_dialog_hop
from gateway.telephony.network.transport import Hop
from gateway.telephony.sessions.dialog import Dialog

INVITE = parse_message(invite())
VIA = "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKv"


def client(*record_routes):
    response = parse_message(accept(INVITE, headers=tuple(f"Record-Route: {route}" for route in record_routes)))
    return Dialog.as_client(INVITE, response, PEER)


def server(*record_routes):
    message = parse_message(invite(headers=tuple(f"Record-Route: {route}" for route in record_routes)))
    return Dialog.as_server(message, "local", PEER)


def routes(message):
    return message.headers.get_list("Route")


def test_without_routes_a_request_goes_to_the_contact():
    bye, hop = server().create_request("BYE", VIA)
    assert str(bye.uri) == "sip:caller@192.0.2.9:5070"
    assert hop == Hop("192.0.2.9", 5070)
    assert routes(bye) == []


def test_the_server_keeps_the_order_of_the_routes_and_the_client_turns_it():
    first, second = "<sip:192.0.2.50;lr>", "<sip:192.0.2.51:5080;lr>"
    bye, hop = server(f"{first}, {second}").create_request("BYE", VIA)
    assert routes(bye) == [first, second]
    assert hop == Hop("192.0.2.50", 5060)
    assert str(bye.uri) == "sip:caller@192.0.2.9:5070"
    bye, hop = client(first, second).create_request("BYE", VIA)
    assert routes(bye) == [second, first]
    assert hop == Hop("192.0.2.51", 5080)


def test_a_strict_router_is_put_into_the_request_uri():
    bye, hop = server("<sip:192.0.2.50>, <sip:192.0.2.51;lr>").create_request("BYE", VIA)
    assert str(bye.uri) == "sip:192.0.2.50"
    assert routes(bye) == ["<sip:192.0.2.51;lr>", "<sip:caller@192.0.2.9:5070>"]
    assert hop == Hop("192.0.2.50", 5060)


def test_tags_and_sequence_numbers():
    dialog = server()
    bye, _ = dialog.create_request("BYE", VIA)
    assert (bye.from_address.tag, bye.to_address.tag, bye.cseq.number) == ("local", "a", 1)
    assert dialog.dialog_id == ("c1", "local", "a")
    dialog = client()
    ack, _ = dialog.create_request("ACK", VIA, cseq=1)
    bye, _ = dialog.create_request("BYE", VIA)
    assert (str(ack.cseq), str(bye.cseq)) == ("1 ACK", "2 BYE")
    assert dialog.dialog_id == ("c1", "a", "b")


def test_requests_of_the_peer_must_come_in_order():
    dialog = server()
    assert not dialog.accepts(parse_message(request("BYE", cseq=1)))
    assert dialog.accepts(parse_message(request("BYE", cseq=7)))
    assert not dialog.accepts(parse_message(request("BYE", cseq=6)))
    assert client().accepts(parse_message(request("BYE", cseq=1)))


def test_a_contact_is_needed():
    with pytest.raises(MalformedMessage, match="Contact"):
        Dialog.as_server(parse_message(request("INVITE")), "local", PEER)


def test_a_contact_that_names_no_host_is_reached_where_the_invite_came_from():
    message = parse_message(invite(headers=("Contact: <tel:+41791234567>",)))
    _, hop = Dialog.as_server(message, "local", PEER).create_request("BYE", VIA)
    assert hop == PEER


def test_a_contact_of_another_transport_is_reached_where_the_invite_came_from():
    message = parse_message(invite(headers=("Contact: <sip:caller@192.0.2.9:5070;transport=tcp>",)))
    bye, hop = Dialog.as_server(message, "local", PEER).create_request("BYE", VIA)
    assert hop == PEER
    assert str(bye.uri) == "sip:caller@192.0.2.9:5070;transport=tcp"


def test_a_target_refresh_moves_the_dialog():
    dialog = server()
    dialog.refresh_target(parse_message(invite(headers=("Contact: <sip:moved@192.0.2.33>",))))
    dialog.refresh_target(parse_message(request("OPTIONS")))
    assert dialog.create_request("BYE", VIA)[1] == Hop("192.0.2.33", 5060)


PUBLIC = Hop("198.51.100.7", 40123, "UDP", listener=1)


@pytest.mark.parametrize(
    ("hop", "origin", "goes_to"),
    [
        (Hop("192.168.1.5", 5060), PUBLIC, PUBLIC),
        (Hop("100.64.3.4", 5060), PUBLIC, PUBLIC),
        (Hop("fd00::5", 5060), Hop("2001:db8::7", 5060), Hop("2001:db8::7", 5060)),
        (Hop("192.168.1.5", 5060), Hop("10.0.0.1", 5080, listener=1), Hop("192.168.1.5", 5060, listener=1)),
        (Hop("203.0.113.5", 5080), PUBLIC, Hop("203.0.113.5", 5080, listener=1)),
        (Hop("2001:db8::7", 5080), PUBLIC, Hop("2001:db8::7", 5080)),
        (Hop("proxy.example", 0), PUBLIC, Hop("proxy.example", 0, listener=1)),
        (Hop("203.0.113.5", 5080, "TCP"), PUBLIC, PUBLIC),
        (
            Hop("198.51.100.7", 5061, "TLS"),
            Hop("198.51.100.7", 5061, "TLS", 2, "provider.example"),
            Hop("198.51.100.7", 5061, "TLS", 2, "provider.example"),
        ),
        (
            Hop("198.51.100.8", 5061, "TLS"),
            Hop("198.51.100.7", 5061, "TLS", 2, "provider.example"),
            Hop("198.51.100.8", 5061, "TLS", 2),
        ),
    ],
)
def test_a_peer_behind_nat_is_spoken_to_where_it_really_is(hop, origin, goes_to):
    assert in_dialog_hop(hop, origin) == goes_to


def test_a_bye_to_a_telephone_behind_nat_goes_back_to_its_nat():
    message = parse_message(invite(headers=("Contact: <sip:caller@192.168.1.5:5060>",)))
    _, hop = Dialog.as_server(message, "local", PUBLIC).create_request("BYE", VIA)
    assert hop == PUBLIC
