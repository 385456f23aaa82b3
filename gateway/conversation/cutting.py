"""By what times the leg cuts the caller's sound at present, and how hard the gateway is to interrupt."""

from __future__ import annotations

from dataclasses import replace

from gateway.conversation.turn_acts import Act, FalseAlarm, ResumeSpeech, SetEndpointing, TakeTurn
from gateway.media.leg import Endpointing

_DEAFER_BY_MS = 64
"""How much longer a caller must speak to interrupt after a noise that did."""
_MOST_DEAF_MS = 256
"""The longest a caller must speak to interrupt, however noisy the line: a short "nein" is heard still."""


class Cutting:
    """Asks for a change only where there is one."""

    def __init__(self) -> None:
        self._endpointing: Endpointing | None = None
        self._barge_in_ms = Endpointing().barge_in_ms

    def by(self, endpointing: Endpointing) -> list[Act]:
        """Return the act, if one is needed, that lets the leg cut by ``endpointing``."""
        endpointing = replace(endpointing, barge_in_ms=self._barge_in_ms)
        if endpointing == self._endpointing:
            return []
        self._endpointing = endpointing
        return [SetEndpointing(endpointing)]

    def again_by(self, endpointing: Endpointing) -> list[Act]:
        """Return the act that takes back what the words of a pause had changed, if they had."""
        return [] if self._endpointing is None else self.by(endpointing)

    def learn(self, act: Act) -> None:
        """Be harder to interrupt on a line that is noisy, until the caller says something."""
        if isinstance(act, ResumeSpeech) and act.cause is FalseAlarm.NOISE:
            self._barge_in_ms = min(self._barge_in_ms + _DEAFER_BY_MS, _MOST_DEAF_MS)
        elif isinstance(act, TakeTurn) and act.text:
            self._barge_in_ms = Endpointing().barge_in_ms
