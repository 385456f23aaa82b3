"""Where RTCP goes (RFC 3605, RFC 5761)."""

import pytest
from sdp_fixtures import OURS, describe

from gateway.telephony.sessions.offer_answer import accept_answer, answer_offer, create_offer

MEDIA = "m=audio 9000 RTP/AVP 8"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("a=rtcp:9005", ("192.0.2.10", 9005)),
        ("a=rtcp:9005 IN IP4 192.0.2.77", ("192.0.2.77", 9005)),
        ("a=rtcp:9001", None),
        ("a=rtcp:9001 IN IP4 192.0.2.10", None),
        ("a=rtcp:9001 IN IP4 192.0.2.77", ("192.0.2.77", 9001)),
        ("a=rtcp:0", None),
        ("a=rtcp:70000", None),
        ("a=rtcp:x", None),
        ("a=rtcp", None),
        ("a=rtcp:9005 IN IP6 2001:db8::1", None),
        ("a=rtcp:9005 IN IP4 233.252.0.1/127", None),
        ("a=rtcp:9005 IN IP4 0.0.0.0", None),
        ("a=rtcp:9005 IN IP4 rtcp.example.com", None),
    ],
)
def test_rtcp_goes_where_the_peer_says_if_anything_can_be_sent_there(line, expected):
    _, stream = answer_offer(describe(MEDIA, line), OURS, 7)
    assert stream.remote_rtcp == expected
    assert not stream.rtcp_mux


def test_one_port_for_both_is_taken_where_it_is_offered_and_makes_another_address_meaningless():
    description, stream = answer_offer(describe(MEDIA, "a=rtcp:9005", "a=rtcp-mux"), OURS, 7)
    assert (stream.rtcp_mux, stream.remote_rtcp) == (True, None)
    assert ("rtcp-mux", None) in description.media[0].attributes
    description, stream = answer_offer(describe(MEDIA), OURS, 7)
    assert not stream.rtcp_mux
    assert ("rtcp-mux", None) not in description.media[0].attributes


def test_one_port_for_both_is_not_taken_where_sound_would_look_like_rtcp():
    offer = describe("m=audio 9000 RTP/AVP 72 8", "a=rtpmap:72 PCMA/8000", "a=rtcp-mux")
    assert not answer_offer(offer, OURS, 7)[1].rtcp_mux


def test_one_port_for_both_is_offered_and_used_where_the_answer_takes_it():
    offer = create_offer(OURS, 7)
    assert ("rtcp-mux", None) in offer.media[0].attributes
    assert accept_answer(offer, describe(MEDIA, "a=rtcp-mux")).rtcp_mux
    stream = accept_answer(offer, describe(MEDIA, "a=rtcp:9009"))
    assert (stream.rtcp_mux, stream.remote_rtcp) == (False, ("192.0.2.10", 9009))
