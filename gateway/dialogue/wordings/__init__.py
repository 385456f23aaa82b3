"""What the gateway says, one data module a language.

``SENTENCES`` maps the name of a speech act to its sentences. A sentence without a value of the call in it is
synthesised once and cached, so values stand in sentences of their own. ``VALUES`` holds the small forms that values
are filled into: what "{date}" becomes for one day and for an interval.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.dialogue.wordings import de, en, fr, it
from gateway.language import Language


@dataclass(frozen=True, slots=True)
class Wording:
    """A language's wording."""

    sentences: Mapping[str, tuple[str, ...]]
    values: Mapping[str, str]
    weekdays: tuple[str, ...]
    """Monday first."""


WORDINGS: Mapping[Language, Wording] = {
    "de": Wording(de.SENTENCES, de.VALUES, de.WEEKDAYS),
    "fr": Wording(fr.SENTENCES, fr.VALUES, fr.WEEKDAYS),
    "it": Wording(it.SENTENCES, it.VALUES, it.WEEKDAYS),
    "en": Wording(en.SENTENCES, en.VALUES, en.WEEKDAYS),
}
