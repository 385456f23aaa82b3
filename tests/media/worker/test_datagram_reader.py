"""What is read of the legs' sockets, and when."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from gateway.media.receive.packet_round import STRIDE
from gateway.media.rtp.port_allocator import PortAllocator, PortPair
from gateway.media.worker.datagram_reader import DatagramReader
from gateway.media.worker.faults import Faults

DATAGRAM = bytes(range(1, 173))


@dataclass
class Leg:
    """A leg that takes every datagram as it is, but for those that begin with ``refused``."""

    slot: int
    ports: PortPair
    leg_id: int = 1
    refused: int = -1
    reports: int = 0
    broken: bool = False

    def read_rtp(self, buffer: Any, ancillary: int) -> Any:
        return self.ports.rtp.recvmsg_into(buffer, ancillary)

    def admit(self, buffer: Any, length: int, _source: Any) -> int:
        if self.broken:
            raise RuntimeError("this leg is broken")
        return 0 if buffer[0] == self.refused else length

    def read_reports(self) -> None:
        self.ports.rtcp.recv(2048)
        self.reports += 1


class Sockets:
    """Legs in the slots 0 to 3, and somebody who sends to them."""

    def __init__(self) -> None:
        allocator = PortAllocator("127.0.0.1", 28_540, 28_559)
        self.legs = [Leg(slot, allocator.allocate()) for slot in range(4)]
        self.faults = Faults()
        self.reader = DatagramReader(4, self.faults)
        for leg in self.legs:
            self.reader.add(leg)  # type: ignore[arg-type]
        self._peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def send(self, *slots: int, datagram: bytes = DATAGRAM, to_rtcp: bool = False) -> None:
        for slot in slots:
            self._peer.sendto(datagram, ("127.0.0.1", self.legs[slot].ports.port + to_rtcp))

    def slots(self) -> list[list[int]]:
        """Return the slots of each round of a tick."""
        return [arrived.slots.tolist() for arrived in self.reader.rounds()]

    def close(self) -> None:
        self.reader.close()
        self._peer.close()
        for leg in self.legs:
            leg.ports.close()


@pytest.fixture
def sockets() -> Iterator[Sockets]:
    made = Sockets()
    yield made
    made.close()


def test_a_round_has_one_datagram_of_each_leg_and_there_are_as_many_as_the_fullest_leg_needs(sockets: Sockets) -> None:
    sockets.send(0, 2, 2, 3, 2)
    assert [sorted(slots) for slots in sockets.slots()] == [[0, 2, 3], [2], [2]]
    assert sockets.slots() == []


def test_what_comes_first_while_others_are_read_waits_for_the_next_tick_and_what_follows_does_not(
    sockets: Sockets,
) -> None:
    sockets.send(0)
    rounds = sockets.reader.rounds()
    assert next(rounds).slots.tolist() == [0]
    sockets.send(0, 1)
    assert [arrived.slots.tolist() for arrived in rounds] == [[0]]
    assert sockets.slots() == [[1]]


def test_datagrams_come_whole_with_the_kernels_time(sockets: Sockets) -> None:
    sockets.send(1)
    (arrived,) = list(sockets.reader.rounds())
    assert arrived.rows[0, : arrived.lengths[0]].tobytes() == DATAGRAM
    assert arrived.arrivals[0] > 1_700_000_000


def test_after_a_stall_all_is_read_and_who_floods_is_read_a_little_each_tick(sockets: Sockets) -> None:
    sockets.send(*[0] * 45)
    assert len(sockets.slots()) == 45
    taken = []
    for _ in range(60):
        sockets.send(*[0] * 20, 1)
        taken.append(sockets.slots())
    assert all(len(slots) <= 5 for slots in taken[10:])
    assert all(sum(slots.count(1) for slots in rounds) == 1 for rounds in taken)


def test_a_flood_is_forgiven_when_it_is_over(sockets: Sockets) -> None:
    for _ in range(10):
        sockets.send(*[0] * 60)
        sockets.slots()
    while sockets.slots():
        pass
    for _ in range(50):
        sockets.slots()
    sockets.send(*[0] * 40)
    assert len(sockets.slots()) == 40


def test_what_is_refused_takes_no_round_from_what_is_not(sockets: Sockets) -> None:
    sockets.legs[2].refused = 255
    for _ in range(7):
        sockets.send(2, datagram=b"\xff" * 172)
    sockets.send(2, 3)
    assert [sorted(slots) for slots in sockets.slots()] == [[2, 3]]


def test_a_datagram_that_is_longer_than_any_packet_is_dropped(sockets: Sockets) -> None:
    sockets.send(0, datagram=bytes(STRIDE))
    sockets.send(1, datagram=bytes(STRIDE + 1))
    assert sockets.slots() == [[0]]


def test_reports_are_read_once_a_tick_however_many_come(sockets: Sockets) -> None:
    for _ in range(10):
        sockets.send(0, to_rtcp=True)
    sockets.send(0, 0, 0)
    assert sockets.slots() == [[0]] * 3
    assert sockets.legs[0].reports == 1


def test_a_fault_in_what_a_leg_does_with_a_datagram_is_kept_from_the_others(sockets: Sockets) -> None:
    sockets.legs[1].broken = True
    sockets.send(0, 1, 2)
    assert [sorted(slots) for slots in sockets.slots()] == [[0, 2]]
    assert "this leg is broken" in sockets.faults.take()[1]


def test_the_sockets_of_a_leg_are_forgotten_once_and_that_may_be_asked_twice(sockets: Sockets) -> None:
    sockets.reader.remove(sockets.legs[1])  # type: ignore[arg-type]
    sockets.reader.remove(sockets.legs[1])  # type: ignore[arg-type]
    sockets.send(0, 1)
    assert sockets.slots() == [[0]]
