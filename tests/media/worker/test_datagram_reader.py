"""What is read of the legs' sockets, and when."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from gateway.media.rtp.port_allocator import PortAllocator, PortPair
from gateway.media.worker.datagram_reader import DatagramReader

DATAGRAM = bytes(range(1, 173))


@dataclass
class Leg:
    """A leg that takes every datagram as it is."""

    slot: int
    ports: PortPair

    def read_rtp(self, buffer: Any, ancillary: int) -> Any:
        return self.ports.rtp.recvmsg_into(buffer, ancillary)

    def admit(self, _buffer: Any, length: int, _source: Any) -> int:
        return length


class Sockets:
    """Legs in the slots 0 to 3, and somebody who sends to them."""

    def __init__(self) -> None:
        allocator = PortAllocator("127.0.0.1", 28_540, 28_559)
        self.legs = [Leg(slot, allocator.allocate()) for slot in range(4)]
        self.reader = DatagramReader(4)
        for leg in self.legs:
            self.reader.add(leg)  # type: ignore[arg-type]
        self._peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def send(self, *slots: int) -> None:
        for slot in slots:
            self._peer.sendto(DATAGRAM, ("127.0.0.1", self.legs[slot].ports.port))

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
