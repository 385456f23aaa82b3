"""Jitter buffers, decoding and concealment together, as the benchmark of audio quality drives them."""

from __future__ import annotations

import numpy as np
from media_speech import telephone_speech
from receive_path import Network, simulate
from recording_alignment import offset_of

from gateway.media.codecs import g711
from gateway.media.parameters import Codec

SETTLED = 16_000
"""Samples of silence before the speech, in which the jitter buffers find their delay."""


def sounds(legs: int) -> np.ndarray:
    speech = telephone_speech().samples
    padded = np.zeros((legs, SETTLED + (len(speech) // 160 + 60) * 160), np.int16)
    padded[:, SETTLED : SETTLED + len(speech)] = speech
    return padded


def arrivals(network: Network, legs: int, packets: int) -> np.ndarray:
    return np.stack([network.arrivals(np.random.default_rng(leg), packets) for leg in range(legs)])


def test_over_a_perfect_network_every_sample_is_heard_as_it_was_sent() -> None:
    sent = sounds(3)
    received = simulate(sent, arrivals(Network(), 3, sent.shape[1] // 160))
    expected = g711.decode(Codec.PCMA, g711.encode(Codec.PCMA, sent))
    held = offset_of(received.concealed[0], sent[0])
    assert held == 160
    assert (received.concealed[:, held + SETTLED :] == expected[:, SETTLED : expected.shape[1] - held]).all()


def test_what_is_made_up_is_nearer_to_what_was_said_than_silence() -> None:
    sent = sounds(8)
    network = Network(loss=0.05)
    received = simulate(sent, arrivals(network, 8, sent.shape[1] // 160))
    assert 0.03 < received.made_up.mean() < 0.08
    held = offset_of(received.concealed[0], sent[0])
    said = sent[:, : sent.shape[1] - held].astype(float)
    errors = [np.mean((heard[:, held:] - said) ** 2) for heard in (received.plain, received.concealed)]
    assert errors[1] < 0.8 * errors[0]


def test_lost_and_late_packets_leave_no_click() -> None:
    """No step between two samples is much greater than the greatest that speech itself has."""
    sent = sounds(8)
    received = simulate(sent, arrivals(Network(loss=0.1, burst=3.0, jitter_ms=60.0), 8, sent.shape[1] // 160))
    assert np.abs(np.diff(received.concealed.astype(int))).max() < 1.3 * np.abs(np.diff(sent.astype(int))).max()
