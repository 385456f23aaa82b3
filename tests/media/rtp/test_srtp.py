"""Secure RTP: what is protected is opened, what is hostile is dropped, and contexts outlive a re-INVITE."""

from __future__ import annotations

import random
import struct
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.media.parameters import SrtpKeys
from gateway.media.rtp.reception_view import ReceptionView
from gateway.media.rtp.rtcp import build_goodbye
from gateway.media.rtp.srtp import LARGEST_PACKET, SUITES, SrtpError, SrtpTransform

PEER_SSRC = 7
SUITE = "AES_CM_128_HMAC_SHA1_80"


def key(suite: str, seed: int) -> bytes:
    return random.Random(seed).randbytes(SUITES[suite])


def key_pair(suite: str = SUITE, seed: int = 1) -> tuple[SrtpKeys, SrtpKeys]:
    """Our keys and the peer's."""
    ours = SrtpKeys(suite, key(suite, seed), key(suite, seed + 1000))
    return ours, SrtpKeys(suite, ours.remote, ours.local)


def pair(suite: str = SUITE, seed: int = 1) -> tuple[SrtpTransform, SrtpTransform]:
    ours, theirs = key_pair(suite, seed)
    return SrtpTransform(ours), SrtpTransform(theirs)


def packet(sequence: int, payload: bytes = bytes(160), ssrc: int = PEER_SSRC) -> bytes:
    return struct.pack("!BBHII", 0x80, 8, sequence & 0xFFFF, sequence * 160 & 0xFFFFFFFF, ssrc) + payload


@pytest.mark.parametrize("suite", SUITES)
def test_what_one_side_protects_the_other_opens(suite: str) -> None:
    us, peer = pair(suite)
    for sequence in range(65_530, 65_545):
        protected = us.protect(packet(sequence))
        assert protected[12:172] != bytes(160)
        assert peer.unprotect(protected) == packet(sequence)
    goodbye = build_goodbye(5, "abc")
    assert peer.unprotect_rtcp(us.protect_rtcp(goodbye)) == goodbye
    assert (peer.rejected, peer.replayed) == (0, 0)


def test_a_packet_is_protected_as_by_the_reference_implementation() -> None:
    # The reference packet with which libsrtp's own test driver checks AES_CM_128_HMAC_SHA1_80 (srtp_validate).
    master = bytes.fromhex("e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6")
    plain = bytes.fromhex("800f1234decafbadcafebabe" + "ab" * 16)
    protected = bytes.fromhex("800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb")
    assert SrtpTransform(SrtpKeys(SUITE, master, key(SUITE, 1))).protect(plain) == protected
    assert SrtpTransform(SrtpKeys(SUITE, key(SUITE, 1), master)).unprotect(protected) == plain


def test_an_authentication_tag_of_32_bits_is_for_rtp_only() -> None:
    us, _ = pair("AES_CM_128_HMAC_SHA1_32")
    assert len(us.protect(packet(1))) == len(packet(1)) + 4
    # RFC 4568 section 6.2.2: RTCP keeps its 80 bits, beside an index of four octets.
    assert len(us.protect_rtcp(build_goodbye(5, "abc"))) == len(build_goodbye(5, "abc")) + 4 + 10


def test_a_replayed_packet_is_dropped_and_counted() -> None:
    us, peer = pair()
    packets = [us.protect(packet(sequence)) for sequence in range(2000)]
    assert peer.unprotect(packets[0]) is not None
    assert peer.unprotect(packets[0]) is None
    assert peer.unprotect(packets[1999]) is not None
    assert peer.unprotect(packets[1]) is None, "older than the window"
    assert peer.unprotect(packets[1500]) is not None
    report = us.protect_rtcp(build_goodbye(5, "abc"))
    assert peer.unprotect_rtcp(report) is not None
    assert peer.unprotect_rtcp(report) is None
    assert (peer.rejected, peer.replayed) == (0, 3)


def test_packets_overtake_each_other() -> None:
    us, peer = pair()
    packets = [us.protect(packet(sequence)) for sequence in range(65_400, 65_900)]
    random.Random(1).shuffle(packets)
    # The first one decides which rollover counter is meant, so it is one before the wrap.
    packets.sort(key=lambda data: data[2:4] != struct.pack("!H", 65_500))
    assert all(peer.unprotect(data) is not None for data in packets)


