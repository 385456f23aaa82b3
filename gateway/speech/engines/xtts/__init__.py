"""XTTS-v2: synthesis in four languages with a cloned voice, streamed, on a GPU.

It needs packages that the gateway's own environment does not have (PyTorch, coqui-tts; docs/xtts.md). Nothing of them
is imported before ``load_xtts``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gateway.speech.models.errors import ModelStoreError

if TYPE_CHECKING:
    from gateway.speech.engines.xtts.engine import XttsEngine

__all__ = ["load_xtts"]


def load_xtts(
    folder: Path,
    *,
    cache_dir: Path,
    speaker: str | None = None,
    device: str = "auto",
    at_once: int | None = None,
    threads: int = 0,
) -> XttsEngine:
    """Return the engine with its checkpoint loaded and its voice measured, ready to speak.

    ``folder`` holds config.json, model.pth and vocab.json, and speakers_xtts.pth unless a voice is cloned. ``speaker``
    is the path of a WAV file to clone or the name of one of the checkpoint's speakers. ``device`` is ``auto``, ``cpu``,
    ``cuda`` or ``cuda:N``. ``at_once`` is how many texts are spoken at the same time, by default what suits the device;
    ``threads`` is for the CPU, 0 leaves PyTorch's own number. What is computed of a voice is kept in ``cache_dir``.

    Raises:
        ModelStoreError: the packages, the checkpoint, the speaker or the device is missing or cannot be used.

    """
    try:
        from gateway.speech.engines.xtts.engine import XttsEngine  # noqa: PLC0415
    except ImportError as error:
        raise ModelStoreError(
            f"TTS_ENGINE=xtts needs packages that this environment does not have ({error}): see docs/xtts.md."
        ) from error
    engine = XttsEngine(folder, cache_dir, speaker=speaker, device=device, at_once=at_once, threads=threads)
    engine.warm_up()
    return engine
