"""How a caller's voice sounds after the network and the worker: PESQ over loss and jitter, concealed or not.

Speech goes through a simulated network into the worker's jitter buffers, decoders and concealers, and is scored against
what was spoken: as PCMA by narrow-band PESQ (ITU-T P.862, P.862.1), as G722 by wide-band PESQ (P.862.2). Beside it: the
figures of each change of sample rate, and how exactly the channels of a recording lie. Prints tables and one JSON line:

    .venv/bin/pip install pesq==0.0.4      # needs a C compiler; the group "benchmarks" in pyproject.toml
    .venv/bin/python benchmarks/audio_quality.py [FOLDER OF WAV FILES]

Without a folder the embedded synthesis speaks four sentences.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from receive_path import Network, Received, simulate
from recording_alignment import alignment_errors, offset_of
from resampling_figures import Figures, measure_all

from gateway.audio import TELEPHONE_RATE, Pcm, read_wav, resample
from gateway.media.parameters import Codec

Samples = npt.NDArray[np.int16]

LOSSES = (
    (0.0, 1.0),
    (0.01, 1.0),
    (0.03, 1.0),
    (0.05, 1.0),
    (0.1, 1.0),
    (0.01, 3.0),
    (0.03, 3.0),
    (0.05, 3.0),
    (0.1, 3.0),
)
"""Shares of lost packets, and how many are lost in a row on average."""

JITTERS = (0, 20, 40, 60, 80)
SENTENCES = {
    "de-DE": "Guten Tag, ich möchte am Donnerstag um vierzehn Uhr dreissig einen Termin vereinbaren.",
    "fr-FR": "Bonjour, je voudrais prendre un rendez-vous pour un contrôle la semaine prochaine.",
    "it-IT": "Buongiorno, vorrei fissare un appuntamento per martedì mattina, se è possibile.",
    "en-GB": "Hello, I would like to make an appointment for a check-up on Monday afternoon.",
}
_LEVEL = 32768 * 10 ** (-26 / 20)
"""Root mean square that each clip is brought to: -26 dBov, as ITU-T P.830 has it."""


@dataclass(frozen=True)
class Quality:
    """Mean PESQ of all clips under one network; ``delay_ms`` is the jitter buffer's, ``made_up_percent`` of frames."""

    codec: str
    loss_percent: float
    burst: float
    jitter_ms: int
    pesq_without: float
    pesq_with: float
    made_up_percent: float
    delay_ms: float


def clips(folder: Path | None, rate: int) -> list[Samples]:
    """Return the sounds to send, int16 at ``rate``, brought to one level."""
    if folder is not None:
        files = sorted(folder.glob("*.wav"))
        if not files:
            raise SystemExit(f"no WAV files in {folder}")
        sounds = [read_wav(file.read_bytes()) for file in files]
    else:
        import py_nanotts

        voice = py_nanotts.NanoTTS()
        sounds = [Pcm.from_bytes(voice.speak(text, voice=name), 16_000) for name, text in SENTENCES.items()]
    return [_at_level(resample(sound, rate).samples) for sound in sounds]


def _at_level(samples: Samples) -> Samples:
    sound = samples.astype(float)
    sound *= _LEVEL / np.sqrt(np.mean(sound**2))
    return np.clip(np.rint(sound), -32768, 32767).astype(np.int16)


def score(spoken: Samples, heard: Samples, rate: int) -> float:
    """Return the PESQ of ``spoken`` against ``heard``, where it lies up to half a second after the beginning."""
    from pesq import pesq

    delay = max(0, offset_of(heard, spoken))
    return float(pesq(rate, spoken, heard[delay : delay + len(spoken)], "nb" if rate == TELEPHONE_RATE else "wb"))


