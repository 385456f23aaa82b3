"""What this user agent can do, as Allow and Supported say it, and what a peer says of itself (RFC 3261 section 20)."""

from __future__ import annotations

from gateway.telephony.messages.message import Message
from gateway.telephony.messages.responses import ALLOWED_METHODS
from gateway.telephony.sessions.session_parameters import ExtensionMode, SessionParameters

RELIABLE_PROVISIONAL = "100rel"
TIMER = "timer"
REPLACES = "replaces"


def is_listed(message: Message, header: str, option: str) -> bool:
    """Return whether ``option`` stands in the list ``header`` of ``message``; case is nothing."""
    try:
        return option.lower() in (value.lower() for value in message.headers.get_list(header))
    except ValueError:
        return False


def supports(message: Message, option: str) -> bool:
    """Return whether the sender of ``message`` understands ``option``: it says so, or demands it."""
    return is_listed(message, "Supported", option) or is_listed(message, "Require", option)


def supported_options(parameters: SessionParameters) -> tuple[str, ...]:
    """Return the option tags that we understand in the calls that are held with ``parameters``."""
    modes = ((RELIABLE_PROVISIONAL, parameters.reliable_provisional), (TIMER, parameters.session_timer))
    return (*(option for option, mode in modes if mode is not ExtensionMode.OFF), REPLACES)


def demanded_options(parameters: SessionParameters) -> tuple[str, ...]:
    """Return the option tags without which a call is refused."""
    modes = ((RELIABLE_PROVISIONAL, parameters.reliable_provisional), (TIMER, parameters.session_timer))
    return tuple(option for option, mode in modes if mode is ExtensionMode.REQUIRED)


def allow(parameters: SessionParameters) -> str:
    """Return the methods that are answered in the calls that are held with ``parameters``, as Allow has them."""
    hidden = () if parameters.reliable_provisional is not ExtensionMode.OFF else ("PRACK",)
    return ", ".join(method for method in ALLOWED_METHODS if method not in hidden)


def capabilities(parameters: SessionParameters, *, without: str | None = None) -> tuple[tuple[str, str], ...]:
    """Return Allow and Supported; ``without`` names an option that is not to be used in this transaction."""
    options = [option for option in supported_options(parameters) if option != without]
    return (("Allow", allow(parameters)), ("Supported", ", ".join(options)))
