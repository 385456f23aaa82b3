"""Keys that the caller presses (RFC 4733): one is an answer, several are a telephone number, a date or a time.

While several are awaited, 0 and 9 are digits; at any other time 0 calls for a person and 9 refuses the recording, at
once. A 0 by itself, followed by the pause or by ``#``, is handed over as the single key that it is.
"""

from __future__ import annotations

from gateway.dialogue.model import Expectation

PHONE_DIGITS = 10
"""Keys of a national Swiss number; no more are waited for."""
LONGEST_NUMBER = 17
"""Keys of the longest international number, 15 digits (ITU-T E.164) after 00."""
_DATE_DIGITS = 8
"""Keys of a date with its year, the longest of what is typed beside telephone numbers."""
_SEVERAL = frozenset((Expectation.PHONE, Expectation.KEYS))
_END = "#"
_INTERNATIONAL = "00"


class Keypad:
    """Collects keys until they are an answer."""

    def __init__(self) -> None:
        self._keys = ""
        self._expectation = Expectation.OPEN
        self._given = ""

    @property
    def pending(self) -> bool:
        """Whether keys were pressed of which more may follow."""
        return bool(self._keys)

    def expect(self, expectation: Expectation, given: str) -> None:
        """Say what is awaited; ``given`` are the digits of a number that the caller has said already."""
        self._expectation = expectation
        self._given = given

    def press(self, key: str) -> str:
        """Take one key; return all of the answer once it is complete, "" before."""
        if key == _END and self._expectation in _SEVERAL:
            return self.take()
        self._keys += key
        return self.take() if len(self._keys) >= self._length else ""

    def take(self) -> str:
        """Return the keys that were pressed, and forget them."""
        keys, self._keys = self._keys, ""
        return keys

    @property
    def _length(self) -> int:
        if self._expectation is not Expectation.PHONE:
            return _DATE_DIGITS if self._expectation in _SEVERAL else 1
        # Who begins with a 0 begins anew, whatever they said before.
        if self._keys.startswith(_INTERNATIONAL):
            return LONGEST_NUMBER
        if self._keys.startswith("0"):
            return PHONE_DIGITS
        if self._given.startswith(("+", _INTERNATIONAL)):
            return LONGEST_NUMBER
        return max(1, PHONE_DIGITS - len(self._given))
