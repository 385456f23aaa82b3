"""Synthesis by the real speech server: time to the first sound and real-time factor, for callers at once.

For each engine a speech server is started (``gateway speech``), and callers ask it over HTTP as the daemon does, each
for its next sentence as soon as the last one is whole: the hardest that so many callers can be. The real-time factor is
the time from the request to the last sound over the length of that sound; below 1 a caller never waits within a
sentence. ``--url`` measures a server that runs already, whoever made it.

    .venv/bin/python benchmarks/synthesis.py                                          # SVOX Pico
    TTS_VOICES_DIR=FOLDER .venv/bin/python benchmarks/synthesis.py --engine piper     # xtts: see docs/xtts.md
    .venv/bin/python benchmarks/synthesis.py --url https://speech.example/v1

Prints a table and one JSON line for each engine.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import socket
import statistics
import sys
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass

import httpx

from gateway.language import LANGUAGES, Language
from gateway.speech.client import HttpSynthesiser, new_client
from gateway.speech.interface import SpeechError

READY_WITHIN_S = 300
STOP_WITHIN_S = 20
WARM_UP = 2

SENTENCES: dict[Language, tuple[str, ...]] = {
    "de": (
        "Guten Tag, wie kann ich Ihnen helfen?",
        "Ihr Termin ist am Dienstag, 8. Dezember, um 14.30 Uhr bei Doktor Keller.",
        "Ihre Telefonnummer ist 079 123 45 67.",
        "Eine Dentalhygiene von einer Stunde kostet CHF 180.–, eine Kontrolle zwischen 120 und 160 Franken.",
    ),
    "fr": (
        "Bonjour, comment puis-je vous aider?",
        "Votre rendez-vous est le mardi 8 décembre à 14h30 chez le docteur Keller.",
        "Votre numéro de téléphone est le 079 123 45 67.",
        "Une séance d'hygiène dentaire d'une heure coûte 180 francs, un contrôle entre 120 et 160 francs.",
    ),
    "it": (
        "Buongiorno, come posso aiutarla?",
        "Il suo appuntamento è martedì 8 dicembre alle 14.30 dal dottor Keller.",
        "Il suo numero di telefono è 079 123 45 67.",
        "Una seduta di igiene dentale di un'ora costa 180 franchi, un controllo tra 120 e 160 franchi.",
    ),
    "en": (
        "Good morning, how can I help you?",
        "Your appointment is on Tuesday 8 December at 2:30 pm with doctor Keller.",
        "Your telephone number is 079 123 45 67.",
        "One hour of dental hygiene costs 180 francs, a check-up between 120 and 160 francs.",
    ),
}


@dataclass(frozen=True)
class Sentence:
    """One sentence that was said: seconds until its first sound and its last, and its length in seconds."""

    first_s: float
    whole_s: float
    sound_s: float


@dataclass(frozen=True)
class Row:
    """What so many callers at once got; times in milliseconds, ``failed`` in sentences."""

    engine: str
    callers: int
    sentences: int
    failed: int
    first_p50_ms: float
    first_p95_ms: float
    factor_p50: float
    factor_p95: float
    sound_per_second: float
    """Seconds of speech that the server made in a second."""


async def said(synthesiser: HttpSynthesiser, text: str, language: Language) -> Sentence:
    """Return the times of one sentence; raise ``SpeechError``."""
    began = time.monotonic()
    first_s, sound_s = 0.0, 0.0
    async for chunk in synthesiser.synthesise(text, language):
        if not sound_s and len(chunk):
            first_s = time.monotonic() - began
        sound_s += chunk.seconds
    return Sentence(first_s, time.monotonic() - began, sound_s)


async def caller(
    synthesiser: HttpSynthesiser, number: int, rounds: int, languages: Sequence[Language]
) -> list[Sentence | None]:
    """Return what one caller got, None for each failure; each begins at another sentence of another language."""
    results: list[Sentence | None] = []
    for turn in range(rounds):
        language = languages[(number + turn) % len(languages)]
        texts = SENTENCES[language]
        try:
            results.append(await said(synthesiser, texts[(number // len(languages) + turn) % len(texts)], language))
        except SpeechError as error:
            print(f"{language}: {error}", file=sys.stderr)
            results.append(None)
    return results


async def measure(
    synthesiser: HttpSynthesiser, engine: str, callers: int, rounds: int, languages: Sequence[Language]
) -> Row:
    """Return the row of ``callers`` at once with ``rounds`` sentences each."""
    began = time.monotonic()
    all_of_them = await asyncio.gather(*(caller(synthesiser, number, rounds, languages) for number in range(callers)))
    took = time.monotonic() - began
    heard = [sentence for results in all_of_them for sentence in results if sentence is not None]
    if not heard:
        raise SystemExit(f"{engine}: nothing was said.")
    firsts = [1000 * sentence.first_s for sentence in heard]
    factors = [sentence.whole_s / sentence.sound_s for sentence in heard]
    return Row(
        engine,
        callers,
        len(heard),
        callers * rounds - len(heard),
        round(statistics.median(firsts), 1),
        round(percentile(firsts, 95), 1),
        round(statistics.median(factors), 3),
        round(percentile(factors, 95), 3),
        round(sum(sentence.sound_s for sentence in heard) / took, 1),
    )


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the value below which ``percent`` of them lie, or the only one."""
    return values[0] if len(values) < 2 else statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


