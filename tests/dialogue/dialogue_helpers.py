"""A practice, a clock and shortcuts for the dialogue's tests."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from gateway.dialogue.dialogue import Dialogue
from gateway.dialogue.model import (
    CallerTurn,
    Decision,
    DialogueContext,
    DialogueState,
    Fact,
    FactName,
    Question,
    Task,
    Understanding,
)
from gateway.dialogue.understand import understand
from gateway.language import Language
from gateway.practice.profile import PracticeProfile

NOW = dt.datetime(2026, 11, 20, 10, 0, tzinfo=ZoneInfo("Europe/Zurich"))
"""A Friday."""
CALLER = "+41791234567"


def _texts(de: str, fr: str, it: str, en: str) -> dict[str, str]:
    return {"de": de, "fr": fr, "it": it, "en": en}


_DAY = [{"opens": "08:00", "closes": "12:00"}, {"opens": "13:00", "closes": "17:30"}]

PROFILE = PracticeProfile.model_validate(
    {
        "id": "seeblick",
        "name": _texts("Zahnarztpraxis Seeblick", "cabinet Seeblick", "studio Seeblick", "Seeblick dental practice"),
        "greeting": _texts(
            "Guten Tag, hier ist die Zahnarztpraxis Seeblick. Sie sprechen mit der Telefonassistenz von Dr. Meier.",
            "Bonjour, ici le cabinet dentaire Seeblick.",
            "Buongiorno, qui è lo studio dentistico Seeblick.",
            "Hello, this is the Seeblick dental practice.",
        ),
        "phone": "+41441112233",
        "numbers": ["+41441112233"],
        "address": {"street": "Seestrasse 1", "postcode": "8002", "city": "Zürich"},
        "canton": "ZH",
        "hours": {
            "monday": _DAY,
            "tuesday": _DAY,
            "wednesday": _DAY,
            "thursday": _DAY,
            "friday": [{"opens": "08:00", "closes": "12:00"}],
        },
        "closures": [
            {
                "first": "2026-12-24",
                "last": "2027-01-03",
                "reason": _texts("Weihnachtsferien", "vacances de Noël", "vacanze di Natale", "Christmas holidays"),
            },
            {"first": "2027-02-15", "last": "2027-02-19"},
        ],
        "services": [
            {
                "id": "check-up",
                "name": _texts("Kontrolle", "contrôle", "controllo", "check-up"),
                "minutes": 30,
                "keywords": {
                    "de": ["Kontrolle", "Untersuchung", "Kontrolluntersuchung"],
                    "fr": ["contrôle", "examen"],
                    "it": ["controllo", "visita di controllo"],
                    "en": ["check-up", "checkup", "examination"],
                },
            },
            {
                "id": "hygiene",
                "name": _texts("Dentalhygiene", "hygiène dentaire", "igiene dentale", "dental hygiene"),
                "minutes": 60,
                "keywords": {
                    "de": ["Dentalhygiene", "Zahnreinigung", "Zahnstein"],
                    "fr": ["détartrage", "nettoyage", "hygiéniste"],
                    "it": ["igiene dentale", "pulizia dei denti", "pulizia"],
                    "en": ["cleaning", "hygienist", "scaling"],
                },
            },
            {
                "id": "filling",
                "name": _texts("Füllung", "plombage", "otturazione", "filling"),
                "minutes": 45,
                "keywords": {
                    "de": ["Füllung", "Plombe", "Loch im Zahn"],
                    "fr": ["plombage", "carie"],
                    "it": ["otturazione", "carie"],
                    "en": ["filling", "cavity"],
                },
            },
        ],
        "people": [
            {
                "id": "sandra-meier",
                "name": "Dr. med. dent. Sandra Meier",
                "title": _texts("Frau Doktor", "la docteure", "la dottoressa", "Doctor"),
                "role": "dentist",
                "aliases": ["Doktor Meyer"],
            },
            {"id": "luca-bernasconi", "name": "Luca Bernasconi", "role": "hygienist"},
        ],
        "transfer_targets": [
            {
                "id": "desk",
                "name": _texts("Empfang", "réception", "segreteria", "reception"),
                "uri": "sip:desk@pbx.example",
            },
            {
                "id": "on-call",
                "name": _texts("Pikett", "garde", "guardia", "on call"),
                "uri": "sip:on-call@pbx.example",
            },
        ],
        "reception": "desk",
        "emergency": {
            "on_call_number": "+41441112244",
            "text": _texts(
                "Unser Notfalldienst hilft Ihnen sofort.",
                "Notre service d'urgence vous aide tout de suite.",
                "Il nostro servizio di emergenza la aiuta subito.",
                "Our emergency service will help you at once.",
            ),
            "transfer_target": "on-call",
        },
        "recording": {
            "announcement": _texts(
                "Dieses Gespräch wird aufgezeichnet. Drücken Sie die Neun, wenn Sie das nicht möchten.",
                "Cette conversation est enregistrée.",
                "Questa conversazione viene registrata.",
                "This call is recorded.",
            )
        },
    }
)


def context(**changes: object) -> DialogueContext:
    """Return the surroundings of a turn."""
    return DialogueContext(**{"profile": PROFILE, "now": NOW, **changes})


def fact(name: FactName, value: str) -> Fact:
    """Return a fact that is known already."""
    return Fact(name, value, value, 0.9)


def read(
    text: str,
    language: Language,
    asked: Question = Question.HELP,
    task: Task | None = None,
    facts: tuple[Fact, ...] = (),
    **changes: object,
) -> Understanding:
    """Return how a turn is understood."""
    state = DialogueState(language, task=task, asked=asked, facts=facts, **changes)
    return understand(CallerTurn(text, language), state, context())


def values(understanding: Understanding) -> dict[str, str]:
    """Return the facts of a turn, by name."""
    return {str(fact.name): fact.value for fact in understanding.facts}


class Call:
    """A scripted call: what the caller says, and what came of it."""

    def __init__(
        self, language: Language, *, caller: str | None = None, can_transfer: bool = False, recording: bool = True
    ) -> None:
        self.language = language
        self.dialogue = Dialogue(
            PROFILE, clock=lambda: NOW, caller_number=caller, can_transfer=can_transfer, recording=recording
        )
        self.decisions: list[Decision] = [self.dialogue.open()]

    def say(self, *texts: str, language: Language | None = None) -> Decision:
        """Say one turn after the other; return the last decision."""
        for text in texts:
            self.decisions.append(self.dialogue.take(CallerTurn(text, language or self.language)))
        return self.last

    def take(self, text: str, confidence: float) -> Decision:
        """Say ``text`` so that it is recognised with ``confidence``."""
        self.decisions.append(self.dialogue.take(CallerTurn(text, self.language, confidence)))
        return self.last

    def press(self, keys: str) -> Decision:
        """Press keys."""
        self.decisions.append(self.dialogue.take(CallerTurn("", self.language, keys=keys)))
        return self.last

    def silence(self) -> Decision:
        """Say nothing."""
        self.decisions.append(self.dialogue.silence())
        return self.last

    @property
    def last(self) -> Decision:
        return self.decisions[-1]

    @property
    def actions(self) -> list[tuple[str, dict[str, str]]]:
        """Return all actions so far: kind and facts."""
        return [
            (str(decision.action.kind), {str(fact.name): fact.value for fact in decision.action.facts})
            for decision in self.decisions
            if decision.action
        ]

    @property
    def acts(self) -> list[str]:
        """Return the names of the last acts."""
        return [act.name for act in self.last.acts]

    @property
    def words(self) -> str:
        """Return what was said last."""
        return " ".join(self.dialogue.sentences(self.last))
