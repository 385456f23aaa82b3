import pytest

from gateway.speech.engines.devices import ROOMY_BYTES, Device, DeviceError, choose_compute_type, find_devices

CPU = Device("cpu")
GPU = Device("cuda", 0)
MODERN = {"float32", "float16", "int8", "int8_float16", "int8_float32"}


@pytest.mark.parametrize(
    ("setting", "there", "found"),
    [
        ("auto", 0, [CPU]),
        ("auto", 2, [GPU]),
        ("cpu", 2, [CPU]),
        ("cuda", 1, [GPU]),
        ("cuda:1", 2, [Device("cuda", 1)]),
        ("cuda:0,2", 3, [GPU, Device("cuda", 2)]),
    ],
)
def test_a_setting_names_devices(setting, there, found):
    assert list(find_devices(setting, lambda: there)) == found


@pytest.mark.parametrize(
    ("setting", "there", "reason"),
    [
        ("cuda", 0, "no GPU 0"),
        ("cuda:0,3", 2, "no GPU 3; CUDA finds 2"),
        ("cuda:1,1", 2, "twice"),
        ("gpu", 1, "none of auto"),
        ("cuda:", 1, "none of auto"),
        ("cuda:0,", 1, "none of auto"),
        ("", 1, "none of auto"),
    ],
)
def test_a_device_that_is_not_there_is_refused_in_one_sentence(setting, there, reason):
    with pytest.raises(DeviceError, match=reason) as caught:
        find_devices(setting, lambda: there)
    assert str(caught.value).startswith("ASR_DEVICE: ")


@pytest.mark.parametrize(
    ("device", "supported", "free", "chosen"),
    [
        (CPU, {"int8", "float32"}, None, "int8"),
        (CPU, {"float32"}, None, "float32"),
        (GPU, MODERN, ROOMY_BYTES, "float16"),
        (GPU, MODERN, ROOMY_BYTES - 1, "int8_float16"),
        (GPU, MODERN, None, "int8_float16"),
        (GPU, {"float32", "float16"}, 0, "float16"),
        (GPU, {"float32", "int8"}, ROOMY_BYTES, "int8"),
        (GPU, {"float32"}, ROOMY_BYTES, "float32"),
    ],
)
def test_auto_takes_what_the_device_has_and_its_memory_allows(device, supported, free, chosen):
    assert choose_compute_type("auto", device, lambda _: supported, lambda _: free) == chosen


def test_what_is_asked_for_is_taken_or_refused():
    assert choose_compute_type("float16", GPU, lambda _: MODERN, lambda _: 0) == "float16"
    with pytest.raises(DeviceError, match="cpu has no float16; it has float32, int8"):
        choose_compute_type("float16", CPU, lambda _: {"int8", "float32"}, lambda _: None)
    with pytest.raises(DeviceError, match="ASR_COMPUTE_TYPE: 'int4' is none of"):
        choose_compute_type("int4", CPU, lambda _: MODERN, lambda _: None)


def test_this_machines_cpu_has_int8():
    assert choose_compute_type("auto", CPU) == "int8"
