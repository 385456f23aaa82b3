"""Offer and answer for one audio stream (RFC 3264)."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.media.parameters import SrtpKeys, StreamParameters
from gateway.telephony.errors import NotAcceptableHere
from gateway.telephony.messages.sdp import Attribute, MediaDescription, Origin, SessionDescription
from gateway.telephony.sessions.codec_formats import (
    AudioFormats,
    PayloadFormat,
    choose_formats,
    event_format,
    format_attributes,
    offered_formats,
    read_formats,
)
from gateway.telephony.sessions.media_address import RECEIVING, SENDING, direction, ip_address_of, wanted_direction
from gateway.telephony.sessions.media_policy import DEFAULT_POLICY, MediaPolicy, SrtpMode, usable
from gateway.telephony.sessions.rtcp_lines import RTCP_MUX, has_rtcp_mux, remote_rtcp
from gateway.telephony.sessions.sdes import CryptoLine
from gateway.telephony.sessions.srtp_negotiation import accepted_keys, answered_keys, offered_protection, peer_line

DEFAULT_PTIME_MS = 20
SHORTEST_PTIME_MS = 10
LONGEST_PTIME_MS = 60


@dataclass(frozen=True, slots=True)
class LocalMedia:
    """Where this side receives, which directions it wants for itself, and what may be agreed on."""

    address: str
    port: int
    direction: str = "sendrecv"
    policy: MediaPolicy = DEFAULT_POLICY


@dataclass(frozen=True, slots=True)
class _Choice:
    """The section of an offer that is taken, as what, and the peer's key for it."""

    index: int
    formats: AudioFormats
    line: CryptoLine | None


def create_offer(
    local: LocalMedia,
    session_id: int,
    session_version: int = 1,
    *,
    agreed: SessionDescription | None = None,
    stream: StreamParameters | None = None,
) -> SessionDescription:
    """Return an offer of one audio stream.

    Within a session, ``agreed`` is our description that is in force and ``stream`` what came of it: the new one has the
    same sections in the same order, all but ours refused, with the same payload types and keys, and the codec in use
    comes first (RFC 3264 section 8).
    """
    sections = () if agreed is None else agreed.media
    index = next((at for at, media in enumerate(sections) if media.media == "audio" and media.port), 0)
    before = sections[index] if sections else None
    codecs = usable(local.policy.offered)
    if stream is not None:
        codecs = tuple(dict.fromkeys((stream.codec, *codecs)))
    formats = offered_formats(codecs, before)
    protocol, lines = offered_protection(local.policy.srtp, before, None if stream is None else stream.srtp)
    audio = _section(
        local.port, protocol, formats, lines, ptime_ms=DEFAULT_PTIME_MS, wanted=local.direction, rtcp_mux=True
    )
    media = tuple(audio if at == index else section.rejected() for at, section in enumerate(sections)) or (audio,)
    return SessionDescription(Origin(session_id, session_version, local.address), media, connection=local.address)


def answer_offer(
    offer: SessionDescription,
    local: LocalMedia,
    session_id: int,
    session_version: int = 1,
    *,
    stream: StreamParameters | None = None,
) -> tuple[SessionDescription, StreamParameters]:
    """Return our answer to ``offer``, and the stream that results; ``stream`` is the one before, within a session.

    One audio section is taken, every other one is refused with port 0. Payload types stay those of the offer; the
    stream goes in the directions that both the offer and our own want; an unchanged key of the peer's keeps ours.
    Raises ``NotAcceptableHere`` when no section fits.
    """
    in_force = None if stream is None else stream.srtp
    choice = _choose(offer, local.policy, local.address, in_force)
    chosen = offer.media[choice.index]
    theirs = wanted_direction(offer, chosen)
    sends = theirs in RECEIVING and local.direction in SENDING
    receives = theirs in SENDING and local.direction in RECEIVING
    keys = None if choice.line is None else answered_keys(choice.line, in_force)
    muxed = has_rtcp_mux(chosen)
    agreed = _stream(offer, chosen, choice.formats, keys, rtcp_mux=muxed, sends=sends, receives=receives)
    audio = _section(
        local.port,
        chosen.protocol,
        choice.formats.all,
        [] if choice.line is None or keys is None else [CryptoLine(choice.line.tag, keys.suite, keys.local)],
        ptime_ms=agreed.ptime_ms,
        wanted=direction(sends=sends, receives=receives),
        rtcp_mux=muxed,
    )
    sections = tuple(audio if at == choice.index else media.rejected() for at, media in enumerate(offer.media))
    origin = Origin(session_id, session_version, local.address)
    return SessionDescription(origin, sections, connection=local.address, times=offer.times), agreed


