"""RFC 3263: which servers a URI leads to, asked of a name server on loopback."""

import random

import pytest
from dns_server import DnsServer

from gateway.telephony.messages.uri import parse_uri
from gateway.telephony.network.hosts_file import HostsFile, parse_hosts
from gateway.telephony.network.listener import Listener
from gateway.telephony.network.server_location import Reach, ServerLocator, ServerNotFound, reach_of
from gateway.telephony.network.server_records import NaptrRecord, SrvRecord, order_servers, select_services
from gateway.telephony.network.transport import Hop

EVERYWHERE = [Reach(transport, version) for transport in ("UDP", "TCP", "TLS") for version in (4, 6)]
PROVIDER = (
    'provider.example 60 IN NAPTR 10 10 "s" "SIPS+D2T" "" _sips._tcp.provider.example.',
    'provider.example 60 IN NAPTR 20 10 "s" "SIP+D2U" "" _sip._udp.provider.example.',
    "_sips._tcp.provider.example 60 IN SRV 0 1 5061 one.provider.example.",
    "_sip._udp.provider.example 60 IN SRV 10 1 5070 one.provider.example.",
    "_sip._udp.provider.example 60 IN SRV 20 1 5080 two.provider.example.",
    "one.provider.example 60 IN A 192.0.2.1",
    "two.provider.example 60 IN A 192.0.2.2",
    "two.provider.example 60 IN AAAA 2001:db8::2",
)


def locator(server, tmp_path, reach=EVERYWHERE, **options):
    hosts = tmp_path / "hosts"
    hosts.write_text("192.0.2.99 house.example  # here\n")
    return ServerLocator(
        reach,
        resolver=server.resolver() if server else None,
        hosts=HostsFile(hosts),
        chance=random.Random(1),
        **options,
    )


async def hops(server, tmp_path, uri, **options):
    return await locator(server, tmp_path, **options).locate(parse_uri(uri))


@pytest.mark.parametrize(
    ("uri", "hop"),
    [
        ("sip:192.0.2.7", Hop("192.0.2.7", 5060)),
        ("sip:x@192.0.2.7:5080;transport=tcp", Hop("192.0.2.7", 5080, "TCP")),
        ("sip:[2001:db8::7];transport=TLS", Hop("2001:db8::7", 5061, "TLS", server_name="2001:db8::7")),
        ("sips:192.0.2.7", Hop("192.0.2.7", 5061, "TLS", server_name="192.0.2.7")),
        ("sips:192.0.2.7;transport=tcp", Hop("192.0.2.7", 5061, "TLS", server_name="192.0.2.7")),
        ("sip:house.example", Hop("192.0.2.99", 5060)),
    ],
)
async def test_addresses_and_names_of_this_machine_need_no_name_server(tmp_path, uri, hop):
    assert await hops(None, tmp_path, uri) == (hop,)


async def test_naptr_chooses_the_transports_and_srv_the_servers(tmp_path):
    async with DnsServer(*PROVIDER) as server:
        assert await hops(server, tmp_path, "sip:x@provider.example") == (
            Hop("192.0.2.1", 5061, "TLS", server_name="provider.example"),
            Hop("192.0.2.1", 5070),
            Hop("192.0.2.2", 5080),
            Hop("2001:db8::2", 5080),
        )


async def test_only_what_can_be_sent_from_here_is_returned(tmp_path):
    async with DnsServer(*PROVIDER) as server:
        found = await hops(server, tmp_path, "sip:x@provider.example", reach=[Reach("UDP", 4)])
        assert found == (Hop("192.0.2.1", 5070), Hop("192.0.2.2", 5080))


async def test_a_transport_in_the_uri_leaves_naptr_unasked(tmp_path):
    async with DnsServer(*PROVIDER) as server:
        found = await hops(server, tmp_path, "sip:x@provider.example;transport=udp")
        assert [hop.port for hop in found] == [5070, 5080, 5080]
        assert not [asked for asked in server.asked if "NAPTR" in asked]


async def test_a_sips_uri_leads_to_tls_only(tmp_path):
    async with DnsServer(*PROVIDER) as server:
        assert {hop.transport for hop in await hops(server, tmp_path, "sips:provider.example")} == {"TLS"}


