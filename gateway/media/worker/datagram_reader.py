"""The sockets of all legs: what has come is read in rounds of at most one RTP datagram a leg."""

from __future__ import annotations

import select
import socket
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from gateway.media.codecs.g711 import Octets
from gateway.media.receive.packet_round import STRIDE
from gateway.media.worker.carried_leg import CarriedLeg
from gateway.media.worker.faults import Faults

_Ancillary: TypeAlias = list[tuple[int, int, bytes]]

_NOTHING_THERE = (BlockingIOError, ConnectionError)
"""Nothing has come after all (a bad checksum), or an ICMP error that an earlier packet of ours caused."""
_TIMESPEC = struct.Struct("@qq")
_TIMESPEC_SIZE = _TIMESPEC.size
_ANCILLARY = socket.CMSG_SPACE(_TIMESPEC_SIZE)
_TRUNCATED = int(socket.MSG_TRUNC)
_MOST_ROUNDS = 50
_USUAL_ROUNDS = 4
"""Datagrams of a leg in a tick that are never too many: packets of 10 ms, a key and comfort noise."""
_MOST_REFUSED = 8
"""Datagrams in one round that a leg may refuse until it takes one."""


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

    def __init__(self, capacity: int, faults: Faults) -> None:
        self._faults = faults
        self._rows = np.zeros((capacity, STRIDE), np.uint8)
        self._buffers = [[row.data] for row in self._rows]
        self._poll = select.epoll()
        self._most_ready = 2 * capacity
        self._legs: dict[int, tuple[CarriedLeg, bool]] = {}
        # By descriptor the rounds beyond the usual ones, of which each tick forgives one.
        self._overdrawn: dict[int, int] = {}

    def add(self, leg: CarriedLeg) -> None:
        """Read the leg's sockets from now on; raise ``OSError`` where the system watches no more."""
        for bound, is_rtp in ((leg.ports.rtp, True), (leg.ports.rtcp, False)):
            self._poll.register(bound.fileno(), select.EPOLLIN)
            self._legs[bound.fileno()] = (leg, is_rtp)

    def remove(self, leg: CarriedLeg) -> None:
        """Forget the leg's sockets, which are still open; harmless where they are not known."""
        for bound in (leg.ports.rtp, leg.ports.rtcp):
            if self._legs.pop(bound.fileno(), None) is not None:
                self._overdrawn.pop(bound.fileno(), None)
                self._poll.unregister(bound.fileno())

    def rounds(self) -> Iterator[DatagramRound]:
        """Yield what has come; what is on an RTCP socket goes to its leg at once.

        After a stall that is up to 50 datagrams a leg. Who sends so many all the time is heard in 5 rounds a tick, so
        that a flood on one port takes no time from the other legs: what the kernel then drops was sent to that port.

        A socket on which something comes only while others are read is left for the next tick: a round for a few
        stragglers costs nearly as much as one for all legs, and there is hardly a tick without any.
        """
        ready = self._poll.poll(0, self._most_ready)
        begun = {descriptor for descriptor, _ in ready}
        if self._overdrawn:
            self._overdrawn = {descriptor: count - 1 for descriptor, count in self._overdrawn.items() if count > 1}
        for number in range(_MOST_ROUNDS):
            if number >= _USUAL_ROUNDS:
                ready = self._with_credit(ready)
            if not ready:
                return
            arrived = self._read(ready, with_reports=number == 0)
            if len(arrived.slots):
                yield arrived
            ready = [each for each in self._poll.poll(0, self._most_ready) if each[0] in begun]

    def _with_credit(self, ready: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """Charge each of ``ready`` a round beyond the usual ones; return those that may have it."""
        granted = []
        for each in ready:
            count = self._overdrawn.get(each[0], 0)
            if count < _MOST_ROUNDS:
                self._overdrawn[each[0]] = count + 1
                granted.append(each)
        return granted

    def _read(self, ready: list[tuple[int, int]], *, with_reports: bool) -> DatagramRound:
        slots: list[int] = []
        lengths: list[int] = []
        times: list[bytes] = []
        legs, buffers = self._legs, self._buffers
        for descriptor, _ in ready:
            leg, is_rtp = legs[descriptor]
            try:
                if is_rtp:
                    buffer = buffers[len(slots)]
                    length, ancillary, flags, source = leg.read_rtp(buffer, _ANCILLARY)
                    length = 0 if flags & _TRUNCATED else leg.admit(buffer[0], length, source)
                    if not length:
                        length, ancillary = self._read_on(leg, buffer)
                    if length > 0:
                        slots.append(leg.slot)
                        lengths.append(length)
                        # Nearly always there is one ancillary item, the time; anything else is looked at closely.
                        data = ancillary[0][2] if len(ancillary) == 1 else b""
                        times.append(data if len(data) == _TIMESPEC_SIZE else _timespec(ancillary))
                elif with_reports:
                    leg.read_reports()
            except _NOTHING_THERE:
                pass
            except Exception:  # noqa: BLE001 - whatever it is, it ends this leg only
                self._faults.note(leg)
        arrivals = np.frombuffer(b"".join(times), np.int64).reshape(-1, 2)
        return DatagramRound(
            np.array(slots, np.intp),
            self._rows[: len(slots)],
            np.array(lengths, np.intp),
            arrivals[:, 0] + arrivals[:, 1] * 1e-9,
        )

    @staticmethod
    def _read_on(leg: CarriedLeg, buffer: list[memoryview]) -> tuple[int, _Ancillary]:
        """Read on behind a datagram that the leg refused; return the length of one that it takes, 0 for none."""
        for _ in range(_MOST_REFUSED - 1):
            length, ancillary, flags, source = leg.read_rtp(buffer, _ANCILLARY)
            admitted = 0 if flags & _TRUNCATED else leg.admit(buffer[0], length, source)
            if admitted:
                return admitted, ancillary
        return 0, []

    def close(self) -> None:
        """Stop reading; the sockets belong to the legs."""
        self._poll.close()


def _timespec(ancillary: _Ancillary) -> bytes:
    """Return when the kernel received the datagram, as it says it: seconds and nanoseconds."""
    for _, _, data in ancillary:
        if len(data) == _TIMESPEC_SIZE:
            return data
    return _TIMESPEC.pack(*divmod(time.time_ns(), 1_000_000_000))
