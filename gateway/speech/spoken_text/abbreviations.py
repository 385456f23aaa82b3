"""Abbreviations that a reader says in full."""

from __future__ import annotations

import re

from gateway.language import Language

_ABBREVIATIONS: dict[Language, tuple[tuple[str, str], ...]] = {
    "de": (
        (r"Dr\. ?(med\. ?)?(dent\. ?)?(?=\w)", "Doktor "),
        (r"Prof\. ?", "Professor "),
        (r"Tel\. ?(?=[\d+])", "Telefon "),
        (r"usw\.", "und so weiter"),
        (r"bzw\.", "beziehungsweise"),
        (r"Nr\. ?(?=\d)", "Nummer "),
        (r"inkl\.", "inklusive"),
    ),
    "fr": (
        (r"Dr\.? (méd\. ?)?(dent\. ?)?(?=\w)", "docteur "),
        (r"Dre\.? ", "doctoresse "),
        (r"Mme\.? ", "madame "),
        (r"M\. (?=[A-ZÉÈ])", "monsieur "),
        (r"tél\. ?(?=[\d+])", "téléphone "),
    ),
    "it": (
        (r"[Dd]ott?\.ssa ", "dottoressa "),
        (r"([Dd]ott|[Dd]r)\.? (med\. ?)?(dent\. ?)?(?=\w)", "dottor "),
        (r"[Ss]ig\.ra ", "signora "),
        (r"[Ss]ig\. ", "signor "),
        (r"tel\. ?(?=[\d+])", "telefono "),
    ),
    "en": (
        (r"Dr\.? (med\. ?)?(dent\. ?)?(?=\w)", "doctor "),
        (r"Mr\.? (?=[A-Z])", "mister "),
        (r"Mrs\.? (?=[A-Z])", "missis "),
    ),
}


def written_out(text: str, language: Language) -> str:
    """Return ``text`` with its titles and abbreviations in full."""
    for pattern, replacement in _ABBREVIATIONS[language]:
        text = re.sub(rf"\b{pattern}", replacement, text)
    return text