def accept_answer(
    offer: SessionDescription, answer: SessionDescription, policy: MediaPolicy = DEFAULT_POLICY
) -> StreamParameters:
    """Return the stream that ``answer`` to our ``offer`` makes; raise ``NotAcceptableHere`` when it does not fit."""
    if len(answer.media) != len(offer.media):
        raise NotAcceptableHere("The answer has not as many m= lines as the offer")
    for ours, theirs in zip(offer.media, answer.media, strict=True):
        if theirs.port == 0 or ours.port == 0:
            continue
        formats = _formats_in_answer(ours, theirs)
        if formats is None:
            raise NotAcceptableHere("The answer chose no codec that was offered")
        keys = accepted_keys(ours, theirs, policy.srtp)
        wanted, answered = offer.direction_of(ours), wanted_direction(answer, theirs)
        return _stream(
            answer,
            theirs,
            formats,
            keys,
            rtcp_mux=has_rtcp_mux(ours) and has_rtcp_mux(theirs),
            sends=wanted in SENDING and answered in RECEIVING,
            receives=wanted in RECEIVING and answered in SENDING,
            received_event=None if formats.event is None else event_format(ours, formats.event.clock_rate),
        )
    raise NotAcceptableHere("The answer refused the audio stream")


def check_offer(offer: SessionDescription, policy: MediaPolicy = DEFAULT_POLICY) -> None:
    """Raise ``NotAcceptableHere`` when no stream of ``offer`` can be taken, whatever our address is."""
    _choose(offer, policy, None, None)


def _choose(offer: SessionDescription, policy: MediaPolicy, address: str | None, in_force: SrtpKeys | None) -> _Choice:
    """Return the first section that can be taken; one with keys comes before one without where SRTP is preferred."""
    problem = "The offer holds no audio stream"
    plain: _Choice | None = None
    for index, media in enumerate(offer.media):
        if media.media != "audio" or media.port == 0:
            continue
        try:
            choice = _take(offer, index, policy, address, in_force)
        except NotAcceptableHere as error:
            problem = str(error)
            continue
        if choice.line is not None or policy.srtp is SrtpMode.OFF:
            return choice
        plain = plain or choice
    if plain is None:
        raise NotAcceptableHere(problem)
    return plain


def _take(
    offer: SessionDescription, index: int, policy: MediaPolicy, address: str | None, in_force: SrtpKeys | None
) -> _Choice:
    media = offer.media[index]
    line = peer_line(media, policy.srtp, in_force)
    codecs = usable(policy.answered)
    formats = choose_formats(media, codecs)
    if formats is None:
        raise NotAcceptableHere(f"The offer holds none of the codecs that are taken: {', '.join(codecs)}")
    remote = ip_address_of(offer, media)
    if address is not None and remote.version != ipaddress.ip_address(address).version:
        raise NotAcceptableHere(f"The offer's address is IPv{remote.version}, which this side has not")
    return _Choice(index, formats, line)


def _formats_in_answer(ours: MediaDescription, theirs: MediaDescription) -> AudioFormats | None:
    """Match an answer by names: the answerer may use payload types of its own (RFC 3264 section 6.1)."""
    if theirs.media != ours.media or theirs.protocol.upper() != ours.protocol.upper():
        return None
    offered = [entry.codec for entry in read_formats(ours) if entry.codec is not None]
    return choose_formats(theirs, offered, by_our_preference=False)


def _section(
    port: int,
    protocol: str,
    formats: Sequence[PayloadFormat],
    lines: Sequence[CryptoLine],
    *,
    ptime_ms: int,
    wanted: str,
    rtcp_mux: bool,
) -> MediaDescription:
    """Return our audio section."""
    attributes: list[Attribute] = format_attributes(formats)
    attributes += [("ptime", str(ptime_ms)), ("maxptime", str(LONGEST_PTIME_MS)), (wanted, None)]
    if rtcp_mux:
        attributes.append((RTCP_MUX, None))
    attributes += [line.attribute() for line in lines]
    types = tuple(str(entry.payload_type) for entry in formats)
    return MediaDescription("audio", port, protocol, types, attributes=tuple(attributes))


def _stream(
    description: SessionDescription,
    media: MediaDescription,
    formats: AudioFormats,
    keys: SrtpKeys | None,
    *,
    rtcp_mux: bool,
    sends: bool,
    receives: bool,
    received_event: PayloadFormat | None = None,
) -> StreamParameters:
    address = ip_address_of(description, media)
    event = None if formats.event is None else formats.event.payload_type
    # An answer may ask for another payload type than the one that we offered and receive (RFC 3264 section 5.1).
    received = None if received_event is None else received_event.payload_type
    return StreamParameters(
        remote_address=str(address),
        remote_port=media.port,
        codec=formats.name,
        payload_type=formats.codec.payload_type,
        telephone_event_payload_type=event,
        receive_telephone_event_payload_type=None if received == event else received,
        ptime_ms=_ptime(media),
        send=sends,
        receive=receives,
        comfort_noise_payload_type=None if formats.comfort_noise is None else formats.comfort_noise.payload_type,
        rtcp_mux=rtcp_mux,
        remote_rtcp=None if rtcp_mux else remote_rtcp(media, address),
        srtp=keys,
        opus=formats.opus,
    )


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
