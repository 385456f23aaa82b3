"""Reads spelt names ("K E double L E R", "M comme Marie", "Ka E Ell Ell E Err") and spells names out."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.dialogue.normalise.capitals import capitalise_name
from gateway.dialogue.normalise.found import Found
from gateway.dialogue.normalise.lexicon import SpellingWords, lexicon
from gateway.dialogue.normalise.tokens import Token, fold, tokenise
from gateway.language import Language

_FEWEST_LETTERS = 3
_FEWEST_ALPHABET_WORDS = 3
_MARKS = frozenset(".,;:-–—/…")
_LONGEST_PHRASE = 3
_ORDINARY_LETTERS = frozenset("aeioy")
"""Letters that are words in one of the languages."""
_SURE, _LIKELY, _BLOCK_CAPITALS = 0.9, 0.7, 0.6


@dataclass(frozen=True, slots=True)
class _Letters:
    """What some tokens spell, and how: "letter", "name" (of a letter), "like" ("K wie Kaiser"), "word" or "accent".

    ``telling`` letters occur nowhere else in speech: "K" and "Ypsilon", but not "I", "a" or "see".
    """

    letters: str
    end: int
    kind: str
    telling: bool = True


def find_spelling(text: str, language: Language) -> Found[str] | None:
    """Return the longest spelt word in ``text`` with a capital, or None when fewer than three letters are spelt.

    Letters may be single letters, letters' names, "K wie Kaiser", doubled ("Doppel L", "deux L"), or words of the
    spelling alphabet by themselves, if there are three or more.
    """
    tokens = tokenise(text)
    words = lexicon(language).spelling
    best: Found[str] | None = None
    index = 0
    while index < len(tokens):
        read = _run(text, tokens, index, words)
        if read is None:
            index += 1
            continue
        spelt, end, confidence = read
        if best is None or len(spelt) > len(best.value):
            start, stop = tokens[index].start, tokens[end - 1].end
            best = Found(capitalise_name(spelt, language), start, stop, text[start:stop], confidence)
        index = end
    return best or _block_capitals(text, language)


def spell_out(name: str, language: Language) -> str:
    """Write ``name`` letter by letter for reading back: "K, E, L, L, E, R"; signs get their names."""
    signs = lexicon(language).spoken.signs
    composed = unicodedata.normalize("NFC", " ".join(name.split()))
    return ", ".join(signs.get(letter, letter.upper() if letter != "ß" else "ß") for letter in composed)


def _run(text: str, tokens: Sequence[Token], index: int, words: SpellingWords) -> tuple[str, int, float] | None:
    pieces: list[_Letters] = []
    place = index
    while place < len(tokens):
        if pieces and (tokens[place].key in _MARKS or tokens[place].key in words.fillers):
            place += 1
            continue
        piece = _letters(text, tokens, place, words)
        if piece is None or (piece.kind == "accent" and not pieces):
            break
        pieces.append(piece)
        place = piece.end
    while pieces and (pieces[-1].letters in {" ", "-", "'"} or _is_stray_word(pieces)):
        pieces.pop()
    return _judged(pieces)


def _is_stray_word(pieces: list[_Letters]) -> bool:
    """Whether the run ends in a spelling-alphabet word without enough others: "K E L L E R Anna"."""
    return pieces[-1].kind == "word" and sum(piece.kind == "word" for piece in pieces) < _FEWEST_ALPHABET_WORDS


def _judged(pieces: list[_Letters]) -> tuple[str, int, float] | None:
    """Refuse runs that ordinary words make by chance, such as "er" and "es"."""
    spelt = unicodedata.normalize("NFC", "".join(piece.letters for piece in pieces)).strip(" -'")
    if sum(letter.isalpha() for letter in spelt) < _FEWEST_LETTERS:
        return None
    kinds = [piece.kind for piece in pieces]
    plain = kinds.count("letter") + kinds.count("like")
    if 0 < kinds.count("word") < _FEWEST_ALPHABET_WORDS:
        return None
    telling = sum(piece.telling for piece in pieces)
    if telling < (1 if plain == len(pieces) else 2):
        return None
    return spelt, pieces[-1].end, _SURE if plain * 2 >= len(pieces) else _LIKELY


def _letters(text: str, tokens: Sequence[Token], index: int, words: SpellingWords) -> _Letters | None:
    for length in range(_LONGEST_PHRASE, 0, -1):
        phrase = _phrase(tokens, index, length)
        if phrase in words.accents:
            return _Letters(words.accents[phrase], index + length, "accent")
    repeated = _repeated(text, tokens, index, words)
    if repeated is not None:
        return repeated
    single = _letter(text, tokens, index, words)
    after = index + 1 if single is None else single.end
    like = _like(text, tokens, after, words)
    if like is not None and (single is not None or _is_garbled_letter(tokens[index])):
        word_letter, end = like
        # "E comme Émile" is an e: the alphabet's word has an accent, the letter none.
        plain = single is not None and single.letters == fold(word_letter)
        sharp = single is not None and (plain or single.letters in {"ß", "ss", "y"})
        return _Letters(single.letters if single is not None and sharp else word_letter, end, "like")
    if single is not None:
        return single
    if tokens[index].key in words.alphabet:
        return _Letters(_first_letter(text, tokens[index]), index + 1, "word")
    return None


def _repeated(text: str, tokens: Sequence[Token], index: int, words: SpellingWords) -> _Letters | None:
    for length in (2, 1):
        times = words.repeats.get(_phrase(tokens, index, length))
        if times is None or index + length >= len(tokens):
            continue
        if _phrase(tokens, index, length + 1) in words.letters:
            return None
        letter = _letter(text, tokens, index + length, words)
        if letter is not None and letter.letters.isalpha():
            like = _like(text, tokens, letter.end, words)
            return _Letters(letter.letters[0] * times, like[1] if like else letter.end, "letter")
    return None


def _letter(text: str, tokens: Sequence[Token], index: int, words: SpellingWords) -> _Letters | None:
    for length in range(_LONGEST_PHRASE, 1, -1):
        phrase = _phrase(tokens, index, length)
        if phrase in words.letters:
            return _Letters(words.letters[phrase], index + length, "name")
    token = tokens[index]
    if token.is_word and token.end - token.start == 1:
        letter = text[token.start : token.end]
        large = letter.isupper() and index > 0 and letter != "I"
        return _Letters(letter.lower(), index + 1, "letter", telling=large or token.key not in _ORDINARY_LETTERS)
    if token.key in words.letters:
        return _Letters(words.letters[token.key], index + 1, "name", telling=token.key not in words.ordinary)
    return None


def _like(text: str, tokens: Sequence[Token], index: int, words: SpellingWords) -> tuple[str, int] | None:
    """Read "wie Kaiser" after a letter."""
    for length in range(_LONGEST_PHRASE, 0, -1):
        place = index + length
        if _phrase(tokens, index, length) in words.like and place < len(tokens):
            token = tokens[place]
            if token.is_word and token.end - token.start >= 3:
                return _first_letter(text, token), place + 1
    return None


def _is_garbled_letter(token: Token) -> bool:
    """Tell "Kah wie Kaiser", which no table knows, from "nicht wie Kaiser"."""
    return token.is_word and token.end - token.start <= 3


def _first_letter(text: str, token: Token) -> str:
    return text[token.start].lower()


def _phrase(tokens: Sequence[Token], index: int, length: int) -> str:
    if index + length > len(tokens):
        return ""
    return " ".join(token.key for token in tokens[index : index + length])


def _block_capitals(text: str, language: Language) -> Found[str] | None:
    """Read "KELLER" as spelt: recognisers write spelt letters together so, and speech has no other capitals."""
    word = text.strip(" .,!?")
    if not (word.isalpha() and word.isupper() and len(word) >= _FEWEST_LETTERS):
        return None
    start = text.index(word)
    return Found(capitalise_name(word.lower(), language), start, start + len(word), word, _BLOCK_CAPITALS)
