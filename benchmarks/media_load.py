"""The other end of the media benchmark: what the callers say, and the process that says it (``rtp_load.c``)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gateway.audio import TELEPHONE_RATE, Pcm, read_wav, resample
from gateway.language import Language
from gateway.media.codecs.g711 import encode
from gateway.media.parameters import Codec
from gateway.speech.engines.pico import PicoEngine

SOURCE = Path(__file__).resolve().parent / "rtp_load.c"
FIRST_PORT = 24_000
"""Where the callers' RTP ports begin; below the kernel's ephemeral ports."""
LINE_NOISE = 8
"""Standard deviation of the noise in a caller's pauses, in 16-bit steps (-72 dBFS): no line is digitally silent."""

SENTENCES: Sequence[tuple[Language, str]] = (
    ("de", "Guten Tag, ich möchte gern einen Termin für eine Kontrolle."),
    ("fr", "Bonjour, j'aimerais déplacer mon rendez-vous de mardi prochain."),
    ("it", "Buongiorno, vorrei disdire il mio appuntamento di giovedì."),
    ("en", "Good morning, I have had a toothache since yesterday evening."),
    ("de", "Am Dienstag in zwei Wochen, wenn es geht am Nachmittag."),
    ("en", "Yes, that is right, half past two is fine with me."),
)


def spoken_sentences() -> list[Pcm]:
    """Return sentences in four languages by the embedded synthesis, at 16 kHz."""
    engine = PicoEngine()
    return [_joined(list(engine.synthesise(text, language))) for language, text in SENTENCES]


def recorded_sentences(folder: Path) -> list[Pcm]:
    """Return the WAV files of ``folder`` in the order of their names, at their own rates."""
    files = sorted(folder.glob("*.wav"))
    if not files:
        raise SystemExit(f"{folder} holds no WAV file")
    return [read_wav(file.read_bytes()) for file in files]


def _joined(parts: Sequence[Pcm]) -> Pcm:
    return Pcm(np.concatenate([part.samples for part in parts]), parts[0].rate)


def turns(sentences: Sequence[Pcm], talk: float) -> npt.NDArray[np.uint8]:
    """Return one round of a caller's sound as A-law octets: each sentence, then line noise while the other speaks.

    ``talk`` is the fraction of the time that the caller speaks.
    """
    generator = np.random.default_rng(1)
    pieces = []
    for sentence in sentences:
        speech = resample(sentence, TELEPHONE_RATE).samples
        pause = generator.normal(0, LINE_NOISE, int(len(speech) * (1 - talk) / talk))
        pieces += [speech, pause.astype(np.int16)]
    return encode(Codec.PCMA, np.concatenate(pieces))


@dataclass(frozen=True)
class Line:
    """What is wrong with the way from the callers: ``jitter_ms`` uniform, ``loss`` as a fraction, ``drift_ppm``."""

    jitter_ms: float = 0.0
    loss: float = 0.0
    drift_ppm: float = 0.0


class RtpLoad:
    """The running load process. Slot ``n`` is a caller at RTP port ``ports[n]`` on 127.0.0.1."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.ports: list[int] = json.loads(self._line())
        self.free = list(range(len(self.ports)))

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def start(self, slot: int, port: int) -> None:
        """Let a caller send to ``port``, and measure what it gets."""
        self._say(f"start {slot} {port}")

    def mark(self, slot: int, packets: int) -> None:
        """Write a mark into each ``packets``-th packet of a caller, to be found where it comes out."""
        self._say(f"mark {slot} {packets}")

    def stop(self, slot: int) -> None:
        """Let a caller fall silent."""
        self._say(f"stop {slot}")

    def reset(self) -> None:
        """Count anew."""
        self._say("reset")

    def report(self) -> dict[str, Any]:
        """Return the counts since the last reset."""
        self._say("report")
        report: dict[str, Any] = json.loads(self._line())
        return report

    def _say(self, command: str) -> None:
        if self._process.stdin is None:
            raise RuntimeError("the load process was started without a pipe")
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()

    def _line(self) -> str:
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise SystemExit("The load process ended.")
        return line


def _compile(folder: Path) -> Path:
    compiler = os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc")
    if not compiler:
        raise SystemExit("The load generator is written in C: install a C compiler (cc).")
    program = folder / "rtp_load"
    subprocess.run([compiler, "-O2", "-o", str(program), str(SOURCE), "-lm"], check=True)
    return program


@contextmanager
def running_load(slots: int, sound: npt.NDArray[np.uint8], line: Line, cpu: int | None) -> Iterator[RtpLoad]:
    """Compile and start the load process with ``slots`` callers, and end it afterwards."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "sound.alaw").write_bytes(sound.tobytes())
        command = [str(_compile(folder)), str(slots), str(FIRST_PORT), str(folder / "sound.alaw")]
        command += ["--jitter", str(line.jitter_ms), "--loss", str(line.loss), "--drift", str(line.drift_ppm)]
        if cpu is not None:
            command += ["--cpu", str(cpu)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            try:
                yield RtpLoad(process)
            finally:
                process.kill()
