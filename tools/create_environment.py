"""Create the virtual environment and install the locked dependencies into it.

Needs only Python's standard library, so that it runs on a bare machine. Debian ships ``python3`` without ``ensurepip``;
there pip comes from Debian's own package ``python3-pip-whl``, which is unpacked beside the environment without
installing anything on the system.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PIP_PACKAGE = "python3-pip-whl"


class SetUpError(Exception):
    """The environment cannot be created; the message says what to do."""


def run(*command: str | Path, cwd: Path = ROOT) -> None:
    """Run ``command`` and raise ``SetUpError`` when it fails."""
    finished = subprocess.run([str(part) for part in command], cwd=cwd, check=False)
    if finished.returncode != 0:
        raise SetUpError(f"`{' '.join(str(part) for part in command)}` failed with code {finished.returncode}.")


def pip_from_debian(folder: Path) -> Path:
    """Return the path of a pip wheel that was unpacked from Debian's archive into ``folder``."""
    installed = sorted(Path("/usr/share/python-wheels").glob("pip-*.whl"))
    if installed:
        return installed[-1]
    advice = "This Python has no pip. Install it first: apt-get install python3-venv"
    if shutil.which("apt-get") is None:
        raise SetUpError(advice)
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        run("apt-get", "update", "-qq")
    try:
        run("apt-get", "download", "-qq", PIP_PACKAGE, cwd=folder)
        run("dpkg", "-x", next(folder.glob(f"{PIP_PACKAGE}_*.deb")), folder / "unpacked")
        return next((folder / "unpacked/usr/share/python-wheels").glob("pip-*.whl"))
    except (SetUpError, StopIteration) as error:
        raise SetUpError(advice) from error


def create(environment: Path) -> list[str]:
    """Create an empty virtual environment and return the command that starts pip in it."""
    python = environment / "bin" / "python"
    if importlib.util.find_spec("ensurepip") is not None:
        run(sys.executable, "-m", "venv", "--clear", environment)
        return [str(python), "-m", "pip"]
    run(sys.executable, "-m", "venv", "--clear", "--without-pip", environment)
    wheel = pip_from_debian(environment / "bootstrap")
    return [str(python), f"{wheel}/pip"]


def fingerprint(lock: Path) -> str:
    """Return what the environment depends on, so that an unchanged one is kept."""
    digest = hashlib.sha256(sys.version.encode())
    for path in (lock, ROOT / "pyproject.toml", Path(__file__)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def main() -> int:
    """Create or refresh the environment; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--environment", type=Path, default=ROOT / ".venv")
    parser.add_argument("--lock", type=Path, default=ROOT / "requirements.lock")
    options = parser.parse_args()
    if sys.version_info < (3, 11):  # noqa: UP036 - the message is for whoever runs an older Python
        print("Python 3.11 or newer is needed.", file=sys.stderr)
        return 1
    stamp = options.environment / "installed"
    wanted = fingerprint(options.lock)
    if stamp.exists() and stamp.read_text() == wanted:
        return 0
    print(f"Installing {options.lock.name} into {options.environment} (a minute or two, once)", flush=True)
    try:
        pip = create(options.environment)
        quiet = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off", "-qq"]
        run(*pip, "install", *quiet, "--require-hashes", "-r", options.lock)
        run(*pip, "install", *quiet, "--no-deps", "--no-build-isolation", "--editable", ROOT)
    except SetUpError as error:
        print(error, file=sys.stderr)
        return 1
    stamp.write_text(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
