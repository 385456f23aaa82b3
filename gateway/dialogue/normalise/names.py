"""Finds the name that a caller gives: "mein Name ist Anna Keller", "Keller, Anna Keller", "this is Anna Keller"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.dialogue.normalise.capitals import capitalise_name
from gateway.dialogue.normalise.found import Found
from gateway.dialogue.normalise.lexicon import Lexicon, NameWords, lexicon
from gateway.dialogue.normalise.tokens import fold, tokenise
from gateway.language import LANGUAGES, Language

_LONGEST_NAME = 5
_MOST_BARE_WORDS = 4
_LONGEST_PHRASE = 6
_INTRODUCED, _WEAKLY, _BARE, _BARE_SMALL = 0.9, 0.7, 0.8, 0.7
_CLOSED = 0.85
_SMALL_ARTICLES = frozenset({"la", "le", "il", "lo"})
"""What begins an ordinary answer ("la prochaine fois") when it is small, and a name ("Le Roy") when it is large."""


@dataclass(frozen=True, slots=True)
class _Words:
    """Words of the text: tokens glued where only a hyphen or apostrophe parts them; "," and such stay apart."""

    text: str
    key: str
    start: int
    end: int

    @property
    def is_mark(self) -> bool:
        return not self.key[0].isalnum()


def find_name(text: str, language: Language, *, expected: bool) -> Found[str] | None:
    """Return the caller's name, written with its capitals and without titles, or None.

    With ``expected`` the bare answer counts too ("Anna Keller", "ja, Keller"); otherwise only a name that is
    introduced ("mein Name ist …", "this is … speaking") does.
    """
    tables = lexicon(language)
    names = tables.names
    tokens = _glued(text)
    found = _introduced(text, tokens, names.introductions, tables, _INTRODUCED, capitals=False)
    found = found or _closed(text, tokens, tables)
    found = found or _introduced(text, tokens, names.weak_introductions, tables, _WEAKLY, capitals=True)
    if found is None and expected:
        found = _bare(text, tokens, tables)
    return found


def find_name_after(text: str, place: int, language: Language) -> Found[str] | None:
    """Return the name that stands right at ``text[place:]``, written with capitals, or None: "meine Tochter" "Lea"."""
    tables = lexicon(language)
    tokens = [word for word in _glued(text) if word.start >= place]
    # "My daughter Lea", "my daughter, Lea Keller", "her name is: Lea".
    while tokens and tokens[0].is_mark and tokens[0].key in ",:":
        tokens = tokens[1:]
    segments = _segments(tokens, 0, tables)
    if not segments or segments[0] != list(tokens[: len(segments[0])]):
        return None
    return _from_segments(text, segments[:1], tables, _WEAKLY, capitals=True)


def is_particle(word: str) -> bool:
    """Tell whether ``word`` is a small one inside surnames, of whichever language they are: "von", "du", "De"."""
    key = fold(word)
    return any(key in lexicon(language).names.particles for language in LANGUAGES)


def _glued(text: str) -> list[_Words]:
    words: list[_Words] = []
    for token in tokenise(text):
        previous = words[-1] if words else None
        gap = text[previous.end : token.start] if previous is not None else " "
        if previous is not None and token.is_word and not previous.is_mark and gap and gap in "-'’":
            words[-1] = _Words(
                text[previous.start : token.end], f"{previous.key} {token.key}", previous.start, token.end
            )
            continue
        words.append(_Words(text[token.start : token.end], token.key, token.start, token.end))
    return words


def _introduced(
    text: str, tokens: Sequence[_Words], phrases: Sequence[str], tables: Lexicon, confidence: float, *, capitals: bool
) -> Found[str] | None:
    for index in range(len(tokens)):
        after = _phrase_end(tokens, index, phrases)
        if after is None:
            continue
        # Who hesitates before the name is written down with a full stop: "Mein Name ist. Stefan Hofmann".
        while after < len(tokens) and tokens[after].is_mark and tokens[after].key in ".…":
            after += 1
        segments = _segments(tokens, after, tables)
        found = _from_segments(text, segments, tables, confidence, capitals=capitals)
        if found is not None:
            return found
    return None


def _closed(text: str, tokens: Sequence[_Words], tables: Lexicon) -> Found[str] | None:
    """Find the name before "am Apparat" or "speaking"."""
    for index in range(1, len(tokens)):
        if _phrase_end(tokens, index, tables.names.closings) is None:
            continue
        stop = index - 1 if tokens[index - 1].is_mark else index
        start = stop
        while start > 0 and stop - start < _LONGEST_NAME and _in_name(tokens[start - 1], tables):
            start -= 1
        before = tokens[start - 1].key if start else ","
        if start < stop and (
            not before[0].isalnum() or before in tables.names.not_names or before in tables.names.titles
        ):
            return _as_name(text, [tokens[start:stop]], tables, _CLOSED, capitals=True)
    return None


def _bare(text: str, tokens: Sequence[_Words], tables: Lexicon) -> Found[str] | None:
    """Read the whole answer as a name, or nothing of it."""
    names = tables.names
    index = _skip_fillers(tokens, 0, names)
    segments = _segments(tokens, index, tables)
    if not segments or segments[0][0].text in _SMALL_ARTICLES:
        return None
    end = segments[-1][-1].end
    rest = [word for word in tokens if word.start >= end and not word.is_mark]
    if rest and not _only_letters_or_fillers(rest, tokens, names):
        return None
    if sum(map(len, segments)) > _MOST_BARE_WORDS + 2:
        return None
    written_large = all(segment[0].text[:1].isupper() for segment in segments)
    return _from_segments(text, segments, tables, _BARE if written_large else _BARE_SMALL, capitals=False)


def _only_letters_or_fillers(rest: Sequence[_Words], tokens: Sequence[_Words], names: NameWords) -> bool:
    """Whether what follows is the name's spelling or politeness: "Keller, K E L L E R", "Keller, bitte"."""
    if all(len(word.key) == 1 for word in rest):
        return True
    index = tokens.index(rest[0])
    return _skip_fillers(tokens, index, names) >= len(tokens)


