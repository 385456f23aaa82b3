"""Whether a stream is encrypted, and with which keys: RTP/SAVP and ``a=crypto`` in offer and answer (RFC 4568).

A peer that prefers SRTP without demanding it may offer RTP/AVP with ``a=crypto`` lines, which whoever knows none
reads over. The RFC speaks of RTP/SAVP alone, but telephone systems have done so for long (baresip's ``srtp``, PJSIP's
"optional", Asterisk's ``media_encryption_optimistic``). The answer then says RTP/AVP too, with one ``a=crypto`` line.

Where a trunk prefers SRTP our own offers are like that as well. Of the other forms, many a peer takes two m= lines for
two streams, and RTP/SAVP first with RTP/AVP after a 488 costs calls to a peer without SRTP a second attempt.
"""

from __future__ import annotations

from gateway.media.parameters import SrtpKeys
from gateway.telephony.errors import NotAcceptableHere
from gateway.telephony.messages.sdp import MediaDescription
from gateway.telephony.sessions.media_policy import SrtpMode
from gateway.telephony.sessions.sdes import CRYPTO, OFFERED_SUITES, CryptoError, CryptoLine, crypto_lines

RTP = "RTP/AVP"
SRTP = "RTP/SAVP"
_KNOWN_PROFILES = ("RTP/AVPF", "RTP/SAVPF", "UDP/TLS/RTP/SAVP", "UDP/TLS/RTP/SAVPF")
"""Profiles that a refusal calls by their name."""


def peer_line(media: MediaDescription, mode: SrtpMode, in_force: SrtpKeys | None = None) -> CryptoLine | None:
    """Return the ``a=crypto`` line of an offered section that is to be taken; None when it is to be plain RTP.

    That is the line that is ``in_force`` already, or else the first that can be used. Raises ``NotAcceptableHere``
    when the section cannot be taken.
    """
    protocol = media.protocol.upper()
    if protocol in _KNOWN_PROFILES:
        raise NotAcceptableHere(f"The offer's audio is over {protocol}, which this side has not")
    if protocol not in (RTP, SRTP):
        raise NotAcceptableHere("The offer holds no audio stream over RTP/AVP or RTP/SAVP")
    if mode is SrtpMode.OFF:
        if protocol == SRTP:
            raise NotAcceptableHere("The offer demands SRTP, which is switched off for this trunk")
        return None
    lines, problem = _read(media)
    for line in lines:
        if in_force is not None and (line.suite, line.key) == (in_force.suite, in_force.remote):
            return line
    if not lines and (protocol == SRTP or mode is SrtpMode.REQUIRED):
        raise NotAcceptableHere(f"The offer has no a=crypto line that can be used: {problem}")
    return lines[0] if lines else None


def answered_keys(line: CryptoLine, in_force: SrtpKeys | None = None) -> SrtpKeys:
    """Return the keys of a stream whose offer held ``line``: those ``in_force`` if it is the line of before.

    With a new key of the peer's comes a new one of ours: both sides then begin anew, and no key is used twice for the
    same packet numbers, whatever becomes of their count (RFC 3711 section 9.1).
    """
    if in_force is not None and (line.suite, line.key) == (in_force.suite, in_force.remote):
        return in_force
    return SrtpKeys(line.suite, CryptoLine.fresh(line.tag, line.suite).key, line.key)


def offered_protection(
    mode: SrtpMode, agreed: MediaDescription | None = None, in_force: SrtpKeys | None = None
) -> tuple[str, list[CryptoLine]]:
    """Return the profile and the ``a=crypto`` lines of an offer of ours.

    Within a session they stay as in ``agreed``, our section that is in force: the same key means that the stream goes
    on undisturbed (RFC 4568 section 7.1.4). Keys of ours that are not ``in_force`` now may have been, and are not used
    again.
    """
    if agreed is None:
        return SRTP if mode is SrtpMode.REQUIRED else RTP, [] if mode is SrtpMode.OFF else _fresh_lines()
    if not _has_crypto(agreed):
        return agreed.protocol, []
    return agreed.protocol, _fresh_lines() if in_force is None else crypto_lines(agreed)


def accepted_keys(ours: MediaDescription, theirs: MediaDescription, mode: SrtpMode) -> SrtpKeys | None:
    """Return the keys that the answer ``theirs`` to our section gives; None for plain RTP.

    Raises ``NotAcceptableHere`` when the answer does not fit.
    """
    mine = {(line.tag, line.suite): line for line in crypto_lines(ours)}
    if not mine:
        return None
    lines, problem = _read(theirs)
    for line in lines:
        if (own := mine.get((line.tag, line.suite))) is not None:
            return SrtpKeys(line.suite, own.key, line.key)
    if lines:
        raise NotAcceptableHere("The answer's a=crypto line is none of those that were offered")
    if _has_crypto(theirs) or ours.protocol == SRTP or mode is SrtpMode.REQUIRED:
        raise NotAcceptableHere(f"The answer has no a=crypto line that can be used: {problem}")
    return None


def _has_crypto(media: MediaDescription) -> bool:
    return bool(media.values(CRYPTO))


def _fresh_lines() -> list[CryptoLine]:
    return [CryptoLine.fresh(tag, suite) for tag, suite in enumerate(OFFERED_SUITES, 1)]


def _read(media: MediaDescription) -> tuple[list[CryptoLine], str]:
    """Return the lines that can be used, and why there is none."""
    try:
        return crypto_lines(media), "there is none at all"
    except CryptoError as error:
        return [], str(error)
