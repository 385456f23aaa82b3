"""What SRTP and RTCP cost the thread that carries the calls, without sockets.

Processor time of the thread for each packet of 20 ms G.711 by suite, both ways, for a forged packet, and for a report.
As a share of a core a call is 50 packets a second each way. Prints a table and one JSON line:

    .venv/bin/python benchmarks/rtp_security.py
"""

from __future__ import annotations

import json
import os
import struct
import time
from collections.abc import Callable, Iterable

from gateway.media.parameters import SrtpKeys
from gateway.media.rtp.reception_view import ReceptionView
from gateway.media.rtp.rtcp_session import RtcpSession, SentCounters
from gateway.media.rtp.srtp import SUITES, SrtpTransform

PACKETS = 20_000
ROUNDS = 3


def microseconds(work: Callable[[bytes], object], packets: Iterable[bytes]) -> float:
    """Return the thread's time for each call of ``work``."""
    packets = list(packets)
    began = time.thread_time()
    for packet in packets:
        work(packet)
    return (time.thread_time() - began) / len(packets) * 1e6


def measure_suite(suite: str) -> dict[str, float]:
    """Return the best of some rounds, for what each packet of 160 octets costs."""
    ours, theirs = os.urandom(SUITES[suite]), os.urandom(SUITES[suite])
    plain = [struct.pack("!BBHII", 0x80, 8, i & 0xFFFF, i * 160, 7) + bytes(160) for i in range(PACKETS)]
    rounds = []
    for _ in range(ROUNDS):
        us, peer = SrtpTransform(SrtpKeys(suite, ours, theirs)), SrtpTransform(SrtpKeys(suite, theirs, ours))
        copy = SrtpTransform(SrtpKeys(suite, ours, theirs))
        forged = [packet[:-1] + bytes([packet[-1] ^ 1]) for packet in map(copy.protect, plain)]
        protect = microseconds(us.protect, plain)
        us = SrtpTransform(SrtpKeys(suite, ours, theirs))
        rejected = microseconds(peer.unprotect, forged)
        assert peer.rejected == PACKETS
        unprotect = microseconds(peer.unprotect, map(us.protect, plain))
        assert (peer.rejected, peer.replayed) == (PACKETS, 0)
        rounds.append((protect, unprotect, rejected))
    protect, unprotect, rejected = map(min, zip(*rounds, strict=True))
    return {
        "protect_us": round(protect, 2),
        "unprotect_us": round(unprotect, 2),
        "forged_us": round(rejected, 2),
        "core_percent_per_call": round((protect + unprotect) * 50 / 1e4, 4),
    }


def measure_reports() -> dict[str, float]:
    """Return what a report of ours and one of the peer's cost."""
    session, peer = RtcpSession(5), RtcpSession(9)
    view = ReceptionView(9, 1000, 1010, 1010, 0, 0, 12.0)
    reports = [peer.report(i, 1.8e9 + i, SentCounters(i, i, i), ReceptionView(5, i, i, i)) for i in range(2000)]
    now = 1.8e9
    began = time.thread_time()
    for i in range(2000):
        session.report(i, now + i, SentCounters(i, i, i), view)
    build = (time.thread_time() - began) / 2000 * 1e6
    receive = microseconds(lambda data: session.receive(data, now, 1000), reports)
    return {"report_us": round(build, 1), "receive_us": round(receive, 1)}


def main() -> None:
    """Measure, print the table, then the JSON line."""
    suites = {suite: measure_suite(suite) for suite in SUITES}
    reports = measure_reports()
    print(f"{'':<26}{'protect':>9}{'unprotect':>11}{'forged':>8}{'a call, of a core':>19}")
    for suite, figures in suites.items():
        print(
            f"{suite:<26}{figures['protect_us']:>6} us{figures['unprotect_us']:>8} us{figures['forged_us']:>5} us"
            f"{figures['core_percent_per_call']:>17.3f} %"
        )
    print(f"an RTCP report: {reports['report_us']} us to make, {reports['receive_us']} us to read")
    print(json.dumps({"suites": suites, "reports": reports}))


if __name__ == "__main__":
    main()
