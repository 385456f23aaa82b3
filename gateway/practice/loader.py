"""Reads a practice profile from YAML; every fault becomes one sentence that names the file, the line and the key."""

from __future__ import annotations

from pathlib import Path

from gateway.practice import profile as schema
from gateway.practice.profile import PracticeProfile
from gateway.practice.references import reference_problems
from gateway.practice.yaml_model import YamlModelError, YamlReader


class ProfileError(YamlModelError):
    """A profile cannot be used; ``problems`` has one sentence for each fault."""


_READER = YamlReader(
    PracticeProfile,
    noun="profile",
    error=ProfileError,
    patterns={
        schema.E164_PATTERN: "a number in international form without spaces, such as +41441234567",
        schema.SHORT_OR_E164_PATTERN: "a number such as 144 or +41441234567, without spaces",
        schema.SLUG_PATTERN: "an id of small letters, digits and single hyphens, such as dental-hygiene",
        schema.TARGET_PATTERN: "a SIP address such as sip:reception@pbx.example, or a number such as +41441234567",
    },
    references=reference_problems,
)


def load_profile(path: Path) -> PracticeProfile:
    """Return the profile in the file at ``path``; raise ``ProfileError`` with everything that is wrong with it."""
    return _READER.read(path)
