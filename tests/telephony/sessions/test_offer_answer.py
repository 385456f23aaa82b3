import pytest
from hypothesis import given
from hypothesis import strategies as st
from sdp_fixtures import describe

from gateway.media.parameters import Codec, StreamParameters
from gateway.telephony.errors import NotAcceptableHere
from gateway.telephony.messages.sdp import parse_sdp
from gateway.telephony.sessions.media_policy import MediaPolicy
from gateway.telephony.sessions.negotiation import MediaChange, Negotiation
from gateway.telephony.sessions.offer_answer import LocalMedia, accept_answer, answer_offer, check_offer, create_offer

G711 = (Codec.PCMA, Codec.PCMU)
NARROW = MediaPolicy(answered=G711, offered=G711)
OURS = LocalMedia("192.0.2.1", 4000, policy=NARROW)


def answer(*lines: str, **options):
    return answer_offer(describe(*lines, **options), OURS, 7)


@pytest.mark.parametrize(
    ("lines", "codec", "payload_type", "event_type"),
    [
        (["m=audio 9000 RTP/AVP 0 8"], Codec.PCMA, 8, None),
        (["m=audio 9000 RTP/AVP 0"], Codec.PCMU, 0, None),
        (["m=audio 9000 RTP/AVP 18 0 96", "a=rtpmap:96 telephone-event/8000"], Codec.PCMU, 0, 96),
        (["m=audio 9000 RTP/AVP 97", "a=rtpmap:97 pcma/8000/1"], Codec.PCMA, 97, None),
        (
            ["m=audio 9000 RTP/AVP 8 101", "a=rtpmap:8 PCMA/8000", "a=rtpmap:101 Telephone-Event/8000"],
            Codec.PCMA,
            8,
            101,
        ),
        # An event clock of 48000 belongs to Opus, not to G.711.
        (
            [
                "m=audio 9000 RTP/AVP 111 8 110 101",
                "a=rtpmap:111 opus/48000/2",
                "a=rtpmap:110 telephone-event/48000",
                "a=rtpmap:101 telephone-event/8000",
            ],
            Codec.PCMA,
            8,
            101,
        ),
        # A peer may give a static payload type another meaning.
        (["m=audio 9000 RTP/AVP 8 0", "a=rtpmap:8 G729/8000"], Codec.PCMU, 0, None),
    ],
)
def test_a_law_first_and_payload_types_stay_the_offers(lines, codec, payload_type, event_type):
    description, stream = answer(*lines)
    assert (stream.codec, stream.payload_type, stream.telephone_event_payload_type) == (codec, payload_type, event_type)
    formats = tuple(str(number) for number in (payload_type, event_type) if number is not None)
    assert description.media[0].formats == formats
    assert description.media[0].port == 4000
    assert (stream.remote_address, stream.remote_port) == ("192.0.2.10", 9000)


def test_every_other_section_is_refused_in_its_place():
    description, stream = answer(
        "m=video 7000 RTP/AVP 99",
        "m=audio 7002 RTP/SAVP 8",
        "m=audio 7004 RTP/AVP 9",
        "m=audio 9000 RTP/AVP 8",
        "m=audio 7006 RTP/AVP 8",
        "m=image 7008 udptl t38",
    )
    assert [media.port for media in description.media] == [0, 0, 0, 4000, 0, 0]
    assert [media.media for media in description.media] == ["video", "audio", "audio", "audio", "audio", "image"]
    assert description.media[5].formats == ("t38",)
    assert stream.remote_port == 9000


@pytest.mark.parametrize(
    ("lines", "options"),
    [
        ([], {}),
        (["m=audio 9000 RTP/AVP 9 18"], {}),
        (["m=audio 0 RTP/AVP 8"], {}),
        (["m=audio 9000 RTP/SAVP 8"], {}),
        (["m=video 9000 RTP/AVP 8"], {}),
        (["m=audio 9000 RTP/AVP 96", "a=rtpmap:96 PCMA/16000"], {}),
        (["m=audio 9000 RTP/AVP 96", "a=rtpmap:96 PCMA/8000/2"], {}),
        (["m=audio 9000 RTP/AVP 101", "a=rtpmap:101 telephone-event/8000"], {}),
        (["m=audio 9000 RTP/AVP 999", "a=rtpmap:999 PCMA/8000"], {}),
        (["m=audio 9000 RTP/AVP 8"], {"connection": None}),
        (["m=audio 9000 RTP/AVP 8"], {"connection": "IN IP4 media.example.com"}),
        (["m=audio 9000 RTP/AVP 8"], {"connection": "IN IP4 233.252.0.1/127"}),
    ],
)
def test_an_offer_without_a_usable_stream_is_not_acceptable(lines, options):
    offer = describe(*lines, **options)
    with pytest.raises(NotAcceptableHere):
        check_offer(offer, NARROW)
    with pytest.raises(NotAcceptableHere):
        answer_offer(offer, OURS, 7)


