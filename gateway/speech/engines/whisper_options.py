"""How a Whisper model is run."""

from __future__ import annotations

from dataclasses import dataclass

CPU_BATCH = 8
"""Rows that go together on a CPU: the windows of a long utterance."""
GPU_BATCH = 16


@dataclass(frozen=True, slots=True)
class WhisperOptions:
    """What an operator may choose; the defaults fit the machine.

    ``device`` is auto, cpu, cuda or cuda:0,1; ``compute_type`` auto or one of CTranslate2's (``engines.devices``).
    ``threads`` 0 takes the cores that this process may use. ``largest_batch`` 0 takes 16 utterances on a GPU, and one
    on a CPU, where batches don't pay. For ``window_ms`` an idle GPU waits for more utterances. ``decode_again`` lets
    doubtful text be decoded a second time.
    """

    device: str = "auto"
    compute_type: str = "auto"
    threads: int = 0
    largest_batch: int = 0
    window_ms: float = 8.0
    decode_again: bool = True
