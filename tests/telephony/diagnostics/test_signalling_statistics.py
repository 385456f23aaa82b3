"""Calls and responses are counted by what became of them."""

from collections import Counter

import pytest

from gateway.telephony.diagnostics.signalling_statistics import CallOutcome, Direction, SignallingStatistics
from gateway.telephony.events import Ended, EndReason

IN, OUT = Direction.INCOMING, Direction.OUTGOING


@pytest.mark.parametrize(
    ("direction", "reason", "status", "answered", "outcome"),
    [
        (IN, EndReason.PEER, None, True, CallOutcome.ANSWERED),
        (IN, EndReason.GATEWAY, None, True, CallOutcome.ANSWERED),
        (IN, EndReason.CANCELLED, None, False, CallOutcome.CANCELLED),
        (IN, EndReason.GATEWAY, 404, False, CallOutcome.REFUSED),
        (IN, EndReason.GATEWAY, 503, False, CallOutcome.FAILED),
        (IN, EndReason.NO_ACK, None, False, CallOutcome.FAILED),
        (OUT, EndReason.REJECTED, 486, False, CallOutcome.REFUSED),
        (OUT, EndReason.REJECTED, 603, False, CallOutcome.REFUSED),
        (OUT, EndReason.REJECTED, 503, False, CallOutcome.FAILED),
        (OUT, EndReason.GATEWAY, None, False, CallOutcome.CANCELLED),
        (OUT, EndReason.NO_RESPONSE, None, False, CallOutcome.FAILED),
        (OUT, EndReason.TRANSPORT, None, False, CallOutcome.FAILED),
    ],
)
def test_a_call_counts_by_what_became_of_it(direction, reason, status, answered, outcome):
    statistics = SignallingStatistics()
    statistics.count_call("line", direction, Ended(None, reason, status), answered=answered)
    assert statistics.calls == Counter({("line", direction, outcome): 1})


def test_responses_count_by_class_and_requests_not_at_all():
    statistics = SignallingStatistics()
    for data in (
        b"SIP/2.0 200 OK\r\n",
        b"SIP/2.0 180 Ringing\r\n",
        b"SIP/2.0 ",
        b"SIP/2.0 999",
        b"INVITE sip:a SIP/2.0",
    ):
        statistics.count_message(data, IN)
    assert statistics.responses == Counter({(IN, "2xx"): 1, (IN, "1xx"): 1})
