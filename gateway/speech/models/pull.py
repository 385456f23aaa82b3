"""Fetching a model of the hub into MODELS_DIR: what lacks, several files at once, each held to its checksum."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from gateway.speech.manifest import Model, ModelFile
from gateway.speech.models.checking import check_folder, expected_digest, problem_of, remember, unknown_files
from gateway.speech.models.digests import Digest
from gateway.speech.models.download import DownloadCancelled, download
from gateway.speech.models.errors import HubContradicts, HubError, ModelStoreError
from gateway.speech.models.hub import HubFile, ModelHub
from gateway.speech.models.places import complete_folder, home, lock_file, record_file, work_folder
from gateway.speech.models.placing import Progress, locked, put_in_place
from gateway.speech.models.record import read_record, write_record

Consent: TypeAlias = Callable[[Model], None]
"""Is asked before anything of a model is fetched; raises ``LicenceNotAccepted``."""

AT_ONCE = 4
PROGRESS_EVERY_S = 2.0
SPARE_BYTES = 100_000_000


def pull_hub_model(model: Model, models_dir: Path, hub: ModelHub, consent: Consent, progress: Progress) -> Path:
    """Fetch ``model`` unless it is there and right, wherever it lies; return its folder.

    Raises:
        LicenceNotAccepted: ``consent`` says so.
        HubError: the hub did not give it.
        ModelStoreError: there is no room for it, or it cannot be stored.

    """
    try:
        with locked(lock_file(models_dir, model), model.name, progress):
            return _Pull(model, models_dir, hub, progress).run(consent)
    except OSError as error:
        raise ModelStoreError(f"The model {model.name} cannot be stored in {models_dir}: {error}.") from error


class _Pull:
    """One model being fetched, with its lock held."""

    def __init__(self, model: Model, models_dir: Path, hub: ModelHub, progress: Progress) -> None:
        self._model = model
        self._models_dir = models_dir
        self._hub = hub
        self._progress = progress
        self._home = home(models_dir, model)
        self._work = work_folder(models_dir, model)
        self._record_file = record_file(models_dir, model)

    def run(self, consent: Consent) -> Path:
        there = complete_folder(self._models_dir, self._model)
        if there is not None and self._is_right(there):
            self._say(f"ready in {there}")
            return there
        consent(self._model)
        told = read_record(self._record_file, self._model).told
        expected = {file.name: expected_digest(file, told) for file in self._model.files}
        wanted = self._wanted(expected)
        located = self._locate([file.name for file in wanted])
        for file in wanted:
            self._compare(file, located[file.name], expected[file.name])
            expected[file.name] = expected[file.name] or located[file.name].digest
        self._remember_told(located)
        self._work.mkdir(parents=True, exist_ok=True)
        self._sweep({file.name for file in wanted})
        self._make_sure_of_room(list(located.values()))
        self._fetch(wanted, located, expected)
        put_in_place(self._work, self._home)
        remember(self._model, self._models_dir, self._home)
        self._say(f"ready in {self._home}")
        return self._home

    def _is_right(self, folder: Path) -> bool:
        """Hash what is there; ask the hub first for the checksums that nobody knows."""
        unknown = unknown_files(self._model, self._models_dir, folder)
        if unknown:
            try:
                self._remember_told(self._locate(unknown))
            except HubError as error:
                self._say(f"{', '.join(unknown)} in {folder} cannot be verified. {error}")
        self._say(f"checking {folder}")
        problems = check_folder(self._model, self._models_dir, folder)
        for problem in problems:
            self._say(f"{problem}; it is fetched")
        return not problems

    def _wanted(self, expected: Mapping[str, Digest | None]) -> list[ModelFile]:
        """Return the files that are not in their place, or not right there."""
        return [
            file
            for file in self._model.files
            if (digest := expected[file.name]) is None or problem_of(file, self._home / file.name, digest) is not None
        ]

    def _locate(self, names: Sequence[str]) -> dict[str, HubFile]:
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="model hub") as pool:
            return dict(zip(names, pool.map(lambda name: self._hub.locate(self._model, name), names), strict=True))

    def _compare(self, file: ModelFile, located: HubFile, known: Digest | None) -> None:
        """Refuse what is plainly not the file that was ``known`` before, before a byte of it is fetched."""
        if known is None and located.digest is None:
            raise HubContradicts(f"The model hub gives no checksum for {file.name} of {self._model.source}.")
        other_size = None not in {file.bytes, located.bytes} and file.bytes != located.bytes
        if other_size or _contradict(known, located.digest):
            raise HubContradicts(
                f"The model hub has another {file.name} in revision {self._model.revision} of {self._model.source}"
                " than was known of it before: do not use it before you know why."
            )

    def _remember_told(self, located: Mapping[str, HubFile]) -> None:
        record = read_record(self._record_file, self._model)
        told: dict[str, Digest] = dict(record.told)
        told.update({name: file.digest for name, file in located.items() if file.digest is not None})
        write_record(self._record_file, self._model, replace(record, told=told))

    def _sweep(self, names: set[str]) -> None:
        """Throw away what another download left that is not wanted any more."""
        for path in self._work.iterdir():
            if path.name.removesuffix(".part") not in names:
                path.unlink()

    def _make_sure_of_room(self, located: Sequence[HubFile]) -> None:
        lacking = sum(file.bytes or 0 for file in located) - self._fetched()
        free = shutil.disk_usage(self._work).free
        if lacking > 0 and free < lacking + SPARE_BYTES:
            raise ModelStoreError(
                f"The model {self._model.name} needs {(lacking + SPARE_BYTES) / 1e9:.1f} GB more in {self._models_dir},"
                f" where {free / 1e9:.1f} GB are free."
            )

    def _fetched(self) -> int:
        """Return the bytes that are in the work folder; files may be renamed while it is counted."""
        total = 0
        for path in self._work.iterdir():
            try:
                total += path.stat().st_size
            except FileNotFoundError:
                continue
        return total

    def _fetch(
        self, wanted: Sequence[ModelFile], located: Mapping[str, HubFile], expected: Mapping[str, Digest | None]
    ) -> None:
        total = sum(file.bytes or 0 for file in located.values())
        self._say(f"fetching {total / 1e6:.0f} MB from the model hub ({self._model.licence})")
        cancelled = threading.Event()
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="model download") as pool:
            try:
                running = [
                    pool.submit(self._fetch_file, file, located[file.name], expected[file.name], cancelled)
                    for file in wanted
                ]
                self._watch(running, total)
            finally:
                # A fault of one file, or Ctrl-C: the other ones stop at their next bytes.
                cancelled.set()

    def _watch(self, running: Sequence[Future[None]], total: int) -> None:
        """Say how far it is until all files are there; raise what made one fail."""
        began, at_first = time.monotonic(), self._fetched()
        pending = set(running)
        while pending:
            done, pending = wait(pending, PROGRESS_EVERY_S, return_when=FIRST_EXCEPTION)
            for future in done:
                future.result()
            if pending:
                fetched = self._fetched()
                self._say(progress_line(fetched, total, fetched - at_first, time.monotonic() - began))

    def _fetch_file(
        self, file: ModelFile, located: HubFile, expected: Digest | None, cancelled: threading.Event
    ) -> None:
        """Bring one file into the work folder and hold it to its checksum; a wrong one is fetched once more."""
        finished = self._work / file.name
        part = finished.with_name(f"{file.name}.part")
        if finished.is_file():
            # Written by a run that was cut off later; what it had not flushed may be missing.
            finished.replace(part)
        for _ in range(2):
            download(self._hub, self._model, located, part, cancelled)
            if problem_of(file, part, expected) is None:
                part.replace(finished)
                return
            part.unlink()
            if cancelled.is_set():
                raise DownloadCancelled
        raise HubContradicts(
            f"What the model hub sends as {file.name} of {self._model.source} is not the file of the manifest's"
            " revision (its checksum differs): try again later, or from another network."
        )

    def _say(self, line: str) -> None:
        self._progress(f"{self._model.name}: {line}")


def _contradict(known: Digest | None, told: Digest | None) -> bool:
    """Whether two checksums are of different files; those of different algorithms cannot be compared."""
    return known is not None and told is not None and known.algorithm == told.algorithm and known != told


def progress_line(fetched: int, total: int, gained: int, took_s: float) -> str:
    """Return how far a download is: ``fetched`` of ``total`` bytes, ``gained`` of them in ``took_s`` seconds."""
    line = f"{fetched / 1e6:.0f} of {total / 1e6:.0f} MB"
    if gained <= 0 or took_s <= 0:
        return line
    rate = gained / took_s
    left_s = max(total - fetched, 0) / rate
    left = f"{left_s:.0f} s" if left_s < 90 else f"{left_s / 60:.0f} min"
    return f"{line}, {rate / 1e6:.1f} MB/s, about {left} left"
