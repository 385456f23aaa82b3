"""What comes of a turn that is over: it is taken, it was none, time is granted, or the other end is no person."""

from __future__ import annotations

from gateway.conversation.backchannel import asks_for_a_moment
from gateway.conversation.deadlines import Deadlines
from gateway.conversation.turn_acts import (
    Act,
    BreakIn,
    Disregard,
    FalseAlarm,
    GrantTime,
    OtherEnd,
    OtherEndKind,
    ResumeSpeech,
    TakeTurn,
)
from gateway.conversation.turn_judge import TurnJudge
from gateway.conversation.turn_times import Due, TurnTakingTimes


class TurnOutcomes:
    """Decides with the ``judge``, and remembers what holds until the caller's next turn."""

    def __init__(self, judge: TurnJudge, due: Deadlines[Due], times: TurnTakingTimes) -> None:
        self._judge = judge
        self._due = due
        self._times = times
        self.on_hold = False
        """Whether music is heard in place of a person."""
        self.granted = False
        """Whether the caller has asked for a moment."""

    def of(self, turn: TakeTurn, seconds: float, now: float, *, gateway_speaks: bool, resumable: bool) -> Act:
        """Return the act that ``turn``, in ``seconds`` of sound, leads to.

        ``resumable`` tells that the gateway was interrupted and has not gone on yet.
        """
        kind = self._judge.other_end(turn, seconds)
        if kind is OtherEndKind.HOLD or (self.on_hold and not turn.text):
            return self._hear_music(turn, now)
        if kind is not None:
            return OtherEnd(kind, final=True, turn=turn)
        alarm = self._judge.false_alarm(turn, seconds, gateway_speaks=gateway_speaks)
        if alarm is not None:
            return ResumeSpeech(alarm, turn) if resumable else Disregard(alarm, turn)
        self._hear_person()
        self.granted = asks_for_a_moment(turn.text)
        if self.granted:
            return GrantTime(turn)
        self._judge.remember(turn)
        return turn

    def of_endless(self, turn: TakeTurn, seconds: float, now: float) -> Act:
        """Return the act that a ``turn`` leads to that has lasted for too long and goes on."""
        if self._judge.other_end(turn, seconds) is OtherEndKind.HOLD:
            return self._hear_music(turn, now)
        self._hear_person()
        self._judge.remember(turn)
        return BreakIn(turn)

    def _hear_music(self, turn: TakeTurn, now: float) -> Act:
        if self.on_hold:
            return Disregard(FalseAlarm.NOISE, turn)
        self.on_hold = True
        self._due.set(Due.OTHER_END, now + self._times.hold_s)
        return OtherEnd(OtherEndKind.HOLD, final=False, turn=turn)

    def _hear_person(self) -> None:
        self.on_hold = False
        self._due.clear(Due.OTHER_END)
