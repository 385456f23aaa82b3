"""Text to phonemes in the International Phonetic Alphabet, by the ``espeak-ng`` program.

One process a sentence: 10 ms of CPU. The text goes in through standard input, where no other user of the machine sees
it; what comes out is one line for each clause.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import unicodedata
from pathlib import Path

from gateway.speech.interface import SpeechError, SpeechTimeout

PROGRAM = "espeak-ng"
WITHIN_S = 2.0
"""A sentence takes 25 ms; a machine that needs longer than this has no time for calls either."""

_CLAUSE = re.compile(r"[^.,;:!?]+[.,;:!?]?")
_OTHER_LANGUAGE = re.compile(r"\([a-z][a-z-]{1,12}\)")
"""A mark around words that are read in another language than the voice's."""


class EspeakPhonemes:
    """The phonemes of sentences. May be used from several threads."""

    def __init__(self, program: str = PROGRAM, *, within_s: float = WITHIN_S) -> None:
        """Find ``program``, a name on the path or a path; raise ``FileNotFoundError`` where there is none."""
        found = shutil.which(program)
        if found is None:
            raise FileNotFoundError(f"{program} is not installed, which Piper's voices need for their phonemes.")
        self._program = str(Path(found).absolute())
        self._within_s = within_s

    def of(self, sentence: str, voice: str) -> str:
        """Return the phonemes of ``sentence`` by eSpeak's ``voice``, its stops kept, in decomposed Unicode.

        Raises:
            SpeechTimeout: the program takes too long.
            SpeechError: it fails, or doesn't know the voice.

        """
        clauses = [clause.strip() for clause in _CLAUSE.findall(sentence) if re.search(r"\w", clause)]
        lines = self._run("\n".join(clauses), voice)
        if len(lines) != len(clauses):
            # eSpeak has cut elsewhere than at the stops; the sentence keeps its last one only.
            clauses, lines = [sentence.strip()], [" ".join(lines)]
        stops = [clause[-1] if clause[-1:] in ".,;:!?" else "" for clause in clauses]
        said = " ".join(f"{_OTHER_LANGUAGE.sub('', line)}{stop}" for line, stop in zip(lines, stops, strict=True))
        return unicodedata.normalize("NFD", said)

    def _run(self, text: str, voice: str) -> list[str]:
        command = [self._program, "-q", "--ipa", "-b", "1", "-v", voice, "--stdin"]
        try:
            done = subprocess.run(  # noqa: S603 - a fixed program; the text is no argument of it
                command, input=text.encode(), capture_output=True, timeout=self._within_s, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise SpeechTimeout(f"{PROGRAM} did not answer within {self._within_s:g} s.") from error
        except OSError as error:
            raise SpeechError(f"{PROGRAM} cannot be run: {error.strerror}.") from error
        if done.returncode != 0:
            reason = done.stderr.decode(errors="replace").strip().splitlines()
            raise SpeechError(f"{PROGRAM} failed: {reason[-1][:200] if reason else f'status {done.returncode}'}.")
        return [line.strip() for line in done.stdout.decode(errors="replace").splitlines() if line.strip()]
