"""Offer and answer for one audio stream (RFC 3264), with G.711 and telephone-event (RFC 3551, RFC 4733)."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from gateway.media.parameters import Codec, StreamParameters
from gateway.telephony.errors import NotAcceptableHere
from gateway.telephony.messages.sdp import Attribute, MediaDescription, Origin, SessionDescription

PREFERENCE = (Codec.PCMA, Codec.PCMU)
"""The codecs that we take, the one we like best first; A-law is what European trunks speak."""
PROFILE = "RTP/AVP"
TELEPHONE_EVENT = "telephone-event"
OFFERED_EVENT_TYPE = 101
"""The payload type for telephone-event in our own offers."""
DEFAULT_PTIME_MS = 20
SHORTEST_PTIME_MS = 10
LONGEST_PTIME_MS = 60

_STATIC = {"0": "PCMU/8000", "8": "PCMA/8000"}
_STATIC_TYPE = {Codec.PCMU: "0", Codec.PCMA: "8"}
_DIRECTION = {
    (True, True): "sendrecv",
    (True, False): "sendonly",
    (False, True): "recvonly",
    (False, False): "inactive",
}
_SENDS = ("sendrecv", "sendonly")
_RECEIVES = ("sendrecv", "recvonly")


@dataclass(frozen=True, slots=True)
class _Match:
    """What both sides of one m= section can do."""

    codec: Codec
    codec_format: str
    event_format: str | None


def create_offer(
    address: str,
    port: int,
    session_id: int,
    session_version: int = 1,
    *,
    direction: str = "sendrecv",
    agreed: SessionDescription | None = None,
) -> SessionDescription:
    """Return an offer of one audio stream received at ``address`` and ``port``.

    ``agreed`` is our description that is in force: the new one has the same sections in the same order, all but ours
    refused, and gives telephone-event the same payload type (RFC 3264 section 8).
    """
    sections = () if agreed is None else agreed.media
    index = next((at for at, media in enumerate(sections) if media.media == "audio" and media.port), 0)
    event = (_event_format(sections[index]) if sections else None) or str(OFFERED_EVENT_TYPE)
    formats = tuple(_STATIC_TYPE[codec] for codec in PREFERENCE)
    attributes: list[Attribute] = [("rtpmap", f"{_STATIC_TYPE[codec]} {codec}/8000") for codec in PREFERENCE]
    attributes += [
        ("rtpmap", f"{event} {TELEPHONE_EVENT}/8000"),
        ("fmtp", f"{event} 0-15"),
        ("ptime", str(DEFAULT_PTIME_MS)),
        (direction, None),
    ]
    audio = MediaDescription("audio", port, PROFILE, (*formats, event), attributes=tuple(attributes))
    media = tuple(audio if at == index else section.rejected() for at, section in enumerate(sections)) or (audio,)
    return SessionDescription(Origin(session_id, session_version, address), media, connection=address)


def answer_offer(
    offer: SessionDescription,
    address: str,
    port: int,
    session_id: int,
    session_version: int = 1,
    *,
    direction: str = "sendrecv",
) -> tuple[SessionDescription, StreamParameters]:
    """Return our answer to ``offer``, with audio received at ``address`` and ``port``, and the stream that results.

    The first audio section that fits is taken, every other one is refused with port 0. Payload types stay those of the
    offer; the stream goes in the directions that both the offer and our own ``direction`` want. Raises
    ``NotAcceptableHere`` when no section fits.
    """
    index, match = _choose(offer, address)
    chosen = offer.media[index]
    theirs = _direction(offer, chosen)
    sends = theirs in _RECEIVES and direction in _SENDS
    receives = theirs in _SENDS and direction in _RECEIVES
    attributes: list[Attribute] = [("rtpmap", f"{match.codec_format} {match.codec}/8000")]
    if match.event_format is not None:
        event = match.event_format
        attributes += [("rtpmap", f"{event} {TELEPHONE_EVENT}/8000"), ("fmtp", f"{event} 0-15")]
    stream = _stream(offer, chosen, match, sends=sends, receives=receives)
    attributes += [("ptime", str(stream.ptime_ms)), (_DIRECTION[sends, receives], None)]
    formats = (match.codec_format,) if match.event_format is None else (match.codec_format, match.event_format)
    audio = MediaDescription("audio", port, chosen.protocol, formats, attributes=tuple(attributes))
    sections = tuple(audio if at == index else media.rejected() for at, media in enumerate(offer.media))
    origin = Origin(session_id, session_version, address)
    return SessionDescription(origin, sections, connection=address, times=offer.times), stream


def accept_answer(offer: SessionDescription, answer: SessionDescription) -> StreamParameters:
    """Return the stream that ``answer`` to our ``offer`` makes; raise ``NotAcceptableHere`` when it does not fit."""
    if len(answer.media) != len(offer.media):
        raise NotAcceptableHere("The answer has not as many m= lines as the offer")
    for ours, theirs in zip(offer.media, answer.media, strict=True):
        if theirs.port == 0 or ours.port == 0:
            continue
        match = _match_in_answer(ours, theirs)
        if match is None:
            raise NotAcceptableHere("The answer chose no codec that was offered")
        wanted, answered = offer.direction_of(ours), _direction(answer, theirs)
        return _stream(
            answer,
            theirs,
            match,
            sends=wanted in _SENDS and answered in _RECEIVES,
            receives=wanted in _RECEIVES and answered in _SENDS,
            receive_event_format=_event_format(ours),
        )
    raise NotAcceptableHere("The answer refused the audio stream")


def check_offer(offer: SessionDescription) -> None:
    """Raise ``NotAcceptableHere`` when no stream of ``offer`` can be taken, whatever our address is."""
    _choose(offer, None)


def _choose(offer: SessionDescription, address: str | None) -> tuple[int, _Match]:
    problem = "The offer holds no audio stream over RTP/AVP"
    for index, media in enumerate(offer.media):
        if media.media != "audio" or media.port == 0 or media.protocol.upper() != PROFILE:
            continue
        match = _match(media, by_our_preference=True)
        if match is None:
            problem = "The offer holds neither PCMA nor PCMU"
            continue
        remote = _ip_address(offer, media)
        if address is not None and remote.version != ipaddress.ip_address(address).version:
            problem = f"The offer's address is IPv{remote.version}, which this side has not"
            continue
        return index, match
    raise NotAcceptableHere(problem)


def _match(media: MediaDescription, *, by_our_preference: bool) -> _Match | None:
    maps = _payload_maps(media)
    found: dict[Codec, str] = {}
    event: str | None = None
    for payload_type in media.formats:
        name = maps.get(payload_type)
        if name == TELEPHONE_EVENT:
            event = event or payload_type
        for codec in PREFERENCE:
            if name == codec.lower():
                found.setdefault(codec, payload_type)
    if not found:
        return None
    codec = next(codec for codec in PREFERENCE if codec in found) if by_our_preference else next(iter(found))
    return _Match(codec, found[codec], event)


def _match_in_answer(ours: MediaDescription, theirs: MediaDescription) -> _Match | None:
    """Match an answer by names: the answerer may use payload types of its own (RFC 3264 section 6.1)."""
    if theirs.media != ours.media or theirs.protocol.upper() != ours.protocol.upper():
        return None
    return _match(theirs, by_our_preference=False)


def _event_format(media: MediaDescription) -> str | None:
    maps = _payload_maps(media)
    return next((payload_type for payload_type in media.formats if maps.get(payload_type) == TELEPHONE_EVENT), None)


def _direction(description: SessionDescription, media: MediaDescription) -> str:
    """Return what the writer of ``description`` wants; address zero, with which nothing can be received, is a hold.

    That is how RFC 2543 put a call on hold (RFC 3264 section 8.4).
    """
    direction = description.direction_of(media)
    if not _ip_address(description, media).is_unspecified:
        return direction
    return "sendonly" if direction in _SENDS else "inactive"


def _payload_maps(media: MediaDescription) -> dict[str, str]:
    """Return the encoding names, in lower case, of those payload types that are 8000 Hz and one channel."""
    encodings = dict(_STATIC)
    for value in media.values("rtpmap"):
        payload_type, _, encoding = value.strip().partition(" ")
        encodings[payload_type] = encoding.strip()
    names: dict[str, str] = {}
    for payload_type, encoding in encodings.items():
        name, rate, channels = ([*encoding.lower().split("/"), "1"])[:3] if "/" in encoding else ("", "", "")
        if rate == "8000" and channels == "1" and _number(payload_type, 128) < 128:
            names[payload_type] = name
    return names


def _stream(
    description: SessionDescription,
    media: MediaDescription,
    match: _Match,
    *,
    sends: bool,
    receives: bool,
    receive_event_format: str | None = None,
) -> StreamParameters:
    event = match.event_format
    # An answer may ask for another payload type than the one that we offered and receive (RFC 3264 section 5.1).
    differs = event is not None and receive_event_format not in (None, event)
    return StreamParameters(
        remote_address=str(_ip_address(description, media)),
        remote_port=media.port,
        codec=match.codec,
        payload_type=int(match.codec_format),
        telephone_event_payload_type=None if event is None else int(event),
        receive_telephone_event_payload_type=int(receive_event_format) if differs and receive_event_format else None,
        ptime_ms=_ptime(media),
        send=sends,
        receive=receives,
    )


def _ip_address(
    description: SessionDescription, media: MediaDescription
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    text = description.address_of(media)
    if text is None:
        raise NotAcceptableHere("The session description has no c= line for its audio")
    try:
        address = ipaddress.ip_address(text)
    except ValueError as error:
        raise NotAcceptableHere("The c= line holds no IP address") from error
    if address.is_multicast:
        raise NotAcceptableHere("The c= line holds a multicast address")
    return address


def _ptime(media: MediaDescription) -> int:
    """Return the length of our packets: what the peer wishes, in whole ticks of 20 ms, but never above its maxptime."""
    wished = _number(media.attribute("ptime"), DEFAULT_PTIME_MS)
    longest = min(_number(media.attribute("maxptime"), LONGEST_PTIME_MS), LONGEST_PTIME_MS)
    if longest < DEFAULT_PTIME_MS:
        return SHORTEST_PTIME_MS
    return max(min(wished, longest) // DEFAULT_PTIME_MS, 1) * DEFAULT_PTIME_MS


def _number(text: str | None, default: int) -> int:
    if text is None:
        return default
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else default
