"""When the first text is not believed, and which of several attempts is taken.

The tests are those of Whisper's own decoding with fallback (Radford et al., "Robust Speech Recognition via Large-Scale
Weak Supervision", 2022, section 4.5): log probability, repetition, and no speech.
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway.speech.engines.inventions import LOWEST_LOG_PROBABILITY, plain, repeats_itself
from gateway.speech.engines.whisper_model import Decoding, Text

LOWEST_CERTAIN = -1.0
"""Average log probability below which a text is doubted."""
SILENT = 0.6
"""Probability of no speech above which a doubtful text is silence, and not searched for again."""

BEAM = Decoding(beam=5)
"""What is tried for any doubtful text."""
SAMPLES = (Decoding(temperature=0.4, samples=5), Decoding(temperature=0.8, samples=5))
"""What is tried in turn for a text that goes round in a loop in the beam too.

Not for others: of speech under noise (10 to -5 dB) samples never held more words than the beam.
"""
COST = 4.0
"""How much longer than the first decoding another one takes at most (measured on a CPU: 1.4 the beam, 3.5 samples)."""


def is_doubtful(text: Text) -> bool:
    """Whether another search may find a better text than this one.

    What is less likely than speech ever is was noise: a wider search would only find a sentence for it that sounds
    more likely.
    """
    if not plain(text.text):
        return False
    if repeats_itself(text.text):
        return True
    return LOWEST_LOG_PROBABILITY <= text.average_log_probability < LOWEST_CERTAIN and text.no_speech <= SILENT


def best_of(attempts: Sequence[Text]) -> Text:
    """Return the most probable of ``attempts`` that does not repeat itself; the most probable where all do."""
    steady = [text for text in attempts if not repeats_itself(text.text)]
    return max(steady or attempts, key=lambda text: text.average_log_probability)
