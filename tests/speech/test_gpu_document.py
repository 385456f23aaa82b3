"""The arithmetic of docs/gpu.md, from the manifest and the models' shapes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.speech.manifest import all_models

TEXT = (Path(__file__).parents[2] / "docs" / "gpu.md").read_text(encoding="utf-8")
GIB = 2**30
CARDS = {"40 GB": 39.4, "48 GB": 44.5}
KV_BYTES = 2 * 32 * 8 * 128 * 2


def taken(part: str) -> float:
    """Return the GiB that the first table names for a part."""
    found = re.search(rf"^\| {re.escape(part)} \|.*\| ([\d.]+) \|$", TEXT, re.MULTILINE)
    assert found is not None, part
    return float(found[1])


@pytest.mark.parametrize(
    ("part", "model", "ending"),
    [
        ("faster-whisper large-v3, float16", "faster-whisper-large-v3", ".bin"),
        ("large-v3-turbo, float16", "faster-whisper-large-v3-turbo", ".bin"),
        ("XTTS-v2, float32", "xtts-v2", ".pth"),
        ("Llama 3 8B, bfloat16", "llama-3-8b-instruct", ".safetensors"),
    ],
)
def test_weights_are_those_of_the_manifest(part: str, model: str, ending: str) -> None:
    files = next(each for each in all_models() if each.name == model).files
    weights = [file for file in files if file.name.endswith(ending) and not file.name.startswith("speakers")]
    total = sum(file.bytes or 0 for file in weights)
    assert taken(part) == pytest.approx(total / GIB, abs=0.06)
    assert f"{total:,}".replace(",", " ") in TEXT


def test_what_is_left_for_the_cache_adds_up() -> None:
    speech = (
        taken("faster-whisper large-v3, float16")
        + taken("recognition at work, a batch of 16")
        + taken("XTTS-v2, float32")
        + taken("XTTS at work, 4 sentences")
        + taken("CUDA's context, two processes")
    )
    rows = re.findall(r"^\| (4. GB) \| (.+?) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \| ([\d ]+) \| (\d+) \|$", TEXT, re.M)
    assert len(rows) == 4
    for card, llama, others, weights, left, tokens, questions in rows:
        assert float(others) == pytest.approx(speech, abs=0.01)
        assert float(weights) == pytest.approx(taken(f"Llama 3 8B, {llama}") + taken("vLLM at work"), abs=0.01)
        assert float(left) == pytest.approx(CARDS[card] - float(others) - float(weights), abs=0.01)
        cached = float(left) * GIB / KV_BYTES
        assert float(tokens.replace(" ", "")) == pytest.approx(cached, rel=0.01)
        assert int(questions) == int(cached / 2048)
