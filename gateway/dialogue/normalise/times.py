"""Finds the times of day that a caller names: "halb drei", "quinze heures trente", "alle tre e mezza", "after four"."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from gateway.dialogue.normalise.found import Found, TimeSpan
from gateway.dialogue.normalise.lexicon import lexicon
from gateway.dialogue.normalise.tags import TagLine
from gateway.dialogue.normalise.time_rules import LOOSE, MARKED, WITH_PERIOD, read_time, second, with_period
from gateway.language import Language

DAY_START, DAY_END = dt.time(8), dt.time(18)
"""Where "before ten" begins and "after four" ends."""
NIGHT = dt.time(23, 59)
"""Where "after six in the evening" ends."""
PARTS_OF_DAY: dict[str, TimeSpan] = {
    "early": TimeSpan(dt.time(8), dt.time(10)),
    "morning": TimeSpan(dt.time(8), dt.time(12)),
    "noonish": TimeSpan(dt.time(12), dt.time(14)),
    "afternoon": TimeSpan(dt.time(12), dt.time(18)),
    "late": TimeSpan(dt.time(16), dt.time(18)),
    "evening": TimeSpan(dt.time(17), dt.time(20)),
}
"""What the parts of the day mean."""

_SURE, _LIKELY, _GUESS = 0.95, 0.8, 0.5
_THE = r"(?:the |at )?"


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\S){pattern}")


_BETWEEN = _compiled(rf"between {_THE}{LOOSE}and {_THE}{second(LOOSE)}")
_FROM_TO = _compiled(rf"(?:from|after) {_THE}{LOOSE}(?:until|at|to|-) {_THE}{second(LOOSE)}")
_MARKED_TO = _compiled(rf"{_THE}{LOOSE}(?:until|-) {_THE}{second(MARKED)}")
_NOT_BEFORE = _compiled(rf"not (?:before|to) {_THE}{LOOSE}")
_NOT_AFTER = _compiled(rf"not (?:after|past) {_THE}{LOOSE}")
_AFTER = _compiled(rf"(?:after|past|from) {_THE}{LOOSE}")
_BEFORE = _compiled(rf"(?:before|to|until) {_THE}{LOOSE}")
_AT = _compiled(rf"(?:(?:at |the ){{0,2}}approx |at ){_THE}{LOOSE}")
_THE_HOUR = _compiled(rf"the {LOOSE}(?=[.,?!] |or |and |$)")
_PLAIN = _compiled(rf"{MARKED}")
_PERIOD_TIME = _compiled(rf"{WITH_PERIOD}")
_ONLY = re.compile(rf"(?:fill |, |\. )*{LOOSE}(?:fill |, |\. |\? |! )*")
_PART = _compiled(r"(?P<part>part=\w+) ")
_NEGATED = re.compile(r"(?<!\S)not (?:(?:at|the|approx) )*$")
_MERGE_GAP = re.compile(r"(?:x |, |at |the |approx ){0,4}")
_AND_GAP = re.compile(r"(?:, )?and (?:at |the |approx ){0,2}")
"""Between a part of the day and a time within it, which then says it more closely: "am Nachmittag und vier Uhr"."""


@dataclass(frozen=True, slots=True)
class _Place:
    start: int
    end: int
    span: TimeSpan | None
    confidence: float
    part: str = ""


def find_times(text: str, language: Language) -> list[Found[TimeSpan]]:
    """Return the times that ``text`` names, in order.

    A bare number is a time only where the words around it say so, or as the whole answer (then with confidence 0.5).
    A part of the day beside a time fixes the time ("am Abend um acht"); alone it is one of ``PARTS_OF_DAY``.
    Refused times ("nicht um drei") give nothing.
    """
    line = TagLine(text, lexicon(language).times, language)
    places = _merged(line.line, _places(line, language))
    found = []
    for place in places:
        if place.span is not None and not _NEGATED.search(line.line[max(0, place.start - 40) : place.start]):
            start, end = line.span(place.start, place.end)
            found.append(Found(place.span, start, end, text[start:end], place.confidence))
    return found


def _places(line: TagLine, language: Language) -> list[_Place]:
    candidates = [
        *_ranges(line),
        *_opens(line),
        *_exact(line, language),
        *(
            _Place(match.start(), match.end(), PARTS_OF_DAY[part], _SURE, part)
            for match in line.matches(_PART)
            if (part := match["part"].removeprefix("part="))
        ),
    ]
    if not candidates:
        whole = _ONLY.fullmatch(line.line)
        time = read_time(whole) if whole is not None else None
        if time is not None and dt.time(7) <= time <= dt.time(20):
            return [_Place(0, len(line.line), TimeSpan(time), _GUESS)]
    chosen: list[_Place] = []
    for place in sorted(candidates, key=lambda candidate: (candidate.start, -candidate.end)):
        if not chosen or place.start >= chosen[-1].end:
            chosen.append(place)
    return chosen


def _ranges(line: TagLine) -> list[_Place]:
    found = []
    for pattern in (_BETWEEN, _FROM_TO, _MARKED_TO):
        for match in line.matches(pattern):
            first = read_time(match)
            last = read_time(match, "second_", after=first)
            if first is not None and last is not None and first < last:
                found.append(_Place(match.start(), match.end(), TimeSpan(first, last), _LIKELY))
    return found


def _opens(line: TagLine) -> list[_Place]:
    found = []
    for pattern, later in ((_NOT_BEFORE, True), (_NOT_AFTER, False), (_AFTER, True), (_BEFORE, False)):
        for match in line.matches(pattern):
            time = read_time(match)
            if time is None:
                continue
            span = (
                TimeSpan(time, DAY_END if time < DAY_END else NIGHT) if later else TimeSpan(min(DAY_START, time), time)
            )
            if span.last is not None and span.first < span.last:
                found.append(_Place(match.start(), match.end(), span, _LIKELY))
    return found


def _exact(line: TagLine, language: Language) -> list[_Place]:
    found = []
    patterns = (_AT, _PLAIN, _PERIOD_TIME, _THE_HOUR) if language == "it" else (_AT, _PLAIN, _PERIOD_TIME)
    for pattern in patterns:
        for match in line.matches(pattern):
            bare = match.groupdict().get("bare_hour") is not None
            if (
                pattern is _AT
                and bare
                and language == "fr"
                and match["bare_minutes"] is None
                and "approx" not in match[0]
            ):
                continue
            time = read_time(match)
            if time is not None:
                found.append(_Place(match.start(), match.end(), TimeSpan(time), _LIKELY if bare else _SURE))
    return found


def _merged(line: str, places: list[_Place]) -> list[_Place]:
    """Let "am Nachmittag um drei" be one time."""
    merged: list[_Place] = []
    for place in places:
        before = merged[-1] if merged else None
        if before is not None and _belong_together(line, before, place):
            joined = _joined(before, place)
            if joined is not None:
                merged[-1] = joined
                continue
        merged.append(place)
    return merged


def _belong_together(line: str, before: _Place, after: _Place) -> bool:
    if _MERGE_GAP.fullmatch(line, before.end, after.start):
        return True
    part = PARTS_OF_DAY.get(before.part)
    if part is None or part.last is None or after.span is None:
        return False
    within = after.span.last is None and part.first <= after.span.first <= part.last
    return within and _AND_GAP.fullmatch(line, before.end, after.start) is not None


def _joined(before: _Place, after: _Place) -> _Place | None:
    part = before.part or after.part
    exact = after if before.part else before
    if not part or exact.part or exact.span is None:
        return None
    if exact.span.last is not None:
        return _Place(before.start, after.end, exact.span, exact.confidence)
    time = with_period(exact.span.first, part)
    return _Place(before.start, after.end, TimeSpan(time), exact.confidence)
