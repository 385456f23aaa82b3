"""Write a Whisper model of random weights in CTranslate2's format: large-v3 in its shape, whole or small.

It understands nothing. It has 128 mel bands, large-v3's vocabulary and what CTranslate2 makes of both, so that loading,
batching, alignment and memory can be driven without the weights; whole, it takes the time that large-v3 takes. The
vocabulary is made from a tokeniser of the multilingual models before large-v3, which has one language less.

    .venv/bin/python tools/random_whisper.py TOKENISER_FOLDER FOLDER [--shape large-v3]
"""

from __future__ import annotations

import argparse
import copy
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ctranslate2
import numpy as np
import numpy.typing as npt
from ctranslate2.specs import WhisperSpec

BEFORE_CANTONESE = "<|su|>"
CANTONESE = "<|yue|>"
"""The language that large-v3 brought, behind Sundanese."""
TIMESTAMPS = 1501
"""Tokens for the times 0.00 to 30.00 s."""
POSITIONS = 1500
"""Frames of 20 ms that the encoder takes."""
LONGEST_TEXT = 448


@dataclass(frozen=True)
class Shape:
    """The size of a model; ``width`` is a multiple of ``heads``."""

    width: int
    heads: int
    encoder_layers: int
    decoder_layers: int
    bands: int = 128
    quantization: str | None = None


SHAPES = {
    "small": Shape(width=64, heads=2, encoder_layers=2, decoder_layers=2),
    "large-v3": Shape(width=1280, heads=20, encoder_layers=32, decoder_layers=32, quantization="float16"),
    "large-v3-turbo": Shape(width=1280, heads=20, encoder_layers=32, decoder_layers=4, quantization="float16"),
}


def write_model(tokeniser_folder: Path, folder: Path, shape: Shape, seed: int = 1) -> None:
    """Write a model of ``shape`` to ``folder`` with the tokeniser of ``tokeniser_folder``, one language added."""
    folder.mkdir(parents=True, exist_ok=True)
    tokeniser = with_cantonese(json.loads((tokeniser_folder / "tokenizer.json").read_text("utf-8")))
    (folder / "tokenizer.json").write_text(json.dumps(tokeniser, ensure_ascii=False), "utf-8")
    special = {token["content"]: token["id"] for token in tokeniser["added_tokens"]}
    vocabulary = _vocabulary(tokeniser)
    spec = WhisperSpec(shape.encoder_layers, shape.heads, shape.decoder_layers, shape.heads)
    _Weights(spec, shape, len(vocabulary), seed).fill()
    spec.register_vocabulary(vocabulary)
    spec.config.lang_ids = list(range(special["<|en|>"], special[CANTONESE] + 1))
    spec.config.suppress_ids = [special["<|startoftranscript|>"], special["<|translate|>"], special["<|transcribe|>"]]
    spec.config.suppress_ids_begin = [special["<|endoftext|>"]]
    last = shape.decoder_layers - 1
    spec.config.alignment_heads = [[last, head] for head in range(min(6, shape.heads))]
    spec.validate()
    spec.optimize(quantization=shape.quantization)
    spec.save(str(folder))


def with_cantonese(tokeniser: dict[str, Any]) -> dict[str, Any]:
    """Return ``tokeniser`` with large-v3's language, and every special token behind it moved by one."""
    result = copy.deepcopy(tokeniser)
    tokens = result["added_tokens"]
    index = next(number for number, token in enumerate(tokens) if token["content"] == BEFORE_CANTONESE) + 1
    for token in tokens[index:]:
        token["id"] += 1
    tokens.insert(index, {**tokens[index - 1], "id": tokens[index - 1]["id"] + 1, "content": CANTONESE})
    ids = {token["content"]: token["id"] for token in tokens}
    for name, special in result["post_processor"]["special_tokens"].items():
        special["ids"] = [ids[name]]
    return result


def _vocabulary(tokeniser: dict[str, Any]) -> list[str]:
    ids = {**tokeniser["model"]["vocab"], **{token["content"]: token["id"] for token in tokeniser["added_tokens"]}}
    return [*sorted(ids, key=ids.__getitem__), *(f"<|{0.02 * step:.2f}|>" for step in range(TIMESTAMPS))]


class _Weights:
    """Fills a specification with random numbers."""

    def __init__(self, spec: Any, shape: Shape, vocabulary: int, seed: int) -> None:
        self._spec = spec
        self._shape = shape
        self._vocabulary = vocabulary
        self._random = np.random.default_rng(seed)

    def fill(self) -> None:
        width, spec = self._shape.width, self._spec
        self._linear(spec.encoder.conv1, width, self._shape.bands, 3)
        self._linear(spec.encoder.conv2, width, width, 3)
        spec.encoder.position_encodings.encodings = self._draw(POSITIONS, width)
        spec.decoder.position_encodings.encodings = self._draw(LONGEST_TEXT, width)
        spec.decoder.embeddings.weight = self._draw(self._vocabulary, width)
        spec.decoder.projection.weight = spec.decoder.embeddings.weight
        for layer in spec.encoder.layer:
            self._attention(layer.self_attention, (3 * width, width))
            self._feed_forward(layer.ffn)
        for layer in spec.decoder.layer:
            self._attention(layer.self_attention, (3 * width, width))
            self._attention(layer.attention, (width, 2 * width, width))
            self._feed_forward(layer.ffn)
        self._norm(spec.encoder.layer_norm)
        self._norm(spec.decoder.layer_norm)

    def _attention(self, attention: Any, outputs: Sequence[int]) -> None:
        self._norm(attention.layer_norm)
        for linear, output in zip(attention.linear, outputs, strict=True):
            self._linear(linear, output, self._shape.width)

    def _feed_forward(self, feed_forward: Any) -> None:
        self._norm(feed_forward.layer_norm)
        self._linear(feed_forward.linear_0, 4 * self._shape.width, self._shape.width)
        self._linear(feed_forward.linear_1, self._shape.width, 4 * self._shape.width)

    def _norm(self, norm: Any) -> None:
        norm.gamma = self._cast(np.ones(self._shape.width, np.float32))
        norm.beta = self._cast(np.zeros(self._shape.width, np.float32))

    def _linear(self, linear: Any, *shape: int) -> None:
        linear.weight = self._draw(*shape)
        linear.bias = self._cast(np.zeros(shape[0], np.float32))

    def _draw(self, *shape: int) -> npt.NDArray[Any]:
        scale = np.float32(1 / np.sqrt(np.prod(shape[1:])))
        return self._cast(self._random.standard_normal(shape, np.float32) * scale)

    def _cast(self, values: npt.NDArray[np.float32]) -> npt.NDArray[Any]:
        return values.astype(np.float16) if self._shape.quantization == "float16" else values


def main() -> int:
    """Run the command; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tokeniser", type=Path, help="folder with the tokenizer.json of a multilingual model")
    parser.add_argument("folder", type=Path, help="where the model is written")
    parser.add_argument("--shape", choices=sorted(SHAPES), default="small")
    options = parser.parse_args()
    if not (options.tokeniser / "tokenizer.json").is_file():
        sys.stderr.write(f"There is no tokenizer.json in {options.tokeniser}.\n")
        return 2
    write_model(options.tokeniser, options.folder, SHAPES[options.shape])
    print(f"{options.folder}: {options.shape}, CTranslate2 {ctranslate2.__version__}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
