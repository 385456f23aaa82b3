"""REFER and its NOTIFYs (RFC 3515, RFC 3420, RFC 3891, RFC 3892, RFC 4488), driven with a clock of the test's own."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sip_fixtures import CoreDriver, confirmed, invite, request, respond, statuses

from gateway.telephony.admission.request_policy import AdmitAll, Admitted
from gateway.telephony.errors import CallEnded, CallFailed
from gateway.telephony.messages.headers import NameAddress, parse_name_address
from gateway.telephony.messages.uri import SipUri, TelUri, parse_uri
from gateway.telephony.network.transport import Hop
from gateway.telephony.sessions.dialog import Dialog
from gateway.telephony.sessions.referral import (
    Referral,
    ReferralOutcome,
    ReferralResult,
    ReferralTimes,
    read_sipfrag,
    referrer,
    replacing,
)
from gateway.telephony.sessions.session_parameters import Credentials, SessionParameters

RECEPTION = NameAddress(parse_uri("sip:reception@pbx.example"))


class Transferred:
    """A call that was answered and is being handed over."""

    def __init__(self, driver: CoreDriver) -> None:
        self.driver = driver
        self.session, self.tag = confirmed(driver)
        self.told: list[tuple[int | None, ReferralOutcome | None]] = []
        self.referral = Referral(
            self.session,
            RECEPTION,
            tell=lambda it: self.told.append((it.progress, it.outcome)),
            referred_by=referrer(self.session.dialog),
            times=ReferralTimes(accept_s=10, progress_s=60),
        )
        self.referral.start(driver.now)
        (self.refer,) = driver.sent()
        self._cseq = 10

    def responds(self, status: int, *headers: str) -> None:
        assert self.driver.receive(respond(self.refer, status, headers=headers)) == []

    def notifies(
        self,
        frag: str | None,
        *,
        state: str = "active;expires=60",
        event: str = "refer",
        kind: str = "message/sipfrag;version=2.0",
    ) -> int:
        """Send a NOTIFY and return the status of our response."""
        self._cseq += 1
        headers = [f"Event: {event}", f"Subscription-State: {state}", "Contact: <sip:caller@192.0.2.9:5070>"]
        body = b"" if frag is None else f"{frag}\r\n".encode()
        if body:
            headers.append(f"Content-Type: {kind}")
        (response,) = self.driver.receive(
            request(
                "NOTIFY",
                branch=f"n{self._cseq}",
                cseq=self._cseq,
                to_tag=self.tag,
                headers=tuple(headers),
                body=body,
            )
        )
        return response.status

    @property
    def result(self) -> ReferralResult | None:
        return None if self.referral.outcome is None else self.referral.outcome.result


@pytest.fixture
def transferred(driver: CoreDriver) -> Transferred:
    return Transferred(driver)


def test_refer_names_the_target_and_who_refers(transferred: Transferred) -> None:
    refer = transferred.refer
    assert refer.method == "REFER"
    assert refer.headers.get("Refer-To") == "<sip:reception@pbx.example>"
    assert refer.headers.get("Referred-By") == "<sip:+41441234567@192.0.2.1>"
    assert refer.headers.get("Contact") is not None
    assert refer.to_address.tag == "a"
    assert refer.from_address.tag == transferred.tag


def test_a_transfer_goes_on_to_its_success(transferred: Transferred) -> None:
    transferred.responds(202)
    assert transferred.notifies("SIP/2.0 100 Trying") == 200
    assert transferred.notifies("SIP/2.0 180 Ringing") == 200
    assert transferred.result is None
    assert transferred.notifies("SIP/2.0 200 OK", state="terminated;reason=noresource") == 200
    assert transferred.referral.outcome == ReferralOutcome(ReferralResult.SUCCEEDED, 200, "OK")
    assert [progress for progress, _ in transferred.told] == [100, 180, 200]
    assert transferred.referral.deadline is None


@pytest.mark.parametrize("status", [400, 403, 405, 420, 481, 501, 503, 603])
def test_a_refusal_is_told_with_its_status(transferred: Transferred, status: int) -> None:
    transferred.responds(status)
    assert transferred.referral.outcome == ReferralOutcome(ReferralResult.REFUSED, status, "Text")
    assert transferred.driver.core.calls == 1


@pytest.mark.parametrize("status", [302, 408, 480, 486, 603])
def test_a_target_that_is_not_reached_is_a_failure(transferred: Transferred, status: int) -> None:
    transferred.responds(202)
    transferred.notifies(f"SIP/2.0 {status} Sorry", state="terminated;reason=noresource")
    assert transferred.referral.outcome == ReferralOutcome(ReferralResult.FAILED, status, "Sorry")


def test_a_notify_may_overtake_the_acceptance(transferred: Transferred) -> None:
    assert transferred.notifies("SIP/2.0 100 Trying") == 200
    transferred.responds(202)
    transferred.notifies("SIP/2.0 200 OK", state="terminated")
    assert transferred.result is ReferralResult.SUCCEEDED
    assert len(transferred.told) == 2


def test_a_success_before_the_acceptance_counts(transferred: Transferred) -> None:
    transferred.notifies("SIP/2.0 200 OK", state="terminated")
    assert transferred.result is ReferralResult.SUCCEEDED
    transferred.responds(202)
    assert len(transferred.told) == 1


def test_a_peer_that_tells_nothing_has_taken_over(transferred: Transferred) -> None:
    transferred.responds(200, "Refer-Sub: false")
    assert transferred.result is ReferralResult.UNWATCHED


def test_refer_sub_true_is_watched(transferred: Transferred) -> None:
    transferred.responds(202, "Refer-Sub: true")
    assert transferred.result is None


def test_no_response_is_given_up_in_time(transferred: Transferred) -> None:
    sent = transferred.driver.advance(9.9)
    assert set(statuses(sent)) == {"REFER"}
    assert transferred.result is None
    transferred.driver.advance(0.2)
    assert transferred.result is ReferralResult.REFUSED
    assert transferred.driver.advance(60) == []


def test_a_late_acceptance_of_a_refer_that_was_given_up_changes_nothing(transferred: Transferred) -> None:
    transferred.driver.advance(11)
    transferred.responds(202)
    assert transferred.notifies("SIP/2.0 200 OK") == 481
    assert transferred.result is ReferralResult.REFUSED


def test_no_final_notify_is_given_up_in_time(transferred: Transferred) -> None:
    transferred.responds(202)
    transferred.notifies("SIP/2.0 180 Ringing")
    transferred.driver.advance(59)
    assert transferred.result is None
    transferred.driver.advance(2)
    assert transferred.referral.outcome == ReferralOutcome(ReferralResult.SILENT, 180, "Ringing")


def test_a_subscription_that_ends_without_an_end_is_a_failure(transferred: Transferred) -> None:
    transferred.responds(202)
    transferred.notifies("SIP/2.0 180 Ringing")
    transferred.notifies(None, state="terminated;reason=giveup")
    assert transferred.result is ReferralResult.FAILED


def test_the_end_of_the_call_ends_it(transferred: Transferred) -> None:
    transferred.responds(202)
    transferred.referral.call_ended()
    assert transferred.result is ReferralResult.PEER_LEFT
    transferred.referral.call_ended()
    assert len(transferred.told) == 1


def test_a_socket_that_fails_is_a_refusal(transferred: Transferred) -> None:
    key = f"{transferred.refer.top_via.branch} REFER"
    transferred.driver.core.transport_failed(key, "no route", transferred.driver.now)
    assert transferred.referral.outcome == ReferralOutcome(ReferralResult.REFUSED, None, "no route")


def test_refer_needs_a_call(driver: CoreDriver) -> None:
    session, _ = confirmed(driver)
    session.hang_up(driver.now)
    with pytest.raises(CallEnded):
        Referral(session, RECEPTION, tell=lambda _: None).start(driver.now)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"event": "presence"}, 489),
        ({"event": "refer;id=99"}, 481),
        ({"event": 'refer;id="'}, 400),
        ({"kind": "text/plain"}, 415),
    ],
)
def test_a_notify_that_is_not_meant_for_it_is_refused(transferred: Transferred, changes: dict, status: int) -> None:
    transferred.responds(202)
    assert transferred.notifies("SIP/2.0 200 OK", **changes) == status
    assert transferred.result is None


def test_a_notify_that_names_the_refer_is_taken(transferred: Transferred) -> None:
    transferred.responds(202)
    transferred.notifies("SIP/2.0 200 OK", event=f"refer;id={transferred.refer.cseq.number}")
    assert transferred.result is ReferralResult.SUCCEEDED


def test_a_call_that_was_never_referred_takes_no_notify(driver: CoreDriver) -> None:
    _, tag = confirmed(driver)
    (response,) = driver.receive(request("NOTIFY", branch="n", cseq=2, to_tag=tag, headers=("Event: refer",)))
    assert response.status in (405, 481, 489)


def test_a_notify_outside_a_dialog_is_refused(driver: CoreDriver) -> None:
    (response,) = driver.receive(request("NOTIFY", branch="n", headers=("Event: refer",)))
    assert response.status in (481, 489)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"SIP/2.0 180 Ringing", (180, "Ringing")),
        (b"SIP/2.0 200 OK\r\nContact: <sip:a@b>\r\n", (200, "OK")),
        (b"\r\nSIP/2.0 486 Occup\xc3\xa9\r\n", (486, "Occupé")),
        (b"sip/2.0 603\r\n", (603, "")),
        (b"SIP/2.0 200 \xff", (200, "�")),
        (b"", None),
        (b"SIP/2.0 99 No", None),
        (b"hello", None),
    ],
)
def test_sipfrags_are_read(body: bytes, expected: tuple[int, str] | None) -> None:
    assert read_sipfrag(body) == expected


@given(st.binary())
def test_any_body_can_be_read(body: bytes) -> None:
    found = read_sipfrag(body)
    assert found is None or 100 <= found[0] <= 699


def dialog(call_id: str = "a;b@192.0.2.7", target: str = "sip:reception@192.0.2.50:5062;transport=tcp") -> Dialog:
    return Dialog(
        call_id=call_id,
        local=parse_name_address("<sip:+41441234567@192.0.2.1>;tag=ours"),
        remote=parse_name_address("<sip:reception@pbx.example>;tag=theirs"),
        remote_target=parse_uri(target),
        route_set=(),
        local_cseq=1,
        origin=Hop("192.0.2.50", 5062),
    )


def test_replaces_is_escaped_and_written_as_the_third_party_sees_its_dialog() -> None:
    text = str(replacing(dialog()))
    assert text == (
        "<sip:reception@192.0.2.50:5062;transport=tcp?Replaces=a%3Bb%40192.0.2.7%3Bto-tag%3Dtheirs%3Bfrom-tag%3Dours>"
    )
    assert isinstance(parse_name_address(text).uri, SipUri)


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters='"<>'), min_size=1))
def test_any_call_id_survives_the_way_through_refer_to(call_id: str) -> None:
    uri = parse_name_address(str(replacing(dialog(call_id)))).uri
    assert isinstance(uri, SipUri)
    name, _, value = (uri.headers or "").partition("=")
    assert name == "Replaces"
    assert unquote(value) == f"{call_id};to-tag=theirs;from-tag=ours"


def test_a_party_without_a_sip_contact_cannot_be_taken_over() -> None:
    made = dialog()
    made.remote_target = TelUri("+41441234567")
    with pytest.raises(CallFailed, match="SIP URI"):
        replacing(made)


def test_headers_of_the_peers_contact_do_not_reach_refer_to() -> None:
    assert "Subject" not in str(replacing(dialog(target="sip:a@192.0.2.50?Subject=x")))


def test_who_refers_is_named_without_parameters(driver: CoreDriver) -> None:
    session, _ = confirmed(driver, invite(uri="sip:x@192.0.2.1"))
    assert str(referrer(session.dialog)) == "<sip:+41441234567@192.0.2.1>"


def test_a_challenged_refer_is_sent_again_with_credentials_and_its_notifies_are_taken(driver: CoreDriver) -> None:
    class Admitting(AdmitAll):
        """Admits calls of a trunk whose user name and password are known."""

        def judge(self, request, source, now):
            del request, source, now
            return Admitted("trunk", SessionParameters(credentials=Credentials("practice", "secret")))

    transferred = Transferred(CoreDriver(policy=Admitting()))
    challenge = 'Proxy-Authenticate: Digest realm="pbx", nonce="n1", algorithm=MD5'
    (again,) = transferred.driver.receive(respond(transferred.refer, 407, headers=(challenge,)))
    assert again.method == "REFER"
    assert "secret" not in str(again.headers.get("Proxy-Authorization"))
    assert again.headers.get("Proxy-Authorization") is not None
    assert again.headers.get("Refer-To") == transferred.refer.headers.get("Refer-To")
    assert again.cseq.number == transferred.refer.cseq.number + 1
    transferred.driver.receive(respond(again, 202))
    assert transferred.notifies("SIP/2.0 200 OK", event=f"refer;id={again.cseq.number}", state="terminated") == 200
    assert transferred.result is ReferralResult.SUCCEEDED


def test_a_challenge_that_cannot_be_met_is_a_refusal(transferred: Transferred) -> None:
    transferred.responds(407, 'Proxy-Authenticate: Digest realm="pbx", nonce="n1"')
    assert transferred.referral.outcome == ReferralOutcome(ReferralResult.REFUSED, 407, "Text")


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("respond"), st.sampled_from([100, 200, 202, 403, 407, 503, 603])),
        st.tuples(st.just("notify"), st.sampled_from(["SIP/2.0 100 Trying", "SIP/2.0 200 OK", "SIP/2.0 486 No", "x"])),
        st.tuples(st.just("terminate"), st.sampled_from(["SIP/2.0 180 Ringing", "SIP/2.0 200 OK", ""])),
        st.tuples(st.just("wait"), st.sampled_from([0.1, 5, 30, 100])),
        st.tuples(st.just("end"), st.none()),
    ),
    max_size=8,
)


@given(STEPS)
def test_whatever_the_peer_does_a_referral_ends_once_and_in_time(steps: list) -> None:
    transferred = Transferred(CoreDriver())
    for step, value in steps:
        if step == "respond":
            transferred.driver.receive(respond(transferred.refer, value))
        elif step == "notify":
            assert transferred.notifies(value) in (200, 481)
        elif step == "terminate":
            assert transferred.notifies(value, state="terminated;reason=noresource") in (200, 481)
        elif step == "wait":
            transferred.driver.advance(value)
        else:
            transferred.referral.call_ended()
    transferred.driver.advance(71)
    assert transferred.referral.outcome is not None
    assert transferred.referral.deadline is None
    assert [outcome for _, outcome in transferred.told if outcome is not None] == [transferred.referral.outcome]
