"""Which legs are handled alike, and in which rows they lie."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from gateway.media.errors import MediaError
from gateway.media.parameters import Codec, StreamParameters
from gateway.media.rtp.port_allocator import PortPair
from gateway.media.rtp.reception_view import ReceptionView
from gateway.media.worker.carried_leg import CarriedLeg, Surroundings
from gateway.media.worker.leg_table import LegTable

STREAM = StreamParameters("127.0.0.1", 9, Codec.PCMA, 8, 101, comfort_noise_payload_type=13)
AROUND = Surroundings(lambda _: ReceptionView(), lambda _: 0, lambda *_: None, lambda *_: None)


class Table(LegTable):
    """Four slots, whose legs share two sockets that nothing is sent through."""

    def __init__(self) -> None:
        super().__init__(4)
        self.pair = PortPair(0, *(socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)))

    def take_in(self, leg_id: int, **changes: Any) -> CarriedLeg:
        leg = self.add(leg_id, lambda slot: CarriedLeg(leg_id, slot, self.pair, AROUND))
        leg.connect(replace(STREAM, **changes))
        self.changed()
        return leg


@pytest.fixture
def table() -> Iterator[Table]:
    made = Table()
    yield made
    made.pair.close()


def test_legs_get_the_lowest_free_slot_and_start_at_position_0(table: Table) -> None:
    legs = [table.take_in(number) for number in range(10, 14)]
    assert [leg.slot for leg in legs] == [0, 1, 2, 3]
    with pytest.raises(MediaError, match="as many calls as it can"):
        table.take_in(20)
    table.advance(table.layout.slots)
    table.remove(legs[2])
    table.remove(legs[0])
    assert (table.get(10), table.at(0)) == (None, None)
    again = table.take_in(30)
    assert (again.slot, table.get(30), table.at(0)) == (0, again, again)
    assert table.positions.tolist() == [0, 160, 160, 160]
    assert table.layout.slots.tolist() == [0, 1, 3]


def test_legs_are_grouped_by_codec_and_by_how_they_send(table: Table) -> None:
    table.take_in(1, codec=Codec.OPUS)
    table.take_in(2, codec=Codec.G722)
    keyed = table.take_in(3, codec=Codec.PCMU)
    table.take_in(4, ptime_ms=40)
    layout = table.layout
    assert layout.octet.tolist() == [1, 2, 3]
    assert [(codec, places.tolist()) for codec, places in layout.laws] == [(Codec.PCMA, [3]), (Codec.PCMU, [2])]
    assert (layout.wide.tolist(), layout.narrow.tolist()) == ([0, 1], [2, 3])
    assert layout.wide_rows == {0: 0, 1: 1}
    assert (layout.stamped.tolist(), layout.single.tolist()) == ([1, 2], [0, 3])
    assert layout.describable.tolist() == [2]
    keyed.keys_out.queue("5")
    table.changed()
    assert (table.layout.stamped.tolist(), table.layout.single.tolist()) == ([1], [0, 2, 3])


def test_a_leg_that_may_not_send_is_in_neither_group_of_senders(table: Table) -> None:
    table.take_in(1, send=False)
    assert (table.layout.stamped.tolist(), table.layout.single.tolist()) == ([], [])
    assert table.layout.listened.tolist() == [0]


def test_bridged_legs_are_a_part_of_their_own(table: Table) -> None:
    legs = [table.take_in(number) for number in range(4)]
    assert [part.slots.tolist() for part in table.parts] == [[0, 1, 2, 3], []]
    table.bridges.join(legs[3], legs[1])
    table.changed()
    alone, bridged = table.parts
    assert (alone.slots.tolist(), bridged.slots.tolist()) == ([0, 2], [1, 3])
    assert (bridged.bridged.tolist(), bridged.partners.tolist()) == ([0, 1], [1, 0])
    assert table.layout.listened.tolist() == [0, 2]
    table.bridges.part(legs[1])
    table.changed()
    assert table.parts[1].slots.tolist() == []
