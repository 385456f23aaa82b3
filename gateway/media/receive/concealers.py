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
from gateway.media.frame import FRAME_MS, Flags, Slots
from gateway.media.receive.comfort_noise import parse_comfort_noise
from gateway.media.receive.frame_kind import FrameKind
from gateway.media.receive.noise_floor import NoiseFloors
from gateway.media.receive.pitch_replication import HISTORY_FRAMES, Floats, PitchReplication
from gateway.media.receive.shaped_noise import ShapedNoise

_FULL_LEVEL_MS = 5
_SILENT_AFTER_MS = 80
_TO_NOISE_MS = 10
_RETURN_FROM_NOISE_MS = 5
_RETURN_MS = 4
_RETURN_FROM_LONG_GAP_MS = 8
_LOUDEST_BACKGROUND = 104.0
"""Root mean square of the background after a loss at most: -50 dBov."""

# Plain numbers: comparing an array with a member of an enumeration takes numpy three times as long.
_NOTHING, _SOUND, _LOST, _PAUSE, _STRETCHED = (
    kind.value for kind in (FrameKind.NOTHING, FrameKind.SOUND, FrameKind.LOST, FrameKind.PAUSE, FrameKind.STRETCHED)
)
_CLEAN, _GAP, _NOISE = range(3)
"""What a slot's last frame was: received, made up from speech, or noise."""


