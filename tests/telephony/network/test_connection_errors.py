"""What went wrong with a connection is always told."""

import errno

import pytest

from gateway.telephony.errors import TelephonyError
from gateway.telephony.network.connection_errors import describe_connection_error


@pytest.mark.parametrize(
    ("error", "clause"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "whatever"), "Connection refused"),
        (TimeoutError(), "no connection came about in time"),
        (ConnectionResetError(), "the connection was closed by the peer"),
        (TelephonyError("There is no listener for IPv6"), "There is no listener for IPv6"),
    ],
)
def test_each_error_has_its_clause(error, clause):
    assert describe_connection_error(error) == clause
