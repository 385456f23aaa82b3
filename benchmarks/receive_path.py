"""The receive path of many legs by a simulated clock: RTP, network, jitter buffers, decoding, concealment.

The objects are the worker's own; only the sockets and the clock are missing, so it runs faster than real time and gives
the same everywhere.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gateway.media.codecs import g711
from gateway.media.codecs.codec import make_codec
from gateway.media.frame import FRAME_SAMPLES
from gateway.media.parameters import Codec
from gateway.media.receive.concealers import Concealers
from gateway.media.receive.frame_kind import FrameKind, Frames
from gateway.media.receive.jitter_buffers import JitterBuffers
from gateway.media.receive.packet_round import STRIDE, parse_round

Samples = npt.NDArray[np.int16]
Floats = npt.NDArray[np.float64]

TICK_MS = 20.0
_HEADER = struct.Struct("!BBHII")
_QUIET_POWER = (32768 * 10 ** (-50 / 20)) ** 2
"""Mean power of a frame below which the jitter buffer may stretch and leave out freely: -50 dBov."""


@dataclass(frozen=True)
class Network:
    """What a network does to packets of 20 ms.

    ``loss`` is a share of the packets, lost one by one, or in bursts of ``burst`` packets on average where that is more
    than 1 (Gilbert's model). ``jitter_ms`` is the delay that 95 % of the packets keep to, beyond the least one; the
    delays are the absolute values of a normal distribution and independent, so that packets overtake each other.
    """

    loss: float = 0.0
    burst: float = 1.0
    jitter_ms: float = 0.0

    def arrivals(self, generator: np.random.Generator, packets: int) -> Floats:
        """Return when each packet comes, in ms after the first one is sent; not a number where it is lost."""
        sent = np.arange(packets) * TICK_MS
        delays = np.abs(generator.normal(0, self.jitter_ms / 1.96, packets))
        draws = generator.random(packets)
        lost = draws < self.loss
        if self.burst > 1:
            leave, enter = 1 / self.burst, self.loss / (1 - self.loss) / self.burst
            bad = False
            for packet, draw in enumerate(draws):
                bad = draw >= leave if bad else draw < enter
                lost[packet] = bad
        return np.where(lost, np.nan, sent + delays)


@dataclass(frozen=True)
class Received:
    """What ``simulate`` heard: ``plain`` without concealment and ``concealed`` with it, int16 ``[legs, samples]``.

    ``made_up`` is each leg's share of frames that were lost, late, or stretched; ``delay_ms`` its delay in the jitter
    buffer at the end.
    """

    plain: Samples
    concealed: Samples
    made_up: Floats
    delay_ms: Floats


class _Decoding:
    """What the legs' packets hold, and the frames that become of them, as the worker decodes them."""

    def __init__(self, codec: Codec, sounds: Samples, packets: int) -> None:
        self.frame = codec.sound_rate // 50
        self.filler = g711.SILENCE.get(codec, 0)
        self._codec = codec
        self._streams = [stream for stream in (make_codec(codec) for _ in sounds) if stream is not None]
        if self._streams:
            cut = sounds.reshape(len(sounds), packets, self.frame)
            coded = [[stream.encode(frame) for frame in leg] for stream, leg in zip(self._streams, cut, strict=True)]
            self.octets = np.frombuffer(b"".join(map(b"".join, coded)), np.uint8)
        else:
            self.octets = g711.encode(codec, sounds)
        self.octets = self.octets.reshape(len(sounds), packets, FRAME_SAMPLES)

    def frames(self, popped: Frames) -> Samples:
        """Decode one tick of all legs; a codec with a state gets only what was received."""
        if not self._streams:
            return g711.decode(self._codec, popped.octets)
        frames = np.zeros((len(self._streams), self.frame), np.int16)
        for leg in np.flatnonzero(popped.kinds == FrameKind.SOUND):
            frames[leg] = self._streams[leg].decode(popped.octets[leg].tobytes())
        return frames


def simulate(sounds: Samples, arrivals: Floats, codec: Codec = Codec.PCMA) -> Received:
    """Send ``sounds``, int16 ``[legs, samples]``, their packets coming at ``arrivals`` [legs, packets].

    ``codec`` is PCMA, PCMU or G722, the sounds' rate is its own.
    """
    legs, packets = arrivals.shape
    slots = np.arange(legs)
    decoding = _Decoding(codec, sounds, packets)
    buffers, concealers = JitterBuffers(legs), Concealers(legs, codec.sound_rate)
    for slot in range(legs):
        buffers.reset(slot, decoding.filler)
    order = np.argsort(arrivals, axis=1, kind="stable")
    upcoming = np.zeros(legs, np.intp)
    quiet = np.ones(legs, np.bool_)
    plain = np.zeros((legs, packets, decoding.frame), np.int16)
    concealed = np.zeros_like(plain)
    made_up = np.zeros(legs)
    for tick in range(packets):
        while True:
            number = order[slots, np.minimum(upcoming, packets - 1)]
            due = (upcoming < packets) & (arrivals[slots, number] <= tick * TICK_MS)
            if not due.any():
                break
            rows = _datagrams(number[due], decoding.octets[slots[due], number[due]])
            lengths = np.full(len(rows), _HEADER.size + FRAME_SAMPLES)
            buffers.push(parse_round(slots[due], rows, lengths, np.full(len(rows), tick * TICK_MS / 1000)))
            upcoming += due
        popped = buffers.pop(slots, quiet)
        frames = decoding.frames(popped)
        plain[:, tick] = frames
        concealers.apply(slots, frames, popped.kinds, popped.spliced)
        concealed[:, tick] = frames
        made_up += (popped.kinds == FrameKind.LOST) | (popped.kinds == FrameKind.STRETCHED)
        quiet = np.mean(frames.astype(float) ** 2, axis=1) < _QUIET_POWER
    delays = np.array([buffers.delay_ms(slot) for slot in range(legs)])
    return Received(plain.reshape(legs, -1), concealed.reshape(legs, -1), made_up / packets, delays)


def _datagrams(numbers: npt.NDArray[np.intp], payloads: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    rows = np.zeros((len(numbers), STRIDE), np.uint8)
    for row, number in enumerate(numbers.tolist()):
        header = _HEADER.pack(0x80, 8, number & 0xFFFF, number * FRAME_SAMPLES & 0xFFFFFFFF, 1)
        rows[row, : _HEADER.size] = np.frombuffer(header, np.uint8)
    rows[:, _HEADER.size : _HEADER.size + FRAME_SAMPLES] = payloads
    return rows
