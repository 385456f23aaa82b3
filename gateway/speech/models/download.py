"""Fetching one file of the hub, on from where an earlier attempt stopped, even one of another process.

huggingface_hub downloads too, but since 2.0 it begins a file anew after a break of the process; of 5 GB over a
practice's line that is too much to lose. So the bytes are fetched here, through its HTTP session.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
from huggingface_hub import constants, get_session, hf_raise_for_status
from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

from gateway.speech.manifest import Model
from gateway.speech.models.errors import HubContradicts, HubUnreachable
from gateway.speech.models.hub import TRANSIENT_STATUSES, HubFile, ModelHub

FRUITLESS_ATTEMPTS = 5
"""Attempts in a row that bring less than LEAST_PROGRESS bytes before it is given up."""
LEAST_PROGRESS = 64 * 1024
PAUSE_S = 1.0
LONGEST_PAUSE_S = 16.0
WATCHED_S = 30.0
SLOWEST_BYTES_PER_S = 1024
PARTIAL_CONTENT, RANGE_NOT_SATISFIABLE = 206, 416


class DownloadCancelled(Exception):
    """Another file failed, or the user has had enough; what was fetched stays for the next time."""


class _Interrupted(Exception):
    """An attempt ended before the file did."""


def download(hub: ModelHub, model: Model, file: HubFile, part: Path, cancelled: threading.Event) -> None:
    """Append to ``part`` what it lacks of ``file``.

    Raises:
        HubError: the hub refuses it, sends something else, or breaks off again and again without sending anything.
        DownloadCancelled: ``cancelled`` was set.
        OSError: it cannot be stored.

    """
    fruitless = 0
    while True:
        before = _size(part)
        if before == file.bytes:
            return
        try:
            _append(hub, model, file, part, cancelled)
        except (httpx2.TransportError, _Interrupted) as error:
            reason = str(error) if isinstance(error, _Interrupted) else type(error).__name__
        else:
            return
        fruitless = 0 if _size(part) - before >= LEAST_PROGRESS else fruitless + 1
        if fruitless >= FRUITLESS_ATTEMPTS:
            raise HubUnreachable(
                f"The download of {file.name} of {model.name} broke off {fruitless} times ({reason}):"
                f" run `gateway models pull {model.name}` again, it goes on from there."
            )
        if cancelled.wait(min(PAUSE_S * 2**fruitless, LONGEST_PAUSE_S)):
            raise DownloadCancelled


def _append(hub: ModelHub, model: Model, file: HubFile, part: Path, cancelled: threading.Event) -> None:
    """Make one request for the rest of ``file``; return when all of it is there."""
    have = _size(part)
    headers = hub.headers()
    if have:
        headers["Range"] = f"bytes={have}-"
    try:
        with get_session().stream(
            "GET", file.url, headers=headers, timeout=constants.HF_HUB_DOWNLOAD_TIMEOUT
        ) as response:
            if response.status_code == RANGE_NOT_SATISFIABLE:
                part.unlink(missing_ok=True)
                raise _Interrupted("it is shorter than what was there")
            if response.status_code in TRANSIENT_STATUSES:
                raise _Interrupted(f"the hub answers {response.status_code}")
            hf_raise_for_status(response)
            resumed = response.status_code == PARTIAL_CONTENT and _first_byte(response) == have
            with part.open("ab" if resumed else "wb") as stream:
                for chunk in _watched(response.iter_bytes()):
                    stream.write(chunk)
                    if cancelled.is_set():
                        raise DownloadCancelled
    except (OfflineModeIsEnabled, HfHubHTTPError) as error:
        raise hub.fault(error, model, file.name) from error
    size = _size(part)
    if file.bytes is not None and size < file.bytes:
        raise _Interrupted(f"it ended after {size} of {file.bytes} bytes")
    if file.bytes is not None and size > file.bytes:
        part.unlink(missing_ok=True)
        raise HubContradicts(f"The model hub sends {size} bytes of {file.name} in place of {file.bytes}.")


def _watched(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Pass on what comes; give up on a sender that keeps the connection alive with next to nothing."""
    since, gained = time.monotonic(), 0
    for chunk in chunks:
        yield chunk
        gained += len(chunk)
        took = time.monotonic() - since
        if took >= WATCHED_S:
            if gained < SLOWEST_BYTES_PER_S * took:
                raise _Interrupted(f"it sent {gained} bytes in {took:.0f} s")
            since, gained = time.monotonic(), 0


def _first_byte(response: httpx2.Response) -> int | None:
    """Return where the content of a 206 begins (RFC 9110, 14.4); None when it does not say."""
    unit, _, rest = response.headers.get("Content-Range", "").partition(" ")
    first = rest.partition("-")[0]
    return int(first) if unit == "bytes" and first.isdecimal() else None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
