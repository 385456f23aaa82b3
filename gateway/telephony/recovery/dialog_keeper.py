"""Follows the calls of a user agent and keeps the snapshots of those that are open."""

from __future__ import annotations

import time
from collections.abc import Callable

from gateway.telephony.recovery.dialog_snapshot import CSEQ_MARGIN, DialogSnapshot
from gateway.telephony.recovery.dialog_store import DialogStore
from gateway.telephony.sessions.dialog import Dialog, DialogId
from gateway.telephony.sessions.session import Session

REWRITE_AFTER = CSEQ_MARGIN // 2
"""Requests of ours in one call after which its snapshot is written anew."""


class DialogKeeper:
    """Told of every change of a session. A dialog is kept from its 2xx until its BYE is answered."""

    def __init__(self, store: DialogStore, *, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock
        self._kept: dict[DialogId, DialogSnapshot] = {}

    def __call__(self, session: Session) -> None:
        """Note what became of ``session``."""
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
            if not session.confirmed or session.end is not None:
                return
        elif _holds(known, dialog):
            return
        began_at = self._clock() if known is None else known.began_at
        snapshot = DialogSnapshot.of(dialog, trunk=session.trunk, began_at=began_at)
        self._kept[dialog.dialog_id] = snapshot
        self._store.save(dialog.dialog_id, snapshot)


def _holds(snapshot: DialogSnapshot, dialog: Dialog) -> bool:
    """Return whether a BYE after ``snapshot`` would still reach ``dialog``'s peer and be in order."""
    return (
        str(dialog.remote_target) == snapshot.remote_target
        and dialog.origin[:3] == snapshot.origin
        and dialog.local_cseq < snapshot.local_cseq + REWRITE_AFTER
    )
