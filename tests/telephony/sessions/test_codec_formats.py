"""Which codec, events and comfort noise are agreed on."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sdp_fixtures import OURS, describe

from gateway.media.parameters import Codec, OpusParameters
from gateway.telephony.messages.sdp import parse_sdp
from gateway.telephony.sessions import media_policy
from gateway.telephony.sessions.codec_formats import offered_formats, read_opus_parameters
from gateway.telephony.sessions.media_policy import MediaPolicy
from gateway.telephony.sessions.negotiation import Negotiation
from gateway.telephony.sessions.offer_answer import accept_answer, answer_offer, create_offer

ALL = (Codec.G722, Codec.OPUS, Codec.PCMA, Codec.PCMU)


def ours(*answered: Codec, offered: tuple[Codec, ...] | None = None):
    policy = MediaPolicy(answered=answered or ALL, offered=offered or answered or ALL)
    return dataclasses.replace(OURS, policy=policy)


OPUS_PHONE = (
    "m=audio 9000 RTP/AVP 111 9 8 0 13 110 101",
    "a=rtpmap:111 opus/48000/2",
    "a=fmtp:111 useinbandfec=1; maxaveragebitrate=20000;usedtx=1",
    "a=rtpmap:9 G722/8000",
    "a=rtpmap:110 telephone-event/48000",
    "a=rtpmap:101 telephone-event/8000",
)


@pytest.mark.parametrize(
    ("codecs", "chosen", "formats"),
    [
        ((Codec.G722, Codec.OPUS), Codec.G722, ("9", "13", "101")),
        ((Codec.OPUS, Codec.G722), Codec.OPUS, ("111", "110")),
        ((Codec.PCMU, Codec.G722), Codec.PCMU, ("0", "13", "101")),
        ((Codec.PCMA,), Codec.PCMA, ("8", "13", "101")),
    ],
)
def test_our_preference_decides_and_events_and_noise_go_with_the_codecs_clock(codecs, chosen, formats):
    description, stream = answer_offer(describe(*OPUS_PHONE), ours(*codecs), 7)
    assert stream.codec is chosen
    assert description.media[0].formats == formats
    assert str(stream.payload_type) == formats[0]
    assert str(stream.telephone_event_payload_type) == formats[-1]
    assert stream.comfort_noise_payload_type == (None if chosen is Codec.OPUS else 13)


def test_opus_is_answered_in_mono_of_16_khz_and_the_peers_wishes_are_kept():
    description, stream = answer_offer(describe(*OPUS_PHONE), ours(Codec.OPUS), 7)
    text = description.serialise()
    assert b"a=rtpmap:111 opus/48000/2\r\n" in text
    assert b"a=fmtp:111 minptime=10;useinbandfec=1;maxplaybackrate=16000;sprop-maxcapturerate=16000\r\n" in text
    assert b"a=rtpmap:110 telephone-event/48000\r\n" in text
    assert stream.opus == OpusParameters(in_band_fec=True, max_average_bit_rate=20_000, discontinuous=True)
    assert answer_offer(describe(*OPUS_PHONE), ours(Codec.G722), 7)[1].opus is None


def test_a_peer_with_events_at_8000_alone_keeps_its_keys_with_opus():
    lines = [line for line in OPUS_PHONE if "48000" not in line or "opus" in line]
    _, stream = answer_offer(describe(*lines), ours(Codec.OPUS), 7)
    assert (stream.codec, stream.telephone_event_payload_type) == (Codec.OPUS, 101)


@pytest.mark.parametrize("encoding", ["opus/48000", "opus/48000/1", "opus/16000/2", "G722/16000", "PCMA/8000/2", "CN"])
def test_a_codec_with_another_clock_or_channels_is_another_codec(encoding):
    offer = describe("m=audio 9000 RTP/AVP 96 0", f"a=rtpmap:96 {encoding}")
    assert answer_offer(offer, ours(), 7)[1].codec is Codec.PCMU


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", OpusParameters()),
        ("useinbandfec=0;cbr=1", OpusParameters(constant_bit_rate=True)),
        ("MaxPlaybackRate=16000 ; useInbandFEC=1", OpusParameters(in_band_fec=True, max_playback_rate=16_000)),
        ("maxplaybackrate=x;usedtx=yes;=;a", OpusParameters()),
        ("maxaveragebitrate=100;maxplaybackrate=1", OpusParameters(max_average_bit_rate=6000, max_playback_rate=8000)),
        ("maxaveragebitrate=999999", OpusParameters(max_average_bit_rate=510_000)),
        ("maxaveragebitrate=99999999999", OpusParameters()),
    ],
)
def test_the_peers_wishes_for_opus_are_read_and_bounded(text, expected):
    assert read_opus_parameters(text) == expected


def test_a_codec_that_the_machine_lacks_is_neither_taken_nor_offered(monkeypatch):
    monkeypatch.setattr(media_policy, "available_codecs", lambda: frozenset(ALL) - {Codec.OPUS})
    media_policy.usable.cache_clear()
    stream = answer_offer(describe(*OPUS_PHONE), ours(Codec.OPUS, Codec.PCMA), 7)[1]
    offer = create_offer(ours(Codec.OPUS, Codec.PCMA), 7)
    media_policy.usable.cache_clear()
    assert stream.codec is Codec.PCMA
    assert offer.media[0].formats == ("8", "13", "101")


def test_an_offer_has_every_codec_in_order_with_noise_and_events_at_each_clock():
    text = create_offer(ours(Codec.G722, Codec.PCMA, Codec.PCMU), 7).serialise()
    assert b"m=audio 4000 RTP/AVP 9 8 0 13 101\r\n" in text
    assert b"a=rtpmap:9 G722/8000\r\n" in text
    assert b"a=rtpmap:13 CN/8000\r\n" in text
    text = create_offer(ours(Codec.OPUS, Codec.PCMA), 7).serialise()
    assert b"m=audio 4000 RTP/AVP 107 8 13 101 102\r\n" in text
    assert b"a=rtpmap:107 opus/48000/2\r\n" in text
    assert b"a=rtpmap:102 telephone-event/48000\r\n" in text
    assert b"m=audio 4000 RTP/AVP 107 102\r\n" in create_offer(ours(Codec.OPUS), 7).serialise()


def test_an_answer_is_read_with_the_events_of_its_codec():
    offer = create_offer(ours(Codec.OPUS, Codec.PCMA), 7)
    opus = ["m=audio 9000 RTP/AVP 107 96", "a=rtpmap:107 opus/48000/2", "a=rtpmap:96 telephone-event/48000"]
    stream = accept_answer(offer, describe(*opus))
    assert (stream.codec, stream.payload_type) == (Codec.OPUS, 107)
    assert (stream.telephone_event_payload_type, stream.received_event_payload_type) == (96, 102)
    stream = accept_answer(offer, describe("m=audio 9000 RTP/AVP 8 13 101", "a=rtpmap:101 telephone-event/8000"))
    assert (stream.codec, stream.received_event_payload_type, stream.comfort_noise_payload_type) == (
        Codec.PCMA,
        101,
        13,
    )


def test_the_codec_in_use_comes_first_in_a_later_offer_with_the_payload_type_that_it_has():
    negotiation = Negotiation("192.0.2.1", 4000, 7, policy=ours(*ALL, offered=(Codec.PCMA, Codec.PCMU)).policy)
    lines = ["m=audio 9000 RTP/AVP 101 8 102", "a=rtpmap:101 opus/48000/2", "a=rtpmap:102 telephone-event/8000"]
    negotiation.answer(describe(*lines))
    offer = parse_sdp(negotiation.offer())
    assert offer.media[0].formats == ("101", "8", "0", "13", "102", "96")
    assert "96 telephone-event/48000" in offer.media[0].values("rtpmap")


def test_the_codec_changes_when_the_peer_offers_another_one_in_the_call():
    negotiation = Negotiation("192.0.2.1", 4000, 7, policy=ours().policy)
    assert negotiation.answer(describe("m=audio 9000 RTP/AVP 9 8"))[1].codec is Codec.G722
    assert negotiation.answer(describe("m=audio 9000 RTP/AVP 0"))[1].codec is Codec.PCMU


@given(st.lists(st.sampled_from(ALL), min_size=1, unique=True), st.lists(st.sampled_from(ALL), min_size=1, unique=True))
def test_two_gateways_agree_or_have_nothing_in_common(offered, answered):
    offer = parse_sdp(create_offer(ours(*offered), 7).serialise())
    if not set(offered) & set(answered):
        with pytest.raises(Exception, match="none of the codecs"):
            answer_offer(offer, ours(*answered), 8)
        return
    description, theirs = answer_offer(offer, ours(*answered), 8)
    mine = accept_answer(offer, parse_sdp(description.serialise()))
    assert mine == theirs
    assert mine.codec is next(codec for codec in answered if codec in offered)
    assert mine.telephone_event_payload_type is not None


@given(
    st.lists(st.sampled_from(ALL), min_size=1, unique=True),
    st.permutations(range(96, 128)),
    st.sampled_from([(), ("a=sendonly",)]),
)
def test_no_payload_type_ever_changes_its_meaning_within_a_session(offered, types, extra):
    opus, event8, event48, *_ = types
    negotiation = Negotiation("192.0.2.1", 4000, 7, policy=ours(*ALL, offered=tuple(offered)).policy)
    description, _ = negotiation.answer(
        describe(
            f"m=audio 9000 RTP/AVP {opus} 8 {event8} {event48}",
            f"a=rtpmap:{opus} opus/48000/2",
            f"a=rtpmap:{event8} telephone-event/8000",
            f"a=rtpmap:{event48} telephone-event/48000",
            *extra,
        )
    )
    before = dict(value.split(" ", 1) for value in parse_sdp(description).media[0].values("rtpmap"))
    after = parse_sdp(negotiation.offer()).media[0]
    later = dict(value.split(" ", 1) for value in after.values("rtpmap"))
    assert before.items() <= later.items()
    assert len(set(after.formats)) == len(after.formats)


def test_a_static_number_that_stands_for_something_else_already_is_not_used_again():
    agreed = describe("m=audio 4000 RTP/AVP 0", "a=rtpmap:0 PCMA/8000").media[0]
    formats = offered_formats((Codec.PCMA, Codec.PCMU), agreed)
    assert [entry.payload_type for entry in formats] == [0, 96, 13, 101]
