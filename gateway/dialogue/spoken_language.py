"""Which language the caller speaks or asks for, and when the call changes to it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from gateway.dialogue.corrections import is_negation
from gateway.dialogue.lexicons import LEXICONS
from gateway.dialogue.model import DialogueContext, DialogueState, Intent, Question, Understanding
from gateway.dialogue.patterns import Match, find_all
from gateway.dialogue.reading import Reading
from gateway.dialogue.text import word_set
from gateway.language import Language

_LANGUAGE_WORDS = 2
"""Frequent words of another language that outweigh the recognition's guess."""
_CLEAR_WORDS = 7
"""Frequent words by which a turn is clearly in another language: it changes at once."""
_POLITE = word_set("bitte please s il vous te plait per favore cortesia gern gerne danke merci grazie ja oui si yes")
"""Words beside the name of a language in a turn that is nothing else: "Deutsch, bitte"."""
_REACH = 5
"""Words between the name of a language and that of speaking it."""
_NEGATION_REACH = 3
"""Words between "kein" and the name of a language."""
_SPEAKING = word_set(
    "sprechen spreche spricht sprechet sprache reden redet red verstehe verstehen versteht lieber "
    "parler parlez parle parlons prefere prefererais comprends continuer continuons discuter "
    "parlare parla parlate parliamo parlo preferisco preferirei capisco continuare continuiamo "
    "speak speaking talk talking prefer understand continue switch rather"
)
_ABLE = word_set("konnen konnt kann kannst konned savez sait sai sa sapete sanno can do does")
"""Verbs that make the name of a language at the end of a question one to speak: "Können Sie auch Englisch?"."""
_IN = word_set("auf uf in en into to")
_BORROWED = word_set("merci ok okay ciao adieu salut pardon hello")
"""Words of one language that are said in the others too."""
_WITHOUT_LANGUAGE = frozenset((Question.MESSAGE, Question.NAME, Question.SPELLING, Question.PHONE))
"""Questions whose answers, names and numbers, are of no language."""
_ANY_WORD = frozenset((Question.MESSAGE, Question.NAME, Question.SPELLING))
"""Questions whose answer may be the name of a language by itself."""


def requested_language(reading: Reading) -> Language | None:
    """Return the language of the practice's that the caller asks for ("English, please"), None for none.

    A caller who does not speak the call's language asks for the one that they say so in.
    """
    offered = reading.context.profile.languages
    wanted, foreign = _named_languages(reading)
    if wanted is not None:
        alone = reading.asked in _ANY_WORD and len(reading.words) == 1
        return wanted if wanted in offered and not alone else None
    speaks = spoken_language(reading, ())
    return speaks if reading.state.language in foreign and speaks != reading.state.language else None


def _named_languages(reading: Reading) -> tuple[Language | None, set[Language]]:
    """Return the language that is asked for, and those that the caller says not to speak."""
    foreign: set[Language] = set()
    for spoken in reading.languages:
        for named, patterns in LEXICONS[spoken].languages.items():
            for match in find_all(patterns, reading.text, reading.words):
                before = range(max(0, match.first - _NEGATION_REACH), match.first)
                if any(is_negation(reading.words, index, LEXICONS[spoken]) for index in before):
                    foreign.add(named)
                elif _is_spoken_of(match, reading):
                    return named, foreign
    return None, foreign


def _is_spoken_of(match: Match, reading: Reading) -> bool:
    """Tell whether the name of a language is that of one to speak ("auf Deutsch"), and no adjective."""
    others = (*reading.words[: match.first], *reading.words[match.last + 1 :])
    if all(word.folded in _POLITE for word in others):
        return True
    near = reading.words[max(0, match.first - _REACH) : match.last + 1 + _REACH]
    if any(word.folded in _SPEAKING for word in near):
        return True
    ends = match.last == len(reading.words) - 1
    if ends and any(word.folded in _ABLE for word in reading.words[max(0, match.first - _REACH) : match.first]):
        return True
    return match.first > 0 and reading.words[match.first - 1].folded in _IN


def spoken_language(reading: Reading, intents: Sequence[Intent]) -> Language | None:
    """Return the language that the words are in, None when there are too few to tell.

    Recognition guesses the language of short utterances badly, so its guess stands only where frequent words of
    another language are not more.
    """
    counts = _frequent_words(reading)
    guessed = reading.turn.language
    best = max(counts, key=lambda language: (counts[language], language == guessed))
    if counts[best] - counts.get(guessed, 0) >= _LANGUAGE_WORDS:
        return best
    few = reading.asked in _WITHOUT_LANGUAGE and counts.get(guessed, 0) < _LANGUAGE_WORDS
    if guessed not in counts or few or (counts[guessed] == 0 and not intents):
        return None
    return guessed


def is_clearly(language: Language | None, reading: Reading) -> bool:
    """Tell whether the turn is so clearly in ``language`` that no second one is waited for."""
    counts = _frequent_words(reading)
    return language is not None and counts[language] - counts.get(reading.state.language, 0) >= _CLEAR_WORDS


def _frequent_words(reading: Reading) -> Mapping[Language, int]:
    return {
        language: sum(
            word.folded in LEXICONS[language].common and word.folded not in _BORROWED for word in reading.words
        )
        for language in reading.context.profile.languages
    }


def adopt_language(state: DialogueState, understanding: Understanding, context: DialogueContext) -> DialogueState:
    """Return the state in the caller's language.

    The first real utterance settles it; later, a request or a clear turn switches at once and another language only in
    the second turn in a row, since recognition takes short answers for another language now and then.
    """
    wanted = understanding.requested_language
    if wanted in context.profile.languages and wanted is not None:
        return replace(state, language=wanted, language_settled=True, other_language=None)
    spoken = understanding.speaks
    if spoken is None or spoken not in context.profile.languages:
        return state
    if spoken == state.language:
        return replace(state, language_settled=True, other_language=None)
    if not state.language_settled or state.other_language == spoken or understanding.speaks_clearly:
        return replace(state, language=spoken, language_settled=True, other_language=None)
    return replace(state, other_language=spoken)
