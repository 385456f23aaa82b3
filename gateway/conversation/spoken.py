"""What became of sentences that were said: which of them the caller heard, and where to go on."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gateway.media.leg import Heard, PlaybackOutcome

LONG_SENTENCE_WORDS = 12
"""From here on a sentence that was interrupted is gone on with from its last phrase instead of being begun anew."""
LEAST_HEARD_WORDS = 6
"""So much of a sentence must have been heard for that."""
WORDS_PER_SECOND = 2.2
"""How fast the voices speak, where the length of a whole sentence is not known."""

_PHRASE_END = re.compile(r"[,;:–]$")
_FIGURE = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Spoken:
    """What became of some sentences.

    ``start`` and ``end`` are positions on the leg, None when no sample was sent. ``unheard`` are the sentences from
    the first on that was not heard to its end, as far as they had come; ``outcome`` tells how the last playback ended.
    ``words_of_unheard`` counts the words that were heard of the first of them. ``voiceless`` tells that nothing could
    be synthesised, and the caller heard a tone instead.
    """

    text: str
    heard_text: str
    start: int | None
    end: int | None
    unheard: tuple[str, ...]
    outcome: PlaybackOutcome
    sentences_heard: int = 0
    """How many whole sentences the caller heard, from the first on, before anything was missing."""
    words_of_unheard: int = 0
    voiceless: bool = False

    @property
    def complete(self) -> bool:
        """Whether nothing interrupted it."""
        return self.outcome is PlaybackOutcome.FINISHED

    @property
    def resume(self) -> tuple[str, ...]:
        """What to say after a false alarm, one piece for each of ``unheard``: nothing twice that was heard.

        The interrupted sentence is begun anew, or, where it is long, gone on with from its last phrase. One with
        figures (a date, a telephone number) is always whole.
        """
        if not self.unheard:
            return ()
        return (_from_phrase(self.unheard[0], self.words_of_unheard), *self.unheard[1:])


def words_heard(sentence: str, heard: Heard, *, cut_short: bool = False, rate: int = 8000) -> str:
    """Return the words of ``sentence`` that had been sent, judged by the share of its sound.

    ``cut_short`` tells that its synthesis failed in the middle, so that the length of the whole is not known and the
    words are counted by the time, at ``rate`` samples a second.
    """
    if not heard.samples or not heard.of:
        return ""
    words = sentence.split()
    if cut_short:
        return " ".join(words[: min(len(words) - 1, round(WORDS_PER_SECOND * heard.samples / rate))])
    if heard.outcome is PlaybackOutcome.FINISHED:
        return sentence
    return " ".join(words[: round(len(words) * min(1.0, heard.samples / heard.of))])


def _from_phrase(sentence: str, words: int) -> str:
    """Return ``sentence`` from the beginning of the phrase on in which its word number ``words`` is."""
    all_words = sentence.split()
    if len(all_words) < LONG_SENTENCE_WORDS or _FIGURE.search(sentence):
        return sentence
    begins = [index for index in range(LEAST_HEARD_WORDS, words + 1) if _PHRASE_END.search(all_words[index - 1])]
    return " ".join(all_words[begins[-1] :]) if begins else sentence
