import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from gateway.audio import Pcm, resample
from gateway.speech.limiter import CEILING_DBFS, HOLD_S, LOOK_AHEAD_S, StreamLeveller, limited

CEILING = 32768 * 10 ** (CEILING_DBFS / 20)
SOUNDS = arrays.arrays(np.int16, st.integers(0, 1500))


def sine(amplitude, seconds=0.5, rate=16_000, hertz=440):
    return (amplitude * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)).astype(np.int16)


def streamed(samples, gain_db, rate, cuts):
    stream = StreamLeveller(gain_db, rate)
    pieces = np.split(samples, sorted(cut for cut in cuts if cut <= len(samples)))
    return np.concatenate([stream.push(Pcm(piece, rate)).samples for piece in pieces] + [stream.flush().samples])


@given(SOUNDS, st.floats(-20, 40), st.sampled_from([8_000, 16_000, 22_050, 24_000]))
def test_nothing_exceeds_the_ceiling_and_nothing_is_lost(samples, gain_db, rate):
    out = limited(Pcm(samples, rate), gain_db)
    assert (len(out), out.rate) == (len(samples), rate)
    assert np.abs(out.samples.astype(int)).max(initial=0) <= CEILING


@given(SOUNDS, st.floats(0, 30), st.lists(st.integers(0, 1500), max_size=8))
def test_how_a_stream_is_cut_changes_nothing(samples, gain_db, cuts):
    whole = limited(Pcm(samples, 16_000), gain_db).samples.astype(int)
    assert np.abs(streamed(samples, gain_db, 16_000, cuts) - whole).max(initial=0) <= 1


@given(SOUNDS)
def test_what_stays_below_the_ceiling_is_only_amplified(samples):
    quiet = (samples / 8).astype(np.int16)
    assert np.array_equal(limited(Pcm(quiet, 16_000), 0).samples, quiet)
    louder = limited(Pcm(quiet, 16_000), 6.0).samples
    assert np.abs(louder - quiet * 10 ** (6 / 20)).max(initial=0) <= 0.5 + 1e-6


@given(SOUNDS, st.floats(0, 30))
def test_a_sample_is_never_made_louder_than_the_gain_nor_turned_round(samples, gain_db):
    wanted = samples * 10 ** (gain_db / 20)
    out = limited(Pcm(samples, 16_000), gain_db).samples
    assert np.all(np.abs(out) <= np.abs(wanted) + 0.51)
    assert np.all(out * wanted >= 0)


def test_a_chunk_comes_out_five_milliseconds_later():
    stream = StreamLeveller(0.0, 16_000)
    first = stream.push(Pcm(sine(1000), 16_000))
    assert len(first) == 8000 - LOOK_AHEAD_S * 16_000
    assert len(stream.push(Pcm(sine(1000), 16_000))) == 8000
    assert len(stream.flush()) == LOOK_AHEAD_S * 16_000


def test_a_peak_does_not_change_what_is_far_from_it():
    samples = sine(3000)
    samples[4000] = 32_000
    out = limited(Pcm(samples, 16_000), 6.0).samples
    plain = np.rint(samples * 10 ** (6 / 20))
    near = range(4000 - int(LOOK_AHEAD_S * 16_000) - 1, 4000 + int((HOLD_S + LOOK_AHEAD_S) * 16_000) + 1)
    far = np.setdiff1d(np.arange(8000), near)
    assert np.abs(out[far] - plain[far]).max() <= 1
    assert out[4000] == pytest.approx(CEILING, abs=1)


def test_a_loud_tone_stays_a_tone():
    out = limited(Pcm(sine(30_000, 1.0), 16_000), 6.0).samples[2000:14_000] / 32768
    spectrum = np.abs(np.fft.rfft(out * np.hanning(len(out)))) ** 2
    peak = int(spectrum.argmax())
    distortion = 10 * np.log10(np.delete(spectrum, np.arange(peak - 4, peak + 5)).sum() / spectrum.sum())
    assert distortion < -40


@pytest.mark.parametrize("rate", [16_000, 22_050, 24_000])
def test_there_is_room_for_the_way_to_eight_kilohertz(rate):
    noise = np.random.default_rng(1).normal(0, 6000, 3 * rate)
    loud = limited(Pcm(np.clip(noise, -32768, 32767).astype(np.int16), rate), 12.0)
    assert np.abs(resample(loud, 8_000).samples.astype(int)).max() < 32_767


def test_sound_of_another_rate_is_refused():
    with pytest.raises(ValueError, match="expected 16000 Hz"):
        StreamLeveller(0.0, 16_000).push(Pcm(sine(1000), 8_000))
