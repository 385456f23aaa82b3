"""An XTTS checkpoint of random weights, small enough for a test, that coqui-tts itself builds and saves."""

import contextlib
import functools

import numpy as np

from gateway.audio import Pcm, write_wav

SPECIAL = ["[STOP]", "[UNK]", "[SPACE]", "[en]", "[de]", "[fr]", "[it]", "[START]"]
LETTERS = "abcdefghijklmnopqrstuvwxyzàâäçèéêëìîïòôöùûüßœ'.,;:!?-"
STOP_AUDIO = 65
MOST_AUDIO_TOKENS = 48
SPEAKERS = ("Ana Florence", "Bruno")


@contextlib.contextmanager
def small_decoder():
    """Let coqui-tts build a HiFi-GAN decoder of 16 channels; the width is the one thing that is in no configuration."""
    import TTS.tts.models.xtts as module

    original = module.HifiDecoder
    module.HifiDecoder = functools.partial(original, upsample_initial_channel_decoder=16)
    try:
        yield
    finally:
        module.HifiDecoder = original


def write_tokenizer(folder):
    """Write a vocab.json of single letters; return it as a dictionary."""
    from tokenizers import Tokenizer, models

    vocabulary = {token: number for number, token in enumerate([*SPECIAL, *LETTERS])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[], unk_token="[UNK]"))
    tokenizer.add_special_tokens(SPECIAL)
    tokenizer.save(str(folder / "vocab.json"))
    return vocabulary


def write_checkpoint(folder, seed=1, ends=False):
    """Write config.json, vocab.json, model.pth and speakers_xtts.pth; ``ends`` lets the model stop after a while."""
    import torch
    from TTS.tts.configs.xtts_config import XttsArgs, XttsConfig
    from TTS.tts.models.xtts import Xtts

    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = write_tokenizer(folder)
    shape = XttsArgs(
        gpt_layers=2,
        gpt_n_model_channels=64,
        gpt_n_heads=2,
        gpt_max_audio_tokens=MOST_AUDIO_TOKENS,
        gpt_number_text_tokens=len(vocabulary),
        gpt_start_text_token=vocabulary["[START]"],
        gpt_stop_text_token=vocabulary["[STOP]"],
        gpt_num_audio_tokens=66,
        gpt_start_audio_token=64,
        gpt_stop_audio_token=STOP_AUDIO,
        gpt_use_perceiver_resampler=True,
        decoder_input_dim=64,
    )
    config = XttsConfig(model_args=shape)
    config.save_json(str(folder / "config.json"))
    torch.manual_seed(seed)
    with small_decoder():
        model = Xtts(config)
    with torch.no_grad():
        model.hifigan_decoder.waveform_decoder.conv_post.weight.mul_(20)  # or it would be next to silent
        model.gpt.mel_head.bias[STOP_AUDIO] = 3.0 if ends else -1e4
    torch.save({"model": model.state_dict()}, folder / "model.pth")
    speakers = {
        name: {"gpt_cond_latent": torch.randn(1, 32, 64), "speaker_embedding": torch.randn(1, 512, 1)}
        for name in SPEAKERS
    }
    torch.save(speakers, folder / "speakers_xtts.pth")
    return folder


def write_clip(path, seconds=3.0, seed=1, rate=22_050):
    """Write a WAV file to be cloned."""
    noise = np.random.default_rng(seed).normal(size=int(seconds * rate)) * 3000
    path.write_bytes(write_wav(Pcm(noise.astype(np.int16), rate)))
    return path