def qualities(sounds: Sequence[Samples], codec: Codec, jitters: Sequence[int], draws: int) -> list[Quality]:
    """Send every clip twice in a row through every network, and score the second: the jitter buffer has settled."""
    pause, frame = codec.sound_rate, codec.sound_rate // 50
    longest = max(len(sound) for sound in sounds)
    packets = -(-(3 * pause + 2 * longest) // frame)
    again = [2 * pause + len(sound) for sound in sounds]
    legs = np.zeros((draws * len(sounds), packets * frame), np.int16)
    for leg, row in enumerate(legs):
        sound = sounds[leg % len(sounds)]
        for begin in (pause, again[leg % len(sounds)]):
            row[begin : begin + len(sound)] = sound
    found = []
    for network in (Network(loss, burst, jitter) for loss, burst in LOSSES for jitter in jitters):
        generators = (np.random.default_rng([leg, 862]) for leg in range(len(legs)))
        arrivals = np.stack([network.arrivals(generator, packets) for generator in generators])
        received = simulate(legs, arrivals, codec)
        scores = []
        for leg, (plain, concealed) in enumerate(zip(received.plain, received.concealed, strict=True)):
            sound, begin = sounds[leg % len(sounds)], again[leg % len(sounds)]
            part = slice(begin, begin + len(sound) + pause // 2)
            scores.append([score(sound, heard[part], codec.sound_rate) for heard in (plain, concealed)])
        found.append(_quality(codec, network, received, np.mean(scores, axis=0)))
    return found


def _quality(codec: Codec, network: Network, received: Received, scores: npt.NDArray[np.float64]) -> Quality:
    return Quality(
        codec.value,
        100 * network.loss,
        network.burst,
        int(network.jitter_ms),
        round(float(scores[0]), 2),
        round(float(scores[1]), 2),
        round(100 * float(received.made_up.mean()), 1),
        round(float(received.delay_ms.mean()), 1),
    )


def quality_table(found: Sequence[Quality]) -> str:
    """Return the scores as a table: a row for each kind of loss, a column for each jitter."""
    cells = {(each.loss_percent, each.burst, each.jitter_ms): each for each in found}
    jitters = sorted({each.jitter_ms for each in found})
    lines = ["| loss | " + " | ".join(f"{jitter} ms" for jitter in jitters) + " |", "|---|" + "---|" * len(jitters)]
    for loss, burst in LOSSES:
        name = f"{100 * loss:.0f} %" + (" in bursts" if burst > 1 else "")
        row = [cells[100 * loss, burst, jitter] for jitter in jitters]
        lines.append(
            f"| {name} | " + " | ".join(f"{each.pesq_without:.2f} → {each.pesq_with:.2f}" for each in row) + " |"
        )
    without_loss = [cells[0.0, 1.0, jitter] for jitter in jitters]
    lines.append("| delay, no loss | " + " | ".join(f"{each.delay_ms:.0f} ms" for each in without_loss) + " |")
    return "\n".join(lines)


def resampling_table(figures: Sequence[Figures]) -> str:
    """Return the figures of the changes of rate as a table."""
    lines = [
        "| from → to | how | pass band within | stop band | sound lies later by | stream holds back |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {each.source_rate} → {each.target_rate} | {each.how} | {each.ripple_db:.4f} dB | {each.stop_db:.0f} dB "
        f"| {abs(each.delay_ms):.2f} ms | {each.held_back_ms:.0f} ms |"
        for each in figures
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure, print the tables and the JSON line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", help="WAV files to send instead of the synthesised sentences")
    parser.add_argument("--draws", type=int, default=2, help="networks that each clip is sent through")
    arguments = parser.parse_args()
    if importlib.util.find_spec("pesq") is None:
        parser.error("pesq is not installed: pip install pesq==0.0.4, which needs a C compiler")
    narrow, wide = clips(arguments.folder, 8000), clips(arguments.folder, 16_000)
    found = {
        "PCMA, narrow-band PESQ": qualities(narrow, Codec.PCMA, JITTERS, arguments.draws),
        "G.722, wide-band PESQ": qualities(wide, Codec.G722, JITTERS[:1], arguments.draws),
    }
    figures = measure_all()
    errors = alignment_errors(narrow[0], narrow[1])
    for name, rows in found.items():
        print(f"{name} without → with concealment, by loss and by jitter (95 % of the packets keep to it)\n")
        print(quality_table(rows), end="\n\n")
    print(resampling_table(figures), end="\n\n")
    print(f"recorded channels: left off by {errors[0]}, right by {errors[1]} samples\n")
    result = {
        "benchmark": "audio_quality",
        "clips": len(narrow),
        "draws": arguments.draws,
        "pesq": [asdict(each) for rows in found.values() for each in rows],
        "resampling": [asdict(each) for each in figures],
        "recording_alignment_samples": errors,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
