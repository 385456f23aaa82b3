"""Coverage-guided fuzzing of all that reads RTP, RTCP and SRTP from the network, with atheris (libFuzzer).

The first octet of an input chooses what reads the rest: an RTCP session, RTP packets and the keys in them, SRTP and
SRTCP, the latch. An exception, or a figure that is not possible, ends the run with an error. For a bounded time:

    .venv/bin/python tests/media/rtp/fuzz/fuzz_rtp.py --seconds 600
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["gateway.media.rtp"], enable_loader_override=False):
    from gateway.media.parameters import SrtpKeys
    from gateway.media.rtp.packet import RtpError, RtpPacket, parse_rtp
    from gateway.media.rtp.reception_view import ReceptionView
    from gateway.media.rtp.rtcp import ReportBlock, SenderInfo, build_goodbye, build_report, parse_rtcp
    from gateway.media.rtp.rtcp_session import RtcpSession, SentCounters
    from gateway.media.rtp.source_latch import LockedStream, SourceLatch
    from gateway.media.rtp.srtp import SrtpTransform
    from gateway.media.rtp.telephone_event import DIGITS, TelephoneEventReceiver

LONGEST_INPUT = 2_048
NOW = 1.8e9
OURS, PEER = 0x01020304, 0x05060708
KEYS = SrtpKeys("AES_CM_128_HMAC_SHA1_80", bytes(30), bytes(30))
LOCKED = ("192.0.2.1", 4000)


def rtcp(data: bytes) -> None:
    """Read reports one after the other, each behind its length in an octet of four, between reports of ours."""
    session = RtcpSession(OURS)
    session.report(0, NOW, SentCounters(1, 160, 0), ReceptionView(PEER, 10, 12, 12))
    begin, now = 0, NOW
    while begin < len(data):
        end = begin + 1 + 4 * data[begin]
        session.receive(data[begin + 1 : end], now, data[begin])
        begin, now = end, now + 0.5
        assert session.round_trip_s is None or 0 <= session.round_trip_s <= 10
        for fraction in (session.remote_fraction_lost, session.recent_fraction_lost):
            assert fraction is None or 0 <= fraction <= 1
        parse_rtcp(session.report(160, now, SentCounters(2, 320, 160), ReceptionView(PEER, 20, 24, 24)))


def rtp(data: bytes) -> None:
    """Read a packet, and keys in it."""
    try:
        packet = parse_rtp(data)
    except RtpError:
        return
    assert len(packet.payload) <= len(data) - 12
    digit = TelephoneEventReceiver(48_000).receive(packet)
    assert digit is None or digit in DIGITS


def srtp(data: bytes) -> None:
    """Open what nobody protected, as it is and after a change of keys."""
    transform = SrtpTransform(KEYS)
    assert transform.unprotect(data) is None
    assert transform.unprotect_rtcp(data) is None
    transform.rekey(SrtpKeys(KEYS.suite, KEYS.local, bytes([1] * 30)), ReceptionView(PEER, highest=0x1FFF0))
    assert transform.unprotect(data) is None
    assert transform.unprotect_rtcp(data) is None
    assert transform.rejected + transform.replayed == 4


def latch(data: bytes) -> None:
    """Spray packets at a stream that is locked, with any SSRC but its own."""
    source_latch = SourceLatch()
    source_latch.negotiate(LOCKED)
    source_latch.accept(LOCKED, PEER)
    for begin in range(0, len(data) - 7, 8):
        host, port, ssrc, sequence = data[begin], data[begin + 1], data[begin + 2 : begin + 6], data[begin + 6 :][:2]
        if int.from_bytes(ssrc, "big") != PEER:
            locked = LockedStream(PEER, 1000, port * 100, authenticated=bool(host & 1))
            source = (f"203.0.113.{host}", port)
            assert not source_latch.accept(source, int.from_bytes(ssrc, "big"), int.from_bytes(sequence, "big"), locked)
    assert source_latch.target == LOCKED


TARGETS = (rtcp, rtp, srtp, latch)


def run(data: bytes) -> None:
    """Hand an input to what its first octet chooses."""
    if data:
        TARGETS[data[0] % len(TARGETS)](data[1:])


def seeds() -> list[bytes]:
    """Return inputs that get deep at once."""
    report = build_report(PEER, "peer", SenderInfo(1, 2, 3, 4), [ReportBlock(OURS, 1, 2, 3, 4, 5, 6)])
    compound = report + build_goodbye(PEER, "peer")
    sound = RtpPacket(8, 1, 160, PEER, bytes(160)).build()
    key = RtpPacket(101, 1, 160, PEER, b"\x05\x0a\x00\xa0").build()
    protected = SrtpTransform(SrtpKeys(KEYS.suite, bytes([2] * 30), bytes(30)))
    return [
        *(bytes([0, len(each) // 4]) + each for each in (report, compound)),
        *(b"\x01" + each for each in (sound, key)),
        b"\x02" + protected.protect(sound),
        b"\x02" + protected.protect_rtcp(compound),
        b"\x03" + bytes(range(64)),
    ]


def main() -> None:
    """Fuzz for the time that was asked for; libFuzzer ends the process."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(seeds()):
            (Path(corpus) / str(number)).write_bytes(seed)
        limits = [f"-max_total_time={options.seconds}", f"-max_len={LONGEST_INPUT}", "-timeout=3", "-rss_limit_mb=1024"]
        atheris.Setup([sys.argv[0], *limits, corpus], run)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
