"""A Piper voice small enough to be made by a test: each phoneme is a tone of its own.

ONNX's own package is 18 MB for a file of a kilobyte; its format is Protocol Buffers (onnx.proto), of which the little
that is needed here is written by hand.
"""

import json

import numpy as np

FLOAT, INT64 = 1, 7
RATE = 22_050
STEP = 1024
PHONEMES = "_^$ !',.:;?abcdefhijklmnopqrstuvwxyzæçðøŋœɐɑɔəɛɜɡɪʃʊʌʒʁɾˈˌː\u0303ɥɲʎʦθχʔɹɒ-"


def voice_description(espeak_voice="de", **changes):
    return {
        "audio": {"sample_rate": RATE, "quality": "test"},
        "espeak": {"voice": espeak_voice},
        "inference": {"noise_scale": 0.667, "length_scale": 1.0, "noise_w": 0.8},
        "phoneme_type": "espeak",
        "phoneme_id_map": {phoneme: [number] for number, phoneme in enumerate(PHONEMES)},
        "num_symbols": len(PHONEMES),
        "num_speakers": 1,
        "speaker_id_map": {},
        **changes,
    }


def write_voice(folder, name, espeak_voice="de", *, speakers=1, bias=0.0, **changes):
    folder.mkdir(parents=True, exist_ok=True)
    description = voice_description(espeak_voice, num_speakers=speakers, **changes)
    (folder / f"{name}.onnx").write_bytes(network(len(PHONEMES), speakers=speakers, bias=bias))
    (folder / f"{name}.onnx.json").write_text(json.dumps(description))
    return folder / f"{name}.onnx"


def tones(symbols):
    """Return the sound of each symbol, float32 [symbols, STEP]: silence for the marks, a tone for the others."""
    time = np.arange(STEP) / RATE
    hertz = 150 + 20 * np.arange(symbols)[:, None]
    sound = 0.3 * np.sin(2 * np.pi * hertz * time)
    sound[:3] = 0
    return sound.astype(np.float32)


def network(symbols, *, speakers=1, bias=0.0):
    """Return an ONNX model that looks up the sound of each symbol, at the length scale's factor of loudness."""
    inputs = [
        value("input", INT64, ["1", "phonemes"]),
        value("input_lengths", INT64, ["1"]),
        value("scales", FLOAT, [3]),
    ]
    nodes = [
        node("Gather", ["tones", "input"], ["looked_up"]),
        node("Reshape", ["looked_up", "shape"], ["flat"]),
        node("Gather", ["scales", "one"], ["length_scale"]),
        node("Mul", ["flat", "length_scale"], ["scaled"]),
        node("Add", ["scaled", "bias"], ["biased"]),
    ]
    last = "biased"
    if speakers > 1:
        inputs.append(value("sid", INT64, ["1"]))
        nodes += [node("Gather", ["voices", "sid"], ["voice"]), node("Mul", ["biased", "voice"], ["spoken"])]
        last = "spoken"
    nodes.append(node("Identity", [last], ["output"]))
    tensors = [
        tensor("tones", tones(symbols)),
        tensor("shape", np.array([1, 1, 1, -1], np.int64)),
        tensor("one", np.array([1], np.int64)),
        tensor("bias", np.array([bias], np.float32)),
        tensor("voices", np.linspace(0.5, 1.0, speakers, dtype=np.float32)),
    ]
    graph = b"".join(field(1, each) for each in nodes) + field(2, b"tiny")
    graph += b"".join(field(5, each) for each in tensors) + b"".join(field(11, each) for each in inputs)
    graph += field(12, value("output", FLOAT, ["1", "1", "1", "samples"]))
    return number(1, 8) + field(7, graph) + field(8, field(1, b"") + number(2, 13))


def varint(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def number(tag, value):
    return varint(tag << 3) + varint(value)


def field(tag, data):
    return varint(tag << 3 | 2) + varint(len(data)) + data


def node(operator, inputs, outputs):
    names = b"".join(field(1, name.encode()) for name in inputs) + b"".join(field(2, name.encode()) for name in outputs)
    return names + field(4, operator.encode())


def tensor(name, array):
    dimensions = b"".join(number(1, size) for size in array.shape)
    kind = FLOAT if array.dtype == np.float32 else INT64
    return dimensions + number(2, kind) + field(8, name.encode()) + field(9, array.tobytes())


def value(name, kind, shape):
    sizes = b"".join(field(1, number(1, size) if isinstance(size, int) else field(2, size.encode())) for size in shape)
    return field(1, name.encode()) + field(2, field(1, number(1, kind) + field(2, sizes)))
