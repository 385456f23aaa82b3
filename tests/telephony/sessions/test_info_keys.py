"""Keys in INFO, both ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sip_fixtures import confirmed, only, request, respond, statuses

from gateway.telephony.errors import CallEnded
from gateway.telephony.events import KeyPressed, KeysSent
from gateway.telephony.messages.dtmf_info import KEYS, PLAIN_TYPE, RELAY_TYPE, parse_keys, relay_body


def info(tag, body=b"", media_type=RELAY_TYPE, cseq=2, headers=()):
    kind = (f"Content-Type: {media_type}",) if body else ()
    return request("INFO", branch=f"i{cseq}", cseq=cseq, to_tag=tag, headers=(*kind, *headers), body=body)


def pressed(driver):
    return [event.key for event in only(driver.events(), KeyPressed)]


@pytest.mark.parametrize(
    ("media_type", "body", "keys"),
    [
        (RELAY_TYPE, b"Signal=5\r\nDuration=160\r\n", "5"),
        (RELAY_TYPE, b"Signal= *\r\nDuration= 250", "*"),
        (RELAY_TYPE, b"signal = #\nduration = 100\n", "#"),
        (RELAY_TYPE, b"Duration=160\r\nSignal=d", "D"),
        (RELAY_TYPE, b"Signal=10\r\n", "*"),
        (RELAY_TYPE, b"Signal=11\r\n", "#"),
        (PLAIN_TYPE, b"7", "7"),
        (PLAIN_TYPE, b"1 2 3\r\n", "123"),
        (PLAIN_TYPE, b"11", "#"),
    ],
)
def test_keys_are_read(driver, media_type, body, keys):
    _, tag = confirmed(driver)
    assert statuses(driver.receive(info(tag, body, media_type))) == [200]
    assert "".join(pressed(driver)) == keys


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        (RELAY_TYPE, b"Duration=1"),
        (RELAY_TYPE, b"Signal=55"),
        (RELAY_TYPE, b"Signal=\xff"),
        (RELAY_TYPE, b"\n" * 60_000),
        (RELAY_TYPE, b"Signal=" + b"\n" * 60_000 + b"5 5"),
        (PLAIN_TYPE, b"x"),
        (PLAIN_TYPE, b"1" * 60_000),
    ],
)
def test_a_key_that_no_telephone_has_gets_400_with_a_sentence(driver, media_type, body):
    _, tag = confirmed(driver)
    (refusal,) = driver.receive(info(tag, body, media_type))
    assert refusal.status == 400
    assert refusal.reason.startswith("The ")
    assert pressed(driver) == []


def test_an_empty_info_only_asks_whether_the_call_is_there(driver):
    _, tag = confirmed(driver)
    assert statuses(driver.receive(info(tag))) == [200]


def test_an_info_package_gets_469_and_another_body_415(driver):
    _, tag = confirmed(driver)
    (refusal,) = driver.receive(info(tag, b"x", headers=("Info-Package: g.example",)))
    assert (refusal.status, refusal.headers.get("Recv-Info")) == (469, "")
    (refusal,) = driver.receive(info(tag, b"<xml/>", "application/media_control+xml", cseq=3))
    assert refusal.status == 415
    assert refusal.headers.get_list("Accept") == [RELAY_TYPE, PLAIN_TYPE]


def test_keys_go_out_one_after_the_other(driver):
    session, _ = confirmed(driver)
    session.keys.send("1#", driver.now)
    (first,) = driver.sent()
    assert (first.method, first.headers.get("Content-Type")) == ("INFO", RELAY_TYPE)
    assert first.body == b"Signal=1\r\nDuration=160\r\n"
    (second,) = driver.receive(respond(first, 200))
    assert second.body.startswith(b"Signal=#")
    assert only(driver.events(), KeysSent) == []
    driver.receive(respond(second, 200))
    assert only(driver.events(), KeysSent)[0].status is None


def test_a_refused_key_is_told_and_the_rest_not_sent(driver):
    session, _ = confirmed(driver)
    session.keys.send("12", driver.now)
    (first,) = driver.sent()
    assert driver.receive(respond(first, 415)) == []
    assert only(driver.events(), KeysSent)[0].status == 415
    session.keys.send("3", driver.now)
    driver.sent()
    driver.advance(33)
    assert only(driver.events(), KeysSent)[0].status == 408


def test_what_cannot_be_sent_is_said_at_once(driver):
    session, _ = confirmed(driver)
    for keys in ("", "1x"):
        with pytest.raises(ValueError, match="keys"):
            session.keys.send(keys, driver.now)
    session.hang_up(driver.now)
    with pytest.raises(CallEnded):
        session.keys.send("1", driver.now)


@given(st.sampled_from(KEYS))
def test_what_we_send_we_can_read(key):
    assert parse_keys(RELAY_TYPE, relay_body(key)) == key


@given(st.sampled_from([RELAY_TYPE, PLAIN_TYPE]), st.binary(max_size=60))
def test_no_body_makes_the_reader_fail_otherwise(media_type, body):
    try:
        keys = parse_keys(media_type, body)
    except ValueError:
        return
    assert set(keys) <= set(KEYS)
