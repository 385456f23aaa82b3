"""Fills a folder with a day's calls for the staff's page, as the gateway writes them: for screenshots and tests.

    .venv/bin/python tools/staff_page_demo.py FOLDER

Makes the database, a recording and the user "Sandra Meier" with the password "lindengarten". Names and numbers are
invented.
"""

from __future__ import annotations

import argparse
import asyncio
import wave
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from gateway.actions.kinds import ActionKind
from gateway.actions.model import ActionCall, build_action
from gateway.language import Language
from gateway.records.action_queue import ActionQueue
from gateway.records.journal import Journal, utc_now
from gateway.records.model import FactValue, NewCall, NewTurn
from gateway.web.users import StaffUsers

USER, PASSWORD = "Sandra Meier", "lindengarten"
RATE = 8000


class Clock:
    """Tells the moment that the demonstration is at."""

    def __init__(self) -> None:
        self.now = utc_now()

    def __call__(self) -> datetime:
        """Return it."""
        return self.now


Said = tuple[str, str, float, float]
"""Speaker, text, and from when to when in seconds."""

ANNA: Sequence[Said] = (
    ("gateway", "Guten Tag, hier ist die Zahnarztpraxis Lindengarten. Wie kann ich Ihnen helfen?", 0.0, 4.2),
    ("caller", "Guten Tag, ich hätte gern einen Termin zur Kontrolle, am liebsten am Donnerstag.", 4.8, 9.1),
    ("gateway", "Gern. Wie ist Ihr Name?", 9.6, 11.0),
    ("caller", "Anna Keller.", 11.6, 12.8),
    ("gateway", "Unter welcher Nummer erreichen wir Sie?", 13.2, 15.1),
    ("caller", "079 123 45 67.", 15.8, 18.6),
    ("gateway", "Ich habe notiert: Anna Keller, Kontrolle, Donnerstag, 079 123 45 67. Stimmt das?", 19.0, 24.4),
    ("caller", "Ja, das stimmt.", 24.9, 26.0),
)


