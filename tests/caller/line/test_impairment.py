"""What a bad network does with a stream's packets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.caller.line.impairment import Impairment, NetworkFaults


def fates(faults: NetworkFaults, seed: int, packets: int) -> list[float | None]:
    impairment = Impairment(faults, seed)
    return [impairment.deliver_at(index * 0.02) for index in range(packets)]


def test_a_good_network_delivers_everything_at_once():
    assert fates(NetworkFaults(), 1, 50) == [index * 0.02 for index in range(50)]


@pytest.mark.parametrize("loss", [0.02, 0.05, 0.2])
def test_the_share_of_lost_packets_is_what_was_asked_for(loss: float):
    lost = [fate is None for fate in fates(NetworkFaults(loss=loss), 3, 40_000)]
    assert sum(lost) / len(lost) == pytest.approx(loss, rel=0.15)


def test_losses_come_in_bursts_of_two_on_average():
    lost = [fate is None for fate in fates(NetworkFaults(loss=0.05), 5, 40_000)]
    bursts = sum(now and not before for before, now in zip([False, *lost], lost, strict=False))
    assert sum(lost) / bursts == pytest.approx(2, rel=0.15)


@given(st.integers(0, 2**31), st.floats(0, 0.5), st.floats(0, 200))
def test_no_packet_arrives_before_it_was_sent_or_overtakes_another(seed: int, loss: float, jitter_ms: float):
    arrived = [
        (index * 0.02, fate)
        for index, fate in enumerate(fates(NetworkFaults(loss, jitter_ms), seed, 200))
        if fate is not None
    ]
    assert all(fate >= sent for sent, fate in arrived)
    times = [fate for _, fate in arrived]
    assert times == sorted(times)


def test_the_same_seed_gives_the_same_network():
    faults = NetworkFaults(0.1, 20)
    assert fates(faults, 7, 500) == fates(faults, 7, 500)
    assert fates(faults, 7, 500) != fates(faults, 8, 500)


@pytest.mark.parametrize(("loss", "jitter_ms"), [(-0.1, 0), (0.6, 0), (0, -1), (0, 501), (float("nan"), 0)])
def test_what_no_network_is_like_is_refused(loss: float, jitter_ms: float):
    with pytest.raises(ValueError, match="is not between"):
        NetworkFaults(loss, jitter_ms)