def test_another_ip_version_is_not_acceptable():
    offer = describe("m=audio 9000 RTP/AVP 8", connection="IN IP6 2001:db8::1")
    check_offer(offer)
    with pytest.raises(NotAcceptableHere, match="IPv6"):
        answer_offer(offer, OURS, 7)
    description, stream = answer_offer(offer, LocalMedia("2001:db8::2", 4000, policy=NARROW), 7)
    assert stream.remote_address == "2001:db8::1"
    assert b"c=IN IP6 2001:db8::2\r\n" in description.serialise()


def test_the_sections_own_address_comes_first():
    _, stream = answer("m=audio 9000 RTP/AVP 8", "c=IN IP4 192.0.2.77")
    assert stream.remote_address == "192.0.2.77"


@pytest.mark.parametrize(
    ("offered", "answered", "send", "receive"),
    [
        ("sendrecv", "sendrecv", True, True),
        ("sendonly", "recvonly", False, True),
        ("recvonly", "sendonly", True, False),
        ("inactive", "inactive", False, False),
    ],
)
def test_the_direction_is_turned_round(offered, answered, send, receive):
    description, stream = answer("m=audio 9000 RTP/AVP 8", f"a={offered}")
    assert description.direction_of(description.media[0]) == answered
    assert (stream.send, stream.receive) == (send, receive)


def test_address_zero_is_a_hold():
    _, stream = answer("m=audio 9000 RTP/AVP 8", connection="IN IP4 0.0.0.0")
    assert not stream.send


@pytest.mark.parametrize(
    ("lines", "ptime"),
    [
        ([], 20),
        (["a=ptime:20"], 20),
        (["a=ptime:30"], 20),
        (["a=ptime:40"], 40),
        (["a=ptime:10"], 20),
        (["a=ptime:500"], 60),
        (["a=ptime:60", "a=maxptime:40"], 40),
        (["a=ptime:x"], 20),
        (["a=maxptime:150"], 20),
        (["a=maxptime:10"], 10),
        (["a=ptime:10", "a=maxptime:10"], 10),
    ],
)
def test_packets_are_as_long_as_the_peer_wishes_in_whole_ticks(lines, ptime):
    description, stream = answer("m=audio 9000 RTP/AVP 8", *lines)
    assert stream.ptime_ms == ptime
    assert description.media[0].attribute("ptime") == str(ptime)


def test_our_offer_is_what_trunks_speak():
    offer = create_offer(LocalMedia("192.0.2.1", 4000), 7).serialise().decode()
    assert "m=audio 4000 RTP/AVP 9 8 0 13 101\r\n" in offer
    assert "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n" in offer
    assert "c=IN IP4 192.0.2.1\r\n" in offer


def test_an_answer_to_our_offer_makes_the_stream():
    offer = create_offer(OURS, 7)
    stream = accept_answer(offer, describe("m=audio 9000 RTP/AVP 0 101", "a=rtpmap:101 telephone-event/8000"))
    assert stream == StreamParameters("192.0.2.10", 9000, Codec.PCMU, 0, 101)


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["m=audio 0 RTP/AVP 8"],
        ["m=audio 9000 RTP/AVP 18"],
        ["m=audio 9000 RTP/AVP 8", "m=audio 9002 RTP/AVP 8"],
        ["m=video 9000 RTP/AVP 8"],
    ],
)
def test_an_answer_that_does_not_fit_is_refused(lines):
    with pytest.raises(NotAcceptableHere):
        accept_answer(create_offer(OURS, 7), describe(*lines))


