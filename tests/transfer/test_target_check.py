"""A target that no trunk could dial stops the start with a sentence that names it."""

from __future__ import annotations

import pytest
from transfer_fixtures import EXAMPLE, practice, target

from gateway.practice.loader import ProfileError
from gateway.transfer.target_check import check_targets


def test_targets_that_can_be_dialled_are_well() -> None:
    check_targets([EXAMPLE, practice(target("144", trunk="pbx"))], ["pbx", "provider"])


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (
            target("144", trunk="gone"),
            "The transfer target 'reception' of lindengarten names the trunk 'gone'; there are: pbx, provider",
        ),
        (target("sip:%zz@pbx"), "The transfer target 'reception' of lindengarten cannot be called: "),
        (target("sip:desk@pbx:99999"), "The transfer target 'reception' of lindengarten cannot be called: "),
        (
            target("+41441234560"),
            "The transfer target 'reception' of lindengarten calls +41441234560, which the gateway answers itself",
        ),
        (
            target("sip:0441234560@pbx.example;user=phone"),
            "The transfer target 'reception' of lindengarten calls +41441234560, which the gateway answers itself",
        ),
    ],
)
def test_a_target_that_cannot_be_dialled_is_named(made, expected: str) -> None:
    with pytest.raises(ProfileError) as caught:
        check_targets([practice(made)], ["provider", "pbx"])
    (problem,) = caught.value.problems
    assert problem.startswith(expected)
