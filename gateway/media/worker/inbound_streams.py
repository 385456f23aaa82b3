"""What the legs receive: from rounds of datagrams to one 20 ms frame a leg and tick."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gateway.audio.half_band import Downsampler2
from gateway.audio.pcm import Samples
from gateway.media.codecs.codec import filling_octet
from gateway.media.codecs.g711 import decode
from gateway.media.frame import FRAME_SAMPLES, Flags, samples_in
from gateway.media.parameters import Codec, StreamParameters
from gateway.media.receive.comfort_noise import ComfortNoiseError
from gateway.media.receive.concealers import Concealers
from gateway.media.receive.frame_kind import FrameKind
from gateway.media.receive.jitter_buffers import JitterBuffers
from gateway.media.receive.packet_round import PacketRound, parse_round
from gateway.media.receive.receptions import Receptions
from gateway.media.rtp.packet import RtpPacket
from gateway.media.rtp.reception_view import ReceptionView
from gateway.media.worker.carried_leg import CarriedLeg
from gateway.media.worker.datagram_reader import DatagramRound
from gateway.media.worker.faults import Faults
from gateway.media.worker.layout import Layout
from gateway.media.worker.queued_stream import QueuedStream

WIDE_SAMPLES = 2 * FRAME_SAMPLES
"""Samples of a wideband leg's frame: 20 ms at 16 kHz."""

_NONE = -1
_WIDE_RATE = 16000


@dataclass(frozen=True, slots=True)
class Sound:
    """20 ms of each leg of a layout: ``narrow`` int16 [legs, 160] at 8 kHz, ``wide`` [wideband legs, 320] at 16 kHz.

    A wideband leg has both forms.
    """

    narrow: Samples
    wide: Samples


@dataclass(frozen=True, slots=True)
class PressedKey:
    """The peer of ``leg`` pressed ``digit``."""

    leg: CarriedLeg
    digit: str


