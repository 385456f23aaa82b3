"""How often callers are cut off and how long they wait: fixed times after each question against the words of the pause.

Each row is an answer as callers give it: what was asked, the language, and pieces with the pauses between them, as they
stand after each pause in the transcript. A piece is cut off when the silence that ends the turn is shorter than the
pause after it; the wait is the silence after the last piece. Nothing is played: waits are those of the endpointing and
of a recogniser that takes RECOGNITION ms, the figures are exact and the same on every machine. The answers were written
down together with the words that the judgement knows: the figures tell what it is good for, not how often real callers
are cut off.

    python benchmarks/turn_taking.py [RECOGNITION ...]
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from dataclasses import dataclass

from gateway.conversation.endpointing import endpointing_after, endpointing_for
from gateway.dialogue.model import Expectation
from gateway.language import Language
from gateway.speech.interface import Transcript

ANSWERS = """
YES_NO de Ja.
YES_NO de Nein.
YES_NO de Ja, 350 Ja, aber nicht am Dienstag.
YES_NO de Ja, das stimmt.
YES_NO de Jo, genau.
YES_NO fr Oui.
YES_NO fr Non, 400 Non, c'est faux.
YES_NO it Sì, esatto.
YES_NO en Yes, that's right.
YES_NO de Ehm 900 Ehm, ja.
OPEN de Ich möchte einen Termin.
OPEN de Ich möchte 800 Ich möchte einen Termin vereinbaren.
OPEN de Guten Tag, mein Name ist 700 Guten Tag, mein Name ist Keller.
OPEN de Ich habe Schmerzen und 900 Ich habe Schmerzen und brauche einen Termin.
OPEN de Guten Tag. 450 Guten Tag. Ich habe Zahnweh.
OPEN de Wann haben Sie offen?
OPEN de I hätt gern 800 I hätt gern en Termin.
OPEN fr Je voudrais 800 Je voudrais prendre rendez-vous.
OPEN fr Bonjour, c'est pour 700 Bonjour, c'est pour mon fils.
OPEN it Vorrei 900 Vorrei un appuntamento.
OPEN it Chiamo per 700 Chiamo per mia figlia.
OPEN en I'd like to 900 I'd like to make an appointment.
OPEN en Hello. 500 Hello. I have a toothache.
OPEN en It's about 800 It's about my bill.
NAME de Anna Keller.
NAME de Anna 700 Anna Keller.
NAME de Mein Name ist 900 Mein Name ist Anna Keller.
NAME fr Je m'appelle 800 Je m'appelle Pierre Favre.
NAME it Mi chiamo 800 Mi chiamo Marco Rossi.
NAME en Mary 700 Mary Baker.
SPELLING de K E 1000 K E L L 1100 K E L L E R
SPELLING de K 1300 K E 1300 K E L L E R
SPELLING fr F A 1200 F A V R E
PHONE de 079 123 45 67
PHONE de 079 1000 079 123 1000 079 123 45 1000 079 123 45 67
PHONE de 079 123 1300 079 123 45 67
PHONE fr 079 1200 079 123 1200 079 123 45 67
PHONE it 079 123 45 1200 079 123 45 67
PHONE en 079 1300 079 123 45 67
DATE de Am Dienstag.
DATE de Am Dienstag, 700 Am Dienstag, dem 8. Dezember.
DATE de Am 8. Dezember.
DATE de Am 800 Am 8. Dezember.
DATE fr Le 16 décembre.
DATE fr Le 900 Le 16 décembre.
DATE it Martedì o 800 Martedì o mercoledì.
DATE en On Tuesday, 700 On Tuesday, the 8th of December.
BIRTH_DATE de 3. Mai 1975.
BIRTH_DATE de 3. Mai 1100 3. Mai 1975.
BIRTH_DATE fr Le 3 mai 1200 Le 3 mai 1975.
BIRTH_DATE en The 3rd of May 1100 The 3rd of May 1975.
TIME de Um halb drei.
TIME de Um 800 Um halb drei.
TIME it Alle 900 Alle tre e mezza.
TIME en At 2:30.
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was heard up to each pause, and the pauses between, in milliseconds."""

    expectation: Expectation
    language: Language
    heard: tuple[str, ...]
    pauses: tuple[int, ...]


def read(row: str) -> Answer:
    """Return the answer of a row: numbers above 299 are pauses, everything else is heard."""
    expectation, language, *words = row.split()
    heard: list[list[str]] = [[]]
    pauses: list[int] = []
    for word in words:
        # Digits of numbers and years stand in a row as well; a pause is followed by the transcript from its beginning.
        if word.isdigit() and int(word) >= 300 and word not in {"1975"}:
            pauses.append(int(word))
            heard.append([])
        else:
            heard[-1].append(word)
    languages: dict[str, Language] = {"de": "de", "fr": "fr", "it": "it", "en": "en"}
    return Answer(Expectation[expectation], languages[language], tuple(" ".join(one) for one in heard), tuple(pauses))


def silence(answer: Answer, text: str, recognition_ms: int, *, by_words: bool) -> int:
    """Return the silence after which the turn is over when ``text`` was heard, in milliseconds."""
    usual = endpointing_for(answer.expectation)
    known = usual.pause_ms + recognition_ms
    if not by_words:
        return max(usual.end_ms, known)
    transcript = Transcript(text, answer.language, 0.9)
    return max(endpointing_after(transcript, answer.expectation, answer.language).end_ms, known)


def measure(answers: list[Answer], recognition_ms: int, *, by_words: bool) -> dict[str, float]:
    """Return the share of pauses that cut the caller off, and the waits after whole answers."""
    cut, pauses, waits = 0, 0, []
    for answer in answers:
        for text, pause in zip(answer.heard, answer.pauses, strict=False):
            pauses += 1
            cut += pause >= silence(answer, text, recognition_ms, by_words=by_words)
        waits.append(silence(answer, answer.heard[-1], recognition_ms, by_words=by_words))
    return {
        "pauses": pauses,
        "cut_off_percent": round(100 * cut / pauses, 1),
        "wait_ms_median": statistics.median(waits),
        "wait_ms_p95": sorted(waits)[int(len(waits) * 0.95)],
    }


def main() -> None:
    """Print a line of JSON for each recognition time and way, and the thread's time for one judgement."""
    answers = [read(row) for row in ANSWERS.strip().splitlines()]
    for recognition_ms in [int(argument) for argument in sys.argv[1:]] or [80, 350]:
        for by_words in (False, True):
            figures = measure(answers, recognition_ms, by_words=by_words)
            print(json.dumps({"recognition_ms": recognition_ms, "by_words": by_words, **figures}))
    began = time.thread_time()
    for answer in answers:
        for text in answer.heard:
            silence(answer, text, 0, by_words=True)
    count = sum(len(answer.heard) for answer in answers)
    print(json.dumps({"judgements": count, "thread_ms_each": round(1000 * (time.thread_time() - began) / count, 3)}))


if __name__ == "__main__":
    main()