def test_a_changed_or_foreign_packet_is_dropped_and_counted() -> None:
    us, peer = pair()
    stranger, _ = pair(seed=50)
    protected = us.protect(packet(1))
    for index in range(len(protected)):
        assert peer.unprotect(protected[:index] + bytes([protected[index] ^ 1]) + protected[index + 1 :]) is None
    assert peer.unprotect(stranger.protect(packet(2))) is None
    assert peer.unprotect(packet(3)) is None
    assert peer.unprotect_rtcp(build_goodbye(5, "abc")) is None
    assert peer.rejected == len(protected) + 3
    assert peer.unprotect(protected) == packet(1)


@given(st.binary(max_size=200) | st.binary(min_size=1400, max_size=2100))
def test_no_datagram_raises(data: bytes) -> None:
    _, peer = pair()
    assert peer.unprotect(data) is None
    assert peer.unprotect_rtcp(data) is None
    assert peer.unprotect(b"\x90" + data) is None
    assert peer.rejected == 3


def test_foreign_sources_use_no_memory_and_those_of_the_peer_are_bounded() -> None:
    us, peer = pair()
    stranger, _ = pair(seed=50)
    for ssrc in range(200):
        assert peer.unprotect(stranger.protect(packet(1, ssrc=ssrc))) is None
    opened = [peer.unprotect(us.protect(packet(1, ssrc=ssrc))) is not None for ssrc in range(200)]
    assert 16 <= sum(opened) < 100
    assert opened == sorted(opened, reverse=True)
    assert peer.unprotect(us.protect(packet(2, ssrc=0))) is not None


def test_sources_that_only_report_are_bounded_as_well() -> None:
    us, peer = pair()
    assert peer.unprotect(us.protect(packet(1))) is not None
    opened = [peer.unprotect_rtcp(us.protect_rtcp(build_goodbye(ssrc, "abc"))) is not None for ssrc in range(200)]
    assert 16 <= sum(opened) < 100
    assert opened == sorted(opened, reverse=True)
    assert peer.unprotect_rtcp(us.protect_rtcp(build_goodbye(0, "abc"))) is not None
    assert peer.unprotect(us.protect(packet(2))) is not None
    assert peer.unprotect(us.protect(packet(1, ssrc=300))) is None


@pytest.mark.parametrize("data", [b"", b"\x80", packet(1, bytes(LARGEST_PACKET + 5 - 12)), packet(2)])
def test_what_cannot_be_protected_is_said(data: bytes) -> None:
    us, _ = pair()
    us.protect(packet(2, bytes(LARGEST_PACKET - 12)))
    with pytest.raises(SrtpError, match="cannot be protected"):
        us.protect(data)


@pytest.mark.parametrize("data", [b"", b"\x80\xc9", bytes(LARGEST_PACKET + 4)])
def test_a_report_that_cannot_be_protected_is_said(data: bytes) -> None:
    us, _ = pair()
    us.protect_rtcp(build_goodbye(5, "abc") + bytes(LARGEST_PACKET - len(build_goodbye(5, "abc"))))
    with pytest.raises(SrtpError, match="cannot be protected"):
        us.protect_rtcp(data)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"suite": "NULL"}, "the SRTP suite 'NULL' is not known"),
        ({"local": bytes(29)}, "our key for AES_CM_128_HMAC_SHA1_80 has 29 octets instead of 30"),
        ({"remote": bytes(31)}, "the peer's key for AES_CM_128_HMAC_SHA1_80 has 31 octets instead of 30"),
    ],
)
def test_keys_that_cannot_be_used_are_refused_in_one_sentence(change: dict[str, object], sentence: str) -> None:
    ours, _ = key_pair()
    with pytest.raises(SrtpError, match=sentence):
        SrtpTransform(replace(ours, **change))
    us, peer = pair()
    with pytest.raises(SrtpError, match=sentence):
        us.rekey(replace(ours, **change))
    assert peer.unprotect(us.protect(packet(1))) == packet(1)


