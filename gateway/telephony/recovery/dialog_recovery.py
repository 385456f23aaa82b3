"""Calls across a crash: what is open is kept on disk, and what the last process left open is ended with BYE."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import structlog

from gateway.telephony.recovery.dialog_keeper import DialogKeeper
from gateway.telephony.recovery.dialog_snapshot import DialogSnapshot
from gateway.telephony.recovery.dialog_store import DialogStore
from gateway.telephony.recovery.orphaned_dialog import OrphanedDialog, Outcome
from gateway.telephony.sessions.session_parameters import Credentials
from gateway.telephony.user_agent import UserAgent

log = structlog.get_logger(__name__)

BYES_PER_S = 100
"""How fast orphaned calls are ended: a trunk may refuse a burst, and new calls want to be answered meanwhile."""


class DialogRecovery:
    """``open`` it, give ``keeper`` to the user agent, ``end_orphans`` once that is started, ``close`` it behind it."""

    def __init__(self, folder: Path) -> None:
        self._store = DialogStore(folder)
        self.keeper = DialogKeeper(self._store)
        """The user agent's ``dialog_observer``."""
        self._orphans: list[DialogSnapshot] = []
        self._outcomes: Counter[Outcome] = Counter()

    @property
    def orphans(self) -> int:
        """How many calls of the last process are not ended yet."""
        return len(self._orphans)

    async def open(self) -> None:
        """Read what the last process left, and begin to keep what is open from now on."""
        self._orphans = await asyncio.to_thread(self._store.load)
        self._store.start()

    def end_orphans(
        self, user_agent: UserAgent, listeners: int = 1, credentials: Mapping[str, Credentials | None] | None = None
    ) -> None:
        """Send BYE for every call that the last process left open; returns at once.

        ``listeners`` is how many the user agent has; ``credentials`` by a trunk's id are what its challenges are
        answered with.
        """
        if not self._orphans:
            return
        log.warning("calls_left_open_by_a_crash", calls=len(self._orphans))
        now = user_agent.now()
        for index, snapshot in enumerate(list(self._orphans)):
            dialog = snapshot.restore(listeners)
            orphan = OrphanedDialog(
                user_agent.signalling,
                dialog,
                (credentials or {}).get(snapshot.trunk or ""),
                start_at=now + index / BYES_PER_S,
                done=partial(self._done, snapshot),
            )
            user_agent.signalling.schedule(orphan)
        user_agent.flush()

    async def close(self) -> None:
        """Write what waits; what is still not ended is tried again at the next start."""
        await asyncio.to_thread(self._store.close)

    def _done(self, snapshot: DialogSnapshot, outcome: Outcome) -> None:
        self._outcomes[outcome] += 1
        self._orphans.remove(snapshot)
        self._store.delete(snapshot.restore(0).dialog_id)
        log.info("orphaned_call_done", sip_call_id=snapshot.call_id, outcome=str(outcome))
        if not self._orphans:
            log.info("orphaned_calls_done", **{str(kind): count for kind, count in self._outcomes.items()})
