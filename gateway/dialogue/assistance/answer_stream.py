"""Reads an answer of a model while it comes, sentence by sentence through the guard."""

from __future__ import annotations

import json
import re

from gateway.dialogue.assistance.answer_guard import MOST_SENTENCES, AnswerGuard, Fault
from gateway.dialogue.assistance.answer_prompt import LONGEST_ANSWER, MOST_ENTRIES, offered_entries
from gateway.dialogue.assistance.json_answer import LONGEST
from gateway.dialogue.assistance.question import ModelQuestion
from gateway.dialogue.assistance.relevance import is_beside_the_point
from gateway.dialogue.model import KnownAnswer
from gateway.dialogue.phrase import split_sentences

_BEGINNING = re.compile(r'"answer"\s*:\s*"')
_STRING = re.compile(r'(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*')


class AnswerStream:
    """Fed with the pieces of one answer; ``known`` is what may be said of it so far.

    Once a sentence is refused, the entry's own text takes the place of all words of the model: what was not said yet is
    no loss. A sentence counts when the next one has begun or the answer has ended, so none is cut in the middle.
    """

    def __init__(self, question: ModelQuestion) -> None:
        self._question = question
        self._text = ""
        self._entries: tuple[str, ...] | None = None
        self._guard: AnswerGuard | None = None
        self._said: tuple[str, ...] = ()
        self.fault: Fault | None = None
        """Why the words of the model are not said."""
        self.done = False
        """Whether more pieces would change nothing."""

    @property
    def known(self) -> KnownAnswer | None:
        """What may be told: checked words, else the entries that were chosen, else what the rules found."""
        found = self._question.understanding.known
        if not self._entries or (found is not None and found.entries[0] not in self._entries):
            return found
        return KnownAnswer(self._entries, "" if self.fault else " ".join(self._said))

    def feed(self, piece: str) -> None:
        """Take the next piece of the answer."""
        if self.done:
            return
        self._text += piece
        if len(self._text) > LONGEST:
            self._refuse(Fault.LENGTH)
            return
        beginning = _BEGINNING.search(self._text)
        if beginning is None:
            return
        if self._entries is None:
            self._choose(self._text[: beginning.end()])
        if self._guard is None:
            self.done = True
            return
        string = _STRING.match(self._text, beginning.end())
        ended = string is not None and string.end() < len(self._text) and self._text[string.end()] == '"'
        self._take(json.loads(f'"{string.group()}"') if string else "", ended=ended)

    def _choose(self, head: str) -> None:
        """Take the entries that stand before the answer; without one that was offered there is no answer."""
        question = self._question
        turn, context = question.turn, question.context
        offered = {entry.id: entry for entry in offered_entries(turn, question.state, context)}
        self._entries = ()
        try:
            chosen = json.loads(f'{head[head.index("{") :]}"}}').get("entries")
        except (ValueError, RecursionError, AttributeError):
            return
        if not isinstance(chosen, list):
            return
        known = dict.fromkeys(entry for entry in chosen[:MOST_ENTRIES] if isinstance(entry, str) and entry in offered)
        self._entries = tuple(
            entry for entry in known if not is_beside_the_point(offered[entry], turn.text, turn.language, context)
        )
        if self._entries:
            language = question.state.language
            self._guard = AnswerGuard(
                tuple(offered[entry].text.in_language(language) for entry in self._entries), language
            )

    def _take(self, answer: str, *, ended: bool) -> None:
        sentences = split_sentences(answer)
        complete = sentences if ended else sentences[:-1]
        if len(complete) > MOST_SENTENCES or len(answer) > LONGEST_ANSWER:
            self._refuse(Fault.LENGTH)
            return
        for sentence in complete[len(self._said) :]:
            fault = self._guard.fault(sentence) if self._guard else Fault.UNKNOWN_WORD
            if fault:
                self._refuse(fault)
                return
            self._said = (*self._said, sentence)
        self.done = ended

    def _refuse(self, fault: Fault) -> None:
        self.fault = fault
        self.done = True