class Concealers:
    """Fills what is missing from the frames of all slots, in place: 20 ms at ``rate`` of 8000 or 16000 per second.

    A slot's frames must come in their order, one at each call that names the slot.
    """

    def __init__(self, capacity: int, rate: int = TELEPHONE_RATE) -> None:
        self._frame = frame = rate * FRAME_MS // 1000
        self._history = np.zeros((capacity, HISTORY_FRAMES, frame), np.int16)
        self._newest = np.zeros(capacity, np.intp)
        self._state = np.zeros(capacity, np.uint8)
        self._faded = np.zeros(capacity, np.intp)
        self._paused = np.zeros(capacity, np.bool_)
        self._described = np.zeros(capacity, np.bool_)
        self._speech = PitchReplication(capacity, rate)
        self._noise = ShapedNoise(capacity, frame)
        self._comfort = np.zeros((capacity, self._noise.bins), np.float32)
        self._floors = NoiseFloors(capacity, frame)
        times = np.arange(frame * -(-_SILENT_AFTER_MS // FRAME_MS)) * 1000 / rate
        fade = np.clip((_SILENT_AFTER_MS - times) / (_SILENT_AFTER_MS - _FULL_LEVEL_MS), 0, 1)
        self._fades = fade.astype(np.float32).reshape(-1, frame)
        self._to_noise = _ramp(frame, _TO_NOISE_MS)
        self._from_noise = _ramp(frame, _RETURN_FROM_NOISE_MS)
        self._from_gap = np.stack([_ramp(frame, _RETURN_MS), _ramp(frame, _RETURN_FROM_LONG_GAP_MS)])

    def reset(self, slot: int) -> None:
        """Forget a slot: another leg takes it, or another stream begins."""
        self._history[slot] = 0
        self._state[slot] = _CLEAN
        self._faded[slot] = 0
        self._paused[slot] = self._described[slot] = False
        self._noise.reset(slot)
        self._floors.reset(slot)

    def comfort_noise(self, slot: int, payload: bytes) -> None:
        """Take in a comfort noise packet (RFC 3389); it sounds in the pause that it begins, or at once in one.

        Raises:
            ComfortNoiseError: the payload is empty; nothing changes.

        """
        self._comfort[slot] = parse_comfort_noise(payload).spectrum(self._noise.bins)
        self._described[slot] = True
        if self._paused[slot]:
            self._noise.shape(np.array([slot]), self._comfort[slot])

    def apply(self, slots: Slots, frames: Samples, kinds: npt.NDArray[np.uint8], spliced: Flags) -> None:
        """Fill the rows of ``frames``, int16 ``[n, frame]``, whose kind is not SOUND, and smooth the seams around them.

        ``spliced`` marks SOUND that does not continue what came before it, because something between was left out.
        """
        usual = (kinds == _SOUND) & (self._state[slots] == _CLEAN) & ~spliced
        if usual.all():
            self._floors.listen(slots, frames)
        else:
            self._floors.listen(slots[usual], frames[usual])
            self._fill(slots, frames, kinds, ~usual)
        newest = (self._newest[slots] + 1) % HISTORY_FRAMES
        self._newest[slots] = newest
        self._history[slots, newest] = frames

    def _fill(self, slots: Slots, frames: Samples, kinds: npt.NDArray[np.uint8], unusual: Flags) -> None:
        pause = kinds == _PAUSE
        made_up = (kinds == _LOST) | (kinds == _STRETCHED)
        noisy = (self._state[slots] == _NOISE) & (pause | made_up)
        if (rows := _rows(noisy)).size:
            self._begin_pause(slots[rows[pause[rows]]])
            frames[rows] = _to_samples(self._noise.frames(slots[rows]))
        if (rows := _rows(made_up & ~noisy)).size:
            frames[rows] = self._continue(slots[rows], kinds[rows] == _STRETCHED)
        if (rows := _rows(pause & ~noisy)).size:
            frames[rows] = self._pause(slots[rows])
        if (rows := _rows(unusual & (kinds == _SOUND))).size:
            frames[rows] = self._return(slots[rows], frames[rows])
        if (rows := _rows(kinds == _NOTHING)).size:
            frames[rows] = 0
            self._set_clean(slots[rows])

    def _set_clean(self, slots: Slots) -> None:
        self._state[slots] = _CLEAN
        self._paused[slots] = False

    def _begin_gaps(self, slots: Slots) -> None:
        """Continue the speech of those of ``slots`` that are not in a gap yet."""
        slots = slots[self._state[slots] != _GAP]
        if not len(slots):
            return
        oldest = self._newest[slots] + 1
        order = (oldest[:, None] + np.arange(HISTORY_FRAMES)) % HISTORY_FRAMES
        past = self._history[slots[:, None], order].reshape(len(slots), -1)
        self._speech.begin(slots, past.astype(np.float32))
        self._state[slots] = _GAP
        self._faded[slots] = 0

    def _begin_noise(self, slots: Slots) -> None:
        """Let the caller's own background sound from its full power on."""
        if not len(slots):
            return
        self._noise.shape(slots, self._noise.spectra_of(self._floors.backgrounds(slots), _LOUDEST_BACKGROUND))
        self._noise.begin(slots)

    def _begin_pause(self, slots: Slots) -> None:
        """Let the noise that the peer described, if it did, follow upon the noise that sounds."""
        slots = slots[~self._paused[slots]]
        self._paused[slots] = True
        described = slots[self._described[slots]]
        self._noise.shape(described, self._comfort[described])

    def _continue(self, slots: Slots, stretched: Flags) -> Samples:
        """Make up speech; a stretched frame that begins a gap does not fade, because its sound is not lost."""
        fading = _rows(~stretched | (self._state[slots] == _GAP))
        self._begin_gaps(slots)
        sound = self._speech.take(slots, self._frame)
        if len(fading):
            slots = slots[fading]
            faded = self._faded[slots]
            sound[fading] = self._faded_sound(slots, sound[fading])
            self._faded[slots] = faded + 1
            self._state[slots[faded + 1 == len(self._fades)]] = _NOISE
        return _to_samples(sound)

    def _faded_sound(self, slots: Slots, speech: Floats) -> Floats:
        """Return made-up speech at the level that it still has, with the background that has come up below it.

        The background begins with the second frame: below the first, which is nearly at full level, nobody hears it,
        and most gaps have no other.
        """
        faded = self._faded[slots]
        level = self._fades[faded]
        sound = speech * level
        if (rows := _rows(faded > 0)).size:
            self._begin_noise(slots[rows[faded[rows] == 1]])
            sound[rows] += self._noise.frames(slots[rows]) * (1 - level[rows])
        return sound

    def _pause(self, slots: Slots) -> Samples:
        """Let what was heard give way to noise."""
        self._begin_gaps(slots)
        self._begin_noise(slots)
        self._begin_pause(slots)
        noise = self._noise.frames(slots)
        speech = self._speech.take(slots, self._frame)
        speech *= self._fades[self._faded[slots], :1]
        self._state[slots] = _NOISE
        return _to_samples(speech + (noise - speech) * self._to_noise)

    def _return(self, slots: Slots, frames: Samples) -> Samples:
        """Blend in what was received after something that was not, or what does not continue what was before it."""
        noisy = self._state[slots] == _NOISE
        before = np.zeros(frames.shape, np.float32)
        rising = np.empty(frames.shape, np.float32)
        if (rows := _rows(noisy)).size:
            before[rows] = self._noise.frames(slots[rows])
            rising[rows] = self._from_noise
        if (rows := _rows(~noisy)).size:
            gaps = slots[rows]
            self._begin_gaps(gaps)
            faded = self._faded[gaps]
            before[rows] = self._speech.take(gaps, self._frame) * self._fades[faded]
            rising[rows] = self._from_gap[(faded > 1).astype(np.intp)]
        self._set_clean(slots)
        return _to_samples(before + (frames - before) * rising)


def _rows(mask: Flags) -> npt.NDArray[np.intp]:
    """Return where ``mask`` is set; in a fraction of the time that ``numpy.flatnonzero`` takes for few legs."""
    return mask.nonzero()[0]


def _ramp(frame: int, milliseconds: int) -> Floats:
    """Return the rising half of a linear cross-fade, without its ends 0 and 1, then 1 until the end of the frame."""
    length = frame * milliseconds // FRAME_MS
    return np.minimum(np.arange(1, frame + 1) / (length + 1), 1).astype(np.float32)


def _to_samples(sound: Floats) -> Samples:
    return np.clip(np.rint(sound), -32768, 32767).astype(np.int16)
