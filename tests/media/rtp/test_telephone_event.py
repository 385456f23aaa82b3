"""DTMF in and out (RFC 4733)."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.media.rtp.packet import RtpPacket
from gateway.media.rtp.telephone_event import DIGITS, TelephoneEventReceiver, TelephoneEventSender


def event(code: int, timestamp: int, duration: int, *, end: bool = False, ssrc: int = 1) -> RtpPacket:
    return RtpPacket(101, 0, timestamp, ssrc, struct.pack("!BBH", code, (0x80 if end else 0) | 10, duration))


def test_a_press_counts_once_at_its_first_packet() -> None:
    receiver = TelephoneEventReceiver()
    packets = [event(5, 1000, duration) for duration in (160, 320, 480)]
    packets += [event(5, 1000, 640, end=True)] * 3
    assert [receiver.receive(packet) for packet in packets] == ["5", None, None, None, None, None]


def test_a_press_of_which_only_an_end_arrives_counts() -> None:
    assert TelephoneEventReceiver().receive(event(11, 1000, 640, end=True)) == "#"


def test_a_lost_end_does_not_swallow_the_next_press_of_the_same_key() -> None:
    receiver = TelephoneEventReceiver()
    assert receiver.receive(event(1, 1000, 160)) == "1"
    assert receiver.receive(event(1, 3000, 160)) == "1"


def test_a_packet_of_the_press_before_that_was_overtaken_is_ignored() -> None:
    receiver = TelephoneEventReceiver()
    receiver.receive(event(1, 1000, 160))
    assert receiver.receive(event(2, 3000, 160)) == "2"
    assert receiver.receive(event(1, 1000, 640, end=True)) is None
    assert receiver.receive(event(2, 3000, 320)) is None


def test_keys_are_heard_from_a_peer_that_sets_its_timestamps_back() -> None:
    """As after a hold: some begin them anew and keep their source."""
    receiver = TelephoneEventReceiver()
    assert receiver.receive(event(1, 2**30, 160)) == "1"
    assert receiver.receive(event(1, 500, 0xFF00)) == "1"
    assert receiver.receive(event(2, 2000, 160)) == "2"
    assert receiver.receive(event(1, 500, 640, end=True)) is None


def test_timestamps_wrap() -> None:
    receiver = TelephoneEventReceiver()
    assert receiver.receive(event(1, 2**32 - 100, 160)) == "1"
    assert receiver.receive(event(2, 1900, 160)) == "2"


def test_a_press_longer_than_the_duration_field_counts_once() -> None:
    receiver = TelephoneEventReceiver()
    found = []
    for segment in range(3):
        for duration in range(160, 0xFFFF, 8000):
            found.append(receiver.receive(event(7, 1000 + segment * 0xFFFF, duration)))
        found.append(receiver.receive(event(7, 1000 + segment * 0xFFFF, 0xFFFF)))
    assert [digit for digit in found if digit] == ["7"]


def test_a_new_source_has_timestamps_of_its_own() -> None:
    receiver = TelephoneEventReceiver()
    assert receiver.receive(event(1, 5000, 160)) == "1"
    assert receiver.receive(event(2, 100, 160, ssrc=2)) == "2"


@pytest.mark.parametrize("payload", [b"", b"\x01\x0a\x00"])
def test_torn_payloads_are_ignored(payload: bytes) -> None:
    assert TelephoneEventReceiver().receive(RtpPacket(101, 0, 0, 1, payload)) is None


def test_flash_and_tones_are_no_digits() -> None:
    assert TelephoneEventReceiver().receive(event(16, 1000, 160)) is None


@given(st.text(DIGITS, max_size=12), st.sets(st.integers(0, 11)))
def test_what_is_sent_is_received_even_with_losses(digits: str, lost: set[int]) -> None:
    sender, receiver = TelephoneEventSender(), TelephoneEventReceiver()
    sender.queue(digits)
    found = []
    position = 0
    packets_of_press = 0
    while sender.busy:
        sent = sender.next(position)
        position += 160
        if sent is None:
            packets_of_press = 0
            continue
        packets_of_press += 1
        # Of the ten packets of a press at least the last one arrives.
        if packets_of_press in lost and packets_of_press < 10:
            continue
        found.append(receiver.receive(RtpPacket(101, 0, sent.position, 1, sent.payload)))
    assert "".join(digit for digit in found if digit) == digits


def test_a_press_is_sent_as_the_standard_says() -> None:
    sender = TelephoneEventSender()
    sender.queue("9")
    sent = [sender.next(160 * tick) for tick in range(11)]
    assert sent[10] is None
    packets = [packet for packet in sent if packet is not None]
    fields = [struct.unpack("!BBH", packet.payload) for packet in packets]
    assert [packet.marker for packet in packets] == [True] + [False] * 9
    assert {packet.position for packet in packets} == {0}
    assert [duration for _, _, duration in fields] == [160, 320, 480, 640, 800, 960, 1120, 1280, 1280, 1280]
    assert [bool(flags & 0x80) for _, flags, _ in fields] == [False] * 7 + [True] * 3


def test_what_is_no_digit_is_refused() -> None:
    with pytest.raises(ValueError, match="'x' is not a DTMF digit"):
        TelephoneEventSender().queue("1x")


@pytest.mark.parametrize("clock_rate", [8000, 16_000, 48_000])
def test_durations_are_sent_in_the_clock_of_the_codec(clock_rate: int) -> None:
    sender = TelephoneEventSender(clock_rate)
    sender.queue("5")
    sent = [sender.next(160 * tick) for tick in range(10)]
    milliseconds = [struct.unpack("!BBH", packet.payload)[2] * 1000 / clock_rate for packet in sent if packet]
    assert milliseconds == [20, 40, 60, 80, 100, 120, 140, 160, 160, 160]


def test_a_codec_that_changes_between_two_keys_changes_the_clock() -> None:
    sender = TelephoneEventSender()
    sender.queue("12")
    durations = []
    for tick in range(40):
        if tick == 12:
            sender.clock_rate = 48_000
        packet = sender.next(160 * tick)
        if packet is not None:
            durations.append(struct.unpack("!BBH", packet.payload)[2])
    assert (durations[9], durations[-1]) == (1280, 7680)


@pytest.mark.parametrize("clock_rate", [8000, 16_000, 48_000])
def test_a_long_press_counts_once_at_any_clock(clock_rate: int) -> None:
    receiver = TelephoneEventReceiver(clock_rate)
    packet_ticks = clock_rate // 50
    found = []
    for segment in range(3):
        for duration in range(packet_ticks, 0xFFFF - packet_ticks, packet_ticks):
            found.append(receiver.receive(event(7, 1000 + segment * 0xFFFF, duration)))
    # The same key again, after a pause, is another press.
    found.append(receiver.receive(event(7, 1000 + 4 * 0xFFFF, packet_ticks)))
    assert [digit for digit in found if digit] == ["7", "7"]


@given(st.lists(st.binary(max_size=12), max_size=8), st.sampled_from([8000, 48_000]))
def test_any_payload_is_survived(payloads: list[bytes], clock_rate: int) -> None:
    receiver = TelephoneEventReceiver(clock_rate)
    for number, payload in enumerate(payloads):
        digit = receiver.receive(RtpPacket(101, number, number * 960, 1, payload))
        assert digit is None or digit in DIGITS


def test_a_flood_of_keys_keeps_the_line_busy_for_18_seconds_at_most() -> None:
    sender = TelephoneEventSender()
    for _ in range(300):
        sender.queue("5")
    sender.queue("123")
    position = 0
    while sender.busy:
        sender.next(position)
        position += 160
    assert position <= 18 * 8000
