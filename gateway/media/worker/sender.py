"""From the frames of a tick to the packets of all legs."""

from __future__ import annotations

import numpy as np

from gateway.media.codecs.g711 import Octets, encode
from gateway.media.frame import FRAME_SAMPLES, Positions
from gateway.media.parameters import StreamParameters
from gateway.media.worker.carried_leg import CarriedLeg
from gateway.media.worker.faults import Faults
from gateway.media.worker.inbound_streams import Sound
from gateway.media.worker.layout import Layout
from gateway.media.worker.outbound_streams import OutboundStreams


class Sender:
    """Encodes, makes packets and sends them; keys that are pressed go out in place of sound (RFC 4733)."""

    def __init__(self, capacity: int, faults: Faults) -> None:
        self.streams = OutboundStreams(capacity)
        """Counters and timestamps of what is sent."""
        self._faults = faults
        self._sent_before = np.zeros(capacity, np.int64)

    def add(self, leg: CarriedLeg) -> None:
        """Take a leg in."""
        self.streams.reset(leg.slot)
        self._sent_before[leg.slot] = 0

    def change_source(self, leg: CarriedLeg) -> None:
        """Go on under a new source with random counters."""
        self._sent_before[leg.slot] = self.packets_sent(leg)
        self.streams.reset(leg.slot)

    def packets_sent(self, leg: CarriedLeg) -> int:
        """Return how many packets were sent, under all sources."""
        return self._sent_before.item(leg.slot) + self.streams.packets_sent.item(leg.slot)

    def configure(self, leg: CarriedLeg, parameters: StreamParameters) -> None:
        """Send as ``parameters`` say from now on."""
        self.streams.configure(leg.slot, parameters.payload_type, parameters.codec.clock_rate)
        if not parameters.send:
            self.streams.begin_talkspurt(leg.slot)

    def press(self, leg: CarriedLeg, keys: str) -> None:
        """Send keys to the leg's peer, if it takes telephone events; raise ``ValueError`` on what is no key."""
        if leg.parameters is not None and leg.parameters.telephone_event_payload_type is not None:
            leg.keys_out.queue(keys)

    def send(self, layout: Layout, sound: Sound, positions: Positions) -> bool:
        """Send a tick's frames; return whether legs have gone over to another way of sending."""
        octets = self._encode(layout, sound)
        at = layout.stamped
        self.streams.stamp(layout.slots[at], octets[at], positions[at])
        datagrams = self.streams.datagrams
        for leg in layout.stamped_legs:
            try:
                leg.send(datagrams[leg.slot])
            except Exception:  # noqa: BLE001 - whatever it is, it ends this leg only
                self._faults.note(leg)
        changed = False
        for place in layout.single.tolist():
            leg = layout.legs[place]
            try:
                self._send_single(layout, place, octets, sound, positions.item(place))
                changed |= leg.sends_stamped
            except Exception:  # noqa: BLE001 - as above
                self._faults.note(leg)
        return changed

    def _encode(self, layout: Layout, sound: Sound) -> Octets:
        """Return the octets of all legs whose codec makes one a sample, [legs, 160]; other rows mean nothing."""
        if len(layout.laws) == 1 and not len(layout.wide):
            return encode(layout.laws[0][0], sound.narrow)
        octets = np.zeros((len(layout.legs), FRAME_SAMPLES), np.uint8)
        for codec, indices in layout.laws:
            octets[indices] = encode(codec, sound.narrow[indices])
        for row, place in enumerate(layout.wide.tolist()):
            leg = layout.legs[place]
            if leg.queued is None and leg.codec is not None and leg.sends:
                octets[place] = np.frombuffer(leg.codec.encode(sound.wide[row]), np.uint8)
        return octets

    def _send_single(self, layout: Layout, place: int, octets: Octets, sound: Sound, position: int) -> None:
        leg, slot = layout.legs[place], int(layout.slots[place])
        if leg.keys_out.busy and leg.parameters is not None:
            event = leg.keys_out.next(position)
            if event is not None:
                if leg.packetiser is not None:
                    leg.packetiser.clear()
                self.streams.begin_talkspurt(slot)
                kind = leg.parameters.telephone_event_payload_type
                leg.send(self.streams.event_packet(slot, event.payload, event.position, kind or 0, marker=event.marker))
                return
        if leg.packetiser is not None:
            for payload, start in leg.packetiser.push(octets[place].tobytes(), position):
                leg.send(self.streams.packet(slot, payload, start))
        elif leg.queued is not None and leg.codec is not None:
            payload = leg.codec.encode(sound.wide[layout.wide_rows[place]])
            leg.send(self.streams.packet(slot, payload, position))
        else:
            leg.send(self.streams.packet(slot, octets[place].tobytes(), position))