def _skip_fillers(tokens: Sequence[_Words], index: int, names: NameWords) -> int:
    while index < len(tokens):
        if tokens[index].is_mark:
            index += 1
            continue
        after = _phrase_end(tokens, index, names.fillers)
        if after is None:
            return index
        index = after
    return index


def _segments(tokens: Sequence[_Words], index: int, tables: Lexicon) -> list[list[_Words]]:
    """Return the runs of name-like words from ``index`` on, parted by commas only."""
    segments: list[list[_Words]] = [[]]
    while index < len(tokens) and len(segments[-1]) <= _LONGEST_NAME:
        word = tokens[index]
        if word.key == "," or (word.key == "." and fold(tokens[index - 1].text) in tables.names.titles):
            if segments[-1]:
                segments.append([])
        elif not segments[-1] and _is_title(tokens, index, tables):
            pass
        elif _in_name(word, tables):
            segments[-1].append(word)
        else:
            break
        index += 1
    return [segment for segment in segments if segment]


def _is_title(tokens: Sequence[_Words], index: int, tables: Lexicon) -> bool:
    """Whether a title stands here, or the article before one: "la signora"."""
    titles = tables.names.titles
    following = tokens[index + 1].key if index + 1 < len(tokens) else ""
    return tokens[index].key in titles or (tokens[index].key in {"la", "il", "die", "der"} and following in titles)


def _in_name(word: _Words, tables: Lexicon) -> bool:
    keys = word.key.split()
    if word.is_mark or any(key.isdecimal() for key in keys):
        return False
    if len(keys) > 1:
        return not all(key in tables.names.not_names for key in keys)
    key = keys[0]
    if key in tables.names.particles:
        return True
    if key in tables.names.not_names or key in tables.numbers.cardinals or key in tables.numbers.ordinals:
        return False
    return len(key) > 1 and key not in tables.numbers.hundred and key not in tables.numbers.thousand


def _from_segments(
    text: str, segments: list[list[_Words]], tables: Lexicon, confidence: float, *, capitals: bool
) -> Found[str] | None:
    """Choose among "Keller", "Anna Keller" in "Keller, Anna Keller": the longest that ends like the first."""
    if not segments:
        return None
    first = segments[0]
    for segment in segments[1:2]:
        if segment[-len(first) :] and [word.key for word in segment[-len(first) :]] == [word.key for word in first]:
            return _as_name(text, [segment], tables, confidence, capitals=capitals)
    return _as_name(text, [first], tables, confidence, capitals=capitals)


def _as_name(
    text: str,
    segments: list[Sequence[_Words]] | list[list[_Words]],
    tables: Lexicon,
    confidence: float,
    *,
    capitals: bool,
) -> Found[str] | None:
    words = list(segments[0])
    while words and words[0].key in tables.names.titles:
        words.pop(0)
    while words and words[-1].key in tables.names.particles:
        words.pop()
    proper = [word for word in words if word.key not in tables.names.particles]
    if not proper or len(words) > _LONGEST_NAME:
        return None
    if capitals and not all(word.text[:1].isupper() for word in proper):
        return None
    start, end = words[0].start, words[-1].end
    name = capitalise_name(" ".join(word.text for word in words), tables.language)
    return Found(name, start, end, text[start:end], confidence)


def _phrase_end(tokens: Sequence[_Words], index: int, phrases: Sequence[str]) -> int | None:
    """Return the index after the longest of ``phrases`` that begins at ``index``."""
    longest = None
    joined = ""
    for end in range(index, min(index + _LONGEST_PHRASE, len(tokens))):
        joined = f"{joined} {tokens[end].key}".strip()
        if joined in phrases:
            longest = end + 1
    return longest
