"""How XTTS's language model chooses its audio tokens: the same ones for the same text, and not for ever.

coqui-tts draws from PyTorch's global random numbers, so that a sentence sounds otherwise each time, and how it sounds
depends on what other threads draw meanwhile. Here each stream has a generator of its own with a fixed seed: the same
text in the same voice comes out the same (but for rounding on a GPU), which is what a cache of prompts and a caller who
hears a question twice expect.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from transformers import TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

TOKENS_AT_LEAST = 32
TOKENS_A_CHARACTER = 4
"""An audio token lasts 46 ms, so that a character may take 0.19 s, twice what slow speech takes."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """The choice of tokens.

    Cooler and narrower than coqui-tts's 0.75, 50 and 0.85: telephone prompts want a steady voice more than a lively
    one.
    """

    seed: int = 2024
    temperature: float = 0.65
    top_k: int = 50
    top_p: float = 0.8
    repetition_penalty: float = 5.0
    """As in the configuration of the XTTS-v2 checkpoint; without it the model hangs on a sound."""


def most_tokens(characters: int, most: int) -> int:
    """Return after how many audio tokens a text of ``characters`` is cut off; ``most`` is the model's own limit."""
    return max(1, min(TOKENS_AT_LEAST + TOKENS_A_CHARACTER * characters, most - 1))


class SeededChoice:
    """Chooses the next token by itself and leaves no other choice to those who come after it.

    To be given to ``generate`` as a logits processor. After ``most`` tokens it chooses the stop token, because a model
    that has lost its way never does.
    """

    def __init__(self, sampling: Sampling, stop_token: int, most: int, device: str) -> None:
        self._generator = torch.Generator(device=device).manual_seed(sampling.seed)
        self._narrow = (
            TemperatureLogitsWarper(sampling.temperature),
            TopKLogitsWarper(sampling.top_k),
            TopPLogitsWarper(sampling.top_p),
        )
        self._stop_token = stop_token
        self._most = most
        self._count = 0
        self.cut_off = False
        """Whether the text was not over when the tokens were."""

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.FloatTensor:
        """Return scores, shaped (1, tokens), that only the chosen token survives."""
        self._count += 1
        if self._count > self._most:
            self.cut_off = True
            chosen = torch.full((1, 1), self._stop_token, device=scores.device)
        else:
            narrowed = scores
            for warper in self._narrow:
                narrowed = warper(input_ids, narrowed)
            chosen = torch.multinomial(torch.softmax(narrowed, dim=-1), 1, generator=self._generator)
        return torch.full_like(scores, -torch.inf).scatter(1, chosen, 0.0)