@given(
    st.sampled_from(["sendrecv", "sendonly", "recvonly", "inactive"]),
    st.lists(st.sampled_from(["0", "8", "9", "18", "96", "101"]), min_size=1, max_size=6, unique=True),
)
def test_both_sides_agree_about_the_stream(direction, formats):
    offer = describe(
        f"m=audio 9000 RTP/AVP {' '.join(formats)}",
        "a=rtpmap:96 PCMA/8000",
        "a=rtpmap:101 telephone-event/8000",
        f"a={direction}",
    )
    if not {"0", "8", "96"} & set(formats):
        with pytest.raises(NotAcceptableHere):
            answer_offer(offer, OURS, 7)
        return
    description, ours = answer_offer(offer, OURS, 7)
    theirs = accept_answer(offer, parse_sdp(description.serialise()))
    assert (ours.codec, ours.payload_type) == (theirs.codec, theirs.payload_type)
    assert ours.telephone_event_payload_type == theirs.telephone_event_payload_type
    assert (ours.send, ours.receive) == (theirs.receive, theirs.send)


def test_each_description_of_a_call_raises_the_version_and_keeps_the_session():
    negotiation = Negotiation("192.0.2.1", 4000, 7)
    first, _ = negotiation.answer(describe("m=audio 9000 RTP/AVP 8"))
    second = negotiation.offer()
    assert b"o=- 7 1 IN" in first
    assert b"o=- 7 2 IN" in second
    with pytest.raises(NotAcceptableHere):
        negotiation.accept(None)


def test_a_description_that_says_the_same_keeps_its_version():
    negotiation = Negotiation("192.0.2.1", 4000, 7)
    first, _ = negotiation.answer(describe("m=audio 9000 RTP/AVP 8"))
    again, _ = negotiation.answer(describe("m=audio 9000 RTP/AVP 8"))
    assert first == again


def test_the_answer_may_give_keys_another_payload_type_than_the_offer():
    offer = create_offer(OURS, 7)
    stream = accept_answer(offer, describe("m=audio 9000 RTP/AVP 8 96", "a=rtpmap:96 telephone-event/8000"))
    assert (stream.telephone_event_payload_type, stream.received_event_payload_type) == (96, 101)


def test_a_later_offer_has_the_sections_and_payload_types_of_the_first():
    negotiation = Negotiation("192.0.2.1", 4000, 7)
    negotiation.answer(
        describe("m=video 7000 RTP/AVP 99", "m=audio 9000 RTP/AVP 8 98", "a=rtpmap:98 telephone-event/8000")
    )
    offer = parse_sdp(negotiation.offer())
    assert [(media.media, media.port) for media in offer.media] == [("video", 0), ("audio", 4000)]
    assert offer.media[1].formats == ("8", "9", "0", "13", "98")


def test_a_hold_of_ours_lasts_until_it_is_taken_back():
    negotiation = Negotiation("192.0.2.1", 4000, 7)
    negotiation.answer(describe("m=audio 9000 RTP/AVP 8"))
    assert b"a=sendonly" in negotiation.offer(MediaChange(direction="sendonly"))
    stream = negotiation.accept(describe("m=audio 9000 RTP/AVP 8", "a=recvonly").serialise())
    assert (stream.send, stream.receive) == (True, False)
    answer, stream = negotiation.answer(describe("m=audio 9000 RTP/AVP 8"))
    assert b"a=sendonly" in answer
    assert not stream.receive
    answer, stream = negotiation.answer(describe("m=audio 9000 RTP/AVP 8", "a=sendonly"))
    assert b"a=inactive" in answer
    assert (stream.send, stream.receive) == (False, False)
    assert b"a=sendrecv" in negotiation.offer(MediaChange(direction="sendrecv"))


def test_an_offer_that_was_refused_changes_nothing():
    negotiation = Negotiation("192.0.2.1", 4000, 7)
    negotiation.answer(describe("m=audio 9000 RTP/AVP 8"))
    assert b"m=audio 5000" in negotiation.offer(MediaChange(port=5000))
    assert negotiation.has_offered
    negotiation.withdraw()
    assert not negotiation.has_offered
    assert negotiation.port == 4000
    assert b"m=audio 4000" in negotiation.offer()


def test_a_hold_by_address_zero_is_answered_as_one():
    description, stream = answer("m=audio 9000 RTP/AVP 8", connection="IN IP4 0.0.0.0")
    assert description.direction_of(description.media[0]) == "recvonly"
    assert (stream.send, stream.receive) == (False, True)
