"""401 and 407 to requests of ours."""

from sip_fixtures import PEER, accept, call_out, called, end_of, only, respond, statuses

from gateway.telephony.authentication.digest import digest_response, parse_challenges, split_challenges
from gateway.telephony.events import Ended, EndReason, Established, StreamRequested
from gateway.telephony.sessions.negotiation import MediaChange
from gateway.telephony.sessions.session_parameters import Credentials, SessionParameters

SECRET = SessionParameters(credentials=Credentials("practice", "secret"))
CHALLENGE = 'Digest realm="trunk",nonce="n1",algorithm=SHA-256,qop="auth"'


def is_right(request, header="Authorization"):
    """Return whether the digest in ``request`` is the one that the password makes."""
    ((_, given),) = split_challenges(request.headers.get(header))
    (challenge,) = parse_challenges([CHALLENGE.replace("trunk", given["realm"]).replace("n1", given["nonce"])])
    return given["response"] == digest_response(
        challenge,
        username="practice",
        password="secret",
        method=request.method,
        uri=str(request.uri),
        nonce_count=given["nc"],
        cnonce=given["cnonce"],
    )


def challenged(driver, sent, status=401, value=CHALLENGE):
    """Challenge a request of ours and return what is sent in its place."""
    header = "WWW-Authenticate" if status == 401 else "Proxy-Authenticate"
    answers = driver.receive(respond(sent, status, to_tag="refused", headers=(f"{header}: {value}",)))
    if sent.method == "INVITE":
        assert answers[0].method == "ACK"
        assert answers[0].top_via.branch == sent.top_via.branch
        answers = answers[1:]
    (again,) = answers
    return again


def test_a_challenged_invite_is_sent_again_with_credentials(driver):
    session, sent = call_out(driver, SECRET)
    again = challenged(driver, sent)
    assert is_right(again)
    assert (again.call_id, again.from_address, again.to_address.tag) == (sent.call_id, sent.from_address, "")
    assert again.cseq.number == sent.cseq.number + 1
    assert again.top_via.branch != sent.top_via.branch
    assert again.body == sent.body
    (ack,) = driver.receive(accept(again))
    assert ack.cseq.number == again.cseq.number
    assert ack.headers.get("Authorization") == again.headers.get("Authorization")
    assert len(only(driver.events(), Established)) == 1
    session.hang_up(driver.now)
    (bye,) = driver.sent()
    assert bye.cseq.number == again.cseq.number + 1
    assert is_right(bye)  # the nonce that is known is used at once


def test_a_proxy_and_its_server_may_both_ask(driver):
    _, sent = call_out(driver, SECRET)
    again = challenged(driver, sent, 407)
    third = challenged(driver, again, 401, CHALLENGE.replace("trunk", "server"))
    assert is_right(third, "Authorization")
    assert "Proxy-Authorization" in third.headers
    driver.receive(accept(third))
    assert len(only(driver.events(), Established)) == 1


def test_a_wrong_password_is_told_and_not_tried_again(driver):
    _, sent = call_out(driver, SECRET)
    again = challenged(driver, sent)
    header = (f"WWW-Authenticate: {CHALLENGE.replace('n1', 'n2')}",)
    assert statuses(driver.receive(respond(again, 401, headers=header))) == ["ACK"]
    (end,) = only(driver.events(), Ended)
    assert (end.reason, end.status) == (EndReason.REJECTED, 401)


def test_without_credentials_a_challenge_ends_the_call(driver):
    _, sent = call_out(driver)
    assert statuses(driver.receive(respond(sent, 407, headers=(f"Proxy-Authenticate: {CHALLENGE}",)))) == ["ACK"]
    assert end_of(driver) is EndReason.REJECTED


def test_the_invite_that_was_sent_again_can_be_cancelled(driver):
    session, sent = call_out(driver, SECRET)
    driver.receive(respond(sent, 100))
    again = challenged(driver, sent)
    session.hang_up(driver.now)
    assert driver.sent() == []  # nothing was heard of this one yet
    (cancel,) = driver.receive(respond(again, 180))
    assert cancel.method == "CANCEL"
    assert cancel.top_via == again.top_via
    assert cancel.cseq.number == again.cseq.number
    driver.receive(respond(cancel, 200))
    assert statuses(driver.receive(respond(again, 487))) == ["ACK"]
    driver.advance(70)
    assert driver.core.is_idle
    assert not driver.core._owners
    assert not driver.core._authentications


def test_a_call_that_was_given_up_is_not_sent_again(driver):
    session, sent = call_out(driver, SECRET)
    session.hang_up(driver.now)
    header = (f"WWW-Authenticate: {CHALLENGE}",)
    assert statuses(driver.receive(respond(sent, 401, headers=header))) == ["ACK"]


def test_the_challenge_that_comes_again_is_acknowledged_again(driver):
    _, sent = call_out(driver, SECRET)
    challenged(driver, sent)
    header = (f"WWW-Authenticate: {CHALLENGE}",)
    assert statuses(driver.receive(respond(sent, 401, to_tag="refused", headers=header))) == ["ACK"]


def test_a_challenged_bye_and_re_invite_are_sent_again(driver):
    session, _ = called(driver, SECRET)
    session.changes.request(MediaChange(direction="sendonly"), driver.now)
    (hold,) = driver.sent()
    again = challenged(driver, hold, 407)
    assert again.to_address.tag == "b"
    (ack,) = driver.receive(accept(again))
    assert (ack.cseq.number, ack.to_address.tag) == (again.cseq.number, "b")
    assert ack.headers.get("Proxy-Authorization") == again.headers.get("Proxy-Authorization")
    assert only(driver.events(), StreamRequested)[0].status is None
    session.hang_up(driver.now)
    (bye,) = driver.sent()
    last = challenged(driver, bye, 407, CHALLENGE.replace("n1", "n2"))
    assert (last.method, last.cseq.number) == ("BYE", bye.cseq.number + 1)
    assert is_right(last, "Proxy-Authorization")
    driver.receive(respond(last, 200))
    assert session.finished
    driver.advance(70)
    assert driver.core.is_idle


def test_over_tcp_a_challenged_request_is_still_told_to_its_owner(driver):
    session, sent = call_out(driver, SECRET, hop=PEER._replace(transport="TCP"))
    again = challenged(driver, sent)
    driver.receive(accept(again))
    assert len(only(driver.events(), Established)) == 1
    assert session.stream is not None
