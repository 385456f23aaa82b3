"""What becomes of recordings once their calls are over: compressed and encrypted where that is wanted, one by one."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path

import structlog

from gateway.media.recording.recording_format import RecordingFormat
from gateway.records.errors import RecordsError
from gateway.records.journal import Journal
from gateway.records.recording_keys import SEALED_SUFFIX

_log = structlog.get_logger(__name__)

CONVERSION_DEADLINE_S = 300.0
"""How long the conversion of one recording may take, on a machine that has better things to do."""

RETRY_DELAYS_S = (60.0, 600.0)
"""When a conversion that failed is tried again; after the last time the WAV file stays until the next start."""


class _NotConvertedError(Exception):
    """A recording stays as it is; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class _Recording:
    call_id: str
    path: Path
    faults: int = 0


class RecordingArchive:
    """Replaces the WAV files of finished calls by ``kind``, in a child process of the lowest priority.

    With a ``recipient``, a public key of age, they are encrypted for it as well. The child knows no secret key.

    Each replacement goes in this order: the new file is whole and on the disk, the records name it, the WAV file is
    deleted. A crash between two of these steps loses nothing, and the next ``start`` goes on there. A recording that
    its caller has refused, and that could not be deleted then, is deleted at the next start.
    """

    def __init__(self, journal: Journal, folder: Path, kind: RecordingFormat, recipient: str | None = None) -> None:
        self._journal = journal
        self._folder = folder
        self._kind = kind
        self._recipient = () if recipient is None else (recipient,)
        self._queue: asyncio.Queue[_Recording] = asyncio.Queue()
        self._retries: set[asyncio.TimerHandle] = set()
        self._working: asyncio.Task[None] | None = None
        self._begun = asyncio.Event()

    async def start(self) -> None:
        """Begin to work, with what a stop or a crash has left to do."""
        self._working = asyncio.create_task(self._work(), name="recording-archive")

    async def stop(self) -> None:
        """Stop at once; what is unfinished waits for the next start."""
        for retry in self._retries:
            retry.cancel()
        if self._working is not None:
            self._working.cancel()
            await asyncio.wait([self._working])

    @property
    def waiting(self) -> int:
        """How many recordings wait for being compressed or encrypted, or for another attempt at it."""
        return self._queue.qsize() + len(self._retries)

    def put(self, call_id: str, recording: Path) -> None:
        """Take the recording of a call that is over."""
        self._queue.put_nowait(_Recording(call_id, recording))

    async def idle(self) -> None:
        """Wait until nothing is left to do now, what a start found included."""
        await self._begun.wait()
        await self._queue.join()

    async def _work(self) -> None:
        try:
            for path in await asyncio.to_thread(self._left_over):
                self._queue.put_nowait(_Recording(path.stem, path))
        except OSError as error:
            _log.error("recordings_not_looked_through", cause=str(error))
        self._begun.set()
        while True:
            recording = await self._queue.get()
            try:
                await self._keep(recording)
            except (_NotConvertedError, RecordsError, OSError) as error:
                self._retry(recording, error)
            except Exception:  # noqa: BLE001 - told with its traceback; the other recordings are kept all the same
                _log.exception("recording_not_converted", call_id=recording.call_id)
            finally:
                self._queue.task_done()

    def _left_over(self) -> list[Path]:
        """Return what lies there as WAV; delete what conversions that were killed had made so far."""
        for part in self._folder.glob("*/*.part"):
            part.unlink(missing_ok=True)
        return sorted(self._folder.glob("*/*.wav"))

    def _retry(self, recording: _Recording, error: Exception) -> None:
        again = recording.faults < len(RETRY_DELAYS_S)
        _log.warning("recording_not_converted", call_id=recording.call_id, cause=str(error), again=again)
        if not again:
            return
        later = _Recording(recording.call_id, recording.path, recording.faults + 1)

        def put() -> None:
            self._retries.discard(timer)
            self._queue.put_nowait(later)

        timer = asyncio.get_running_loop().call_later(RETRY_DELAYS_S[recording.faults], put)
        self._retries.add(timer)

    async def _keep(self, recording: _Recording) -> None:
        story = await self._journal.call(recording.call_id)
        if story is None or story.summary.id != recording.call_id or story.summary.ended_at is None:
            return  # somebody else's file, or a call that has begun since
        wav, target = recording.path, self._target_of(recording.path)
        if story.summary.recording_consent == "refused":
            await asyncio.to_thread(wav.unlink, missing_ok=True)
        elif story.summary.recording_path not in {wav, target} or wav == target:
            return
        elif await asyncio.to_thread(wav.exists):
            if story.summary.recording_path == wav or not await asyncio.to_thread(target.exists):
                await _convert(wav, target, *self._recipient)
            await self._replace(recording.call_id, wav, target)

    def _target_of(self, wav: Path) -> Path:
        target = wav.with_suffix(f".{self._kind}")
        return target.with_name(target.name + SEALED_SUFFIX) if self._recipient else target

    async def _replace(self, call_id: str, wav: Path, target: Path) -> None:
        moved = await self._journal.move_recording(call_id, wav, target)
        # A recording that was deleted while it was converted is not to come back.
        if not moved or not await asyncio.to_thread(wav.exists):
            await asyncio.to_thread(target.unlink, missing_ok=True)
            return
        await asyncio.to_thread(wav.unlink)
        _log.info("recording_converted", call_id=call_id, format=str(self._kind), encrypted=bool(self._recipient))


async def _convert(wav: Path, target: Path, *recipient: str) -> None:
    """Convert in a child process; raise ``_NotConvertedError``."""
    command = [sys.executable, "-m", "gateway.media.recording.conversion", str(wav), str(target), *recipient]
    child = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    try:
        _, said = await asyncio.wait_for(child.communicate(), CONVERSION_DEADLINE_S)
    except TimeoutError as error:
        raise _NotConvertedError("the conversion took too long") from error
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode:
        lines = said.decode(errors="replace").strip().splitlines()
        raise _NotConvertedError(lines[-1] if lines else f"the conversion ended with status {child.returncode}")
