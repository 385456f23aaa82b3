"""A practice with knowledge, and turns as the rules read them before a model is asked."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from zoneinfo import ZoneInfo

from gateway.dialogue.assistance import ModelQuestion, QuestionKind, parse_reading
from gateway.dialogue.model import CallerTurn, DialogueContext, DialogueState, Fact, FactName, Question
from gateway.dialogue.understand import understand
from gateway.practice.loader import load_profile

PRACTICE = load_profile(Path(__file__).parents[3] / "dialplan" / "practices" / "example.yaml")
NOW = dt.datetime(2026, 11, 20, 10, 0, tzinfo=ZoneInfo("Europe/Zurich"))
"""A Friday."""
CONTEXT = DialogueContext(PRACTICE, NOW, can_transfer=True)


def fact(name: FactName, value: str) -> Fact:
    """Return a fact that is known already."""
    return Fact(name, value, value, 0.9)


def question(text, language="de", asked=Question.HELP, kind=QuestionKind.READ, **state) -> ModelQuestion:
    """Return the question about a turn, whether the rules would ask it or not."""
    before = DialogueState(language, asked=asked, **state)
    turn = CallerTurn(text, language)
    return ModelQuestion(kind, understand(turn, before, CONTEXT), before, CONTEXT)


def reading(text, answer, language="de", asked=Question.HELP, **state):
    """Return what is left of a model's ``answer`` (JSON or text) about a turn."""
    whole = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
    return parse_reading(whole, question(text, language, asked, **state))


def said(intents=(), spans=(), answer="none", entry="none"):
    """Return a model's answer to a READ question."""
    return {
        "intents": [{"intent": intent, "words": words} for intent, words in intents],
        "spans": [{"fact": name, "words": words} for name, words in spans],
        "answer": answer,
        "entry": entry,
    }


def facts(read) -> dict[str, str]:
    """Return the facts of a reading or an understanding by name."""
    return {str(found.name): found.value for found in read.facts}
