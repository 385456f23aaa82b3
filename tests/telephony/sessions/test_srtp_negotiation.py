"""Whether a stream is encrypted, and with which keys (RFC 4568)."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sdp_fixtures import OURS, crypto, describe, key

from gateway.telephony.errors import NotAcceptableHere
from gateway.telephony.messages.sdp import parse_sdp
from gateway.telephony.sessions.media_policy import MediaPolicy, SrtpMode
from gateway.telephony.sessions.negotiation import MediaChange, Negotiation
from gateway.telephony.sessions.offer_answer import accept_answer, answer_offer, check_offer, create_offer
from gateway.telephony.sessions.sdes import OFFERED_SUITES, crypto_lines

OFF, PREFERRED, REQUIRED = SrtpMode.OFF, SrtpMode.PREFERRED, SrtpMode.REQUIRED
PLAIN = "m=audio 9000 RTP/AVP 8"
SECURE = "m=audio 9000 RTP/SAVP 8"
UNKNOWN = "a=crypto:1 FOO_128 inline:AAAA"


def ours(mode: SrtpMode):
    return dataclasses.replace(OURS, policy=MediaPolicy(srtp=mode))


def negotiating(mode: SrtpMode) -> Negotiation:
    return Negotiation("192.0.2.1", 4000, 7, policy=MediaPolicy(srtp=mode))


@pytest.mark.parametrize(
    ("mode", "lines", "protocol", "encrypted"),
    [
        (OFF, [PLAIN], "RTP/AVP", False),
        (OFF, [PLAIN, crypto()], "RTP/AVP", False),
        (PREFERRED, [PLAIN], "RTP/AVP", False),
        (PREFERRED, [PLAIN, UNKNOWN], "RTP/AVP", False),
        (PREFERRED, [PLAIN, crypto()], "RTP/AVP", True),
        (PREFERRED, [SECURE, crypto()], "RTP/SAVP", True),
        (REQUIRED, [PLAIN, crypto()], "RTP/AVP", True),
        (REQUIRED, [SECURE, crypto()], "RTP/SAVP", True),
        (REQUIRED, [SECURE, UNKNOWN, crypto(2, "AES_CM_128_HMAC_SHA1_32")], "RTP/SAVP", True),
    ],
)
def test_an_offer_is_answered_as_the_trunk_has_it(mode, lines, protocol, encrypted):
    description, stream = answer_offer(describe(*lines), ours(mode), 7)
    assert description.media[0].protocol == protocol
    assert (stream.srtp is not None) is encrypted
    assert len(description.media[0].values("crypto")) == int(encrypted)


@pytest.mark.parametrize(
    ("mode", "lines", "problem"),
    [
        (OFF, [SECURE, crypto()], "switched off"),
        (PREFERRED, [SECURE], "no a=crypto line that can be used: there is none at all"),
        (PREFERRED, [SECURE, UNKNOWN], "no a=crypto line that can be used: the suite is not known"),
        (REQUIRED, [PLAIN], "no a=crypto line"),
        (REQUIRED, [PLAIN, UNKNOWN], "no a=crypto line"),
        (REQUIRED, [SECURE, crypto(after="|2^20|1:4")], "master key identifier"),
        (PREFERRED, ["m=audio 9000 RTP/SAVPF 8", crypto()], "RTP/SAVPF, which this side has not"),
        (PREFERRED, ["m=audio 9000 UDP/TLS/RTP/SAVPF 8"], "UDP/TLS/RTP/SAVPF, which this side has not"),
        (OFF, ["m=audio 9000 UDP/TLS/RTP/SAVP 8"], "UDP/TLS/RTP/SAVP, which this side has not"),
        (OFF, ["m=audio 9000 RTP/AVPF 8"], "RTP/AVPF, which this side has not"),
        (OFF, ["m=audio 9000 TCP/x 8"], "no audio stream over RTP/AVP or RTP/SAVP"),
    ],
)
def test_an_offer_that_does_not_fit_the_trunk_is_refused_with_the_reason(mode, lines, problem):
    with pytest.raises(NotAcceptableHere, match=problem):
        check_offer(describe(*lines), MediaPolicy(srtp=mode))
    with pytest.raises(NotAcceptableHere, match=problem):
        answer_offer(describe(*lines), ours(mode), 7)


def test_the_first_line_that_we_know_is_taken_with_its_tag_and_answered_with_a_key_of_our_own():
    offer = describe(SECURE, UNKNOWN, crypto(5, "AES_CM_128_HMAC_SHA1_32"), crypto(6, "AEAD_AES_256_GCM"))
    description, stream = answer_offer(offer, ours(REQUIRED), 7)
    (line,) = crypto_lines(description.media[0])
    assert (line.tag, line.suite) == (5, "AES_CM_128_HMAC_SHA1_32")
    assert (stream.srtp.suite, stream.srtp.remote, stream.srtp.local) == (line.suite, key(5), line.key)
    assert line.key != key(5)


def test_of_two_sections_the_one_with_keys_is_taken_where_srtp_is_preferred():
    offer = describe(PLAIN, "m=audio 9002 RTP/SAVP 8", crypto())
    description, stream = answer_offer(offer, ours(PREFERRED), 7)
    assert [media.port for media in description.media] == [0, 4000]
    assert (stream.remote_port, stream.srtp.remote) == (9002, key(1))
    description, stream = answer_offer(offer, ours(OFF), 7)
    assert [media.port for media in description.media] == [4000, 0]
    assert stream.srtp is None


@pytest.mark.parametrize(
    ("mode", "protocol", "lines"), [(OFF, "RTP/AVP", 0), (PREFERRED, "RTP/AVP", 3), (REQUIRED, "RTP/SAVP", 3)]
)
def test_our_offers_are_what_the_trunk_wants(mode, protocol, lines):
    (media,) = create_offer(ours(mode), 7).media
    assert (media.protocol, len(media.values("crypto"))) == (protocol, lines)


@pytest.mark.parametrize(
    ("mode", "lines", "encrypted"),
    [
        (PREFERRED, [PLAIN], False),
        (PREFERRED, [PLAIN, crypto(2)], True),
        (REQUIRED, [SECURE, crypto(1, "AEAD_AES_256_GCM")], True),
        (REQUIRED, [SECURE, crypto(3, "AES_CM_128_HMAC_SHA1_32")], True),
    ],
)
def test_an_answer_to_our_offer_gives_the_keys_of_the_line_that_it_names(mode, lines, encrypted):
    offer = create_offer(ours(mode), 7)
    stream = accept_answer(offer, describe(*lines), ours(mode).policy)
    assert (stream.srtp is not None) is encrypted
    if stream.srtp is not None:
        mine = next(line for line in crypto_lines(offer.media[0]) if line.suite == stream.srtp.suite)
        (theirs,) = crypto_lines(describe(*lines).media[0])
        assert (stream.srtp.local, stream.srtp.remote) == (mine.key, theirs.key)


@pytest.mark.parametrize(
    ("mode", "lines"),
    [
        (REQUIRED, [SECURE]),
        (REQUIRED, [PLAIN]),
        (REQUIRED, [SECURE, UNKNOWN]),
        (REQUIRED, [SECURE, crypto(1)]),  # the tag is that of another suite
        (REQUIRED, [SECURE, crypto(9)]),
        (PREFERRED, [PLAIN, UNKNOWN]),  # such a peer would encrypt
        (PREFERRED, [PLAIN, crypto(9)]),
    ],
)
def test_an_answer_whose_keys_do_not_fit_is_refused(mode, lines):
    with pytest.raises(NotAcceptableHere):
        accept_answer(create_offer(ours(mode), 7), describe(*lines), ours(mode).policy)


def test_an_unchanged_line_keeps_both_keys_and_a_new_one_brings_new_keys_on_both_sides():
    negotiation = negotiating(REQUIRED)
    first, before = negotiation.answer(describe(SECURE, crypto(1)))
    again, same = negotiation.answer(describe(SECURE, crypto(1)))
    assert (again, same) == (first, before)
    _, held = negotiation.answer(describe(SECURE, crypto(1), "a=sendonly"))
    assert held.srtp == before.srtp
    _, renewed = negotiation.answer(describe(SECURE, crypto(1, master=key(77))))
    assert renewed.srtp.remote == key(77)
    assert renewed.srtp.local != before.srtp.local


def test_the_line_in_force_is_preferred_to_a_new_one_before_it():
    negotiation = negotiating(REQUIRED)
    _, before = negotiation.answer(describe(SECURE, crypto(2)))
    _, after = negotiation.answer(describe(SECURE, crypto(1, "AEAD_AES_256_GCM"), crypto(2)))
    assert after == before


def test_a_later_offer_of_ours_repeats_the_profile_and_the_keys_in_force():
    negotiation = negotiating(PREFERRED)
    first, before = negotiation.answer(describe(SECURE, crypto(4)))
    offer = parse_sdp(negotiation.offer(MediaChange(direction="sendonly")))
    assert offer.media[0].protocol == "RTP/SAVP"
    assert offer.media[0].values("crypto") == parse_sdp(first).media[0].values("crypto")
    stream = negotiation.accept(describe(SECURE, crypto(4), "a=recvonly").serialise())
    assert stream.srtp == before.srtp


def test_a_call_that_began_without_keys_goes_on_without_them():
    negotiation = negotiating(PREFERRED)
    negotiation.answer(describe(PLAIN))
    (media,) = parse_sdp(negotiation.offer()).media
    assert (media.protocol, media.values("crypto")) == ("RTP/AVP", [])


def test_keys_that_may_have_been_used_are_not_offered_again_once_a_call_goes_on_without():
    negotiation = negotiating(PREFERRED)
    first = parse_sdp(negotiation.offer()).media[0]
    assert negotiation.accept(describe(PLAIN, crypto(2)).serialise()).srtp.local == crypto_lines(first)[1].key
    again = parse_sdp(negotiation.offer()).media[0]
    assert again.values("crypto") == first.values("crypto")
    assert negotiation.accept(describe(PLAIN).serialise()).srtp is None
    later = parse_sdp(negotiation.offer()).media[0]
    assert not set(later.values("crypto")) & set(first.values("crypto"))


def test_each_session_offers_keys_of_its_own_for_each_suite():
    lines = [line for _ in range(2) for line in crypto_lines(create_offer(ours(REQUIRED), 7).media[0])]
    assert [line.suite for line in lines] == [*OFFERED_SUITES, *OFFERED_SUITES]
    assert len({line.key for line in lines}) == len(lines)


def test_a_session_of_its_own_has_keys_of_its_own():
    offer = describe(SECURE, crypto(1))
    _, one = negotiating(REQUIRED).answer(offer)
    _, other = negotiating(REQUIRED).answer(offer)
    assert one.srtp.local != other.srtp.local


def test_keys_do_not_show_in_a_stream():
    _, stream = negotiating(REQUIRED).answer(describe(SECURE, crypto(1, master=b"secret" * 5)))
    assert "secret" not in repr(stream)
    assert repr(stream.srtp.local) not in repr(stream)


@given(st.sampled_from(list(SrtpMode)), st.sampled_from(list(SrtpMode)))
def test_two_gateways_talk_with_each_others_keys_or_not_at_all(offering, answering):
    offer = parse_sdp(create_offer(ours(offering), 7).serialise())
    fits = {offering, answering} != {OFF, REQUIRED}
    if not fits:
        with pytest.raises(NotAcceptableHere):
            answer_offer(offer, ours(answering), 8)
        return
    description, theirs = answer_offer(offer, ours(answering), 8)
    mine = accept_answer(offer, parse_sdp(description.serialise()), ours(offering).policy)
    assert (mine.srtp is None) is (OFF in (offering, answering))
    if mine.srtp is not None and theirs.srtp is not None:
        assert mine.srtp.suite == theirs.srtp.suite
        assert (mine.srtp.local, mine.srtp.remote) == (theirs.srtp.remote, theirs.srtp.local)


LINES = (
    "a=rtpmap:96 opus/48000/2",
    "a=fmtp:96 useinbandfec=1;maxplaybackrate=8000",
    "a=rtpmap:101 telephone-event/8000",
    "a=rtpmap:102 telephone-event/48000",
    "a=rtcp-mux",
    "a=rtcp:9011 IN IP4 192.0.2.99",
    "a=ptime:40",
    "a=maxptime:10",
    "a=sendonly",
    "a=inactive",
    UNKNOWN,
    crypto(1),
    crypto(2, "AEAD_AES_256_GCM"),
    crypto(3, after="|2^20|1:4"),
    crypto(4, after=" UNENCRYPTED_SRTP"),
)
PROFILES = ("RTP/AVP", "RTP/SAVP", "RTP/SAVPF")


@given(
    st.sampled_from(list(SrtpMode)),
    st.lists(
        st.tuples(
            st.sampled_from(PROFILES),
            st.lists(st.sampled_from(["0", "8", "9", "13", "18", "96", "101", "102"]), min_size=1, unique=True),
            st.lists(st.sampled_from(LINES), unique=True),
        ),
        min_size=1,
        max_size=3,
    ),
)
def test_an_answer_says_what_the_stream_is_and_fits_the_trunk_whatever_is_offered(mode, sections):
    lines = []
    for port, (profile, formats, attributes) in enumerate(sections):
        lines += [f"m=audio {9000 + 2 * port} {profile} {' '.join(formats)}", *attributes]
    offer = describe(*lines)
    try:
        description, stream = answer_offer(offer, ours(mode), 7)
    except NotAcceptableHere:
        return
    answer = parse_sdp(description.serialise())
    assert len(answer.media) == len(offer.media)
    (index,) = (at for at, media in enumerate(answer.media) if media.port)
    chosen, theirs = answer.media[index], offer.media[index]
    assert chosen.protocol == theirs.protocol
    assert set(chosen.formats) <= set(theirs.formats)
    assert stream.remote_port == theirs.port
    assert stream.ptime_ms in (10, 20, 40, 60)
    assert stream.rtcp_mux is (("rtcp-mux", None) in theirs.attributes) is (("rtcp-mux", None) in chosen.attributes)
    sent = crypto_lines(chosen)
    assert (stream.srtp is not None) is bool(sent)
    assert (mode, bool(sent)) not in {(OFF, True), (REQUIRED, False)}
    assert bool(sent) or chosen.protocol == "RTP/AVP"
    if stream.srtp is not None:
        (line,) = sent
        (offered,) = (line for line in crypto_lines(theirs) if line.tag == sent[0].tag)
        assert (stream.srtp.local, stream.srtp.remote) == (line.key, offered.key)
        assert line.suite == offered.suite == stream.srtp.suite
