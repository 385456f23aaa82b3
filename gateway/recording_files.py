"""The files of recordings: where they are, what is in them, and their deletion."""

from __future__ import annotations

import io
from pathlib import Path

from gateway.records.recording_keys import RecordingKeyError, RecordingKeys, is_sealed


def find_recording(folder: Path, stored: Path) -> Path | None:
    """Return the file of a recording that the records call ``stored``, None where there is none.

    A database that was restored elsewhere names its old place: day and name are looked up in ``folder`` then.
    """
    for path in (stored, folder / stored.parent.name / stored.name):
        if path.is_file():
            return path
    return None


def read_recording(path: Path, keys: RecordingKeys | None) -> tuple[str, bytes]:
    """Return the suffix (``.wav``, ``.flac``, ``.opus``) and the octets of a recording, decrypted.

    Raise ``RecordingKeyError`` where it cannot be decrypted, ``OSError`` where it cannot be read.
    """
    if not is_sealed(path):
        return path.suffix, path.read_bytes()
    if keys is None:
        raise RecordingKeyError("The recording is encrypted, and neither RECORDING_KEY nor RECORDING_KEY_FILE is set.")
    opened = io.BytesIO()
    with path.open("rb") as sealed:
        keys.open_sealed(sealed, opened)
    return path.with_suffix("").suffix, opened.getvalue()


def delete_recording(folder: Path, call_id: str, stored: Path) -> bool:
    """Delete all files of a call's recording, what a conversion is making of it as well; tell if there were any.

    Raise ``OSError``.
    """
    places = {stored.parent, folder / stored.parent.name}
    found = [path for place in places if place.is_dir() for path in place.glob(f"{call_id}.*")]
    for path in {*found, stored}:
        path.unlink(missing_ok=True)
    return bool(found)
