"""Nobody but the profile's transfer targets is ever called."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transfer_fixtures import EXAMPLE, practice, target

import gateway
from gateway.practice.profile import TransferTarget
from gateway.transfer.dial_policy import DialForbidden, DialPolicy

PACKAGE = Path(gateway.__file__).parent
MAY_CALL = {"transfer/dialler.py", "caller/telephone.py"}
"""The dialler of the daemon, and the telephone of ``gateway call``."""
MAY_REFER = {"transfer/call_transfer.py"}


def test_the_targets_of_the_profile_may_be_called() -> None:
    policy = DialPolicy(EXAMPLE)
    for known in EXAMPLE.transfer_targets:
        found = policy.destination(known.id, None)
        assert (found.target, found.uri, found.trunk) == (known, known.uri, None)


@given(st.text() | st.sampled_from(["sip:x@evil.example", "+41900123456", "reception ", "RECEPTION", "on-call\n", ""]))
def test_nothing_else_may_be_called(text: str) -> None:
    policy = DialPolicy(EXAMPLE)
    known = {one.id for one in EXAMPLE.transfer_targets}
    if text in known:
        return
    with pytest.raises(DialForbidden):
        policy.destination(text, None)


def test_the_uri_of_a_target_is_no_way_to_call_it() -> None:
    with pytest.raises(DialForbidden):
        DialPolicy(EXAMPLE).destination(EXAMPLE.transfer_targets[0].uri, None)


@pytest.mark.parametrize(
    ("uri", "dialled"),
    [
        ("+41441234560", "tel:+41441234560"),
        ("144", "tel:144"),
        ("tel:+41441234560", "tel:+41441234560"),
        ("sips:desk@pbx.example:5061;transport=tcp", "sips:desk@pbx.example:5061;transport=tcp"),
    ],
)
def test_numbers_become_tel_uris_and_nothing_else_changes(uri: str, dialled: str) -> None:
    assert DialPolicy(practice(target(uri))).destination("reception", None).uri == dialled


def test_a_target_goes_by_its_own_trunk_or_by_the_callers() -> None:
    policy = DialPolicy(practice(target("144", trunk="provider"), target("144", id="other")))
    assert policy.destination("reception", "pbx").trunk == "provider"
    assert policy.destination("other", "pbx").trunk == "pbx"


@pytest.mark.parametrize(
    "uri",
    [
        "sip:a@b?Subject=x",
        "sip:a@b\r\nX: y",
        "sip:a b@c",
        "sip:<a@b>",
        "http://a",
        "tel:0900",
        "0441234567",
        "",
        "sip:",
    ],
)
def test_a_profile_takes_no_uri_that_would_smuggle_something_in(uri: str) -> None:
    with pytest.raises(ValueError, match="uri"):
        TransferTarget.model_validate({**target("144").model_dump(), "uri": uri})


def calls_of(method: str) -> Iterator[str]:
    """Yield the modules that name ``method``, but for signalling itself, which both of those use."""
    for path in (path for path in PACKAGE.rglob("*.py") if PACKAGE / "telephony" not in path.parents):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr == method:
                yield path.relative_to(PACKAGE).as_posix()


def test_only_the_dialler_places_calls() -> None:
    assert set(calls_of("invite")) == MAY_CALL


def test_only_a_transfer_refers_calls() -> None:
    assert set(calls_of("refer")) == MAY_REFER
