"""Keeps the gateway's own voice, come back over the line, from being taken for the caller's.

An echo is what was sent, delayed and filtered. For a leg that is being played to and is not silent, a short filter is
fitted to what it hears by least squares over the last few windows, and what that filter explains is taken away before
the detector judges. A caller who speaks over the echo is left: least squares do not diverge in double talk as adaptive
filters do (S. Haykin, "Adaptive Filter Theory", on recursive least squares). What a filter of 4 ms cannot explain, a
room's reverberation, is recognised by its power, which follows that of the echo.

The delay is found by a whitened cross-correlation (C. Knapp and G. Carter, "The generalized correlation method for
estimation of time delay", 1976), which runs only when something was taken for speech while a prompt was on.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from gateway.audio.pcm import Samples
from gateway.media.frame import FRAME_SAMPLES
from gateway.media.listening.detectors import Windows
from gateway.media.listening.frame_history import WINDOW_SAMPLES, Flags, Slots

_RING_FRAMES = 48
_RING_SAMPLES = _RING_FRAMES * FRAME_SAMPLES
_LONGEST_LAG = 4096
SEARCH_SAMPLES = 1536
"""Samples of a leg that a search for the delay looks at."""
_TRANSFORM = 6144
_TAIL_TICKS = (_LONGEST_LAG + 2 * WINDOW_SAMPLES) // FRAME_SAMPLES
_TAPS = 32
_TAPS_BEFORE = 8
_MEMORY = np.float32(0.85)
_WHITENING = 0.7
_REGULARISATION = np.float32(1e-4)
_MOST_LEFT = 0.4
_UNKNOWN = -1
_FIRST_LEAK = np.float32(0.25)
_LEAST_LEAK = np.float32(0.003)
_NEAR_END = np.float32(2.5)
_NEAR_END_FOR_LONG = 8
_HOLD_WINDOWS = 5
_REVERBERATION = np.float32(0.7)


class EchoGuard:
    """What was sent to ``capacity`` legs in the last 0.96 s, and the echo of it that is known."""

    def __init__(self, capacity: int) -> None:
        self._tick = 0
        self._sent = np.zeros((capacity, _RING_SAMPLES), np.int16)
        self._last_played = np.full(capacity, -_RING_FRAMES - 1, np.int64)
        self._lag = np.full(capacity, _UNKNOWN, np.int64)
        self._covariance = np.zeros((capacity, _TAPS, _TAPS), np.float32)
        self._correlation = np.zeros((capacity, _TAPS), np.float32)
        self._echo = np.zeros(capacity, np.float32)
        self._remaining = np.zeros(capacity, np.int8)
        self._leak = np.full(capacity, _FIRST_LEAK, np.float32)

    def reset(self, slot: int) -> None:
        """Forget the leg's echo and what was sent to it."""
        self._last_played[slot] = self._tick - _RING_FRAMES - 1
        self._forget_echo(slot)

    def _forget_echo(self, slot: int) -> None:
        self._lag[slot] = _UNKNOWN
        self._echo[slot] = 0
        self._remaining[slot] = 0
        self._leak[slot] = _FIRST_LEAK

    def follow(self, slots: Slots, sent: Samples, playing: Flags) -> Flags:
        """Take what was sent in this tick in, int16 [n, 160]; return whose sound may hold an echo of it, [n]."""
        self._tick += 1
        players = slots[playing]
        if len(players):
            fresh = players[self._tick - self._last_played[players] > _TAIL_TICKS]
            self._sent[fresh] = 0
            self._last_played[players] = self._tick
        exposed: Flags = self._tick - self._last_played[slots] <= _TAIL_TICKS
        if exposed.any():
            first = self._tick % _RING_FRAMES * FRAME_SAMPLES
            frames = np.where(playing[exposed, None], sent[exposed], np.int16(0))
            self._sent[slots[exposed], first : first + FRAME_SAMPLES] = frames
        return exposed

    def clean(self, slots: Slots, windows: Windows, beyond: npt.NDArray[np.int64]) -> Flags:
        """Take the known echo out of the windows, in place; return which hold nothing else, [n].

        ``windows`` are float32 [n, 256] in steps of int16; ``beyond`` tells by how many samples each window ended
        before the end of this tick's frame.
        """
        only_echo = np.zeros(len(slots), np.bool_)
        known = self._lag[slots] != _UNKNOWN
        if not known.any():
            return only_echo
        rows = slots[known]
        sent = self._sections(rows, beyond[known] + self._lag[rows], WINDOW_SAMPLES + _TAPS - 1)
        heard = windows[known]
        delayed = np.ascontiguousarray(sliding_window_view(sent, _TAPS, axis=1))
        transposed = delayed.transpose(0, 2, 1)
        covariance = _MEMORY * self._covariance[rows] + transposed @ delayed
        correlation = _MEMORY * self._correlation[rows] + (transposed @ heard[:, :, None])[:, :, 0]
        self._covariance[rows] = covariance
        self._correlation[rows] = correlation
        echo = (delayed @ _filters(covariance, correlation)[:, :, None])[:, :, 0]
        left = heard - echo
        windows[known] = left
        only_echo[known] = self._is_leak(rows, np.vecdot(echo, echo), np.vecdot(left, left))
        return only_echo

    def _is_leak(self, slots: Slots, echo: npt.NDArray[np.float32], left: npt.NDArray[np.float32]) -> Flags:
        """Tell which legs' remaining power is no more than what the filter usually leaves; follow that."""
        present = np.maximum(echo, self._echo[slots] * _REVERBERATION)
        self._echo[slots] = present
        leak = self._leak[slots]
        share = left / np.maximum(present, 1)
        present_caller = share >= leak * _NEAR_END
        remaining = np.where(present_caller, _HOLD_WINDOWS, np.maximum(self._remaining[slots] - 1, 0))
        self._remaining[slots] = remaining
        only_echo: Flags = remaining == 0
        rate = np.where(share > leak, np.float32(0.03), np.float32(0.1))
        leak += rate * (np.minimum(share, 4 * leak) - leak)
        self._leak[slots] = np.maximum(leak, _LEAST_LEAK)
        return only_echo

    def find(self, slot: int, heard: Samples, beyond: int) -> bool:
        """Look for an echo in a leg's last 1536 samples, which ended ``beyond`` samples before the tick's frame.

        Return whether what was heard is mostly an echo; the next windows are cleaned of it. Where the same echo was
        known already, there is only echo if no more was left of it than the filter usually leaves.
        """
        sound = heard.astype(np.float32)
        power = float(np.dot(sound, sound))
        sent = self._section(slot, beyond, SEARCH_SAMPLES + _LONGEST_LAG)
        if power == 0 or not sent.any():
            return False
        spectrum = np.fft.rfft(sent, _TRANSFORM) * np.conj(np.fft.rfft(sound, _TRANSFORM))
        spectrum /= np.maximum(np.abs(spectrum), 1e-3) ** _WHITENING
        matches = np.fft.irfft(spectrum, _TRANSFORM)[: _LONGEST_LAG + 1]
        lag = max(0, _LONGEST_LAG - int(np.argmax(np.abs(matches))) - _TAPS_BEFORE)
        delayed = sliding_window_view(self._section(slot, beyond + lag, SEARCH_SAMPLES + _TAPS - 1), _TAPS)
        covariance, correlation = delayed.T @ delayed, delayed.T @ sound
        left = sound - delayed @ _filters(covariance[None], correlation[None])[0]
        share = float(np.dot(left, left)) / power
        if share > _MOST_LEFT:
            return False
        known = int(self._lag[slot])
        if known != _UNKNOWN and abs(lag - known) < _TAPS_BEFORE:
            return share < float(self._leak[slot]) * _NEAR_END_FOR_LONG
        self._forget_echo(slot)
        self._lag[slot] = lag
        self._covariance[slot], self._correlation[slot] = covariance, correlation
        return True

    def _sections(self, slots: Slots, before: npt.NDArray[np.int64], length: int) -> Windows:
        """Return ``length`` samples sent to each leg that end ``before`` samples before this tick's frame does."""
        end = (self._tick % _RING_FRAMES + 1) * FRAME_SAMPLES - before
        places = (end[:, None] + np.arange(-length, 0)) % _RING_SAMPLES
        sections: Windows = self._sent[slots[:, None], places].astype(np.float32)
        return sections

    def _section(self, slot: int, before: int, length: int) -> Windows:
        """Return the same of one leg, in one piece or two and not sample by sample: a search needs much of it."""
        begin = ((self._tick % _RING_FRAMES + 1) * FRAME_SAMPLES - before - length) % _RING_SAMPLES
        first = self._sent[slot, begin : begin + length]
        section: Windows = np.concatenate([first, self._sent[slot, : length - len(first)]]).astype(np.float32)
        return section


def _filters(covariance: npt.NDArray[np.float32], correlation: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return the filters that make the heard of the sent with the least error, [n, taps]."""
    scale = covariance.trace(axis1=1, axis2=2) / _TAPS
    regular = covariance + ((_REGULARISATION * scale + 1)[:, None, None] * np.eye(_TAPS, dtype=np.float32))
    filters: npt.NDArray[np.float32] = np.linalg.solve(regular, correlation[:, :, None])[:, :, 0]
    return filters
