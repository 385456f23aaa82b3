"""The seam between those who have questions and a language model."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias

Role: TypeAlias = Literal["system", "user", "assistant"]
JsonSchema: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message of a chat. Its content stays out of the repr, since a caller's words may be in it."""

    role: Role
    content: str

    def __repr__(self) -> str:
        return f"ChatMessage({self.role}, {len(self.content)} characters)"


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """What a model is asked.

    ``schema`` is the JSON Schema of the answer, None for plain text; a server without schemas gets the messages only,
    so they have to describe the form as well. ``max_tokens`` bounds the answer, ``deadline_ms`` the whole exchange from
    connecting to the last character.
    """

    messages: tuple[ChatMessage, ...]
    schema: JsonSchema | None = None
    max_tokens: int = 200
    deadline_ms: int = 1500
    temperature: float = 0.0


class ChatModel(Protocol):
    """A language model."""

    def stream(self, request: ChatRequest) -> AsyncGenerator[str, None]:
        """Yield the answer's text as it comes; closing the generator ends the request.

        Raises:
            LanguageModelError: there is no answer, or no more of it. The pieces that came before stay valid text.

        """
        ...

    async def complete(self, request: ChatRequest) -> str:
        """Return the whole answer; raise ``LanguageModelError``."""
        ...
