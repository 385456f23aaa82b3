"""How callers speak of an emergency, one data module a language.

What counts follows what a dental practice's emergency service is for: an accident, a tooth that is knocked out or
broken, bleeding that does not stop, swelling with fever or that spreads, trouble breathing or swallowing,
unconsciousness, an abscess, pain that nobody can bear. It decides only whether the numbers are told at once, never how
bad it is.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.dialogue.lexicons.emergencies import de, en, fr, it
from gateway.dialogue.lexicons.emergencies.emergency_patterns import EmergencyPatterns
from gateway.language import Language

EMERGENCIES: Mapping[Language, EmergencyPatterns] = {
    "de": de.EMERGENCY,
    "fr": fr.EMERGENCY,
    "it": it.EMERGENCY,
    "en": en.EMERGENCY,
}

__all__ = ["EMERGENCIES", "EmergencyPatterns"]
