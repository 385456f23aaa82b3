"""The formats of an audio section: codecs, telephone-events and comfort noise (RFC 3551, 4733, 3389 and 7587)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway.media.parameters import Codec, OpusParameters
from gateway.telephony.messages.sdp import Attribute, MediaDescription

TELEPHONE_EVENT = "telephone-event"
COMFORT_NOISE = "cn"
EVENT_RATE = 8000
"""The clock rate of telephone-events where a peer has none at its codec's."""

_STATIC = {"0": "PCMU/8000", "8": "PCMA/8000", "9": "G722/8000", "13": "CN/8000"}
_STATIC_TYPES = {Codec.PCMU: 0, Codec.PCMA: 8, Codec.G722: 9}
_COMFORT_NOISE_TYPE = 13
_DYNAMIC_TYPES = range(96, 128)
_OPUS_TYPE = 107
_EVENT_TYPES = {8000: 101, 48000: 102}
_ENCODINGS = {
    (codec.lower(), codec.clock_rate, 2 if codec is Codec.OPUS else 1): codec for codec in Codec
}  # Opus is written with two channels whatever is in its packets (RFC 7587 section 7)
OUR_OPUS_PARAMETERS = "minptime=10;useinbandfec=1;maxplaybackrate=16000;sprop-maxcapturerate=16000"
"""What we ask of the peer's Opus packets, and say of ours: one channel, which is the default, of 16 kHz sound."""


@dataclass(frozen=True, slots=True)
class PayloadFormat:
    """One payload type of a section; ``name`` is in small letters, ``parameters`` the value of its ``a=fmtp``."""

    payload_type: int
    name: str
    clock_rate: int
    channels: int = 1
    parameters: str = ""

    @property
    def codec(self) -> Codec | None:
        """The codec that it stands for; None where it is none of ours."""
        return _ENCODINGS.get((self.name, self.clock_rate, self.channels))


@dataclass(frozen=True, slots=True)
class AudioFormats:
    """What is used of a section: one codec, with the events and the comfort noise that go with its clock rate."""

    codec: PayloadFormat
    name: Codec
    event: PayloadFormat | None = None
    comfort_noise: PayloadFormat | None = None

    @property
    def all(self) -> tuple[PayloadFormat, ...]:
        """Every format, the codec first."""
        return tuple(entry for entry in (self.codec, self.comfort_noise, self.event) if entry is not None)

    @property
    def opus(self) -> OpusParameters | None:
        """What the peer wants of Opus packets; None for every other codec."""
        return read_opus_parameters(self.codec.parameters) if self.name is Codec.OPUS else None


def read_formats(media: MediaDescription) -> list[PayloadFormat]:
    """Return the formats of ``media`` in their order, without those that cannot be read."""
    encodings = dict(_STATIC)
    for value in media.values("rtpmap"):
        payload_type, _, encoding = value.strip().partition(" ")
        encodings[payload_type] = encoding.strip()
    parameters: dict[str, str] = {}
    for value in media.values("fmtp"):
        payload_type, _, text = value.strip().partition(" ")
        parameters.setdefault(payload_type, text.strip())
    formats: list[PayloadFormat] = []
    for payload_type in media.formats:
        name, rate, channels = [*encodings.get(payload_type, "").lower().split("/"), "", "1"][:3]
        numbers = [_number(text) for text in (payload_type, rate, channels or "1")]
        if None not in numbers and (numbers[0] or 0) < 128:
            known = [number or 0 for number in numbers]
            formats.append(PayloadFormat(known[0], name, known[1], known[2], parameters.get(payload_type, "")))
    return formats


def choose_formats(
    media: MediaDescription, codecs: Sequence[Codec], *, by_our_preference: bool = True
) -> AudioFormats | None:
    """Return what ``media`` and ``codecs`` have in common; None when that is nothing.

    The first of ``codecs`` is taken, or the first of ``media`` where not ``by_our_preference``. Events are those at the
    codec's clock rate, else at 8000 (RFC 4733 section 2.1 wants the former; telephones with Opus often have the latter
    only, and a key with a wrong length is better than none). Opus has its own comfort noise.
    """
    formats = read_formats(media)
    found: dict[Codec, PayloadFormat] = {}
    for entry in formats:
        if entry.codec is not None and entry.codec in codecs:
            found.setdefault(entry.codec, entry)
    if not found:
        return None
    codec = next(codec for codec in (codecs if by_our_preference else found) if codec in found)
    rate = found[codec].clock_rate
    event = _find(formats, TELEPHONE_EVENT, rate) or _find(formats, TELEPHONE_EVENT, EVENT_RATE)
    return AudioFormats(found[codec], codec, event, _find(formats, COMFORT_NOISE, rate))


