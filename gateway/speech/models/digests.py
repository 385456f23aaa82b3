"""Checksums of files: SHA-256, and the SHA-1 of a git blob, which the hub gives for small files."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

Algorithm: TypeAlias = Literal["sha256", "git-blob-sha1"]

_LENGTHS: dict[int, Algorithm] = {64: "sha256", 40: "git-blob-sha1"}
_HEXADECIMAL = re.compile(r"[0-9a-f]+")


@dataclass(frozen=True, slots=True)
class Digest:
    """A checksum, in lower-case hexadecimal."""

    algorithm: Algorithm
    value: str

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.value}"


def digest_of_etag(etag: str | None) -> Digest | None:
    """Return the checksum that an ETag of the hub is: SHA-256 of a large file, git's of a small one; None: neither."""
    if etag is None or not _HEXADECIMAL.fullmatch(etag) or len(etag) not in _LENGTHS:
        return None
    return Digest(_LENGTHS[len(etag)], etag)


def digest_of_text(text: str) -> Digest:
    """Return the checksum that ``str`` of one made; raise ``ValueError`` when it is none."""
    algorithm, _, value = text.partition(":")
    digest = digest_of_etag(value)
    if digest is None or digest.algorithm != algorithm:
        raise ValueError(f"{text!r} is no checksum")
    return digest


def digest_of_file(path: Path, algorithm: Algorithm) -> Digest:
    """Hash the file at ``path``; raise ``OSError``."""
    with path.open("rb") as stream:
        if algorithm == "sha256":
            return Digest(algorithm, hashlib.file_digest(stream, "sha256").hexdigest())
        size = path.stat().st_size

        def blob() -> hashlib._Hash:
            # git hashes a header with the size before the content (Pro Git, 10.2 "Git Objects").
            return hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)

        return Digest(algorithm, hashlib.file_digest(stream, blob).hexdigest())
