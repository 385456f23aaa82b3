"""Piper's voices (VITS networks in ONNX), run here without Piper's own program.

Piper is GPL-3 and brings eSpeak NG, GPL-3 as well, in its wheel; this project is Apache-2.0 and depends on neither. A
voice is two files, a network and its description, and runs on onnxruntime, which is here anyhow. The phonemes that it
was trained on come from the ``espeak-ng`` program, which the operator installs and which runs as a process of its own.
"""

from gateway.speech.engines.piper.engine import PiperEngine
from gateway.speech.engines.piper.voice import PiperVoiceError

__all__ = ["PiperEngine", "PiperVoiceError"]
