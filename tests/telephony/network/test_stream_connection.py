"""What happens on one connection over time."""

from hypothesis import given
from hypothesis import strategies as st
from sip_fixtures import request

from gateway.telephony.network.stream_connection import Expired, Reply, StreamConnection, StreamTimes
from gateway.telephony.network.stream_framer import MessageFramed, StreamBroken

TIMES = StreamTimes(message_s=10, accepted_idle_s=900, connected_idle_s=7200, ping_s=90, pong_s=10)
OPTIONS = request("OPTIONS")


def accepted():
    return StreamConnection(0.0, accepted=True, times=TIMES)


def opened():
    return StreamConnection(0.0, accepted=False, times=TIMES)


def reason(actions):
    (action,) = actions
    assert isinstance(action, Expired)
    return action.reason


def test_a_peer_that_says_nothing_is_closed():
    connection = accepted()
    assert connection.deadline == 10.0
    assert connection.poll(9.9) == []
    assert reason(connection.poll(10.0)) == "no whole message came in time"


def test_a_message_that_trickles_in_must_be_whole_in_time():
    connection = accepted()
    assert connection.receive(OPTIONS, 1.0) == [MessageFramed(OPTIONS)]
    assert connection.deadline == 901.0
    for second in range(9):
        assert connection.receive(OPTIONS[second : second + 1], 100.0 + second) == []
    assert connection.deadline == 110.0
    assert reason(connection.poll(110.0)) == "no whole message came in time"


def test_a_message_that_follows_another_in_the_same_octets_has_its_own_time():
    connection = accepted()
    connection.receive(OPTIONS[:10], 1.0)
    connection.receive(OPTIONS[10:] + OPTIONS[:10], 9.0)
    assert connection.deadline == 19.0
    assert connection.receive(OPTIONS[10:], 18.0) == [MessageFramed(OPTIONS)]
    assert connection.deadline == 918.0


def test_line_breaks_alone_do_not_hold_a_connection():
    connection = accepted()
    for second in range(10):
        assert connection.receive(b"\r\n\r\n", float(second)) == [Reply(b"\r\n")]
    assert reason(connection.poll(10.0)) == "no whole message came in time"


def test_an_idle_connection_is_closed_and_use_keeps_it():
    connection = accepted()
    connection.receive(OPTIONS, 1.0)
    connection.sent(500.0)
    assert connection.poll(901.0) == []
    assert reason(connection.poll(1400.0)) == "it was idle"


def test_a_peer_that_sends_keep_alives_keeps_its_connection():
    connection = accepted()
    connection.receive(OPTIONS, 1.0)
    connection.receive(b"\r\n\r\n", 800.0)
    assert connection.deadline == 1700.0


def test_a_ping_is_answered_however_it_was_split():
    connection = accepted()
    assert connection.receive(b"\r\n\r", 1.0) == []
    assert connection.receive(b"\n", 1.0) == [Reply(b"\r\n")]
    assert connection.receive(b"\r\n" * 1000, 2.0) == [Reply(b"\r\n")]
    assert connection.receive(b"\r\n" + OPTIONS + b"\r\n", 3.0) == [MessageFramed(OPTIONS)]


def test_a_connection_of_ours_is_pinged_and_the_peer_need_not_answer():
    connection = opened()
    assert connection.deadline == 90.0
    assert connection.poll(90.0) == [Reply(b"\r\n\r\n")]
    connection.sent(150.0)
    assert connection.poll(180.0) == []
    assert connection.poll(240.0) == [Reply(b"\r\n\r\n")]


def test_a_peer_that_answered_pings_once_must_go_on_doing_so():
    connection = opened()
    assert connection.poll(90.0) == [Reply(b"\r\n\r\n")]
    assert connection.receive(b"\r\n", 91.0) == []
    assert connection.poll(180.0) == [Reply(b"\r\n\r\n")]
    assert connection.receive(b"\r\n", 181.0) == []
    assert connection.poll(270.0) == [Reply(b"\r\n\r\n")]
    assert connection.deadline == 280.0
    assert reason(connection.poll(280.0)) == "a keep-alive was not answered"


def test_a_peer_that_sends_line_breaks_of_its_own_accord_need_not_answer():
    connection = opened()
    connection.receive(b"\r\n" + OPTIONS, 1.0)
    assert connection.poll(90.0) == [Reply(b"\r\n\r\n")]
    connection.receive(b"\r\n" + OPTIONS, 101.0)
    assert connection.poll(180.0) == [Reply(b"\r\n\r\n")]
    assert connection.deadline == 270.0


def test_pings_alone_do_not_keep_a_connection_of_ours_for_ever():
    connection, now = opened(), 0.0
    while True:
        now = connection.deadline
        (action,) = connection.poll(now)
        if isinstance(action, Expired):
            break
    assert (now, action.reason) == (7200.0, "it was idle")


def test_a_broken_stream_is_told():
    (action,) = accepted().receive(b"\x00", 1.0)
    assert isinstance(action, StreamBroken)


OCTETS = st.sampled_from([OPTIONS, OPTIONS[:40], OPTIONS[40:], b"\r\n", b"\r\n\r\n", b"\r", b"x"])


@given(st.booleans(), st.lists(st.tuples(st.floats(0, 200), st.one_of(st.none(), OCTETS)), max_size=30))
def test_whatever_comes_the_connection_is_never_polled_in_vain_and_ends_when_nothing_more_comes(is_accepted, steps):
    connection = StreamConnection(0.0, accepted=is_accepted, times=TIMES)
    now = 0.0
    for wait, data in steps:
        now += wait
        if connection.deadline <= now:
            connection.poll(now)
        if data is None:
            connection.sent(now)
        else:
            connection.receive(data, now)
    for _ in range(200):
        deadline = connection.deadline
        actions = connection.poll(max(now, deadline))
        now = max(now, deadline)
        if any(isinstance(action, Expired) for action in actions):
            break
        assert connection.deadline > deadline
    else:
        raise AssertionError("it never ends")
