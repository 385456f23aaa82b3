"""The engines that the settings ask for: configured endpoints, or a speech server that is started here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import httpx

from gateway.config import Settings
from gateway.language import Language
from gateway.speech.client import HttpRecogniser, HttpSynthesiser, new_client
from gateway.speech.fallback import FallbackSynthesiser, InProcessSynthesiser
from gateway.speech.interface import Recogniser, SpeechUnavailable, Synthesiser
from gateway.speech.model_store import embedded_whisper
from gateway.speech.prompt_cache import CachingSynthesiser
from gateway.speech.resting import RestingSynthesiser
from gateway.speech.supervisor import SpeechProcess, SpeechState
from gateway.speech.voices import ENGINE_VERSION

HEALTH_DEADLINE_S = 2.0


class SpeechEngines:
    """Recognition and synthesis, ready to use between ``start`` and ``stop``."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client = new_client()
        self._process = SpeechProcess(settings) if settings.starts_speech_server else None
        remote = settings.tts_endpoint
        # A server that is not ours may change its voice unseen; its address is all that is known of it.
        version = ENGINE_VERSION if remote is None else str(remote)
        synthesis = HttpSynthesiser(self._url(remote), client=self._client)
        self._cache = CachingSynthesiser(RestingSynthesiser(synthesis), settings.cache_dir / "prompts", version)
        self.recogniser: Recogniser = HttpRecogniser(self._url(settings.asr_endpoint), client=self._client)
        self.synthesiser: Synthesiser = FallbackSynthesiser(self._cache, InProcessSynthesiser())

    async def start(self) -> None:
        """Start the speech server, where it is ours.

        Raises:
            ModelMissing: the embedded model is not there.
            SpeechUnavailable: the server does not start.

        """
        if self._process is not None:
            embedded_whisper(self._settings.cache_dir)
            await self._process.start()

    async def stop(self) -> None:
        """End the speech server and close the connections; harmless before ``start``."""
        if self._process is not None:
            await self._process.stop()
        await self._client.aclose()

    async def warm(self, prompts: Sequence[tuple[str, Language]]) -> int:
        """Make the fixed ``prompts`` that have not been made yet; return how many that were."""
        return await self._cache.warm(prompts)

    async def ready(self) -> bool:
        """Whether recognition and synthesis answer now."""
        if self._process is not None and self._process.state is not SpeechState.READY:
            return False
        for endpoint in (self._settings.asr_endpoint, self._settings.tts_endpoint):
            if endpoint is None:
                continue
            try:
                await self._client.get(str(endpoint), timeout=HEALTH_DEADLINE_S)
            except httpx.HTTPError:
                return False
        return True

    def describe(self) -> Iterator[tuple[str, str]]:
        """Yield what recognises and what speaks, for the one who starts the gateway."""
        own = f"embedded, {self._process.base_url}" if self._process is not None else ""
        recognition, synthesis = self._settings.asr_endpoint, self._settings.tts_endpoint
        yield "Hears", str(recognition) if recognition else f"Whisper base, int8 ({own})"
        yield "Speaks", str(synthesis) if synthesis else f"SVOX Pico ({own})"

    def _url(self, endpoint: object | None) -> str | Callable[[], str]:
        if endpoint is not None:
            return str(endpoint)
        process = self._process
        if process is None:
            raise SpeechUnavailable("There is no speech server.")
        return lambda: process.base_url
