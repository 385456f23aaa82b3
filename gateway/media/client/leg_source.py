"""Where signalling gets the sound of a call from."""

from __future__ import annotations

from typing import Protocol

from gateway.media.client.rtp_leg import RtpLeg


class LegSource(Protocol):
    """What makes legs: one media worker, or a pool of them."""

    async def allocate(self, *, beside: RtpLeg | None = None) -> RtpLeg:
        """Return a new leg that is bound to an even RTP port and the odd one above it, not yet connected.

        With ``beside`` it can be bridged with that leg, which one worker has to carry together with it.

        Raises:
            LegGone: the leg that it was to be beside is gone.
            MediaError: no port is free, or no worker is running that takes another call.

        """
