"""What all calls of the daemon share to put callers through."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.media.client.leg_source import LegSource
from gateway.practice.profile import PracticeProfile
from gateway.sip_line import SipLine
from gateway.speech.interface import Synthesiser
from gateway.telephony.trunks.trunk import Trunk
from gateway.transfer.call_transfer import CallTransfer
from gateway.transfer.dialler import Dialler, Telephone
from gateway.transfer.trunk_view import TrunkView


class Switchboard:
    """Makes the ``Transferrer`` of each call; the second leg goes out by ``telephone`` with sound by ``worker``."""

    def __init__(
        self, telephone: Telephone, worker: LegSource, synthesiser: Synthesiser, trunks: Iterable[Trunk] = ()
    ) -> None:
        self._dialler = Dialler(telephone, worker)
        self._synthesiser = synthesiser
        self._trunks = TrunkView(trunks)

    def transferrer(self, line: SipLine, profile: PracticeProfile) -> CallTransfer:
        """Return what puts the caller on ``line`` through to the people of ``profile``."""
        return CallTransfer(
            line, profile=profile, dialler=self._dialler, synthesiser=self._synthesiser, trunks=self._trunks
        )