class InboundStreams:
    """Statistics, jitter buffers, decoding and concealment of all legs."""

    def __init__(self, capacity: int, faults: Faults) -> None:
        self._faults = faults
        self._legs: list[CarriedLeg | None] = [None] * capacity
        self._receptions = Receptions(capacity)
        self._buffers = JitterBuffers(capacity)
        self._narrow = Concealers(capacity, 8000)
        self._wide = Concealers(capacity, _WIDE_RATE)
        self._halves = Downsampler2(capacity)
        self._sound_type = np.full(capacity, _NONE)
        self._event_type = np.full(capacity, _NONE)
        self._noise_type = np.full(capacity, _NONE)
        self._receives = np.zeros(capacity, np.bool_)
        self._queued = np.zeros(capacity, np.bool_)
        self._queues: list[QueuedStream | None] = [None] * capacity
        # Of the codecs that each leg has had before.
        self._late_before = np.zeros(capacity, np.int64)
        self._concealed_before = np.zeros(capacity, np.int64)
        self.last_packet = np.zeros(capacity)
        """When each leg's last packet came, on the clock of the ticks."""

    def add(self, leg: CarriedLeg) -> None:
        """Take a leg in; it hears nothing before it is connected."""
        slot = leg.slot
        self._legs[slot] = leg
        self._receptions.reset(slot)
        self._receives[slot] = False
        self._queues[slot] = None
        self._late_before[slot] = self._concealed_before[slot] = 0
        self._begin_sound(slot, filling_octet(Codec.PCMA))

    def remove(self, leg: CarriedLeg) -> None:
        """Forget a leg."""
        self._legs[leg.slot] = self._queues[leg.slot] = None
        self._receives[leg.slot] = False

    def configure(self, leg: CarriedLeg, parameters: StreamParameters, *, codec_changed: bool) -> None:
        """Take what ``parameters`` say of the peer's packets; a new codec begins with empty buffers."""
        slot = leg.slot
        events, noise = parameters.received_event_payload_type, parameters.comfort_noise_payload_type
        self._sound_type[slot] = parameters.payload_type
        self._event_type[slot] = _NONE if events is None else events
        self._noise_type[slot] = _NONE if noise is None else noise
        self._receives[slot] = parameters.receive
        if codec_changed:
            self._late_before[slot], self._concealed_before[slot] = self._late(slot), self._concealed(slot)
            self._receptions.configure(slot, parameters.codec.clock_rate)
            self._begin_sound(slot, filling_octet(parameters.codec))
            self._queues[slot] = leg.queued
            self._queued[slot] = leg.queued is not None

    def _begin_sound(self, slot: int, filler: int) -> None:
        self._buffers.reset(slot, filler)
        self._narrow.reset(slot)
        self._wide.reset(slot)
        self._halves.reset(slot)

    def reception(self, slot: int) -> ReceptionView:
        """Return what was received in a slot."""
        return self._receptions.snapshot(slot, self._late(slot))

    def _late(self, slot: int) -> int:
        queued = self._queues[slot]
        return self._late_before.item(slot) + (self._buffers.late.item(slot) if queued is None else queued.queue.late)

    def _concealed(self, slot: int) -> int:
        queued = self._queues[slot]
        now = self._buffers.concealed.item(slot) if queued is None else queued.queue.concealed
        return self._concealed_before.item(slot) + now

    def delay_ms(self, leg: CarriedLeg) -> float:
        """Return how long sound is held back at present."""
        return self._buffers.delay_ms(leg.slot) if leg.queued is None else leg.queued.queue.delay_ms

    def concealed_ms(self, leg: CarriedLeg) -> int:
        """Return how much sound had to be made up, under all codecs."""
        return self._concealed(leg.slot) // samples_in(1)

    def malformed(self, slot: int) -> int:
        """Return how many datagrams were no RTP, or of a payload type that was not negotiated."""
        return self._receptions.malformed(slot)

    def take(self, arrived: DatagramRound, now: float) -> list[PressedKey]:
        """Take a round of datagrams in; return the keys that were pressed."""
        packets = parse_round(arrived.slots, arrived.rows, arrived.lengths, arrived.arrivals)
        if len(packets.malformed_rows):
            self._receptions.note_malformed(arrived.slots[packets.malformed_rows])
        slots, kinds = packets.slots, packets.payload_type
        is_sound = kinds == self._sound_type[slots]
        known = is_sound | (kinds == self._event_type[slots]) | (kinds == self._noise_type[slots])
        if not known.all():
            self._receptions.note_malformed(slots[~known])
        wanted = known & self._receives[slots]
        if not wanted.all():
            packets, is_sound = packets.select(wanted), is_sound[wanted]
        self.last_packet[packets.slots] = now
        fresh = self._receptions.receive(packets)
        sound = fresh & is_sound
        self._buffer(packets.select(sound))
        return [] if sound.all() else self._take_others(packets, fresh & ~is_sound)

    def _buffer(self, packets: PacketRound) -> None:
        queued = self._queued[packets.slots]
        if queued.any():
            for index in np.flatnonzero(queued).tolist():
                self._queue(packets, index)
            packets = packets.select(~queued)
        self._buffers.push(packets)

    def _queue(self, packets: PacketRound, index: int) -> None:
        leg = self._legs[packets.slots.item(index)]
        if leg is None or leg.queued is None:
            return
        ssrc, timestamp = packets.ssrc.item(index), packets.timestamp.item(index)
        try:
            leg.queued.queue.push(ssrc, timestamp, packets.payload(index), marker=bool(packets.marker[index]))
        except Exception:  # noqa: BLE001 - whatever it is, it ends this leg only
            self._faults.note(leg)

    def _take_others(self, packets: PacketRound, which: Flags) -> list[PressedKey]:
        """Take telephone events and comfort noise."""
        pressed = []
        for index in np.flatnonzero(which).tolist():
            slot = int(packets.slots[index])
            leg = self._legs[slot]
            if leg is None:
                continue
            kind, payload = int(packets.payload_type[index]), packets.payload(index)
            try:
                if kind == self._event_type[slot]:
                    sequence, timestamp = int(packets.sequence[index]), int(packets.timestamp[index])
                    event = RtpPacket(kind, sequence, timestamp, int(packets.ssrc[index]), payload)
                    digit = leg.keys_in.receive(event)
                    if digit is not None:
                        pressed.append(PressedKey(leg, digit))
                else:
                    self._take_noise(leg, payload)
            except Exception:  # noqa: BLE001 - whatever it is, it ends this leg only
                self._faults.note(leg)
        return pressed

    def _take_noise(self, leg: CarriedLeg, payload: bytes) -> None:
        slot = np.array([leg.slot], np.intp)
        try:
            (self._narrow if leg.codec is None else self._wide).comfort_noise(leg.slot, payload)
        except ComfortNoiseError:
            self._receptions.note_malformed(slot)
        else:
            if leg.queued is not None:
                leg.queued.queue.comfort_noise()
            else:
                self._buffers.comfort_noise(slot)

    def frames(self, layout: Layout, quiet: Flags) -> Sound:
        """Return what the legs hear in this tick; ``quiet`` [capacity] tells whose last frame was silence."""
        slots = layout.slots
        octets, kinds, spliced = self._pop(layout, quiet)
        narrow = self._decode_narrow(layout, octets)
        wide = self._decode_wide(layout, octets, kinds, spliced, quiet)
        # A peer that is on hold is silent, and nothing of it is lost.
        kinds[~self._receives[slots]] = FrameKind.NOTHING
        if len(layout.wide):
            at = layout.narrow
            part = narrow[at]
            self._narrow.apply(slots[at], part, kinds[at], spliced[at])
            narrow[at] = part
            wide_slots = slots[layout.wide]
            self._wide.apply(wide_slots, wide, kinds[layout.wide], spliced[layout.wide])
            narrow[layout.wide] = self._halves.convert(wide_slots, wide)
        else:
            self._narrow.apply(slots, narrow, kinds, spliced)
        return Sound(narrow, wide)

    def _pop(
        self, layout: Layout, quiet: Flags
    ) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8], npt.NDArray[np.bool_]]:
        """Take 20 ms out of the jitter buffers of the legs whose packets are octets in time."""
        slots = layout.slots[layout.octet]
        frames = self._buffers.pop(slots, quiet[slots])
        count = len(layout.slots)
        if len(slots) == count:
            return frames.octets, frames.kinds, frames.spliced
        octets = np.zeros((count, FRAME_SAMPLES), np.uint8)
        kinds, spliced = np.zeros(count, np.uint8), np.zeros(count, np.bool_)
        octets[layout.octet], kinds[layout.octet], spliced[layout.octet] = frames.octets, frames.kinds, frames.spliced
        return octets, kinds, spliced

    @staticmethod
    def _decode_narrow(layout: Layout, octets: npt.NDArray[np.uint8]) -> Samples:
        """Decode the legs of G.711; the rows of others are silence."""
        if len(layout.laws) == 1 and len(layout.laws[0][1]) == len(octets):
            return decode(layout.laws[0][0], octets)
        narrow = np.zeros((len(octets), FRAME_SAMPLES), np.int16)
        for codec, indices in layout.laws:
            narrow[indices] = decode(codec, octets[indices])
        return narrow

    def _decode_wide(
        self,
        layout: Layout,
        octets: npt.NDArray[np.uint8],
        kinds: npt.NDArray[np.uint8],
        spliced: npt.NDArray[np.bool_],
        quiet: Flags,
    ) -> Samples:
        """Decode by the legs' own codecs; those with a queue tell here what became of their frames."""
        wide = np.zeros((len(layout.wide), WIDE_SAMPLES), np.int16)
        for row, index in enumerate(layout.wide.tolist()):
            leg = layout.legs[index]
            try:
                if leg.queued is not None:
                    quiet_now = bool(quiet[leg.slot])
                    kinds[index], spliced[index] = leg.queued.next_frame(wide[row], quiet=quiet_now)
                elif kinds[index] == FrameKind.SOUND and leg.codec is not None:
                    wide[row] = leg.codec.decode(octets[index].tobytes())
            except Exception:  # noqa: BLE001 - whatever it is, it ends this leg only
                self._faults.note(leg)
        return wide
