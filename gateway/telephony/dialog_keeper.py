"""Follows the calls of a user agent and keeps the snapshots of those that are open."""

from __future__ import annotations

import time
from collections.abc import Callable

from gateway.telephony.dialog import DialogId
from gateway.telephony.dialog_snapshot import CSEQ_MARGIN, DialogSnapshot
from gateway.telephony.dialog_store import DialogStore
from gateway.telephony.incoming_session import IncomingSession
from gateway.telephony.session import Session

REWRITE_AFTER = CSEQ_MARGIN // 2
"""Requests of ours in one call after which its snapshot is written anew."""


class DialogKeeper:
    """Told of every change of a session. A dialog is kept from its 2xx until its BYE is answered."""

    def __init__(self, store: DialogStore, *, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock
        self._kept: dict[DialogId, DialogSnapshot] = {}

    def __call__(self, session: Session, trunk: str | None) -> None:
        """Note what became of ``session``, which came or went by ``trunk``."""
        dialog = session.dialog
        if dialog is None:
            return
        known = self._kept.get(dialog.dialog_id)
        if session.finished:
            if known is not None:
                del self._kept[dialog.dialog_id]
                self._store.delete(dialog.dialog_id)
            return
        if known is None:
            if not _is_open(session):
                return
        elif str(dialog.remote_target) == known.remote_target and dialog.local_cseq < known.local_cseq + REWRITE_AFTER:
            return
        began_at = self._clock() if known is None else known.began_at
        snapshot = DialogSnapshot.of(dialog, trunk=trunk, began_at=began_at)
        self._kept[dialog.dialog_id] = snapshot
        self._store.save(dialog.dialog_id, snapshot)


def _is_open(session: Session) -> bool:
    """Return whether the other side believes that there is a call; without an offer the stream comes with the ACK."""
    if session.end is not None:
        return False
    return session.stream is not None or (isinstance(session, IncomingSession) and session.answered)
