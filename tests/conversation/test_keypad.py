"""What the keypad makes of keys."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.conversation.keypad import LONGEST_NUMBER, Keypad
from gateway.dialogue.model import Expectation


@pytest.mark.parametrize(
    ("expectation", "given_digits", "pressed", "answers"),
    [
        (Expectation.OPEN, "", "0", ["0"]),
        (Expectation.OPEN, "", "9", ["9"]),
        (Expectation.YES_NO, "", "12", ["1", "2"]),
        (Expectation.YES_NO, "", "#", ["#"]),
        (Expectation.PHONE, "", "0791234567", ["0791234567"]),
        (Expectation.PHONE, "", "07912345678", ["0791234567"]),
        (Expectation.PHONE, "", "0", []),
        (Expectation.PHONE, "", "0#", ["0"]),
        (Expectation.PHONE, "", "#", []),
        (Expectation.PHONE, "", "079#", ["079"]),
        (Expectation.PHONE, "079123", "4567", ["4567"]),
        (Expectation.PHONE, "079123", "0791234567", ["0791234567"]),
        (Expectation.PHONE, "", "00493012345678", []),
        (Expectation.PHONE, "", "00493012345678#", ["00493012345678"]),
        (Expectation.PHONE, "+4930", "1234567", []),
        (Expectation.KEYS, "", "24122026", ["24122026"]),
        (Expectation.KEYS, "", "1430", []),
        (Expectation.KEYS, "", "1430#", ["1430"]),
        (Expectation.KEYS, "", "09", []),
    ],
)
def test_keys_are_an_answer_once_they_are_whole(
    expectation: Expectation, given_digits: str, pressed: str, answers: list[str]
) -> None:
    keypad = Keypad()
    keypad.expect(expectation, given_digits)
    assert [answer for key in pressed if (answer := keypad.press(key))] == answers


def test_what_is_pressed_and_not_whole_can_be_taken_once() -> None:
    keypad = Keypad()
    keypad.expect(Expectation.PHONE, "")
    keypad.press("1")
    keypad.press("4")
    assert keypad.pending
    assert keypad.take() == "14"
    assert not keypad.pending
    assert keypad.take() == ""


@given(st.sampled_from(list(Expectation)), st.text("0123456789+", max_size=12), st.text("0123456789*#"))
def test_no_key_is_lost(expectation: Expectation, given_digits: str, pressed: str) -> None:
    keypad = Keypad()
    keypad.expect(expectation, given_digits)
    answers = [keypad.press(key) for key in pressed]
    assert all(len(answer) <= LONGEST_NUMBER for answer in answers)
    assert "".join([*answers, keypad.take()]).replace("#", "") == pressed.replace("#", "")
