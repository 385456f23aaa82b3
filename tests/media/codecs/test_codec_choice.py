"""Which codec object a stream gets."""

from __future__ import annotations

import pytest

from gateway.media.codecs import codec as codec_module
from gateway.media.codecs.codec import available_codecs, filling_octet, make_codec
from gateway.media.codecs.g722 import SILENCE_OCTET, G722Codec
from gateway.media.codecs.opus import OpusCodec
from gateway.media.codecs.opus_library import OpusUnavailable
from gateway.media.parameters import Codec


@pytest.mark.parametrize(("codec", "kind"), [(Codec.G722, G722Codec), (Codec.OPUS, OpusCodec)])
def test_wideband_codecs_are_objects_at_the_rate_that_signalling_knows(codec: Codec, kind: type) -> None:
    made = make_codec(codec)
    assert isinstance(made, kind)
    assert made.sound_rate == codec.sound_rate == 16_000


@pytest.mark.parametrize("codec", [Codec.PCMA, Codec.PCMU])
def test_g711_needs_none(codec: Codec) -> None:
    assert make_codec(codec) is None


def test_gaps_are_filled_with_what_each_codec_decodes_to_silence() -> None:
    octets = {codec: filling_octet(codec) for codec in (Codec.PCMA, Codec.PCMU, Codec.G722)}
    assert octets == {Codec.PCMA: 0xD5, Codec.PCMU: 0xFF, Codec.G722: SILENCE_OCTET}
    # The jitter buffer tells the laws of G.711 by these.
    assert len(set(octets.values())) == 3
    assert filling_octet(Codec.OPUS) == 0


def test_without_libopus_everything_else_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    assert available_codecs() == set(Codec)

    def missing() -> None:
        raise OpusUnavailable("no library")

    monkeypatch.setattr(codec_module, "load_opus", missing)
    assert available_codecs() == {Codec.PCMA, Codec.PCMU, Codec.G722}
