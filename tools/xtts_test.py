"""Run the tests of the XTTS engine, with PyTorch for the CPU and coqui-tts beside the gateway's own environment.

They are installed into a folder of their own outside the checkout, only as much of them as XTTS imports (coqui-tts
asks for matplotlib, tensorboard and more, which belong to training): one gigabyte instead of seven. PyPI's PyTorch
for Linux brings CUDA along; where pip knows no build for the CPU, the tests are left out, and it says so.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from create_environment import ROOT, SetUpError, pip_from_debian

LOCK = ROOT / "requirements-xtts.lock"
TESTS = ROOT / "tests" / "speech" / "xtts"
NEEDED = (
    "anyascii",
    "coqpit-config",
    "coqui-tts",
    "coqui-tts-trainer",
    "einops",
    "jinja2",
    "ko-speech-tools",
    "lazy-loader",
    "librosa",
    "markupsafe",
    "mpmath",
    "num2words",
    "safetensors",
    "soundfile",
    "sympy",
    "torchaudio",
    "torchcodec",
    "transformers",
)
"""What ``TTS.tts.models.xtts`` imports and the gateway's tests do not bring; PyTorch comes before them."""
LINKED_TO_CUDA = "torchaudio/lib/*torchaudio*.so"
"""torchaudio does without its compiled part, where it is not there; where it is, it wants CUDA's libraries."""
INSTALL_WITHIN_S = 900
NOT_FOUND = "No matching distribution found for torch=="


def requirement(lock: str, name: str) -> str:
    """Return what ``lock`` says of a package for this Python: version, hashes and marker.

    Raises:
        SetUpError: it does not say anything.

    """
    found = re.findall(rf"^{re.escape(name)}==(?:.*\\\n)*.*", lock, re.MULTILINE)
    if not found:
        raise SetUpError(f"{LOCK.name} does not name {name}: run `make lock`.")
    return "\n".join(found)


def pip_command() -> list[str]:
    """Return the command that starts pip: the environment's own, or Debian's where it has none."""
    pip = [sys.executable, "-m", "pip"]
    if subprocess.run([*pip, "--version"], capture_output=True, check=False).returncode == 0:
        return pip
    return [sys.executable, f"{pip_from_debian(Path(sys.prefix) / 'bootstrap')}/pip"]


def install(pip: list[str], folder: Path, *what: str) -> str:
    """Install ``what`` into ``folder`` without dependencies; return why it could not be, or nothing."""
    options = ["--quiet", "--disable-pip-version-check", "--no-input", "--no-deps", "--no-compile", "--target"]
    finished = subprocess.run(
        [*pip, "install", *options, str(folder), *what],
        # pip gathers everything in a temporary folder first; on the same file system it need not copy a gigabyte.
        env=os.environ | {"TMPDIR": str(folder.parent)},
        capture_output=True,
        text=True,
        check=False,
        timeout=INSTALL_WITHIN_S,
    )
    return finished.stderr if finished.returncode else ""


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Let no second process install into ``folder`` meanwhile."""
    with (folder / "lock").open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def packages(cache: Path) -> Path | None:
    """Return the folder with the packages, filled once; None when there is no PyTorch for the CPU.

    Raises:
        SetUpError: an installation failed.

    """
    lock = LOCK.read_text()
    version = requirement(lock, "torch").split()[0] + "+cpu"
    wanted = "\n".join(requirement(lock, name) for name in NEEDED)
    digest = hashlib.sha256("\n".join((sys.version, version, wanted, Path(__file__).read_text())).encode())
    folder = cache / f"xtts-{digest.hexdigest()[:16]}"
    cache.mkdir(parents=True, exist_ok=True)
    with alone(cache):
        if folder.is_dir():
            return folder
        print(f"Installing {version} and what XTTS needs into {folder} (half a minute, once)", flush=True)
        with tempfile.TemporaryDirectory(prefix=".partial-", dir=cache) as partial:
            gathered = Path(partial) / "packages"
            requirements = Path(partial) / "requirements.txt"
            requirements.write_text(wanted)
            pip = pip_command()
            # The one package without a checksum: each index for CPUs has builds of its own.
            problem = install(pip, gathered, version)
            if NOT_FOUND in problem:
                return None
            problem = problem or install(pip, gathered, "--require-hashes", "-r", str(requirements))
            if problem:
                raise SetUpError(f"The packages for XTTS could not be installed:\n{problem.strip()}")
            for library in gathered.glob(LINKED_TO_CUDA):
                library.unlink()
            gathered.rename(folder)
    return folder


def main() -> int:
    """Install what is missing and run the tests; return the exit status."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "practice-gateway" / "environments"
    try:
        folder = packages(cache)
    except (SetUpError, subprocess.TimeoutExpired, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    if folder is None:
        print(
            "The XTTS tests are left out: pip knows no PyTorch for the CPU and this Python. "
            "To run them: PIP_EXTRA_INDEX_URL=<PyTorch's wheel index for CPUs> make xtts-test"
        )
        return 0
    path = os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH"))))
    environment = os.environ | {
        "PYTHONPATH": path,
        # More threads than one are slower than one for a network this small.
        "OMP_NUM_THREADS": "1",
        "PYTHONPYCACHEPREFIX": str(folder / "bytecode"),
    }
    # Compiling PyTorch and transformers takes as long as the tests do.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-m", "pytest", "-q", str(TESTS), *sys.argv[1:]]
    finished = subprocess.run(command, cwd=ROOT, env=environment, check=False)
    return finished.returncode


if __name__ == "__main__":
    sys.exit(main())
