"""Packet loss concealment of all legs: what is heard in place of frames that did not arrive.

A lost frame continues the caller's last pitch period (ITU-T G.711 appendix I), at full level for 5 ms, then fading
until 80 ms; below it comes up the caller's own background, so that the line never sounds dead. Pauses of a peer that
stops sending in silence are filled with the comfort noise that it described (RFC 3389), else with that background.
Frames that were received pass unchanged, except for the first milliseconds after something else.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gateway.audio.pcm import TELEPHONE_RATE, Samples
from gateway.media.frame import FRAME_MS
from gateway.media.receive.comfort_noise import parse_comfort_noise
from gateway.media.receive.frame_kind import FrameKind
from gateway.media.receive.noise_floor import NoiseFloors
from gateway.media.receive.pitch_replication import HISTORY_FRAMES, PitchReplication, cross_fade, ramp
from gateway.media.receive.shaped_noise import Floats, ShapedNoise, Slots

_FULL_LEVEL_MS = 5
_SILENT_AFTER_MS = 80
_TO_NOISE_MS = 10
_FROM_NOISE_MS = 5
_SHORT_RETURN_MS = 4
_LONG_RETURN_MS = 8
_LOUDEST_BACKGROUND = 104.0
"""Root mean square of the background after a loss at most: -50 dBov."""

_CLEAN, _GAP, _NOISE = range(3)


class _Gap:
    """A gap that is being filled: the continued speech and how many of its frames were lost, so that it fades."""

    def __init__(self, speech: PitchReplication) -> None:
        self.speech = speech
        self.lost_frames = 0


class Concealers:
    """Fills what is missing from the frames of all slots, in place: 20 ms at ``rate`` of 8000 or 16000 per second.

    A slot's frames must come in their order, one at each call that names the slot.
    """

    def __init__(self, capacity: int, rate: int = TELEPHONE_RATE) -> None:
        self._rate = rate
        self._frame = frame = rate * FRAME_MS // 1000
        self._history = np.zeros((capacity, HISTORY_FRAMES, frame), np.int16)
        self._newest = np.zeros(capacity, np.intp)
        self._state = np.zeros(capacity, np.uint8)
        self._paused = np.zeros(capacity, np.bool_)
        self._gaps: dict[int, _Gap] = {}
        self._comfort: dict[int, Floats] = {}
        self._noise = ShapedNoise(capacity, frame)
        self._floors = NoiseFloors(capacity, frame)
        times = np.arange(frame * -(-_SILENT_AFTER_MS // FRAME_MS)) / (rate / 1000)
        fade = np.clip((_SILENT_AFTER_MS - times) / (_SILENT_AFTER_MS - _FULL_LEVEL_MS), 0, 1)
        self._fades = fade.astype(np.float32).reshape(-1, frame)

    def reset(self, slot: int) -> None:
        """Forget a slot: another leg takes it, or another stream begins."""
        self._history[slot] = 0
        self._state[slot] = _CLEAN
        self._paused[slot] = False
        self._gaps.pop(slot, None)
        self._comfort.pop(slot, None)
        self._noise.reset(slot)
        self._floors.reset(slot)

    def comfort_noise(self, slot: int, payload: bytes) -> None:
        """Take in a comfort noise packet (RFC 3389); it sounds in the pause that it begins, or at once in one.

        Raises:
            ComfortNoiseError: the payload is empty; nothing changes.

        """
        spectrum = parse_comfort_noise(payload).spectrum(self._noise.bins)
        self._comfort[slot] = spectrum
        if self._paused[slot]:
            self._noise.shape(slot, spectrum)

    def apply(
        self, slots: Slots, frames: Samples, kinds: npt.NDArray[np.uint8], spliced: npt.NDArray[np.bool_]
    ) -> None:
        """Fill the rows of ``frames``, int16 ``[n, frame]``, whose kind is not SOUND, and smooth the seams around them.

        ``spliced`` marks SOUND that does not continue what came before it, because something between was left out.
        """
        usual = (kinds == FrameKind.SOUND) & (self._state[slots] == _CLEAN) & ~spliced
        if usual.all():
            self._floors.listen(slots, frames)
        else:
            self._floors.listen(slots[usual], frames[usual])
            self._fill(slots, frames, kinds, spliced, ~usual)
        newest = (self._newest[slots] + 1) % HISTORY_FRAMES
        self._newest[slots] = newest
        self._history[slots, newest] = frames

    def _fill(
        self,
        slots: Slots,
        frames: Samples,
        kinds: npt.NDArray[np.uint8],
        spliced: npt.NDArray[np.bool_],
        unusual: npt.NDArray[np.bool_],
    ) -> None:
        nothing = kinds == FrameKind.NOTHING
        if nothing.any():
            self._silence(slots[nothing])
            frames[nothing] = 0
        resting = (self._state[slots] == _NOISE) & (kinds != FrameKind.SOUND) & ~nothing
        resting &= (kinds != FrameKind.PAUSE) | self._paused[slots]
        if resting.any():
            frames[resting] = _to_samples(self._noise.frames(slots[resting]))
        for row in np.flatnonzero(unusual & ~nothing & ~resting):
            slot, frame = int(slots[row]), frames[row]
            match kinds[row]:
                case FrameKind.SOUND:
                    self._return(slot, frame)
                case FrameKind.PAUSE:
                    self._pause(slot, frame)
                case kind:
                    self._continue(slot, frame, fading=kind == FrameKind.LOST)

    def _silence(self, slots: Slots) -> None:
        for slot in slots[self._state[slots] != _CLEAN]:
            self._gaps.pop(int(slot), None)
        self._state[slots] = _CLEAN
        self._paused[slots] = False

    def _past(self, slot: int) -> Floats:
        """Return the frames of a slot before this one in their order, float32."""
        newest = self._newest[slot]
        order = (np.arange(newest + 1, newest + 1 + HISTORY_FRAMES)) % HISTORY_FRAMES
        past: Floats = self._history[slot, order].reshape(-1).astype(np.float32)
        return past

    def _gap(self, slot: int) -> _Gap:
        """Return the slot's gap, a new one that begins now where there is none."""
        gap = self._gaps.get(slot)
        if gap is None:
            gap = self._gaps[slot] = _Gap(PitchReplication(self._past(slot), self._rate))
            self._state[slot] = _GAP
        return gap

    def _begin_noise(self, slot: int, spectrum: Floats | None) -> None:
        if spectrum is None:
            spectrum = self._noise.spectrum_of(self._floors.background(slot), _LOUDEST_BACKGROUND)
        self._noise.shape(slot, spectrum)
        self._noise.begin(slot)

    def _next_noise(self, slot: int) -> Floats:
        noise: Floats = self._noise.frames(np.array([slot], np.intp))[0]
        return noise

    def _continue(self, slot: int, frame: Samples, *, fading: bool) -> None:
        """Make up a frame; one at the beginning of a gap does not fade when ``fading`` is not set."""
        begins = slot not in self._gaps
        gap = self._gap(slot)
        sound = gap.speech.take(self._frame)
        if begins and not fading:
            frame[:] = _to_samples(sound)
            return
        if not gap.lost_frames:
            self._begin_noise(slot, None)
        fade = self._fades[gap.lost_frames]
        frame[:] = _to_samples(sound * fade + self._next_noise(slot) * (1 - fade))
        gap.lost_frames += 1
        if gap.lost_frames == len(self._fades):
            del self._gaps[slot]
            self._state[slot] = _NOISE

    def _pause(self, slot: int, frame: Samples) -> None:
        """Begin a pause: what was heard before it gives way to noise."""
        self._paused[slot] = True
        comfort = self._comfort.get(slot)
        if self._state[slot] == _NOISE:
            if comfort is not None:
                self._noise.shape(slot, comfort)
            frame[:] = _to_samples(self._next_noise(slot))
            return
        gap = self._gap(slot)
        self._begin_noise(slot, comfort)
        noise = self._next_noise(slot)
        count = self._rate * _TO_NOISE_MS // 1000
        level = self._fades[gap.lost_frames][0]
        noise[:count] = cross_fade(gap.speech.take(count) * level, noise[:count])
        frame[:] = _to_samples(noise)
        del self._gaps[slot]
        self._state[slot] = _NOISE

    def _return(self, slot: int, frame: Samples) -> None:
        """Blend in a frame that was received after something that was not, or that does not continue what was."""
        if self._state[slot] == _NOISE:
            count = self._rate * _FROM_NOISE_MS // 1000
            before = self._next_noise(slot)[:count]
        else:
            gap = self._gap(slot)
            count = self._rate * (_LONG_RETURN_MS if gap.lost_frames > 1 else _SHORT_RETURN_MS) // 1000
            before = gap.speech.take(count)
            if gap.lost_frames:
                fade = self._fades[gap.lost_frames][:count]
                before = before * fade + self._next_noise(slot)[:count] * (1 - fade)
            del self._gaps[slot]
        frame[:count] = _to_samples(before + (frame[:count] - before) * ramp(count))
        self._state[slot] = _CLEAN
        self._paused[slot] = False


def _to_samples(sound: Floats) -> Samples:
    return np.clip(np.rint(sound), -32768, 32767).astype(np.int16)