async def test_a_port_in_the_uri_leaves_srv_unasked(tmp_path):
    async with DnsServer(*PROVIDER, "provider.example 60 IN A 192.0.2.9") as server:
        assert await hops(server, tmp_path, "sip:provider.example:5062") == (Hop("192.0.2.9", 5062),)
        assert server.asked == ["provider.example. A", "provider.example. AAAA"]


async def test_without_naptr_the_srv_records_of_every_transport_are_taken(tmp_path):
    records = [record for record in PROVIDER if "NAPTR" not in record]
    async with DnsServer(*records, "provider.example 60 IN A 192.0.2.9") as server:
        found = await hops(server, tmp_path, "sip:provider.example")
        assert [(hop.transport, hop.port) for hop in found] == [
            ("UDP", 5070),
            ("UDP", 5080),
            ("UDP", 5080),
            ("TLS", 5061),
        ]


async def test_without_srv_the_addresses_of_the_name_are_taken(tmp_path):
    async with DnsServer("plain.example 60 IN A 192.0.2.9") as server:
        assert await hops(server, tmp_path, "sip:plain.example") == (Hop("192.0.2.9", 5060),)
        assert await hops(server, tmp_path, "sips:plain.example") == (
            Hop("192.0.2.9", 5061, "TLS", server_name="plain.example"),
        )


async def test_a_server_without_an_address_is_passed_over(tmp_path):
    records = (
        "_sip._udp.a.example 60 IN SRV 1 1 5060 gone.a.example.",
        "_sip._udp.a.example 60 IN SRV 2 1 5060 here.a.example.",
        "here.a.example 60 IN A 192.0.2.3",
    )
    async with DnsServer(*records) as server:
        assert await hops(server, tmp_path, "sip:a.example;transport=udp") == (Hop("192.0.2.3", 5060),)


async def test_a_name_server_that_never_answers_naptr_costs_one_question(tmp_path):
    async with DnsServer(*PROVIDER, silent=("NAPTR",)) as server:
        found = await hops(server, tmp_path, "sip:provider.example", query_timeout_s=0.2)
        assert found[0] == Hop("192.0.2.1", 5070)


async def test_answers_are_kept_while_they_are_valid(tmp_path):
    async with DnsServer(*PROVIDER) as server:
        lasting = locator(server, tmp_path)
        first = await lasting.locate(parse_uri("sip:provider.example"))
        asked = len(server.asked)
        assert await lasting.locate(parse_uri("sip:provider.example")) == first
        assert len(server.asked) == asked
    async with DnsServer("brief.example 0 IN A 192.0.2.9") as server:
        lasting = locator(server, tmp_path)
        for _ in range(2):
            await lasting.locate(parse_uri("sip:brief.example:5060"))
        assert server.asked.count("brief.example. A") == 2


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("sip:x@provider.example", [Hop("192.0.2.1", 5070), Hop("192.0.2.2", 5080)]),
        ("sips:x@provider.example", [Hop("192.0.2.1", 5061, "TLS", server_name="provider.example")]),
        ("sip:192.0.2.1", [Hop("192.0.2.1", 5060)]),
        ("sip:192.0.2.1;transport=tls", [Hop("192.0.2.1", 5061, "TLS", server_name="192.0.2.1")]),
        ("sip:192.0.2.1;transport=tcp", [Hop("192.0.2.1", 5060, "TCP")]),
    ],
)
async def test_a_connection_without_a_listener_is_chosen_only_where_the_uri_asks_for_it(tmp_path, uri, expected):
    async with DnsServer(*PROVIDER) as server:
        assert list(await hops(server, tmp_path, uri, reach=reach_of([Listener("0.0.0.0", 0)]))) == expected


def test_connections_go_out_from_any_listener_of_the_ip_version():
    assert set(reach_of([Listener("192.0.2.1", 0), Listener("::1", 0, "TCP")])) == {
        Reach("UDP", 4),
        Reach("TCP", 4, only_asked=True),
        Reach("TLS", 4, only_asked=True),
        Reach("TCP", 6),
        Reach("TLS", 6, only_asked=True),
    }


