"""Noise under a caller's packets."""

import numpy as np
import pytest

from gateway.audio import Pcm
from gateway.caller.line.background import SPEECH_LEVEL, Background, NoiseKind, make_noise
from gateway.media.codecs.g711 import decode, encode
from gateway.media.parameters import Codec

VOICE = Pcm((3000 * np.sin(np.arange(16_000) * 0.3)).astype(np.int16), 8000)


def packet(samples: np.ndarray, payload_type: int = 8, first: int = 0x80) -> bytes:
    header = bytes([first, payload_type]) + bytes(10)
    return header + encode(Codec.PCMA, samples.astype(np.int16)).tobytes()


def sound(data: bytes) -> np.ndarray:
    return decode(Codec.PCMA, np.frombuffer(data, np.uint8)[12:]).astype(np.float64)


def level(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean(samples.astype(np.float64) ** 2)))


@pytest.mark.parametrize("kind", list(NoiseKind))
def test_noise_is_as_loud_as_speech_and_the_same_for_the_same_seed(kind: NoiseKind):
    noise = make_noise(kind, 3, (VOICE,))
    assert level(noise) == pytest.approx(SPEECH_LEVEL, rel=0.02)
    assert np.array_equal(noise, make_noise(kind, 3, (VOICE,)))
    assert not np.array_equal(noise, make_noise(kind, 4, (VOICE,)))


def test_a_car_is_mostly_low():
    spectrum = np.abs(np.fft.rfft(make_noise(NoiseKind.CAR, 1).astype(np.float64))) ** 2
    hertz = np.fft.rfftfreq(160_000, 1 / 8000)
    assert spectrum[hertz < 400].sum() > 0.7 * spectrum.sum()


def test_babble_without_voices_is_refused():
    with pytest.raises(ValueError, match="voices"):
        make_noise(NoiseKind.BABBLE, 1)


@pytest.mark.parametrize("snr_db", [5.0, 12.0, 20.0])
def test_silence_has_noise_below_speech_by_the_ratio(snr_db: float):
    background = Background(make_noise(NoiseKind.WHITE, 1), snr_db)
    heard = np.concatenate([sound(background.under(packet(np.zeros(160)), Codec.PCMA, 8)) for _ in range(500)])
    assert 20 * np.log10(SPEECH_LEVEL / level(heard)) == pytest.approx(snr_db, abs=0.5)


def test_the_header_stays_and_speech_is_still_there():
    background = Background(make_noise(NoiseKind.WHITE, 1), 20)
    speech = 8000 * np.sin(np.arange(160) * 0.5)
    sent = packet(speech)
    heard = background.under(sent, Codec.PCMA, 8)
    assert heard[:12] == sent[:12]
    assert len(heard) == len(sent)
    assert np.corrcoef(sound(heard), speech)[0, 1] > 0.98


@pytest.mark.parametrize(
    "other",
    [
        packet(np.zeros(160), payload_type=101),
        packet(np.zeros(160), first=0x90),
        packet(np.zeros(160), first=0x00),
        b"",
        bytes(12),
    ],
    ids=["keys", "extension", "no RTP", "empty", "no sound"],
)
def test_what_is_no_sound_of_the_stream_is_left_alone(other: bytes):
    assert Background(make_noise(NoiseKind.WHITE, 1), 0).under(other, Codec.PCMA, 8) == other
