"""The keys that recordings are encrypted with at rest, in the format of age (https://age-encryption.org/v1).

age seals a file in chunks of 64 KiB by ChaCha20-Poly1305 under a file key of its own, which is wrapped for the X25519
key of a recipient. Sealing needs only the public half. The programs ``age`` and ``rage`` open the files as well.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import pyrage

from gateway.config import Settings
from gateway.records.errors import RecordsError

SEALED_SUFFIX = ".age"


class RecordingKeyError(RecordsError):
    """The keys cannot be used, or do not open a recording; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class RecordingKeys:
    """What seals recordings (``recipient``, public) and what opens them: the newest key and those before it."""

    recipient: str
    _identities: tuple[object, ...] = field(repr=False)

    def open_sealed(self, source: BinaryIO, target: BinaryIO) -> None:
        """Write what is sealed in ``source`` to ``target``.

        Raise ``RecordingKeyError`` where no key opens it or it was changed; ``target`` is of no use then.
        """
        try:
            pyrage.decrypt_io(source, target, list(self._identities))
        except pyrage.DecryptError as error:
            raise RecordingKeyError(f"The recording cannot be decrypted: {error}.") from error


def recording_keys(settings: Settings) -> RecordingKeys | None:
    """Return the keys of the settings, None where recordings are not encrypted; raise ``RecordingKeyError``."""
    if settings.recording_key is not None:
        return parse_keys(settings.recording_key.get_secret_value(), "RECORDING_KEY")
    if settings.recording_key_file is None:
        return None
    try:
        text = settings.recording_key_file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        cause = getattr(error, "strerror", None) or "it is no text"
        raise RecordingKeyError(
            f"RECORDING_KEY_FILE: {settings.recording_key_file} cannot be read: {cause}."
        ) from error
    return parse_keys(text, "RECORDING_KEY_FILE")


def parse_keys(text: str, setting: str) -> RecordingKeys:
    """Return the keys in ``text``, the newest first; comments begin with ``#``. Raise ``RecordingKeyError``."""
    words = [word for line in text.splitlines() for word in re.split(r"[\s,]+", line.partition("#")[0]) if word]
    identities = []
    for place, word in enumerate(words, start=1):
        try:
            identities.append(pyrage.x25519.Identity.from_str(word))
        except pyrage.IdentityError:
            # Not from the error, which may hold the key.
            raise RecordingKeyError(
                f"{setting}: key {place} is no secret key of age; one is made by `gateway recording-key`."
            ) from None
    if not identities:
        raise RecordingKeyError(f"{setting}: there is no key in it; one is made by `gateway recording-key`.")
    return RecordingKeys(str(identities[0].to_public()), tuple(identities))


def new_key() -> tuple[str, str]:
    """Return a new secret key and its public half."""
    identity = pyrage.x25519.Identity.generate()
    return str(identity), str(identity.to_public())


def is_sealed(recording: Path) -> bool:
    """Tell by its name whether a recording is encrypted."""
    return recording.suffix == SEALED_SUFFIX