async def main() -> None:
    """Fill the folder that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="DATA_DIR of the gateway")
    folder: Path = parser.parse_args().folder
    StaffUsers(folder / "staff-users.json").add(USER, PASSWORD)
    clock = Clock()
    journal = await Journal.open(folder / "gateway.sqlite3", clock=clock)
    try:
        await fill(journal, folder / "recordings", clock)
    finally:
        await journal.close()


async def fill(journal: Journal, recordings: Path, clock: Clock) -> None:
    """Write the calls of the last hours."""
    now = clock.now
    anna = [
        FactValue("name", "Anna Keller", "Anna Keller", 0.92, confirmed=True),
        FactValue("phone", "+41791234567", "079 123 45 67", 0.95, confirmed=True),
        FactValue("reason", "check-up", "Kontrolle", 0.9, confirmed=True),
        FactValue("preferred_date", (now + timedelta(days=3)).date().isoformat(), "Donnerstag", 0.9, confirmed=True),
    ]
    call = _call(journal, clock, recordings, "de", "+41791234567")
    await call(now - timedelta(minutes=50), ANNA, anna, ActionKind.APPOINTMENT_REQUESTED)
    luc = [
        FactValue("name", "Luc Favre", "Luc Favre", 0.88, confirmed=True),
        FactValue("phone", "+41216543210", "021 654 32 10", 0.9, confirmed=True),
        FactValue("message", "C'est au sujet de ma facture.", "c'est au sujet de ma facture", 0.8, confirmed=True),
    ]
    call = _call(journal, clock, recordings, "fr", "+41216543210")
    bill: Sequence[Said] = (
        ("gateway", "Bonjour, ici le cabinet dentaire Lindengarten. Comment puis-je vous aider?", 0.0, 4.0),
        ("caller", "Bonjour, c'est au sujet de ma facture, pouvez-vous me rappeler?", 4.6, 8.3),
        ("gateway", "Volontiers. Quel est votre nom?", 8.8, 10.4),
        ("caller", "Luc Favre.", 11.0, 12.1),
    )
    await call(now - timedelta(minutes=35), bill, luc, ActionKind.CALLBACK_REQUESTED)
    beat = [
        FactValue("name", "Beat Huber", "Beat Huber", 0.55),
        FactValue("phone", "+41443332211", "044 333 22 11", 0.9),
        FactValue("pain", "yes", "starke Schmerzen", 0.9),
    ]
    hurts: Sequence[Said] = (
        ("gateway", "Guten Tag, hier ist die Zahnarztpraxis Lindengarten. Wie kann ich Ihnen helfen?", 0.0, 4.2),
        ("caller", "Ich bin gestürzt, der Zahn ist draussen und es blutet stark.", 4.7, 8.8),
    )
    call = _call(journal, clock, recordings, "de", "+41443332211")
    details = {"words": "Ich bin gestürzt, der Zahn ist draussen und es blutet stark."}
    await call(now - timedelta(minutes=12), hurts, beat, ActionKind.EMERGENCY_FLAGGED, details)
    quiet = _call(journal, clock, None, "it", None)
    await quiet(now - timedelta(minutes=5), ANNA[:1], [], None)


def _call(journal: Journal, clock: Clock, recordings: Path | None, language: Language, number: str | None):
    async def write(
        at: datetime,
        said: Sequence[Said],
        facts: Sequence[FactValue],
        kind: ActionKind | None,
        details: dict[str, str] | None = None,
    ) -> str:
        clock.now = at
        call_id = await journal.begin_call(NewCall("sip", "lindengarten", at, caller_number=number))
        path = None if recordings is None else recordings / f"{at:%Y-%m-%d}" / f"{call_id}.wav"
        if path is not None:
            _record(path, said)
        await journal.answer_call(call_id, at, path, "none" if path is None else "announced")
        await journal.set_language(call_id, language)
        turns = [
            await journal.add_turn(
                call_id,
                NewTurn(speaker, text, language, None, 0.9, round(begin * RATE), round(end * RATE)),  # type: ignore[arg-type]
            )
            for speaker, text, begin, end in said
        ]
        for fact in facts:
            spoken = (
                turn for turn, (_, text, _, _) in zip(turns, said, strict=True) if fact.words.lower() in text.lower()
            )
            await journal.save_facts(call_id, next(spoken, turns[-1]), [fact])
        clock.now = at + timedelta(seconds=said[-1][3])
        if kind is not None:
            story = ActionCall(id=call_id, caller_number=number, language=language, started_at=at)
            action = build_action(
                kind=kind,
                practice_id="lindengarten",
                call=story,
                facts=facts,
                details=details or {},
                created_at=clock.now,
            )
            await journal.commit_action(call_id, None, [], action)
            if kind is ActionKind.CALLBACK_REQUESTED:
                await _refuse(journal.actions, action.id)
        await journal.end_call(call_id, "gateway" if kind else "caller", None if kind is None else kind.value)
        return call_id

    return write


async def _refuse(queue: ActionQueue, action_id: str) -> None:
    await queue.claim(action_id, utc_now())
    await queue.failed(action_id, 422, "the endpoint refused it")


def _record(path: Path, said: Sequence[Said]) -> None:
    """Write tones where somebody speaks: the caller left, the gateway right."""
    length = round((said[-1][3] + 0.5) * RATE)
    sides = np.zeros((length, 2), np.int16)
    rng = np.random.default_rng(7)
    for speaker, _, begin, end in said:
        span = np.arange(round(begin * RATE), round(end * RATE))
        swell = 0.35 + 0.65 * np.abs(np.sin(span / RATE * 4.1)) * rng.uniform(0.6, 1.0, len(span))
        tone = np.sin(2 * np.pi * (140 if speaker == "caller" else 210) * span / RATE)
        sides[span, 0 if speaker == "caller" else 1] = 9000 * swell * tone
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as writer:
        writer.setnchannels(2)
        writer.setsampwidth(2)
        writer.setframerate(RATE)
        writer.writeframes(sides.tobytes())


if __name__ == "__main__":
    asyncio.run(main())