def event_format(media: MediaDescription, clock_rate: int) -> PayloadFormat | None:
    """Return the format of the telephone-events of ``media`` at ``clock_rate``."""
    return _find(read_formats(media), TELEPHONE_EVENT, clock_rate)


def offered_formats(codecs: Iterable[Codec], agreed: MediaDescription | None = None) -> list[PayloadFormat]:
    """Return the formats of an offer of ``codecs``, with comfort noise and telephone-events.

    Each has the payload type that it has in ``agreed``, our description in force: what a number stands for may not
    change within a session (RFC 3264 section 8.3.2).
    """
    known = [] if agreed is None else read_formats(agreed)
    taken = {entry.payload_type for entry in known}

    def place(name: str, clock_rate: int, channels: int, usual: int) -> PayloadFormat:
        same = next((e for e in known if (e.name, e.clock_rate, e.channels) == (name, clock_rate, channels)), None)
        free = (number for number in (usual, *_DYNAMIC_TYPES) if number not in taken)
        payload_type = same.payload_type if same is not None else next(free)
        taken.add(payload_type)
        return PayloadFormat(payload_type, name, clock_rate, channels)

    chosen = tuple(codecs)
    formats = [
        place(codec.lower(), codec.clock_rate, 2 if codec is Codec.OPUS else 1, _STATIC_TYPES.get(codec, _OPUS_TYPE))
        for codec in chosen
    ]
    rates = sorted({codec.clock_rate for codec in chosen})
    if EVENT_RATE in rates:
        formats.append(place(COMFORT_NOISE, EVENT_RATE, 1, _COMFORT_NOISE_TYPE))
    formats += [place(TELEPHONE_EVENT, rate, 1, _EVENT_TYPES[rate]) for rate in rates]
    return formats


def format_attributes(formats: Iterable[PayloadFormat]) -> list[Attribute]:
    """Return the lines that tell what ``formats`` of ours are."""
    attributes: list[Attribute] = []
    for entry in formats:
        name = str(entry.codec or ("CN" if entry.name == COMFORT_NOISE else entry.name))
        channels = f"/{entry.channels}" if entry.channels != 1 else ""
        attributes.append(("rtpmap", f"{entry.payload_type} {name}/{entry.clock_rate}{channels}"))
        if entry.name == TELEPHONE_EVENT:
            attributes.append(("fmtp", f"{entry.payload_type} 0-15"))
        elif entry.codec is Codec.OPUS:
            attributes.append(("fmtp", f"{entry.payload_type} {OUR_OPUS_PARAMETERS}"))
    return attributes


def read_opus_parameters(text: str) -> OpusParameters:
    """Return what an ``a=fmtp`` of Opus asks for (RFC 7587 section 6.1); what cannot be read is left out."""
    values: dict[str, int | None] = {}
    for parameter in text.split(";"):
        name, _, value = parameter.partition("=")
        values.setdefault(name.strip().lower(), _number(value.strip()))
    rate, bits = values.get("maxplaybackrate"), values.get("maxaveragebitrate")
    return OpusParameters(
        in_band_fec=values.get("useinbandfec") == 1,
        max_average_bit_rate=min(max(bits, 6000), 510_000) if bits is not None else None,
        max_playback_rate=min(max(rate, 8000), 48_000) if rate is not None else 48_000,
        constant_bit_rate=values.get("cbr") == 1,
        discontinuous=values.get("usedtx") == 1,
    )


def _find(formats: Iterable[PayloadFormat], name: str, clock_rate: int) -> PayloadFormat | None:
    return next((e for e in formats if (e.name, e.clock_rate, e.channels) == (name, clock_rate, 1)), None)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else None
