"""How long the caller waited for an answer, by stage.

The whole is read from positions of the playout clock, from the caller's last speech sample to the first sample of the
reply. The stages between are measured on the monotonic clock and fill it up.
"""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Latency:
    """One turn's times in milliseconds.

    ``endpointing`` is the silence that was waited for; ``recognition`` what recognition took beyond it;
    ``dialogue`` understanding and deciding; ``first_audio`` from the decision to the first sample on the wire;
    ``response`` the whole. ``recogniser`` is the recogniser's own time, of which the endpointing hides a part.
    """

    endpointing: float
    recognition: float
    dialogue: float
    first_audio: float
    response: float
    recogniser: float

    def as_dict(self) -> dict[str, float]:
        """Return the times for the record, rounded to a tenth."""
        return {f"{name}_ms": round(getattr(self, name), 1) for name in self.__dataclass_fields__}


@dataclass(slots=True)
class LatencyMarks:
    """The marks of the turn that is being answered; seconds of the monotonic clock and positions of the leg."""

    rate: int
    end: int
    decided: int
    turn_taken: float
    recogniser_s: float
    recognition_s: float
    decision_made: float = 0.0

    @property
    def since_speech_s(self) -> float:
        """For how many seconds the caller has been silent now."""
        return (self.decided - self.end) / self.rate + self.recognition_s + time.monotonic() - self.turn_taken

    def decide(self) -> None:
        """Mark that the dialogue has decided."""
        self.decision_made = time.monotonic()

    def answered(self, first_sample: int) -> Latency:
        """Return the times, the reply's first sample being at position ``first_sample``."""
        response = 1000 * (first_sample - self.end) / self.rate
        endpointing = 1000 * (self.decided - self.end) / self.rate
        recognition = 1000 * self.recognition_s
        dialogue = 1000 * (self.decision_made - self.turn_taken)
        return Latency(
            endpointing=endpointing,
            recognition=recognition,
            dialogue=dialogue,
            first_audio=max(0.0, response - endpointing - recognition - dialogue),
            response=response,
            recogniser=1000 * self.recogniser_s,
        )
