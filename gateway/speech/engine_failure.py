"""What a fault of the synthesis engine means for the one who waits for its sound."""

from __future__ import annotations

from gateway.speech.interface import SpeechError, SpeechOutOfMemory

_SIGNS = ("out of memory", "cublas_status_alloc_failed", "failed to allocate memory")
"""How CUDA and PyTorch, cuBLAS and oneDNN say that no memory is left."""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether ``error`` says that the device or the machine had no memory left."""
    if isinstance(error, MemoryError | SpeechOutOfMemory):
        return True
    text = str(error).lower()
    return any(sign in text for sign in _SIGNS)


def engine_failure(error: Exception) -> Exception:
    """Return what is raised for ``error``, which came out of the engine.

    An engine without memory left is an overloaded one: what comes later, or is smaller, may fit. A bad voice stays a
    ``ValueError``.
    """
    if is_out_of_memory(error):
        return SpeechOutOfMemory("Synthesis has no memory left.")
    if isinstance(error, SpeechError | ValueError):
        return error
    return SpeechError(f"Synthesis failed: {error}")
