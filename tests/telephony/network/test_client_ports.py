"""Ports of connections that are still to be opened."""

import socket
from contextlib import closing

import pytest

from gateway.telephony.errors import TelephonyError
from gateway.telephony.network import client_ports
from gateway.telephony.network.client_ports import ClientPorts
from gateway.telephony.network.transport import Hop

HOP = Hop("127.0.0.1", 5061, "TLS", server_name="provider.example")


@pytest.fixture
def ports():
    with closing(ClientPorts(lambda hop: None)) as ports:
        yield ports


def test_the_port_that_was_named_is_the_one_of_the_socket(ports):
    named = ports.address(HOP)
    assert ports.address(HOP) == named
    with closing(ports.take(HOP)) as taken:
        assert taken.getsockname() == named
        assert ports.address(HOP) == named
        ports.opened(HOP)
        assert ports.address(HOP) != named


def test_each_peer_and_each_name_of_it_has_a_port_of_its_own(ports):
    assert ports.address(HOP) != ports.address(HOP._replace(server_name="other.example"))
    assert ports.address(HOP) != ports.address(HOP._replace(port=5062))
    assert ports.address(HOP) == ports.address(HOP._replace(listener=3))


def test_a_socket_that_nobody_named_is_taken_all_the_same(ports):
    with closing(ports.take(HOP)) as taken:
        assert ports.address(HOP) == taken.getsockname()


def test_it_is_bound_where_the_listener_is():
    with closing(ClientPorts(lambda hop: "127.0.0.7")) as ports:
        assert ports.address(HOP)[0] == "127.0.0.7"
    with closing(ClientPorts(lambda hop: "::1")) as ports:
        assert ports.address(Hop("::1", 5060, "TCP"))[0] == "::1"


def test_only_so_many_are_held_for_nobody(ports, monkeypatch):
    monkeypatch.setattr(client_ports, "MOST_RESERVED", 2)
    first = ports.address(HOP)
    for port in (1, 2):
        ports.address(HOP._replace(port=port))
    with socket.socket() as again:
        again.bind(first)
    assert ports.address(HOP._replace(port=2)) == ports.address(HOP._replace(port=2))


def test_an_address_that_is_not_ours_is_told():
    with closing(ClientPorts(lambda hop: "192.0.2.1")) as ports, pytest.raises(TelephonyError, match=r"192\.0\.2\.1"):
        ports.take(HOP)
