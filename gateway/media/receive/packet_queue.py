"""The jitter buffer of one leg whose packets have to be decoded whole, such as Opus (RFC 7587).

It orders packets and hands out at each tick those that begin in these 20 ms, by the same estimate of the delay and the
same decisions as ``JitterBuffers``. Positions are in 1/8000 s. No clock is read: ticks are counted by ``pop``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from gateway.media.frame import FRAME_SAMPLES, samples_in
from gateway.media.receive.delay_decision import TOO_LONG, TOO_SHORT, leaves_out, waits
from gateway.media.receive.delay_estimates import BIN, DelayEstimates, DelayLimits
from gateway.media.receive.frame_kind import FrameKind
from gateway.media.receive.restarts import Restarts
from gateway.media.rtp.packet import wrapped_difference

_RATE = samples_in(1000)
_FURTHEST = samples_in(1000)
_FULL = 0xFFFFFFFF
_MOST_PACKETS = 200
_CONCEALED_AT_MOST = 25
_ONE = np.zeros(1, np.intp)


@dataclass(frozen=True, slots=True)
class Gap:
    """Sound of ``samples`` at 8 kHz that is to be made up.

    ``following`` is the packet right behind it, if that is there: it may hold a copy of what is missing.
    """

    samples: int
    following: bytes | None = None


Piece: TypeAlias = bytes | Gap


@dataclass(frozen=True, slots=True)
class QueuedFrame:
    """What a tick gets: the ``pieces`` to decode or to make up, in their order, behind what earlier ones left over.

    A packet of more than 20 ms is handed out in the tick in which it begins; in the ticks that it fills the kind is
    SOUND and there are no pieces. ``spliced`` tells that sound was left out before this frame.
    """

    kind: FrameKind
    pieces: tuple[Piece, ...] = ()
    spliced: bool = False


class PacketQueue:
    """The packets of one leg.

    ``late`` counts packets that came after their moment, ``concealed`` the samples at 8 kHz that had to be made up.
    ``length`` tells of a payload how many ticks of ``clock_rate`` its sound lasts, 0 for one that is no packet.
    """

    def __init__(self, clock_rate: int, length: Callable[[bytes], int], limits: DelayLimits | None = None) -> None:
        self.late = 0
        self.concealed = 0
        self._ticks_per_position = clock_rate // _RATE
        self._length = length
        self._estimates = DelayEstimates(1, limits)
        self._estimates.reset(0)
        self._ssrc: int | None = None
        self._timestamp = 0
        self._position = 0
        self._packets: dict[int, tuple[bytes, int]] = {}
        self._head = 0
        self._played_to = 0
        self._delay = 0
        self._waited = 0
        self._gap = 0
        self._last = FrameKind.NOTHING
        self._restarts = Restarts(1)
        self._pause: int | None = None

    @property
    def delay_ms(self) -> float:
        """For how long a packet of the least transit is held back at present, in ms."""
        if self._ssrc is None:
            return 0.0
        return max(0, self._delay - int(self._estimates.base[0])) / samples_in(1)

    @property
    def _excess(self) -> int:
        return self._delay - int(self._estimates.wanted[0])

    def _newest_end(self) -> int:
        return max((at + length for at, (_, length) in self._packets.items()), default=max(self._head, self._played_to))

    def comfort_noise(self) -> None:
        """Note that the peer pauses from the end of its newest sound on."""
        if self._ssrc is not None and self._pause is None:
            self._pause = self._newest_end()

    def push(self, ssrc: int, timestamp: int, payload: bytes, *, marker: bool = False) -> None:
        """Take in a packet; one that has no length is dropped."""
        length = self._length(payload) // self._ticks_per_position
        if length <= 0:
            return
        if ssrc != self._ssrc:
            self._begin(ssrc, timestamp)
        at = self._place(timestamp)
        if self._begins_anew(timestamp, at, length, marker=marker):
            self._begin(ssrc, timestamp)
            at = self._place(timestamp)
        elif abs(at - self._head) > _FURTHEST:
            return
        self._estimates.observe(_ONE, np.array([self._delay - (at - self._head)]), np.array([self._head]))
        if marker and self._pause is None and at > self._newest_end():
            self._pause = self._newest_end()
        # A packet whose beginning is over cannot be decoded in part.
        if at < max(self._head, self._played_to):
            self.late += 1
        elif len(self._packets) < _MOST_PACKETS:
            self._packets.setdefault(at, (payload, length))
            if at > self._position:
                self._position, self._timestamp = at, timestamp

    def _place(self, timestamp: int) -> int:
        """Return the position of ``timestamp``, by its distance from that of the newest packet taken in."""
        return self._position + wrapped_difference(timestamp, self._timestamp, 32) // self._ticks_per_position

    def _timestamp_at(self, position: int) -> int:
        return self._timestamp + (position - self._position) * self._ticks_per_position & _FULL

    def _begin(self, ssrc: int, timestamp: int) -> None:
        """Begin a stream behind what is left of the one before, at the delay that is wanted."""
        wanted = int(self._estimates.wanted[0] - self._estimates.base[0])
        self._position = max(self._newest_end(), self._head + -(-wanted // BIN) * BIN)
        self._ssrc, self._timestamp = ssrc, timestamp
        self._pause = None
        self._restarts.reset(0)
        self._estimates.begin(0, self._delay - (self._position - self._head))

    def _begins_anew(self, timestamp: int, at: int, length: int, *, marker: bool) -> bool:
        """Tell whether a packet that belongs to another place than those before shows that the stream begins anew."""
        if abs(at - self._head) > _FURTHEST:
            end = timestamp + length * self._ticks_per_position & _FULL
            return self._restarts.after_jump(0, timestamp, end, alone=not self._packets)
        lateness = max(self._head, self._played_to) - at
        alone = not self._packets and self._last is not FrameKind.SOUND
        return lateness > 0 and self._restarts.after_late(
            0, timestamp, lateness, moment=self._head, marker=marker, alone=alone
        )

    def pop(self, *, quiet: bool) -> QueuedFrame:
        """Return the next 20 ms; ``quiet`` says that the last frame was below the speech gate."""
        if self._ssrc is None:
            return QueuedFrame(FrameKind.NOTHING)
        shortened = self._shorten(quiet=quiet)
        end = self._head + FRAME_SAMPLES
        covered = self._covered_to(end)
        nothing = covered <= self._head and not any(at < end for at in self._packets)
        pausing = nothing and self._pause is not None and self._pause <= self._head
        dry = covered < end and not pausing and not any(at > covered for at in self._packets)
        begun = not nothing or self._last is not FrameKind.NOTHING
        held = begun and (dry or self._excess <= TOO_SHORT) and self._waits(dry=dry, silent=quiet or pausing)
        if held:
            self._delay += FRAME_SAMPLES
        kind = FrameKind.LOST if nothing else FrameKind.SOUND
        if not begun:
            kind = FrameKind.NOTHING
        elif pausing:
            kind = FrameKind.PAUSE
        elif held:
            kind = FrameKind.STRETCHED
        if self._last is FrameKind.SOUND and kind is not FrameKind.SOUND:
            self._restarts.heard(_ONE, np.array([self._timestamp_at(self._played_to)]))
        pieces = self._pieces(kind, end)
        if not held:
            self._head = end
        spliced = shortened and kind is FrameKind.SOUND and self._last is FrameKind.SOUND
        self._note(kind, pieces)
        return QueuedFrame(kind, pieces, spliced)

    def _waits(self, *, dry: bool, silent: bool) -> bool:
        room = self._delay + FRAME_SAMPLES <= int(self._estimates.longest(_ONE)[0])
        decided = waits(np.array([self._excess]), room=np.array([room]), silent=np.array([silent]), dry=np.array([dry]))
        return bool(decided[0])

    def _covered_to(self, end: int) -> int:
        """Return the position up to which there is sound without a gap, at least up to ``end`` if it reaches that."""
        covered = max(self._head, self._played_to)
        while covered < end and covered in self._packets:
            covered += self._packets[covered][1]
        return covered

    def _shorten(self, *, quiet: bool) -> bool:
        """Take from a delay that is too long: a gap as far as it goes, a packet where that is decided."""
        excess = self._excess
        self._waited = self._waited + 1 if excess >= TOO_LONG else 0
        if excess < BIN or not self._packets or self._played_to > self._head:
            return False
        first = min(self._packets)
        skipped = min(first - self._head, excess // BIN * BIN)
        if not skipped and excess >= TOO_LONG:
            length = self._packets[first][1]
            if length <= excess and first + length in self._packets and self._leaves_out(excess, quiet=quiet):
                del self._packets[first]
                skipped = length
        if skipped <= 0:
            return False
        self._head += skipped
        self._delay -= skipped
        self._waited = 0
        return True

    def _leaves_out(self, excess: int, *, quiet: bool) -> bool:
        decided = leaves_out(
            np.array([excess]),
            beyond=self._delay > self._estimates.longest(_ONE),
            quiet=np.array([quiet]),
            # How loud a packet is shows only when it is decoded.
            fading=np.array([True]),
            waited=np.array([self._waited]),
        )
        return bool(decided[0])

    def _pieces(self, kind: FrameKind, end: int) -> tuple[Piece, ...]:
        """Take the packets that begin before ``end`` out, with gaps for what is missing between them."""
        if kind is FrameKind.STRETCHED:
            return (Gap(FRAME_SAMPLES),)
        if kind not in {FrameKind.SOUND, FrameKind.LOST}:
            return ()
        pieces: list[Piece] = []
        at = max(self._head, self._played_to)
        while at < end:
            if at in self._packets:
                payload, length = self._packets.pop(at)
                pieces.append(payload)
                at += length
                continue
            follows = min((other for other in self._packets if other > at), default=end)
            stop = min(follows, end)
            following = self._packets.get(stop)
            pieces.append(Gap(stop - at, following[0] if following else None))
            at = stop
        self._played_to = at
        # What a longer packet has covered cannot be played a second time.
        for passed in [other for other in self._packets if other < at]:
            del self._packets[passed]
            self.late += 1
        return tuple(pieces)

    def _note(self, kind: FrameKind, pieces: tuple[Piece, ...]) -> None:
        self._gap = self._gap + 1 if kind in {FrameKind.LOST, FrameKind.STRETCHED} else 0
        if self._gap <= _CONCEALED_AT_MOST:
            self.concealed += sum(piece.samples for piece in pieces if isinstance(piece, Gap))
        if kind is FrameKind.SOUND and self._pause is not None and self._pause < self._head:
            self._pause = None
        self._last = kind
