"""The forms in which synthesised sound leaves the speech server: raw, WAV, and compressed by FFmpeg as it is made."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Protocol, cast

import numpy as np

from gateway.audio import Pcm, write_wav
from gateway.speech.requests import SpeechFormat

if TYPE_CHECKING:
    import av

MEDIA_TYPES: dict[SpeechFormat, str] = {
    "pcm": "audio/pcm",
    "wav": "audio/wav",
    "flac": "audio/flac",
    "opus": "audio/ogg",
    "mp3": "audio/mpeg",
}
_OPUS_RATE = 48_000
"""Opus takes few rates; this one is its own (RFC 7845)."""
_MP3_RATES = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
_SLOWEST_ATEMPO = 0.5
"""FFmpeg's filter goes no further down; half the speed is reached by two of them."""


class SoundEncoder(Protocol):
    """Writes a sound that comes in chunks."""

    def push(self, pcm: Pcm) -> bytes:
        """Return what ``pcm`` adds to the output; perhaps nothing yet."""

    def finish(self) -> bytes:
        """Return what is left."""


def sound_format(name: SpeechFormat, rate: int) -> SoundEncoder:
    """Return what writes sound of ``rate`` samples per second in the format called ``name``."""
    if name == "pcm":
        return _RawSamples()
    if name == "wav":
        return _Wav(rate)
    return _Compressed(name, rate)


class _RawSamples:
    """16-bit little-endian samples without a head."""

    def push(self, pcm: Pcm) -> bytes:
        return pcm.to_bytes()

    def finish(self) -> bytes:
        return b""


class _Wav:
    """A WAV file, whole at the end: its head tells its length."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._samples: list[bytes] = []

    def push(self, pcm: Pcm) -> bytes:
        self._samples.append(pcm.to_bytes())
        return b""

    def finish(self) -> bytes:
        return write_wav(Pcm.from_bytes(b"".join(self._samples), self._rate))


class _Sink:
    """A file that can only be written: what is streamed cannot be gone back in."""

    def __init__(self) -> None:
        self.written = bytearray()

    def write(self, data: bytes) -> int:
        self.written += data
        return len(data)

    def take(self) -> bytes:
        data = bytes(self.written)
        self.written.clear()
        return data


class _Compressed:
    """FLAC, Opus in Ogg, or MP3."""

    def __init__(self, name: SpeechFormat, rate: int) -> None:
        # Most servers never compress: the library takes 30 MB and a tenth of a second to load.
        import av  # noqa: PLC0415

        codec, container, encoded_rate, options = {
            "flac": ("flac", "flac", rate, {}),
            "opus": ("libopus", "ogg", _OPUS_RATE, {"page_duration": "200000"}),
            "mp3": ("libmp3lame", "mp3", min(_MP3_RATES, key=lambda known: abs(known - rate)), {"write_xing": "0"}),
        }[name]
        self._rate = rate
        self._position = 0
        self._sink = _Sink()
        self._output = av.open(self._sink, "w", format=container, options=options)
        self._stream = cast("av.AudioStream", self._output.add_stream(codec, rate=encoded_rate, layout="mono"))

    def push(self, pcm: Pcm) -> bytes:
        if len(pcm):
            self._output.mux(self._stream.encode(_frame(pcm, self._position)))
            self._position += len(pcm)
        return self._sink.take()

    def finish(self) -> bytes:
        self._output.mux(self._stream.encode(None))
        self._output.close()
        return self._sink.take()


class Tempo:
    """Makes a sound in chunks faster or slower by the factor ``speed`` (0.25 to 4), its pitch unchanged."""

    def __init__(self, speed: float, rate: int) -> None:
        self._rate = rate
        self._position = 0
        self._graph = _tempo_graph(speed, rate) if speed != 1.0 else None

    def push(self, pcm: Pcm) -> Pcm:
        """Return what ``pcm`` adds to the output."""
        if self._graph is None or not len(pcm):
            return pcm
        self._graph.push(_frame(pcm, self._position))
        self._position += len(pcm)
        return self._pull()

    def finish(self) -> Pcm:
        """Return what is left."""
        if self._graph is None or not self._position:
            return Pcm.silence(0, self._rate)
        self._graph.push(None)
        return self._pull()

    def _pull(self) -> Pcm:
        samples = [frame.to_ndarray().reshape(-1) for frame in self._frames()]
        return Pcm(np.concatenate([np.zeros(0, np.int16), *samples]).astype(np.int16), self._rate)

    def _frames(self) -> Iterator[av.AudioFrame]:
        import av  # noqa: PLC0415 - as above

        assert self._graph is not None  # noqa: S101 - only called where there is one
        while True:
            try:
                yield cast("av.AudioFrame", self._graph.pull())
            except (av.BlockingIOError, av.EOFError):
                return


def _tempo_graph(speed: float, rate: int) -> av.filter.Graph:
    import av.filter  # noqa: PLC0415 - as above

    steps = [speed] if speed >= _SLOWEST_ATEMPO else [_SLOWEST_ATEMPO, speed / _SLOWEST_ATEMPO]
    graph = av.filter.Graph()
    chain = [
        graph.add_abuffer(sample_rate=rate, format="s16", layout="mono", time_base=Fraction(1, rate)),
        *[graph.add("atempo", f"{step:.6f}") for step in steps],
        graph.add("aformat", "sample_fmts=s16:channel_layouts=mono"),
        graph.add("abuffersink"),
    ]
    graph.link_nodes(*chain).configure()
    return graph


def _frame(pcm: Pcm, position: int) -> av.AudioFrame:
    import av  # noqa: PLC0415 - as above

    frame = av.AudioFrame.from_ndarray(pcm.samples.reshape(1, -1), format="s16", layout="mono")
    frame.sample_rate = pcm.rate
    frame.pts = position
    frame.time_base = Fraction(1, pcm.rate)
    return frame
