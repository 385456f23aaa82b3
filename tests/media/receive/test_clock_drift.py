"""Callers whose clocks run fast or slow: the delay stays what it is, and only silence pays for it."""

from __future__ import annotations

import numpy as np
from packet_rounds import numbered_round

from gateway.media.receive.delay_estimates import DelayLimits
from gateway.media.receive.frame_kind import FrameKind
from gateway.media.receive.jitter_buffers import JitterBuffers

LEGS = 13
TICKS = 30_000
# In ten minutes these clocks go as far astray as ones of 200 ppm do in an hour: by 36 frames of 20 ms.
DRIFT = np.linspace(-1.2e-3, 1.2e-3, LEGS)
SILENCE = 0xD5
LOUD, SOFT = SILENCE ^ 0x6A, SILENCE ^ 0x18


def test_an_hours_drift_costs_a_frame_of_silence_now_and_then_and_no_delay() -> None:
    generator = np.random.default_rng(3)
    bank = JitterBuffers(LEGS, DelayLimits())
    slots = np.arange(LEGS)
    for slot in range(LEGS):
        bank.reset(slot, SILENCE)
    phase = generator.uniform(0, 1, LEGS)
    pushed = np.zeros(LEGS, np.int64)
    quiet = np.ones(LEGS, np.bool_)
    longest = 0.0
    made_up, left_out, spoken = np.zeros(LEGS, np.int64), np.zeros(LEGS, np.int64), np.zeros(LEGS, np.int64)
    # A tenth of a tick of jitter; the packets of a fast clock come sooner and sooner.
    ticks = np.arange(TICKS)[:, None]
    arrived = np.floor(ticks * (1 + DRIFT) + phase + generator.uniform(0, 0.1, (TICKS, LEGS))).astype(np.int64)
    for tick, sent in enumerate(arrived):
        while (due := pushed < sent).any():
            # Everybody speaks for a second, then pauses for a second and a half.
            loud = pushed[due] % 125 < 50
            bank.push(numbered_round(slots[due], pushed[due], np.where(loud, LOUD, SOFT)))
            pushed += due
        frames = bank.pop(slots, quiet)
        sound = frames.kinds == FrameKind.SOUND
        loud = sound & (frames.octets[:, 80] == LOUD)
        spoken += loud
        # What is made up in the midst of speech is what somebody hears.
        heard = ~quiet & ~sound & (frames.kinds != FrameKind.NOTHING)
        made_up += heard
        left_out += frames.spliced & ~quiet
        quiet = np.where(sound, ~loud, quiet)
        if tick % 500 == 499:
            longest = max(longest, *(bank.delay_ms(slot) for slot in range(LEGS)))
    assert (bank.late == 0).all()
    assert made_up.max() <= 3
    assert left_out.max() <= 3
    assert spoken.min() > 0.39 * TICKS
    assert longest <= 60
