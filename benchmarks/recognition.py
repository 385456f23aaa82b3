r"""Recognition against faster-whisper's own pipeline, on the same weights in one run; and many callers at once.

Every utterance is recognised in turn by ``WhisperEngine``, by faster-whisper's ``transcribe()`` with its defaults (beam
of 5) and with a beam of 1, each finding the language itself, clean and through a telephone (300 to 3400 Hz, G.711
A-law). The order turns from one utterance to the next, so that what else the machine does hits all alike. Then callers
at once go through the queue, each speaking again as soon as the last utterance was recognised.

    .venv/bin/python benchmarks/recognition.py --clips FOLDER

Without ``--clips`` (WAV files, and a README.md with a table of file, language and what is said) the embedded voices
speak. On a GPU, the same callers with batches against without, for weights or for random ones of the same shape:

    .venv/bin/python tools/random_whisper.py TOKENISER_FOLDER models/random-large-v3 --shape large-v3
    .venv/bin/python benchmarks/recognition.py --model models/random-large-v3 --device cuda --callers 1 8 32 64 \
        --load-only --batched-against-not

Prints tables and one JSON line.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from faster_whisper import WhisperModel as StockModel
from recognition_clips import Clip, human_clips, synthesised_clips, telephone, word_error_rate
from recognition_load import Load, under_load

from gateway.config import default_cache
from gateway.language import LANGUAGES
from gateway.logs import configure_logging
from gateway.speech.engines.features import waveform
from gateway.speech.engines.whisper import WhisperEngine
from gateway.speech.engines.whisper_options import WhisperOptions
from gateway.speech.interface import RecognitionHints
from gateway.speech.job import Job
from gateway.speech.model_store import embedded_whisper

OURS = "gateway"
STOCK = "faster-whisper, defaults"
STOCK_BEAM_1 = "faster-whisper, beam 1"
NAMES = (OURS, STOCK, STOCK_BEAM_1)


@dataclass(frozen=True)
class Heard:
    """What one recogniser made of one clip."""

    recogniser: str
    line: str
    clip: Clip
    text: str
    language: str
    wall_s: float
    cpu_s: float


def recognisers(folder: Path, threads: int) -> Mapping[str, Callable[[Clip], tuple[str, str]]]:
    """Return what is compared: functions from a clip to its text and language, on ``threads`` threads each."""
    engine = WhisperEngine(folder, WhisperOptions(device="cpu", compute_type="int8", threads=threads))
    stock = StockModel(str(folder), device="cpu", compute_type="int8", cpu_threads=threads)

    def ours(clip: Clip) -> tuple[str, str]:
        transcript = engine.recognise([Job(clip.pcm, RecognitionHints())])[0]
        return transcript.text, transcript.language

    def theirs(**options: int) -> Callable[[Clip], tuple[str, str]]:
        def transcribe(clip: Clip) -> tuple[str, str]:
            segments, information = stock.transcribe(waveform(clip.pcm), **options)
            return " ".join(segment.text.strip() for segment in segments), information.language

        return transcribe

    return {OURS: ours, STOCK: theirs(), STOCK_BEAM_1: theirs(beam_size=1)}


def compare(folder: Path, clips: Sequence[Clip], threads: int, rounds: int) -> list[Heard]:
    """Return what every recogniser makes of every clip, clean and by telephone, ``rounds`` times."""
    compared = recognisers(folder, threads)
    for recognise in compared.values():
        recognise(clips[0])
    heard = []
    for turn in range(rounds):
        for number, clip in enumerate(clips):
            for line, pcm in (("clean", clip.pcm), ("telephone", telephone(clip.pcm))):
                first = (number + turn) % len(NAMES)
                for name in NAMES[first:] + NAMES[:first]:
                    wall, cpu = time.perf_counter(), time.process_time()
                    text, language = compared[name](Clip(clip.name, pcm, clip.language, clip.text, clip.kind))
                    taken = time.perf_counter() - wall, time.process_time() - cpu
                    heard.append(Heard(name, line, clip, text, language, *taken))
    return heard


def speed_table(heard: Sequence[Heard]) -> list[str]:
    """Return the seconds an utterance takes with each recogniser, and how many times ours that is."""
    rows = ["| recogniser | wall, mean | CPU, mean | wall, times ours | CPU, times ours |", "|---|--:|--:|--:|--:|"]
    ours = _mean(heard, OURS)
    for name in NAMES:
        wall, cpu = _mean(heard, name)
        rows.append(f"| {name} | {wall:.3f} s | {cpu:.3f} s | {wall / ours[0]:.2f} | {cpu / ours[1]:.2f} |")
    return rows


def _mean(heard: Sequence[Heard], name: str) -> tuple[float, float]:
    some = [one for one in heard if one.recogniser == name]
    return float(np.mean([one.wall_s for one in some])), float(np.mean([one.cpu_s for one in some]))


def error_table(heard: Sequence[Heard]) -> list[str]:
    """Return word error rates by kind of voice, line, language and recogniser, and how many languages are wrong."""
    rows = [
        f"| voices | line | language | words | {' | '.join(NAMES)} |",
        "|---|---|---|--:" + "|--:" * len(NAMES) + "|",
    ]
    for kind in sorted({one.clip.kind for one in heard}):
        for line in ("clean", "telephone"):
            for language in (*LANGUAGES, "all"):
                some = [
                    one
                    for one in heard
                    if (one.line, one.clip.kind) == (line, kind) and language in (one.clip.language, "all")
                ]
                rows.append(f"| {kind} | {line} | {language} | {_cells(some)} |")
    return rows


def _cells(heard: Sequence[Heard]) -> str:
    cells, words = [], 0
    for name in NAMES:
        some = [one for one in heard if one.recogniser == name]
        wrong, words = word_error_rate((one.clip.text, one.text, one.clip.language) for one in some)
        missed = sum(one.language != one.clip.language for one in some)
        cells.append(f"{100 * wrong / words:.1f} %" + (f", {missed} of {len(some)} languages" if missed else ""))
    return " | ".join([str(words), *cells])


def load_table(loads: Sequence[tuple[str, Load]]) -> list[str]:
    """Return throughput and waiting times."""
    rows = [
        "| engine | callers | utterances/s | sound, s/s | batch | wait p50 | wait p95 | in all p50 | in all p95 |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    rows += [
        f"| {name} | {load.callers} | {load.a_second:.2f} | {load.sound_a_second:.1f} | {load.mean_batch:.1f} | "
        f"{load.wait_p50_ms:.0f} ms | {load.wait_p95_ms:.0f} ms | "
        f"{load.total_p50_ms:.0f} ms | {load.total_p95_ms:.0f} ms |"
        for name, load in loads
    ]
    return rows


def measure_load(options: argparse.Namespace, folder: Path, clips: Sequence[Clip]) -> list[tuple[str, Load]]:
    """Return what callers at once get, in batches and, where asked for, one by one."""
    sounds = [telephone(clip.pcm) for clip in clips]
    variants = {"as configured": WhisperOptions(options.device, options.compute_type, options.threads, options.batch)}
    if options.batched_against_not:
        variants = {
            f"batches of {size}" if size > 1 else "one by one": WhisperOptions(
                options.device, options.compute_type, options.threads, size, decode_again=False
            )
            for size in (1, options.batch or 16)
        }
    loads = []
    for name, chosen in variants.items():
        engine = WhisperEngine(folder, chosen)
        asyncio.run(under_load(engine, sounds, engine.at_once * engine.batching.largest, 1))  # memory, kernels
        loads += [
            (name, asyncio.run(under_load(engine, sounds, callers, max(2, options.utterances // callers))))
            for callers in options.callers
        ]
        del engine
    return loads


def main() -> None:
    """Run what the options ask for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=Path, help="folder of WAV files with a README.md that says what is said")
    parser.add_argument("--model", type=Path, help="folder of a Whisper model; without it the embedded one")
    parser.add_argument("--device", default="cpu", help="for callers at once: auto, cpu, cuda, cuda:0,1")
    parser.add_argument("--compute-type", default="auto")
    parser.add_argument("--threads", type=int, default=0, help="for callers at once; 0: all cores")
    parser.add_argument("--utterance-threads", type=int, default=1, help="for the comparison, each recogniser's")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--callers", type=int, nargs="+", default=[1, 4, 16])
    parser.add_argument("--utterances", type=int, default=64, help="of all callers together")
    parser.add_argument("--batch", type=int, default=0, help="largest batch; 0: as the device has it")
    parser.add_argument("--batched-against-not", action="store_true", help="each load in batches and one by one")
    parser.add_argument("--load-only", action="store_true", help="callers at once only (random weights)")
    options = parser.parse_args()
    configure_logging("warning")
    folder = options.model or embedded_whisper(default_cache())
    clips = [*(human_clips(options.clips) if options.clips else []), *synthesised_clips()]
    report: dict[str, object] = {"cores": len(os.sched_getaffinity(0)), "clips": len(clips)}
    if not options.load_only:
        heard = compare(folder, clips, options.utterance_threads, options.rounds)
        print("\n".join([*speed_table(heard), "", *error_table(heard), ""]))
        report["speed"] = {name: _mean(heard, name) for name in NAMES}
    loads = measure_load(options, folder, clips)
    print("\n".join(load_table(loads)))
    report["load"] = [{"engine": name, **asdict(load)} for name, load in loads]
    print(json.dumps(report))


if __name__ == "__main__":
    main()
