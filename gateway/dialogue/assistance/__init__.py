"""A language model's help for the dialogue: what it is asked, and what code believes of its answers. Pure.

A model only points at the caller's words, chooses among the practice's entries, and words what stands in them. It
confirms nothing, and it can't make the dialogue do anything that the rules would not do with the same words.
"""

from __future__ import annotations

from gateway.dialogue.assistance.answer_stream import AnswerStream
from gateway.dialogue.assistance.merge import merge
from gateway.dialogue.assistance.parse import parse_reading
from gateway.dialogue.assistance.question import ModelQuestion, ModelReading, QuestionKind
from gateway.dialogue.assistance.wanted import wanted_from_model

__all__ = [
    "AnswerStream",
    "ModelQuestion",
    "ModelReading",
    "QuestionKind",
    "merge",
    "parse_reading",
    "wanted_from_model",
]
