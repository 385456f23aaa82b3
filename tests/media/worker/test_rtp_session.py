"""An RTP session without its socket."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.media.parameters import Codec, StreamParameters
from gateway.media.rtp.packet import RtpPacket, parse_rtp
from gateway.media.rtp.telephone_event import TelephoneEventSender
from gateway.media.worker.rtp_session import RtpSession

PEER = ("192.0.2.1", 4000)
PARAMETERS = StreamParameters(*PEER, Codec.PCMA, 8, 101)
OCTETS = bytes(range(160))


def session(**changes: object) -> RtpSession:
    made = RtpSession()
    made.connect(replace(PARAMETERS, **changes))
    return made


def receive(into: RtpSession, number: int, *, payload_type: int = 8, ssrc: int = 7, payload: bytes = OCTETS) -> None:
    packet = RtpPacket(payload_type, number, number * 160, ssrc, payload)
    into.receive(packet.build(), PEER, number * 160.0)


def test_nothing_is_sent_or_received_before_it_is_connected() -> None:
    made = RtpSession()
    receive(made, 1)
    assert made.pop() is None
    assert made.packets(OCTETS, 0) == []


def test_frames_become_packets_with_running_sequence_and_the_legs_positions() -> None:
    made = session()
    sent = [parse_rtp(datagram) for tick in range(5) for datagram in made.packets(OCTETS, tick * 160)]
    assert [packet.payload for packet in sent] == [OCTETS] * 5
    assert [packet.marker for packet in sent] == [True, False, False, False, False]
    assert [(packet.sequence - sent[0].sequence) & 0xFFFF for packet in sent] == [0, 1, 2, 3, 4]
    assert [packet.timestamp for packet in sent] == [made.timestamp_at(tick * 160) for tick in range(5)]
    assert {packet.ssrc for packet in sent} == {made.ssrc}
    assert made.statistics(800).packets_sent == 5


@pytest.mark.parametrize("ptime_ms", [10, 20, 30, 40, 60])
def test_packets_have_the_length_that_the_peer_wants(ptime_ms: int) -> None:
    made = session(ptime_ms=ptime_ms)
    sent = [parse_rtp(datagram) for tick in range(12) for datagram in made.packets(OCTETS, tick * 160)]
    assert {len(packet.payload) for packet in sent} == {ptime_ms * 8}
    assert b"".join(packet.payload for packet in sent) == OCTETS * 12
    assert [packet.timestamp for packet in sent] == [made.timestamp_at(n * ptime_ms * 8) for n in range(len(sent))]


def test_hold_stops_packets_and_the_time_goes_on() -> None:
    made = session()
    made.packets(OCTETS, 0)
    made.connect(replace(PARAMETERS, send=False))
    assert made.packets(OCTETS, 160) == []
    made.connect(PARAMETERS)
    packet = parse_rtp(made.packets(OCTETS, 320)[0])
    assert packet.marker
    assert packet.timestamp == made.timestamp_at(320)


def test_what_is_received_while_receiving_is_off_is_dropped() -> None:
    made = session(receive=False)
    receive(made, 1)
    assert made.pop() is None
    assert made.statistics(0).packets_received == 0


def test_sound_comes_out_after_the_jitter_buffer() -> None:
    made = session()
    out = []
    for number in range(4):
        receive(made, number, payload=bytes([number + 1]) * 160)
        frame = made.pop()
        out.append(frame.payload[0] if frame else None)
    assert out == [None, None, 1, 2]


def test_duplicates_losses_and_new_sources_are_counted_over_the_whole_call() -> None:
    made = session()
    for number in (1, 2, 2, 4):
        receive(made, number)
    for number in (100, 101):
        receive(made, number, ssrc=8)
    counted = made.statistics(0)
    assert (counted.packets_received, counted.packets_lost, counted.packets_duplicated) == (5, 1, 1)


@pytest.mark.parametrize("data", [b"", b"hello", b"\x80\xc8" + bytes(26), b"\xff" * 200])
def test_datagrams_that_are_no_rtp_do_nothing(data: bytes) -> None:
    made = session()
    assert made.receive(data, PEER, 0.0) is None
    assert made.statistics(0).packets_received == 0


def test_a_payload_type_that_was_not_negotiated_is_dropped() -> None:
    made = session()
    receive(made, 1, payload_type=96)
    assert made.malformed == 1
    assert made.statistics(0).packets_received == 0


def test_comfort_noise_counts_as_received_and_makes_no_sound() -> None:
    made = session()
    receive(made, 1, payload_type=13, payload=b"\x40")
    assert made.statistics(0).packets_received == 1
    assert made.pop() is None


def test_a_key_is_reported_once_and_one_key_can_be_sent_in_place_of_sound() -> None:
    ours, theirs = session(), session()
    ours.send_dtmf("5")
    digits = []
    types = set()
    for tick in range(20):
        for datagram in ours.packets(OCTETS, tick * 160):
            types.add(parse_rtp(datagram).payload_type)
            digits.append(theirs.receive(datagram, PEER, 0.0))
    assert [digit for digit in digits if digit] == ["5"]
    assert types == {101, 8}


def test_keys_are_not_sent_to_a_peer_without_telephone_events() -> None:
    made = session(telephone_event_payload_type=None)
    made.send_dtmf("5")
    assert parse_rtp(made.packets(OCTETS, 0)[0]).payload_type == 8


def test_event_packets_stay_out_of_the_sound() -> None:
    made = session()
    sender = TelephoneEventSender()
    sender.queue("1")
    event = sender.next(0)
    assert event is not None
    receive(made, 1, payload_type=101, payload=event.payload)
    assert made.pop() is None


def test_a_change_of_codec_drops_what_was_buffered_in_the_old_one() -> None:
    made = session()
    for number in range(3):
        receive(made, number)
    made.connect(replace(PARAMETERS, codec=Codec.PCMU, payload_type=0))
    assert made.pop() is None
