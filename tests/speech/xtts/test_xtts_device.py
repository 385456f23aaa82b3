import pytest

from gateway.speech.engines.xtts.device import choose_device
from gateway.speech.models.errors import ModelStoreError


@pytest.mark.parametrize(
    ("wanted", "gpus", "device"),
    [
        ("auto", 0, "cpu"),
        ("auto", 2, "cuda:0"),
        ("cpu", 2, "cpu"),
        ("cuda", 1, "cuda:0"),
        ("cuda:1", 2, "cuda:1"),
    ],
)
def test_the_device_is_the_one_that_was_named_or_the_first_gpu(wanted, gpus, device):
    assert choose_device(wanted, gpus) == device


@pytest.mark.parametrize(
    ("wanted", "gpus", "message"),
    [
        ("cuda", 0, "TTS_DEVICE: there is no cuda:0, PyTorch finds no GPU here."),
        ("cuda:1", 1, "TTS_DEVICE: there is no cuda:1, PyTorch finds 1 GPU here."),
        ("cuda:0,1", 2, "TTS_DEVICE: 'cuda:0,1' is none of auto, cpu, cuda and cuda:N with one number."),
        ("rocm", 2, "TTS_DEVICE: 'rocm' is none of auto, cpu, cuda and cuda:N with one number."),
    ],
)
def test_another_one_is_refused_in_one_sentence(wanted, gpus, message):
    with pytest.raises(ModelStoreError) as caught:
        choose_device(wanted, gpus)
    assert str(caught.value) == message
