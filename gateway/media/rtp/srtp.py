"""Secure RTP for one stream, both ways (RFC 3711, RFC 7714), on pylibsrtp.

Knows keys, not where they come from: SDES brings them today, a DTLS handshake (RFC 5764) could as well. Not for two
threads at once: a session of pylibsrtp works in one buffer.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

import pylibsrtp

from gateway.media.errors import MediaError
from gateway.media.parameters import SrtpKeys
from gateway.media.rtp.reception_view import ReceptionView

LARGEST_PACKET = 1500 - 144 - 4
"""Octets of the largest packet that can be protected: pylibsrtp's buffer, less the most that a suite adds to RTCP."""

_REPLAY_WINDOW = 1024
"""Packets: 20 s of sound, so that no path reorders beyond it."""
_MOST_SOURCES = 64
"""Each source costs the library memory for as long as the keys are used."""
_PACKETS_UNDER_NEW_KEY = 250
"""After so many (5 s) nothing that was sent under the old key is on its way any more."""
_MOST_ROLLOVERS = 64
"""A day of packets; beyond it nobody continues a rollover counter under a new key."""
_REPLAYED = "replay check failed"


@dataclass(frozen=True, slots=True)
class _Suite:
    profile: int
    key_octets: int
    salt_octets: int


_SUITES = {
    "AES_CM_128_HMAC_SHA1_80": _Suite(pylibsrtp.Policy.SRTP_PROFILE_AES128_CM_SHA1_80, 16, 14),
    "AES_CM_128_HMAC_SHA1_32": _Suite(pylibsrtp.Policy.SRTP_PROFILE_AES128_CM_SHA1_32, 16, 14),
    "AEAD_AES_128_GCM": _Suite(pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 16, 12),
    "AEAD_AES_256_GCM": _Suite(pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_256_GCM, 32, 12),
}

SUITES = {name: suite.key_octets + suite.salt_octets for name, suite in _SUITES.items()}
"""The suites by their SDES names (RFC 4568 section 6.2, RFC 7714 section 14), with the octets of key and salt."""


class SrtpError(MediaError):
    """The keys cannot be used, or a packet of ours cannot be protected; the message says why."""


def _session(suite: str, key: bytes, direction: int) -> pylibsrtp.Session:
    policy = pylibsrtp.Policy(key, direction, srtp_profile=_SUITES[suite].profile)
    policy.window_size = _REPLAY_WINDOW
    return pylibsrtp.Session(policy)


def _outbound(suite: str, key: bytes) -> pylibsrtp.Session:
    return _session(suite, key, pylibsrtp.Policy.SSRC_ANY_OUTBOUND)


def _inbound(suite: str, key: bytes) -> pylibsrtp.Session:
    return _session(suite, key, pylibsrtp.Policy.SSRC_ANY_INBOUND)


def _check(keys: SrtpKeys) -> None:
    octets = SUITES.get(keys.suite)
    if octets is None:
        raise SrtpError(f"the SRTP suite {keys.suite!r} is not known")
    for whose, key in (("our", keys.local), ("the peer's", keys.remote)):
        if len(key) != octets:
            raise SrtpError(f"{whose} key for {keys.suite} has {len(key)} octets instead of {octets}")


class SrtpTransform:
    """Protects what is sent and opens what is received; each direction has a key of its own."""

    def __init__(self, keys: SrtpKeys) -> None:
        """Raise ``SrtpError`` when the suite is not known or a key's length does not fit it."""
        _check(keys)
        self._keys = keys
        self._sending = _outbound(keys.suite, keys.local)
        self._receiving = _ReceivingContext([_inbound(keys.suite, keys.remote)])
        self._before: _ReceivingContext | None = None
        self.rejected = 0
        """Datagrams whose authentication failed, or that were no SRTP."""
        self.replayed = 0
        """Datagrams whose index had come before, or was too old to tell."""

    def protect(self, packet: bytes) -> bytes:
        """Return the SRTP packet for an RTP packet.

        Raises:
            SrtpError: longer than ``LARGEST_PACKET``, no RTP packet, or a sequence number that was used before.

        """
        try:
            return self._sending.protect(packet)
        except (pylibsrtp.Error, ValueError) as error:
            raise SrtpError(f"a packet cannot be protected: {error}") from error

    def protect_rtcp(self, packet: bytes) -> bytes:
        """Return the SRTCP packet for a compound RTCP packet; raise ``SrtpError`` as ``protect`` does."""
        try:
            return self._sending.protect_rtcp(packet)
        except (pylibsrtp.Error, ValueError) as error:
            raise SrtpError(f"a report cannot be protected: {error}") from error

    def unprotect(self, packet: bytes) -> bytes | None:
        """Return the RTP packet of an SRTP packet; None, and it is counted, when it is to be dropped."""
        try:
            plain = self._receiving.unprotect(packet)
        except (pylibsrtp.Error, ValueError) as error:
            if self._before is None:
                self._count(error)
                return None
            return self._try_key_before(packet, _ReceivingContext.unprotect)
        if self._before is not None and self._receiving.opened > _PACKETS_UNDER_NEW_KEY:
            self._before = None
        return plain

    def unprotect_rtcp(self, packet: bytes) -> bytes | None:
        """Return the RTCP packet of an SRTCP packet; None, and it is counted, when it is to be dropped."""
        try:
            return self._receiving.unprotect_rtcp(packet)
        except (pylibsrtp.Error, ValueError) as error:
            if self._before is None:
                self._count(error)
                return None
            return self._try_key_before(packet, _ReceivingContext.unprotect_rtcp)

    def _try_key_before(self, packet: bytes, unprotect: Callable[[_ReceivingContext, bytes], bytes]) -> bytes | None:
        assert self._before is not None  # noqa: S101 - the callers have just looked
        try:
            return unprotect(self._before, packet)
        except (pylibsrtp.Error, ValueError) as error:
            self._count(error)
            return None

    def _count(self, error: Exception) -> None:
        if str(error).startswith(_REPLAYED):
            self.replayed += 1
        else:
            self.rejected += 1

    def rekey(self, keys: SrtpKeys, reception: ReceptionView | None = None) -> bool:
        """Use ``keys`` from now on; return whether the stream that we send has to go on under a new SSRC.

        A direction whose key stays keeps its context: to begin it anew would use up its indices twice. A new key of
        ours starts with the rollover counter at zero. RFC 3711 section 3.3.1 would have it go on, most peers begin
        anew, and a new SSRC whose sequence numbers begin in the lower half means the same to both.

        The peer's counter is taken either way: ``reception`` tells how often its sequence numbers have wrapped. What it
        sent under its old key and is still on its way is taken as well.

        Raises:
            SrtpError: the keys cannot be used; the old ones stay.

        """
        _check(keys)
        before, self._keys = self._keys, keys
        suite_changed = keys.suite != before.suite
        if suite_changed or keys.remote != before.remote:
            sessions = [_inbound(keys.suite, keys.remote)]
            continued = self._receiving.rollovers(reception)
            if reception is not None and 0 < continued <= _MOST_ROLLOVERS:
                sessions.append(_rolled_over(keys, reception, continued))
            self._before = self._receiving
            self._receiving = _ReceivingContext(sessions, reception, continued)
        if suite_changed or keys.local != before.local:
            self._sending = _outbound(keys.suite, keys.local)
            return True
        return False


