"""What a call that cannot be taken leaves behind: nothing."""

import contextlib
from types import SimpleNamespace

import pytest

from gateway.reception import Desk, Reception
from gateway.records.errors import RecordsError


class Leg:
    """A leg that notes that it was freed."""

    def __init__(self):
        self.released = 0

    async def release(self):
        self.released += 1


class Call:
    """A call that notes how it was refused."""

    replaces = None
    called_numbers = ()
    called_number = None
    trunk = None
    sip_call_id = "a@b"
    caller = SimpleNamespace(number=None, display_name="")

    def __init__(self):
        self.rejected = []

    async def reject(self, status):
        self.rejected.append(status)


@pytest.mark.parametrize(("fault", "rejected"), [(RecordsError("full"), [503]), (RuntimeError("a fault of ours"), [])])
async def test_a_call_without_a_record_keeps_no_ports(fault, rejected):
    async def fail(_):
        raise fault

    async def allocate():
        return leg

    leg, call = Leg(), Call()
    desk = Desk(
        practices=SimpleNamespace(profile_for=lambda *_: SimpleNamespace(id="p")),
        worker=SimpleNamespace(allocate=allocate),
        engines=None,
        journal=SimpleNamespace(begin_call=fail),
        outbox=None,
        recordings=None,
        clock=None,
    )
    reception = Reception(desk)
    with contextlib.suppress(RuntimeError):
        await reception.take(call)
    assert (leg.released, call.rejected, reception.calls) == (1, rejected, 0)
