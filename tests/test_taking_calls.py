"""What a call that cannot be taken leaves behind: nothing."""

import contextlib
from types import SimpleNamespace

import pytest

from gateway.actions.outbox import Outbox
from gateway.call_desk import Desk
from gateway.media.leg import LegStatistics
from gateway.reception import Reception
from gateway.records.errors import RecordsError
from gateway.records.journal import Journal
from gateway.telephony.errors import CallEnded


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


STATISTICS = LegStatistics(0, 0, 0, 0, 50, 0.0, 8000, codec="PCMA", encrypted=True)


class ConnectedLeg(Leg):
    """A leg that has carried a second of sound."""

    local_port = 4000

    async def statistics(self):
        assert self.released, "the last figures are those at the end"
        return STATISTICS


class UnanswerableCall(Call):
    """A call whose caller is gone before it is answered."""

    trunk = "provider"
    called_number = "+41441234567"

    async def answer(self, local_port):
        raise CallEnded("caller")

    async def hang_up(self):
        self.hung_up = True


async def test_how_the_callers_leg_was_is_written_and_counted_once_the_leg_is_freed(tmp_path):
    async def allocate():
        return leg

    leg, observed = ConnectedLeg(), []
    journal = await Journal.open(tmp_path / "records.sqlite3")
    desk = Desk(
        practices=SimpleNamespace(profile_for=lambda *_: SimpleNamespace(id="p", languages=("de",))),
        worker=SimpleNamespace(allocate=allocate),
        engines=None,
        journal=journal,
        outbox=Outbox(journal, None, None),
        recordings=None,
        clock=None,
        observe_leg=lambda *figures: observed.append(figures),
    )
    call = UnanswerableCall()
    await Reception(desk).take(call)
    (summary,) = await journal.calls()
    (written,) = (await journal.call(summary.id)).legs
    await journal.close()
    assert summary.end_reason == "not_answered"
    assert (written.party, written.codec, written.encrypted, written.seconds) == ("caller", "PCMA", True, 1.0)
    assert observed == [("caller", STATISTICS)]
    assert call.hung_up


async def test_the_recording_is_handed_on_once_the_leg_is_freed(tmp_path):
    async def allocate():
        return leg

    leg, kept = ConnectedLeg(), []
    journal = await Journal.open(tmp_path / "records.sqlite3")
    desk = Desk(
        practices=SimpleNamespace(profile_for=lambda *_: SimpleNamespace(id="p", languages=("de",))),
        worker=SimpleNamespace(allocate=allocate),
        engines=None,
        journal=journal,
        outbox=Outbox(journal, None, None),
        recordings=tmp_path / "recordings",
        clock=None,
        keep_recording=lambda call_id, path: kept.append((call_id, path, leg.released > 0)),
    )
    await Reception(desk).take(UnanswerableCall())
    (summary,) = await journal.calls()
    await journal.close()
    folder = tmp_path / "recordings" / f"{summary.started_at:%Y-%m-%d}"
    assert kept == [(summary.id, folder / f"{summary.id}.wav", True)]