class _ReceivingContext:
    """What one key of the peer opens.

    Of several ``sessions``, which differ in the rollover counter that they begin with, the one that opens the first RTP
    packet stays. The key came when ``reception`` had been received; if the peer goes on counting under it, its counter
    was at ``continued`` then.
    """

    def __init__(
        self, sessions: list[pylibsrtp.Session], reception: ReceptionView | None = None, continued: int = 0
    ) -> None:
        self._session = sessions[0]
        self._others = sessions[1:]
        self._began = reception
        self._continued = continued
        self._began_anew = False
        self._sources: set[bytes] = set()
        self._reporting: set[bytes] = set()
        self.opened = 0
        """RTP packets that this key has opened."""

    def unprotect(self, packet: bytes) -> bytes:
        if packet[8:12] not in self._sources:
            return self._first_of_source(packet)
        plain = self._session.unprotect(packet)
        self.opened += 1
        return plain

    def _first_of_source(self, packet: bytes) -> bytes:
        source = packet[8:12]
        self._check_room(source)
        plain = self._choose(packet) if self._others else self._session.unprotect(packet)
        self._sources.add(source)
        self.opened += 1
        return plain

    def _choose(self, packet: bytes) -> bytes:
        try:
            plain = self._session.unprotect(packet)
        except pylibsrtp.Error:
            plain = self._others[0].unprotect(packet)
            self._session = self._others[0]
        else:
            self._began_anew = True
        self._others = []
        return plain

    def unprotect_rtcp(self, packet: bytes) -> bytes:
        source = packet[4:8]
        self._check_room(source)
        plain = self._session.unprotect_rtcp(packet)
        self._reporting.add(source)
        # SRTCP carries its index, so it tells nothing of the rollover counter; each session has to know the replays.
        for other in self._others:
            other.unprotect_rtcp(packet)
        return plain

    def _check_room(self, source: bytes) -> None:
        """Raise ``ValueError`` when ``source`` would be one more than a key is good for, of sound or of reports."""
        known = self._sources | self._reporting
        if source not in known and len(known) >= _MOST_SOURCES:
            raise ValueError("too many sources under one key")

    def rollovers(self, reception: ReceptionView | None) -> int:
        """Return the rollover counter of the source of ``reception`` under this key, 0 where it is not known."""
        if reception is None:
            return 0
        wraps = reception.highest >> 16
        began = self._began
        if began is None or began.ssrc != reception.ssrc:
            return wraps
        return (0 if self._began_anew else self._continued) + wraps - (began.highest >> 16)


def _rolled_over(keys: SrtpKeys, reception: ReceptionView, rollovers: int) -> pylibsrtp.Session:
    """Return a session that expects the packet after the highest one of ``reception`` after so many rollovers.

    The library lets nobody set the counter; four packets a rollover, made up under the peer's key, move it there.
    """
    forged, session = _outbound(keys.suite, keys.remote), _inbound(keys.suite, keys.remote)
    last = rollovers << 16 | reception.highest & 0xFFFF
    for index in [*range(0, last, 0x4000), last]:
        packet = struct.pack("!BBHII", 0x80, 0, index & 0xFFFF, 0, reception.ssrc or 0)
        session.unprotect(forged.protect(packet))
    return session