def stream(sender: SrtpTransform, receiver: SrtpTransform, sequences: range) -> ReceptionView:
    """Send packets and return what the receiver knows of them; ``sequences`` count wraps."""
    for sequence in sequences:
        assert receiver.unprotect(sender.protect(packet(sequence))) == packet(sequence)
    return ReceptionView(PEER_SSRC, highest=sequences[-1])


def test_the_same_keys_again_keep_the_rollover_counter_and_the_replay_window() -> None:
    us, peer = pair()
    reception = stream(peer, us, range(65_000, 66_000))
    old = peer.protect(packet(66_000))
    assert us.unprotect(old) is not None
    assert us.rekey(key_pair()[0], reception) is False
    assert us.unprotect(old) is None
    stream(peer, us, range(66_001, 66_010))
    stream(us, peer, range(1, 10))


def test_a_new_key_of_ours_asks_for_a_new_source_and_opens_at_the_peer() -> None:
    us, peer = pair()
    stream(us, peer, range(65_000, 66_000))
    ours, theirs = key_pair()
    ours, theirs = replace(ours, local=key(SUITE, 77)), replace(theirs, remote=key(SUITE, 77))
    assert us.rekey(ours) is True
    peer.rekey(theirs)
    protected = us.protect(packet(5, ssrc=8))
    assert peer.unprotect(protected) == packet(5, ssrc=8)


@pytest.mark.parametrize("counter", ["goes on", "begins anew"])
@pytest.mark.parametrize("wraps", [0, 1, 3])
def test_the_peers_new_key_is_taken_whether_its_rollover_counter_goes_on_or_begins_anew(
    counter: str, wraps: int
) -> None:
    us, peer = pair()
    last = wraps * 65_536 + 500
    reception = stream(peer, us, range(100, last, 7_001))
    last = reception.highest
    ours, theirs = key_pair()
    ours, theirs = replace(ours, remote=key(SUITE, 77)), replace(theirs, local=key(SUITE, 77))
    late = peer.protect(packet(last + 1))
    us.rekey(ours, reception)
    peer_again = SrtpTransform(theirs)
    if counter == "goes on":
        for sequence in range(0, last, 7_001):
            peer_again.protect(packet(sequence))
    # What was on its way under the old key still counts, and reports come in between.
    assert us.unprotect(late) == packet(last + 1)
    assert us.unprotect_rtcp(peer_again.protect_rtcp(build_goodbye(PEER_SSRC, "a"))) is not None
    reception = stream(peer_again, us, range(last + 2, last + 300))
    # After 5 s nothing under the old key is taken any more.
    assert us.unprotect(peer.protect(packet(last + 300))) is None
    # A second new key, before and after which the counter is the one of the first.
    us.rekey(replace(ours, remote=key(SUITE, 78)), reception)
    third = SrtpTransform(replace(theirs, local=key(SUITE, 78)))
    rolled = reception.highest if counter == "goes on" else reception.highest & 0xFFFF
    for sequence in range(0, rolled, 7_001):
        third.protect(packet(sequence))
    stream(third, us, range(reception.highest + 1, reception.highest + 10))
    assert us.rejected == 1


def test_a_key_under_which_nothing_came_does_not_lose_the_peers_counter() -> None:
    us, peer = pair()
    reception = stream(peer, us, range(100, 3 * 65_536, 7_001))
    ours, theirs = key_pair()
    us.rekey(replace(ours, remote=key(SUITE, 77)), reception)
    us.rekey(replace(ours, remote=key(SUITE, 78)), reception)
    third = SrtpTransform(replace(theirs, local=key(SUITE, 78)))
    for sequence in range(0, reception.highest, 7_001):
        third.protect(packet(sequence))
    stream(third, us, range(reception.highest + 1, reception.highest + 10))


def test_a_new_source_of_the_peer_is_taken_with_its_new_key() -> None:
    us, peer = pair()
    reception = stream(peer, us, range(65_000, 66_000))
    ours, theirs = key_pair(seed=5)
    us.rekey(ours, reception)
    peer.rekey(theirs)
    assert us.unprotect(peer.protect(packet(9, ssrc=99))) == packet(9, ssrc=99)


def test_keys_are_in_no_repr() -> None:
    ours, _ = key_pair()
    assert ours.local.hex() not in repr(ours)
    assert "local" not in repr(ours)
    assert repr(SrtpTransform(ours)).startswith("<")
