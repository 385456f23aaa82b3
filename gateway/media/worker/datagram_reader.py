"""The sockets of all legs: what has come is read in rounds of at most one RTP datagram a leg."""

from __future__ import annotations

import select
import socket
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gateway.media.codecs.g711 import Octets
from gateway.media.worker.carried_leg import CarriedLeg

STRIDE = 1536
"""Octets of a row; a longer datagram is cut, which makes it unreadable as RTP of any codec that we take."""

_TIMESPEC = struct.Struct("@qq")
_ANCILLARY = socket.CMSG_SPACE(_TIMESPEC.size)
_MOST_ROUNDS = 50


@dataclass(frozen=True, slots=True)
class DatagramRound:
    """At most one datagram of each leg: ``lengths`` octets in the rows of ``rows``, from the legs in ``slots``.

    ``arrivals`` is when the kernel received each, in seconds of its real-time clock. The rows are used again by the
    next round.
    """

    slots: npt.NDArray[np.intp]
    rows: Octets
    lengths: npt.NDArray[np.intp]
    arrivals: npt.NDArray[np.float64]


class DatagramReader:
    """Owned by the real-time thread; never waits."""

    def __init__(self, capacity: int) -> None:
        self._rows = np.zeros((capacity, STRIDE), np.uint8)
        self._buffers = [[row.data] for row in self._rows]
        self._poll = select.epoll()
        self._most_ready = 2 * capacity
        self._legs: dict[int, tuple[CarriedLeg, bool]] = {}

    def add(self, leg: CarriedLeg) -> None:
        """Read the leg's sockets from now on."""
        for bound, is_rtp in ((leg.ports.rtp, True), (leg.ports.rtcp, False)):
            self._legs[bound.fileno()] = (leg, is_rtp)
            self._poll.register(bound.fileno(), select.EPOLLIN)

    def remove(self, leg: CarriedLeg) -> None:
        """Forget the leg's sockets, which are still open."""
        for bound in (leg.ports.rtp, leg.ports.rtcp):
            self._poll.unregister(bound.fileno())
            del self._legs[bound.fileno()]

    def rounds(self) -> Iterator[DatagramRound]:
        """Yield what has come, 50 datagrams a leg at most; what is on an RTCP socket goes to its leg at once.

        A socket on which something comes only while others are read is left for the next tick: a round for a few
        stragglers costs nearly as much as one for all legs, and there is hardly a tick without any.
        """
        ready = self._poll.poll(0, self._most_ready)
        begun = {descriptor for descriptor, _ in ready}
        for _ in range(_MOST_ROUNDS):
            if not ready:
                return
            yield self._read(ready)
            ready = [each for each in self._poll.poll(0, self._most_ready) if each[0] in begun]

    def _read(self, ready: list[tuple[int, int]]) -> DatagramRound:
        slots: list[int] = []
        lengths: list[int] = []
        times: list[bytes] = []
        for descriptor, _ in ready:
            leg, is_rtp = self._legs[descriptor]
            if not is_rtp:
                leg.read_reports()
                continue
            buffer = self._buffers[len(slots)]
            try:
                length, ancillary, _, source = leg.read_rtp(buffer, _ANCILLARY)
            except (BlockingIOError, ConnectionError):
                # Nothing is there after all (a bad checksum), or an ICMP error that an earlier packet of ours caused.
                continue
            length = leg.admit(buffer[0], length, source)
            if length:
                slots.append(leg.slot)
                lengths.append(length)
                times.append(_timespec(ancillary))
        arrivals = np.frombuffer(b"".join(times), np.int64).reshape(-1, 2)
        return DatagramRound(
            np.array(slots, np.intp),
            self._rows[: len(slots)],
            np.array(lengths, np.intp),
            arrivals[:, 0] + arrivals[:, 1] * 1e-9,
        )

    def close(self) -> None:
        """Stop reading; the sockets belong to the legs."""
        self._poll.close()


def _timespec(ancillary: list[tuple[int, int, bytes]]) -> bytes:
    """Return when the kernel received the datagram, as it says it: seconds and nanoseconds."""
    for _, _, data in ancillary:
        if len(data) == _TIMESPEC.size:
            return data
    return _TIMESPEC.pack(*divmod(time.time_ns(), 1_000_000_000))
