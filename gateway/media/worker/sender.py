"""From the frames of a tick to the packets of all legs."""

from __future__ import annotations

import numpy as np

from gateway.media.codecs.g711 import Octets, encode
from gateway.media.frame import FRAME_SAMPLES, Flags, Positions
from gateway.media.parameters import StreamParameters
from gateway.media.playout.comfort_noise_sending import ComfortNoiseSending
from gateway.media.playout.silence_fill import NOISE_LEVEL_DBOV, Silence
from gateway.media.receive.comfort_noise import comfort_noise_payload
from gateway.media.worker.carried_leg import CarriedLeg
from gateway.media.worker.faults import Faults
from gateway.media.worker.inbound_streams import Sound
from gateway.media.worker.layout import Indices, Layout
from gateway.media.worker.outbound_streams import OutboundStreams


class Sender:
    """Encodes, makes packets and sends them; keys that are pressed go out in place of sound (RFC 4733).

    Where ``silence`` is comfort noise and the peer has RFC 3389, silence is described now and then instead of sent.
    """

    def __init__(self, capacity: int, faults: Faults, silence: Silence) -> None:
        self._describes_silence = silence is Silence.COMFORT_NOISE
        self._noise = ComfortNoiseSending(capacity)
        self._noise_payload = comfort_noise_payload(NOISE_LEVEL_DBOV)
        self.streams = OutboundStreams(capacity)
        """Counters and timestamps of what is sent."""
        self._faults = faults
        self._sent_before = np.zeros(capacity, np.int64)

    def add(self, leg: CarriedLeg) -> None:
        """Take a leg in."""
        self.streams.reset(leg.slot)
        self._noise.reset(leg.slot)
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

    def send(self, layout: Layout, sound: Sound, silent: Flags, positions: Positions) -> bool:
        """Send a tick's frames, of which some are ``silent``; return whether legs go over to another way of sending."""
        octets = self._encode(layout, sound)
        at, stamped_legs = layout.stamped, layout.stamped_legs
        if self._describes_silence and len(layout.describable):
            at = self._describe(layout, silent, positions)
            stamped_legs = [layout.legs[place] for place in at.tolist()]
        if len(at) == len(octets):
            self.streams.stamp(layout.slots, octets, positions)
        else:
            self.streams.stamp(layout.slots[at], octets[at], positions[at])
        datagrams = self.streams.datagrams
        for leg in stamped_legs:
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

    def _describe(self, layout: Layout, silent: Flags, positions: Positions) -> Indices:
        """Send comfort noise where it is due; return the places of the legs that send sound."""
        at = layout.describable
        for place in at[self._noise.due(layout.slots[at], silent[at])].tolist():
            leg = layout.legs[place]
            kind = leg.parameters.comfort_noise_payload_type if leg.parameters is not None else None
            if kind is not None:
                self.streams.begin_talkspurt(leg.slot)
                noise = self._noise_payload
                try:
                    leg.send(self.streams.event_packet(leg.slot, noise, positions.item(place), kind, marker=False))
                except Exception:  # noqa: BLE001 - as above
                    self._faults.note(leg)
        described = np.zeros(len(layout.legs), np.bool_)
        described[at] = silent[at]
        sending: Indices = layout.stamped[~described[layout.stamped]]
        return sending

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
                try:
                    octets[place] = np.frombuffer(leg.codec.encode(sound.wide[row]), np.uint8)
                except Exception:  # noqa: BLE001 - as above
                    self._faults.note(leg)
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