@contextlib.asynccontextmanager
async def server(engine: str) -> AsyncIterator[str]:
    """Run a speech server with ``engine``; yield its address once it is ready."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {"TTS_ENGINE": engine, "SPEECH_PORT": str(port), "LOG_LEVEL": "warning"}
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "gateway", "speech", env=environment)
    try:
        url = f"http://127.0.0.1:{port}"
        async with asyncio.timeout(READY_WITHIN_S):
            while not await ready(url):
                if process.returncode is not None:
                    raise SystemExit(f"{engine}: the speech server ended with status {process.returncode}.")
                await asyncio.sleep(0.2)
        yield url
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_WITHIN_S)
        except TimeoutError:
            process.kill()
            await process.wait()


async def ready(url: str) -> bool:
    """Return whether the server at ``url`` has loaded its engines."""
    async with httpx.AsyncClient(trust_env=False) as client:
        try:
            return (await client.get(f"{url}/ready")).is_success
        except httpx.TransportError:
            return False


async def rows(url: str, engine: str, options: argparse.Namespace) -> list[Row]:
    """Return a row for each number of callers, after a warm-up."""
    client = new_client()
    voices = None if options.voice is None else dict.fromkeys(LANGUAGES, options.voice)
    token = os.environ.get("TTS_API_KEY")
    synthesiser = HttpSynthesiser(url, model=options.model, voices=voices, client=client, token=token)
    try:
        await measure(synthesiser, engine, 1, WARM_UP * len(options.languages), options.languages)
        return [
            await measure(synthesiser, engine, callers, options.rounds, options.languages)
            for callers in options.callers
        ]
    finally:
        await client.aclose()


def show(table: Sequence[Row]) -> None:
    """Print the rows as a table and as a line of JSON."""
    print("\n| engine | callers | sentences | failed | first sound p50 | p95 | factor p50 | p95 | speech a second |")
    print("|---|---|---|---|---|---|---|---|---|")
    for row in table:
        print(
            f"| {row.engine} | {row.callers} | {row.sentences} | {row.failed} | {row.first_p50_ms:.0f} ms | "
            f"{row.first_p95_ms:.0f} ms | {row.factor_p50:.3f} | {row.factor_p95:.3f} | {row.sound_per_second:.1f} s |"
        )
    print(json.dumps([asdict(row) for row in table]))


async def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", action="append", choices=["pico", "piper", "xtts"], help="default: pico")
    parser.add_argument("--url", help="a server that runs already, in place of --engine; TTS_API_KEY is its token")
    parser.add_argument("--model", default="tts-1", help="the model's name at --url")
    parser.add_argument("--voice", help="one voice for all languages; default: each language's own")
    parser.add_argument("--languages", nargs="+", choices=LANGUAGES, default=list(LANGUAGES))
    parser.add_argument("--callers", nargs="+", type=int, default=[1, 8, 16])
    parser.add_argument("--rounds", type=int, default=16, help="sentences of each caller")
    options = parser.parse_args()
    if options.url is not None:
        show(await rows(options.url, options.url, options))
        return
    for engine in options.engine or ["pico"]:
        async with server(engine) as url:
            show(await rows(url, engine, options))


if __name__ == "__main__":
    asyncio.run(main())
