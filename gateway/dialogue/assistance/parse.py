"""From a model's answer to a reading that may be used. Pure; never raises on any text."""

from __future__ import annotations

from gateway.dialogue.assistance.answer_stream import AnswerStream
from gateway.dialogue.assistance.question import ModelQuestion, ModelReading, QuestionKind
from gateway.dialogue.assistance.read import read_answer


def parse_reading(text: str, question: ModelQuestion) -> ModelReading:
    """Return what a model's whole answer to ``question`` adds to the turn; an empty reading for rubbish."""
    if question.kind is QuestionKind.READ:
        return read_answer(text, question)
    stream = AnswerStream(question)
    stream.feed(text)
    return ModelReading(question.turn, known=stream.known)