@pytest.mark.parametrize(
    ("uri", "reach", "problem"),
    [
        ("sip:nowhere.example", EVERYWHERE, "The host nowhere.example cannot be found: there is no such name"),
        ("sip:six.example", [Reach("UDP", 4)], "The host six.example cannot be found: it has no address"),
        ("sip:[2001:db8::7]", [Reach("UDP", 4)], "2001:db8::7 cannot be reached: there is no UDP listener for IPv6"),
        ("sip:192.0.2.1;transport=udp", [Reach("TCP", 4)], "192.0.2.1 cannot be reached: there is no UDP listener"),
        (
            "sips:[2001:db8::7]",
            reach_of([Listener("0.0.0.0", 0)]),
            "2001:db8::7 cannot be reached: there is no listener for IPv6",
        ),
        ("sips:192.0.2.1;transport=udp", EVERYWHERE, "a SIPS URI cannot be reached over UDP"),
        ("sip:192.0.2.1;transport=sctp", EVERYWHERE, "its transport is none of UDP, TCP and TLS"),
        ("sip:off.example;transport=udp", EVERYWHERE, "The host off.example cannot be found"),
    ],
)
async def test_what_cannot_be_located_is_told_in_one_sentence(tmp_path, uri, reach, problem):
    records = ("six.example 60 IN AAAA 2001:db8::1", "_sip._udp.off.example 60 IN SRV 0 0 0 .")
    async with DnsServer(*records) as server:
        with pytest.raises(ServerNotFound, match=problem):
            await hops(server, tmp_path, uri, reach=reach)


async def test_a_dead_name_server_is_told_in_time(tmp_path):
    async with DnsServer(silent=("A", "AAAA", "SRV", "NAPTR")) as server:
        with pytest.raises(ServerNotFound, match="the name server does not answer"):
            await hops(server, tmp_path, "sip:a.example", timeout_s=0.2)


async def test_a_hop_without_a_port_is_located_by_srv_and_keeps_its_listener(tmp_path):
    async with DnsServer(*PROVIDER) as server:
        found = await locator(server, tmp_path).locate_hop(Hop("provider.example", 0, "TLS", listener=3))
        assert found == (Hop("192.0.2.1", 5061, "TLS", 3, "provider.example"),)


def test_weights_share_the_load_among_servers_of_one_priority():
    chance = random.Random(7)
    records = [SrvRecord(1, 80, 5060, "big"), SrvRecord(1, 20, 5060, "small"), SrvRecord(0, 0, 5060, "first")]
    orders = [[server.target for server in order_servers(records, chance)] for _ in range(1000)]
    assert all(order[0] == "first" and len(order) == 3 for order in orders)
    assert 740 < sum(order[1] == "big" for order in orders) < 860


def test_services_are_taken_by_order_then_preference_and_only_those_spoken():
    def naptr(order, preference, service, flags="S"):
        return NaptrRecord(order, preference, flags, service, f"{service}-{preference}")

    records = [naptr(2, 1, "SIP+D2U"), naptr(1, 9, "SIP+D2T"), naptr(1, 1, "SIPS+D2T"), naptr(0, 0, "SIP+D2S")]
    records.append(naptr(0, 0, "SIP+D2U", flags="U"))
    assert select_services(records, ("UDP", "TCP")) == [("TCP", "SIP+D2T-9"), ("UDP", "SIP+D2U-1")]


def test_the_hosts_file_is_read_again_when_it_changes(tmp_path):
    path = tmp_path / "hosts"
    hosts = HostsFile(path)
    assert hosts.addresses("pbx") == ()
    path.write_text("192.0.2.1 PBX pbx.local\n::1 localhost\nrubbish pbx\n\n# 192.0.2.2 pbx\n")
    assert hosts.addresses("pbx") == ("192.0.2.1",)
    path.write_text("192.0.2.3 pbx\n192.0.2.4 pbx\n2001:db8::1 other\n")
    assert hosts.addresses("pbx.") == ("192.0.2.3", "192.0.2.4")
    assert parse_hosts("") == {}
