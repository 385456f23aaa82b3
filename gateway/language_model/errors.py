"""What can go wrong when a language model is asked.

``LanguageModelError``
    ``ModelUnavailable``: nobody answers there, or it is too busy, or it failed so often that it is left alone
    ``ModelTimeout``: the deadline has passed
    ``ModelRejected``: the server refuses the request, and would refuse it again
    ``ModelRubbish``: what came is not what the protocol promises, or is too long

No message holds a word of the caller, of the request or of the answer: they go into logs.
"""

from __future__ import annotations


class LanguageModelError(Exception):
    """The model gave no answer that can be used."""


class ModelUnavailable(LanguageModelError):
    """The server can't be reached, is overloaded or broke off; asking later may help.

    ``retry_after_s`` is how long it wants to be left alone, when it says so.
    """

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class ModelTimeout(LanguageModelError):
    """The answer was not complete when the deadline passed."""


class ModelRejected(LanguageModelError):
    """The server refuses this request: a wrong key, a model that it does not have, a parameter that it does not take.

    ``status`` is the HTTP status.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class ModelRubbish(LanguageModelError):
    """The answer breaks the protocol: no JSON, no text in it, or longer than anything that was asked for."""
