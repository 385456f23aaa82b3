"""Known SIP scanners."""

from __future__ import annotations

from gateway.telephony.messages.message import Request

SCANNERS = (
    "friendly-scanner",
    "friendly-request",
    "sipvicious",
    "sundayddr",
    "sipcli",
    "sip-scan",
    "siparmyknife",
    "sipscan",
    "pplsip",
    "vaxsipuseragent",
    "vaxasip",
    "scansip",
    "sipsscuser",
)
"""What the User-Agent of a scanner holds, in small letters. Tools that operators use are left out: sipsak."""


def is_scanner(request: Request) -> bool:
    """Return whether ``request`` says itself that a scanner sent it."""
    agent = request.headers.get("User-Agent")
    if agent is None:
        return False
    agent = agent.lower()
    return any(name in agent for name in SCANNERS)
