"""How a caller is put through, by what the trunk's profile, its Allow header and the target say."""

from __future__ import annotations

import pytest
from transfer_fixtures import practice, target

from gateway.conversation.transfer import TransferMethod
from gateway.telephony.errors import CallFailed
from gateway.telephony.messages.uri import parse_uri
from gateway.telephony.trunks.trunk import Trunk
from gateway.telephony.trunks.trunk_profile import TrunkProfile
from gateway.transfer.dial_policy import Destination, DialPolicy
from gateway.transfer.method import choose_method
from gateway.transfer.trunk_view import TrunkView

REFER, ATTENDED, BRIDGE = TransferMethod.REFER, TransferMethod.ATTENDED, TransferMethod.BRIDGE


def destination(uri: str = "sip:desk@pbx.example", came_by: str | None = "pbx", **options: object) -> Destination:
    return DialPolicy(practice(target(uri, **options))).destination("reception", came_by)


@pytest.mark.parametrize(
    ("mode", "methods", "announce", "expected"),
    [
        ("auto", {"INVITE", "REFER"}, False, REFER),
        ("auto", {"INVITE", "REFER"}, True, ATTENDED),
        ("auto", {"INVITE"}, False, BRIDGE),
        ("auto", set(), True, BRIDGE),
        ("refer", set(), False, REFER),
        ("refer", set(), True, ATTENDED),
        ("bridge", {"REFER"}, False, BRIDGE),
        ("bridge", {"REFER"}, True, BRIDGE),
    ],
)
def test_the_method(mode: str, methods: set[str], announce: bool, expected: TransferMethod) -> None:
    found = choose_method(mode, destination(announce=announce), came_by="pbx", peer_methods=methods)
    assert found is expected


def test_another_trunk_cannot_be_connected_by_the_callers() -> None:
    elsewhere = destination(trunk="provider")
    assert choose_method("refer", elsewhere, came_by="pbx", peer_methods={"REFER"}) is BRIDGE
    same = destination(trunk="pbx")
    assert choose_method("auto", same, came_by="pbx", peer_methods={"REFER"}) is REFER


def trunk(**options: object) -> Trunk:
    profile = TrunkProfile.model_validate({"id": "pbx", "servers": ("sip:sip.provider.example",), **options})
    return Trunk(profile, servers=(parse_uri("sip:sip.provider.example"),))


def test_a_trunks_profile_says_the_mode() -> None:
    view = TrunkView([trunk(transfer="bridge")])
    assert view.mode("pbx") == "bridge"
    assert view.mode(None) == view.mode("unknown") == "auto"


def test_a_trunk_that_only_brings_calls_dials_none_unless_it_is_named() -> None:
    sources_only = Trunk(TrunkProfile.model_validate({"id": "pbx", "allowed": ["192.0.2.0/24"]}))
    view = TrunkView([sources_only])
    assert view.dialled_by(destination("144")) is None
    assert view.dialled_by(destination("144", trunk="pbx")) == "pbx"
    assert TrunkView([trunk()]).dialled_by(destination("144")) == "pbx"
    assert TrunkView().dialled_by(destination("144", None)) is None


def test_refer_to_names_a_sip_target_as_it_is() -> None:
    assert str(TrunkView().refer_to(destination(), "192.0.2.9")) == "<sip:desk@pbx.example>"


def test_refer_to_writes_a_number_as_its_trunk_wants_it() -> None:
    view = TrunkView([trunk(identity={"number_format": "national", "user_phone": True})])
    assert str(view.refer_to(destination("+41441234560"), "192.0.2.9")) == (
        "<sip:0441234560@sip.provider.example;user=phone>"
    )
    assert str(view.refer_to(destination("144"), "192.0.2.9")) == "<sip:144@sip.provider.example;user=phone>"


def test_refer_to_names_a_number_at_the_peer_where_there_is_no_trunk() -> None:
    assert str(TrunkView().refer_to(destination("+41441234560", None), "192.0.2.9")) == "<sip:+41441234560@192.0.2.9>"


def test_refer_to_of_a_broken_uri_is_a_failure() -> None:
    with pytest.raises(CallFailed):
        TrunkView().refer_to(destination("sip:%zz@pbx"), "192.0.2.9")
