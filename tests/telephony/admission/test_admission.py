import ipaddress

from gateway.telephony.admission.admission import Admission
from gateway.telephony.admission.source_guard import SourceGuard
from gateway.telephony.admission.token_bucket import MOST_SOURCES


def networks(*texts):
    return [ipaddress.ip_network(text) for text in texts]


def test_only_the_networks_given_are_heard():
    admission = Admission(networks("192.0.2.0/24", "2001:db8::/32"))
    heard = {
        host: admission.admits(host, 0.0)
        for host in ("192.0.2.7", "198.51.100.1", "2001:db8::5", "::1", "fe80::1%eth0")
    }
    assert [host for host, admitted in heard.items() if admitted] == ["192.0.2.7", "2001:db8::5"]
    assert admission.counters.dropped_foreign == 3


def test_an_ipv4_source_on_an_ipv6_socket_is_an_ipv4_source():
    assert Admission(networks("192.0.2.0/24")).admits("::ffff:192.0.2.7", 0.0)


def test_a_source_that_sends_too_much_is_held_back_and_others_are_not():
    admission = Admission(networks("192.0.2.0/24"), messages_per_second=10, burst=5)
    assert [admission.admits("192.0.2.7", 0.0) for _ in range(7)] == [True] * 5 + [False] * 2
    assert admission.admits("192.0.2.8", 0.0)
    assert admission.admits("192.0.2.7", 0.1)
    assert not admission.admits("192.0.2.7", 0.1)
    assert [admission.admits("192.0.2.7", 60.0) for _ in range(6)] == [True] * 5 + [False]
    assert admission.counters.dropped_message_rate == 4


def test_who_is_shut_out_is_heard_while_we_call_him():
    called = set()
    guard = SourceGuard()
    admission = Admission(networks("192.0.2.0/24"), calls=called.__contains__, guard=guard)
    guard.shut_out("192.0.2.7", 0.0)
    assert not admission.admits("192.0.2.7", 1.0)
    called.add("192.0.2.7")
    assert admission.admits("192.0.2.7", 1.0)
    called.add("203.0.113.9")
    assert admission.admits("203.0.113.9", 1.0)
    called.clear()
    assert not admission.admits("192.0.2.7", 1.0)
    assert not admission.admits("203.0.113.9", 1.0)


def test_the_memory_of_sources_is_bounded():
    admission = Admission(networks("0.0.0.0/0"))
    for number in range(MOST_SOURCES + 500):
        admission.admits(str(ipaddress.ip_address(number + 1)), 0.0)
    assert len(admission._messages) == admission._is_allowed.cache_info().currsize == MOST_SOURCES
